import { type Decision, drawingOf } from '../../../src/curation/decision';
import type { PlanePart } from '../../../src/masks/rasterise';
import { drawingRasteriser, makeTarget, type TargetSources } from '../../../src/masks/target';

/**
 * What training will get of a tile, made as the node makes it (`src/masks/target`): at level 0 exactly that, at coarser
 * levels the same in coarser pixels.
 * @param sources [y, x] of the tile
 * @param part of the plane that the tile is
 * @returns [y, x], 0, `UNKNOWN` or 255
 */
export function mergedTile(
  { merge, strokes }: Pick<Decision, 'merge' | 'strokes'>,
  sources: TargetSources,
  part: PlanePart,
): Uint8Array {
  return makeTarget(sources, drawingRasteriser(drawingOf({ merge, strokes, exclude: [] }))(part));
}
