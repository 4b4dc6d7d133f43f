import { product } from '../base/numbers';
import type { PixelArray } from './dtype';

/** The axes of every image in this library, in order. */
export const AXES = ['t', 'c', 'z', 'y', 'x'] as const;

/** Sizes or positions along {@link AXES}. */
export type Shape5 = [t: number, c: number, z: number, y: number, x: number];

/** Sizes or positions along [z, y, x]; of a plane z is 1. */
export type Zyx = [z: number, y: number, x: number];

/** A block of an image: `start` and `size` along [t, c, z, y, x], in level-0 pixels. */
export interface Region {
  start: Shape5;
  size: Shape5;
}

/** Counts the pixels in a shape of any rank. */
export function count(shape: readonly number[]): number {
  return product(shape);
}

/** Gives the region that is the whole image. */
export function wholeRegion(shape: Shape5): Region {
  return { start: [0, 0, 0, 0, 0], size: [...shape] };
}

/** Tells whether the region lies inside an image of that shape and is not empty. */
export function contains(shape: Shape5, { start, size }: Region): boolean {
  return shape.every((n, axis) => start[axis] >= 0 && size[axis] > 0 && start[axis] + size[axis] <= n);
}

/** Tells whether two shapes have equal sizes along equally many axes. */
export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((n, i) => n === b[i]);
}

/**
 * Finds the position inside [0, n) that a mirror at the borders shows at i, the outermost pixel not repeated:
 * ... 2 1 0 1 2 3 2 1 0 ... for n = 4. For n = 1 always 0.
 */
export function mirrored(i: number, n: number): number {
  if (i >= 0 && i < n) return i;
  if (n === 1) return 0;
  const period = 2 * (n - 1);
  const m = ((i % period) + period) % period;
  return m < n ? m : period - m;
}

/** Pixels in memory, C order over [t, c, z, y, x]. */
export interface Pixels {
  data: PixelArray;
  shape: Shape5;
}
