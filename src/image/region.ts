import { product } from '../base/arithmetic';

/** The axes of every image in this library, in order. */
export const AXES = ['t', 'c', 'z', 'y', 'x'] as const;

/** Sizes or positions along {@link AXES}. */
export type Shape5 = [t: number, c: number, z: number, y: number, x: number];

/** A block of an image: `start` and `size` along [t, c, z, y, x], in level-0 pixels. */
export interface Region {
  start: Shape5;
  size: Shape5;
}

/** The number of pixels in a shape of any rank. */
export function count(shape: readonly number[]): number {
  return product(shape);
}

export function wholeRegion(shape: Shape5): Region {
  return { start: [0, 0, 0, 0, 0], size: [...shape] };
}

/** Whether the region lies inside an image of that shape and is not empty. */
export function contains(shape: Shape5, { start, size }: Region): boolean {
  return shape.every((n, axis) => start[axis] >= 0 && size[axis] > 0 && start[axis] + size[axis] <= n);
}

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((n, i) => n === b[i]);
}
