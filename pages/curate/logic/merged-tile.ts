import { type Decision, drawingOf } from '../../../src/curation/decision';
import { NumberedTarget } from '../../../src/masks/numbered-target';
import type { Numbering } from '../../../src/masks/object-names';
import type { PlanePart } from '../../../src/masks/rasterise';
import { type DrawnPart, drawingRasteriser, makeTarget, type TargetSources } from '../../../src/masks/target';

/** What training will get of a part of a plane: the foreground (uint8), or the numbers of objects (uint32). */
export type Merged = Uint8Array | Uint32Array;

/**
 * What training will get of a tile, made as the node makes it (`src/masks`): at level 0 exactly that, at coarser
 * levels the same in coarser pixels.
 * @param sources [y, x] of the tile
 * @param part of the plane that the tile is
 * @param numbering of objects; null: the foreground alone
 * @returns [y, x], 0, `UNKNOWN` or 255; or numbers of objects
 */
export function mergedTile(
  { merge, strokes }: Pick<Decision, 'merge' | 'strokes'>,
  sources: TargetSources,
  part: PlanePart,
  numbering: Numbering | null = null,
): Merged {
  return madeTarget(sources, drawingRasteriser(drawingOf({ merge, strokes, exclude: [] }))(part), part, numbering);
}

/** A target of the foreground, or one that numbers its objects. */
export function madeTarget(
  sources: TargetSources,
  drawn: DrawnPart,
  part: Pick<PlanePart, 'width'>,
  numbering: Numbering | null,
): Merged {
  return numbering ? new NumberedTarget(numbering).make(sources, drawn, part) : makeTarget(sources, drawn);
}
