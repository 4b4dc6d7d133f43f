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
 * than the radius from the line through the points.
 * @param height of the image; a mask of some of its rows is drawn as the whole image's mask would be
 * @param mask [y, x], whole rows of `width` pixels
 * @param firstRow the image row that the mask begins with
 * @throws InvalidInputError where a coordinate or the radius is not a finite number, or the radius is below 0
 */
export function fillStroke(stroke: StrokeLine, height: number, width: number, mask: Uint8Array, firstRow = 0): void {
  const { points, radius, value } = stroke;
  if (!Number.isFinite(radius) || radius < 0)
    throw new InvalidInputError('stroke radius', 'a number from 0 on', radius);
  const at = points.findIndex(([y, x]) => !Number.isFinite(y) || !Number.isFinite(x));
  if (at >= 0) throw new InvalidInputError(`stroke point ${at}`, 'finite [y, x]', points[at].map(String));
  const lastRow = Math.min(height, firstRow + mask.length / width) - 1;
  for (let i = 0; i < points.length; i++) {
    const a = points[Math.max(0, i - 1)];
    const b = points[i];
    if (i === 0 && points.length > 1) continue;
    const y0 = Math.max(firstRow, Math.ceil(Math.min(a[0], b[0]) - radius));
    const y1 = Math.min(lastRow, Math.floor(Math.max(a[0], b[0]) + radius));
    const x0 = Math.max(0, Math.ceil(Math.min(a[1], b[1]) - radius));
    const x1 = Math.min(width - 1, Math.floor(Math.max(a[1], b[1]) + radius));
    for (let y = y0; y <= y1; y++) {
      for (let x = x0; x <= x1; x++) {
        if (isWithin(y, x, a, b, radius)) mask[(y - firstRow) * width + x] = value;
      }
    }
  }
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
