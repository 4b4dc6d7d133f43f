import type { Decision, Point } from '../../../src/curation/decision';
import { fillPolygon, type Vertex } from '../../../src/masks/polygon-mask';
import { fillStroke } from '../../../src/masks/stroke-mask';
import { isInPlane } from './merged-tile';

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

type Merging = Pick<Decision, 'base' | 'merge' | 'strokes'>;

/**
 * What training will get of a section, like {@link mergedTile} of a plane: exact where a column is a pixel, else each
 * column is what the shapes are in its middle.
 * @param seg1 [z, column] of the frame, non-zero is foreground; one row counts for all planes; null where there is none
 * @returns [z, column], 0 or 1
 */
export function mergedSection(
  { base, merge, strokes }: Merging,
  seg1: ArrayLike<number> | null,
  seg2: ArrayLike<number> | null,
  frame: SectionFrame,
): Uint8Array {
  const { columns, planes, firstPlane } = frame;
  const from = base === 'seg2' ? (seg2 ?? seg1) : (seg1 ?? seg2);
  const other = from === seg1 ? seg2 : seg1;
  const merged = new Uint8Array(planes * columns);
  if (!from) return merged;
  const shapes = merge.map(({ rings, z }) => ({ z, line: lineOf(frame, (...size) => fillShape(rings, frame, size)) }));
  const lines = strokes.map(({ z, value, ...stroke }) => ({
    z,
    value,
    line: lineOf(frame, (...size) => fillLine(stroke, frame, size)),
  }));
  for (let row = 0; row < planes; row++) {
    const inPlane = ({ z }: { z: [number, number] | null }) => isInPlane(z, firstPlane + row);
    const inside = shapes.filter(inPlane);
    const over = lines.filter(inPlane);
    for (let i = 0; i < columns; i++) {
      const source = other && inside.some(({ line }) => line[i] !== 0) ? other : from;
      const stroke = over.findLast(({ line }) => line[i] !== 0);
      const value = source[source.length === columns ? i : row * columns + i];
      merged[row * columns + i] = stroke ? stroke.value : value !== 0 ? 1 : 0;
    }
  }
  return merged;
}

type Size = [height: number, width: number, mask: Uint8Array];

/** One pixel wide, as long as the section: its columns are picked from the pixels of level 0. */
function lineOf({ view, step, columns }: SectionFrame, fill: (...size: Size) => void): Uint8Array {
  const length = Math.ceil(columns * step);
  const mask = new Uint8Array(length);
  if (view === 'xz') fill(1, length, mask);
  else fill(length, 1, mask);
  return Uint8Array.from({ length: columns }, (_, i) => mask[Math.min(length - 1, Math.floor((i + 0.5) * step))]);
}

function fillShape(rings: readonly Point[][], frame: SectionFrame, [height, width, mask]: Size): void {
  const placed = rings.map((ring) => ring.map((point) => toLine(point, frame)));
  fillPolygon(placed, height, width, mask);
}

function fillLine(
  { points, radius }: { points: Point[]; radius: number },
  frame: SectionFrame,
  [height, width, mask]: Size,
): void {
  fillStroke({ points: points.map((point) => toLine(point, frame)), radius, value: 1 }, height, width, mask);
}

function toLine([x, y]: Point, { view, at, start }: SectionFrame): Vertex {
  return view === 'xz' ? [y - at, x - start] : [y - start, x - at];
}

/**
 * The decision as it changes the maximum along z, where that can be told from the maxima of the segmentations: while
 * merging shapes and the eraser go through all planes. A brush stroke in any plane shows.
 * @returns null where the planes would have to be merged one by one
 */
export function throughAllPlanes({ base, merge, strokes }: Merging, planes: number): Merging | null {
  const isDeep = ({ z }: { z: [number, number] | null }) => !z || (z[0] <= 0 && z[1] >= planes - 1);
  if (!merge.every(isDeep) || !strokes.every((stroke) => stroke.value === 1 || isDeep(stroke))) return null;
  return {
    base,
    merge: merge.map((shape) => ({ ...shape, z: null })),
    strokes: strokes.map((stroke) => ({ ...stroke, z: null })),
  };
}
