import type { Point, Stroke } from './decision';

const FOREGROUND = 255;

/** Where some rows of a segmentation lie. */
export interface RowsPlace {
  /** plane, 0-based */
  z: number;
  /** the image row that the rows begin with */
  firstRow: number;
  /** pixels of a row */
  width: number;
}

/**
 * Draws the strokes of a plane, or of some rows of one, into a segmentation, in their order: pixels whose centres lie
 * within the radius of the stroke's line, the radius included, become 255 or 0. What lies outside the rows is left out.
 * Coordinates with few binary digits (all that a screen gives) are compared without rounding.
 * @param target uint8, whole rows; written to
 */
export function applyStrokes(target: Uint8Array, strokes: readonly Stroke[], { z, firstRow, width }: RowsPlace): void {
  const rows = target.length / width;
  for (const stroke of strokes) {
    if (stroke.z && (z < stroke.z[0] || z > stroke.z[1])) continue;
    const value = stroke.value === 1 ? FOREGROUND : 0;
    const { radius } = stroke;
    for (const [a, b] of segmentsOf(stroke.points)) {
      const from = Math.max(Math.ceil(Math.min(a[1], b[1]) - radius), firstRow);
      const to = Math.min(Math.floor(Math.max(a[1], b[1]) + radius), firstRow + rows - 1);
      for (let y = from; y <= to; y++) {
        const start = (y - firstRow) * width;
        const [first, last] = pixelsInRow(a, b, radius, y, width);
        if (first <= last) target.fill(value, start + first, start + last + 1);
      }
    }
  }
}

/** The lines between points that follow each other; a single point is a line of no length. */
function* segmentsOf(points: readonly Point[]): Generator<[Point, Point]> {
  if (points.length === 1) yield [points[0], points[0]];
  for (let i = 1; i < points.length; i++) yield [points[i - 1], points[i]];
}

/** First and last column of a row within the radius of a line: it is convex, so all between are. Last < first: none. */
function pixelsInRow(a: Point, b: Point, radius: number, y: number, width: number): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  const see = (x: number) => {
    low = Math.min(low, x);
    high = Math.max(high, x);
  };
  for (const [x, centre] of [a, b]) {
    const square = radius * radius - (y - centre) ** 2;
    if (square < 0) continue;
    const half = Math.sqrt(square);
    see(x - half);
    see(x + half);
  }
  const corners = sidesOf(a, b, radius);
  for (const [i, from] of corners.entries()) {
    const to = corners[(i + 1) % corners.length];
    if (from[1] > y === to[1] > y) continue;
    see(from[0] + ((y - from[1]) / (to[1] - from[1])) * (to[0] - from[0]));
  }
  // Rounding moves an end by far less than a pixel: one more is looked at on either side.
  let first = Math.max(0, Math.ceil(low) - 1);
  let last = Math.min(width - 1, Math.floor(high) + 1);
  while (first <= last && !isWithin(first, y, a, b, radius)) first++;
  while (last >= first && !isWithin(last, y, a, b, radius)) last--;
  return [first, last];
}

/** The rectangle of all points whose nearest one of the line is no end of it. */
function sidesOf(a: Point, b: Point, radius: number): Point[] {
  const [dx, dy] = [b[0] - a[0], b[1] - a[1]];
  const length = Math.hypot(dx, dy);
  if (length === 0) return [];
  const [nx, ny] = [(-dy / length) * radius, (dx / length) * radius];
  return [
    [a[0] + nx, a[1] + ny],
    [b[0] + nx, b[1] + ny],
    [b[0] - nx, b[1] - ny],
    [a[0] - nx, a[1] - ny],
  ];
}

/** Whether a pixel's centre is no farther from a line than the radius, without division or root. */
function isWithin(x: number, y: number, a: Point, b: Point, radius: number): boolean {
  const [dx, dy] = [b[0] - a[0], b[1] - a[1]];
  const [px, py] = [x - a[0], y - a[1]];
  const length2 = dx * dx + dy * dy;
  const along = px * dx + py * dy;
  const limit = radius * radius;
  if (along <= 0) return px * px + py * py <= limit;
  if (along >= length2) return (x - b[0]) ** 2 + (y - b[1]) ** 2 <= limit;
  return (px * dy - py * dx) ** 2 <= limit * length2;
}
