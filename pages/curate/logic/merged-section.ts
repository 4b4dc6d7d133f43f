import { changesObjects, type Decision, drawingOf, isObjectChange } from '../../../src/curation/decision';
import type { PlacedEdit } from '../../../src/masks/object-edits';
import type { Numbering } from '../../../src/masks/object-names';
import { drawingRasteriser, type TargetSources } from '../../../src/masks/target';
import { type Merged, madeTarget } from './merged-tile';

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
  /** time point; absent: 0 */
  t?: number;
}

type Drawn = Pick<Decision, 'merge' | 'strokes'>;

/**
 * What training will get of a section, like {@link mergedTile} of a plane: exact where a column is a pixel, else each
 * column is what the shapes are in its middle.
 * @param sources [z, column] of the frame; one row counts for all planes
 * @param numbering of objects; null: the foreground alone
 * @returns [z, column], 0, `UNKNOWN` or 255; or numbers of objects
 */
export function mergedSection(
  { merge, strokes }: Drawn,
  sources: TargetSources,
  frame: SectionFrame,
  numbering: Numbering | null = null,
): Merged {
  const { columns, planes, firstPlane, view, at, start, step, t } = frame;
  const draw = drawingRasteriser(drawingOf({ merge, strokes, exclude: [] }));
  // One pixel of level 0 wide, as long as the section: its columns are picked from these pixels.
  const length = Math.ceil(columns * step);
  const line =
    view === 'xz'
      ? { y: at, x: start, height: 1, width: length, step: 1, t }
      : { y: start, x: at, height: length, width: 1, step: 1, t };
  const picked = (drawn: ArrayLike<number>, from = 0, size = drawn.length) =>
    Uint8Array.from({ length: columns }, (_, i) => {
      const place = Math.min(length - 1, Math.floor((i + 0.5) * step)) - from;
      return place >= 0 && place < size ? drawn[place] : 0;
    });
  const pickedEdit = ({ mark, area, inside }: PlacedEdit): PlacedEdit => {
    if (!area) return { mark, area, inside };
    const [from, size] = view === 'xz' ? [area.column, area.columns] : [area.row, area.rows];
    const column = inside ?? new Uint8Array(size).fill(1);
    return { mark, area: { row: 0, column: 0, rows: 1, columns }, inside: picked(column, from, size) };
  };
  const whole = {
    base: throughPlanes(sources.base, planes, columns),
    other: sources.other && throughPlanes(sources.other, planes, columns),
    mergeMask: sources.mergeMask && throughPlanes(sources.mergeMask, planes, columns),
  };
  const section = numbering ? new Uint32Array(planes * columns) : new Uint8Array(planes * columns);
  for (let row = 0; row < planes; row++) {
    const drawn = draw({ ...line, z: firstPlane + row });
    const part = (pixels: ArrayLike<number>) =>
      Array.prototype.slice.call(pixels, row * columns, (row + 1) * columns) as number[];
    const made = madeTarget(
      {
        base: part(whole.base),
        other: whole.other && part(whole.other),
        mergeMask: whole.mergeMask && part(whole.mergeMask),
      },
      {
        merge: drawn.merge && picked(drawn.merge),
        strokes: drawn.strokes && picked(drawn.strokes),
        exclude: null,
        edits: drawn.edits?.map(pickedEdit) ?? null,
      },
      { width: columns },
      numbering,
    );
    section.set(made, row * columns);
  }
  return section;
}

/** A section of an image of one plane, which counts for all: its row in each of them; another as it is. */
export function throughPlanes(section: ArrayLike<number>, planes: number, columns: number): ArrayLike<number> {
  if (section.length !== columns || planes === 1) return section;
  const pixels = section instanceof Uint32Array ? new Uint32Array(planes * columns) : new Uint8Array(planes * columns);
  for (let row = 0; row < planes; row++) pixels.set(section, row * columns);
  return pixels;
}

/**
 * What is drawn as it changes the maximum along z, where that can be told from the maxima of the segmentations: while
 * merging mask and eraser go through all planes and no object is changed. A brush stroke in any plane shows.
 * @param maskPlanes of a merging mask that the sample brings as an image; 1: it goes through all, or there is none
 * @returns null where the planes would have to be merged one by one
 */
export function throughAllPlanes<D extends Drawn>(decision: D, planes: number, maskPlanes: number): D | null {
  const { merge, strokes } = decision;
  if (maskPlanes > 1 || (planes > 1 && changesObjects(decision))) return null;
  const isDeep = ({ z }: { z: [number, number] | null }) => !z || (z[0] <= 0 && z[1] >= planes - 1);
  if (!merge.every(isDeep) || !strokes.every((mark) => (!isObjectChange(mark) && mark.value === 1) || isDeep(mark)))
    return null;
  return {
    ...decision,
    merge: merge.map((shape) => ({ ...shape, z: null })),
    strokes: strokes.map((stroke) => ({ ...stroke, z: null })),
  };
}
