import { type Decision, drawingOf } from '../../../src/curation/decision';
import { drawingRasteriser, makeTarget, type TargetSources } from '../../../src/masks/target';

/** Part of a section through a stack: rows are planes, columns run along x (`xz`) or y (`yz`). */
export interface SectionFrame {
  view: 'xz' | 'yz';
  /** the pixel of level 0 that is cut through: of y for `xz`, of x for `yz` */
  at: number;
  /** first pixel of level 0 along the section */
  start: number;
  /** level-0 pixels a column */
  step: number;
  columns: number;
  firstPlane: number;
  planes: number;
}

type Drawn = Pick<Decision, 'merge' | 'strokes'>;

/**
 * What training will get of a section, like {@link mergedTile} of a plane: exact where a column is a pixel, else each
 * column is what the shapes are in its middle.
 * @param sources [z, column] of the frame; one row counts for all planes
 * @returns [z, column], 0, `UNKNOWN` or 255
 */
export function mergedSection({ merge, strokes }: Drawn, sources: TargetSources, frame: SectionFrame): Uint8Array {
  const { columns, planes, firstPlane, view, at, start, step } = frame;
  const draw = drawingRasteriser(drawingOf({ merge, strokes, exclude: [] }));
  // One pixel of level 0 wide, as long as the section: its columns are picked from these pixels.
  const length = Math.ceil(columns * step);
  const line =
    view === 'xz'
      ? { y: at, x: start, height: 1, width: length, step: 1 }
      : { y: start, x: at, height: length, width: 1, step: 1 };
  const rows = Array.from({ length: planes }, (_, row) => draw({ ...line, z: firstPlane + row }));
  const section = (name: 'merge' | 'strokes') => {
    if (rows.every((row) => row[name] === null)) return null;
    const pixels = new Uint8Array(planes * columns);
    for (const [row, { [name]: drawn }] of rows.entries()) {
      if (!drawn) continue;
      for (let i = 0; i < columns; i++) {
        pixels[row * columns + i] = drawn[Math.min(length - 1, Math.floor((i + 0.5) * step))];
      }
    }
    return pixels;
  };
  const { base, other, mergeMask } = sources;
  const [depth, width] = [planes, columns];
  return makeTarget(
    {
      base: throughPlanes(base, depth, width),
      other: other && throughPlanes(other, depth, width),
      mergeMask: mergeMask && throughPlanes(mergeMask, depth, width),
    },
    { merge: section('merge'), strokes: section('strokes'), exclude: null },
  );
}

/** A section of an image of one plane, which counts for all: its row in each of them; another as it is. */
export function throughPlanes(section: ArrayLike<number>, planes: number, columns: number): ArrayLike<number> {
  if (section.length !== columns || planes === 1) return section;
  const pixels = new Uint8Array(planes * columns);
  for (let row = 0; row < planes; row++) pixels.set(section, row * columns);
  return pixels;
}

/**
 * What is drawn as it changes the maximum along z, where that can be told from the maxima of the segmentations: while
 * merging mask and eraser go through all planes. A brush stroke in any plane shows.
 * @param maskPlanes of a merging mask that the sample brings as an image; 1: it goes through all, or there is none
 * @returns null where the planes would have to be merged one by one
 */
export function throughAllPlanes<D extends Drawn>(decision: D, planes: number, maskPlanes: number): D | null {
  const { merge, strokes } = decision;
  if (maskPlanes > 1) return null;
  const isDeep = ({ z }: { z: [number, number] | null }) => !z || (z[0] <= 0 && z[1] >= planes - 1);
  if (!merge.every(isDeep) || !strokes.every((stroke) => stroke.value === 1 || isDeep(stroke))) return null;
  return {
    ...decision,
    merge: merge.map((shape) => ({ ...shape, z: null })),
    strokes: strokes.map((stroke) => ({ ...stroke, z: null })),
  };
}
