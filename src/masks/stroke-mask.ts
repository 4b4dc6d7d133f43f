import { InvalidInputError } from '../base/errors';
import type { Vertex } from './polygon-mask';

/** A disc moved along a line. */
export interface StrokeLine {
  /** [y, x] in pixels; integers are pixel centres. One point is a single disc. */
  points: readonly Vertex[];
  /** pixels */
  radius: number;
  /** what the pixels become */
  value: number;
}

/**
 * Gives the pixels under a brush stroke its value and leaves the others as they are: those whose centre lies no further
 * than the radius from the line through the points. Coordinates with few binary digits (all that a screen gives) are
 * compared without rounding.
 * @param height of the image; a mask of a part of it is drawn as the whole image's mask would be
 * @param width of the mask
 * @param mask [y, x], rows of `width` pixels
 * @param firstRow the image row that the mask begins with
 * @param firstColumn the image column that the mask begins with
 * @throws InvalidInputError where a coordinate or the radius is not a finite number, or the radius is below 0
 */
export function fillStroke(
  stroke: StrokeLine,
  height: number,
  width: number,
  mask: Uint8Array,
  firstRow = 0,
  firstColumn = 0,
): void {
  const { points, radius, value } = stroke;
  if (!Number.isFinite(radius) || radius < 0)
    throw new InvalidInputError('stroke radius', 'a number from 0 on', radius);
  const at = points.findIndex(([y, x]) => !Number.isFinite(y) || !Number.isFinite(x));
  if (at >= 0) throw new InvalidInputError(`stroke point ${at}`, 'finite [y, x]', points[at].map(String));
  const lastRow = Math.min(height, firstRow + mask.length / width) - 1;
  for (const [a, b] of segmentsOf(points)) {
    const from = Math.max(firstRow, Math.ceil(Math.min(a[0], b[0]) - radius));
    const to = Math.min(lastRow, Math.floor(Math.max(a[0], b[0]) + radius));
    const sides = sidesOf(a, b, radius);
    for (let y = from; y <= to; y++) {
      const [first, last] = pixelsInRow(y, a, b, sides, radius, [firstColumn, firstColumn + width - 1]);
      const start = (y - firstRow) * width - firstColumn;
      if (first <= last) mask.fill(value, start + first, start + last + 1);
    }
  }
}

/** The lines between points that follow each other; a single point is a line of no length. */
function* segmentsOf(points: readonly Vertex[]): Generator<[Vertex, Vertex]> {
  if (points.length === 1) yield [points[0], points[0]];
  for (let i = 1; i < points.length; i++) yield [points[i - 1], points[i]];
}

/**
 * First and last of some columns of a row within the radius of a line; all between are too, for what is so near a line is convex.
 * Last < first: none.
 */
function pixelsInRow(
  y: number,
  a: Vertex,
  b: Vertex,
  sides: readonly Vertex[],
  radius: number,
  [firstColumn, lastColumn]: readonly [number, number],
): [first: number, last: number] {
  let [low, high] = [Infinity, -Infinity];
  const see = (x: number) => {
    low = Math.min(low, x);
    high = Math.max(high, x);
  };
  for (const [centre, x] of [a, b]) {
    const square = radius * radius - (y - centre) ** 2;
    if (square < 0) continue;
    const half = Math.sqrt(square);
    see(x - half);
    see(x + half);
  }
  for (const [i, from] of sides.entries()) {
    const to = sides[(i + 1) % sides.length];
    if (from[0] > y !== to[0] > y) see(from[1] + ((y - from[0]) / (to[0] - from[0])) * (to[1] - from[1]));
  }
  // Rounding moves an end by far less than a pixel: one more is looked at on either side.
  let first = Math.max(firstColumn, Math.ceil(low) - 1);
  let last = Math.min(lastColumn, Math.floor(high) + 1);
  while (first <= last && !isWithin(y, first, a, b, radius)) first++;
  while (last >= first && !isWithin(y, last, a, b, radius)) last--;
  return [first, last];
}

/** The rectangle of all points near a line whose nearest one of the line is no end of it. */
function sidesOf(a: Vertex, b: Vertex, radius: number): Vertex[] {
  const [dy, dx] = [b[0] - a[0], b[1] - a[1]];
  const length = Math.hypot(dy, dx);
  if (length === 0) return [];
  const [ny, nx] = [(dx / length) * radius, (-dy / length) * radius];
  return [
    [a[0] + ny, a[1] + nx],
    [b[0] + ny, b[1] + nx],
    [b[0] - ny, b[1] - nx],
    [a[0] - ny, a[1] - nx],
  ];
}

/** Whether a point lies no further than the radius from the segment; compared without division or root. */
function isWithin(y: number, x: number, a: Vertex, b: Vertex, radius: number): boolean {
  const [dy, dx] = [b[0] - a[0], b[1] - a[1]];
  const [py, px] = [y - a[0], x - a[1]];
  const length2 = dy * dy + dx * dx;
  const along = py * dy + px * dx;
  if (along <= 0) return py * py + px * px <= radius * radius;
  if (along >= length2) return (y - b[0]) ** 2 + (x - b[1]) ** 2 <= radius * radius;
  const across = py * dx - px * dy;
  return across * across <= radius * radius * length2;
}
