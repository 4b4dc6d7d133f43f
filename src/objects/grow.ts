import type { Zyx } from '../image/region';
import { flood } from './watershed';

/** What is known of a block of voxels, [z, y, x], before its objects are told apart. */
export interface Evidence {
  /** 1 in foreground */
  mask: Uint8Array;
  /** where objects begin, numbered from 1; 0 elsewhere. Becomes the labels */
  seeds: Int32Array;
  /** how many */
  count: number;
  /** heights that objects grow over, the inside of objects being low; see `LEVELS` */
  levels: Uint16Array;
}

/** The objects of a block. */
export interface Grown {
  /** [z, y, x]; 0 outside */
  labels: Int32Array;
  count: number;
  /** labels up to it grew from a seed; each of the others is a piece of foreground without one */
  seeded: number;
}

/**
 * Tells the objects of a block apart: seeds grow over the foreground, and a piece of foreground without any seed, over
 * faces, is an object of its own: what is too small or thin for a seed is not lost.
 */
export function* grow({ mask, seeds, count, levels }: Evidence, shape: Readonly<Zyx>): Generator<void, Grown, void> {
  yield* flood(seeds, mask, levels, shape);
  let all = count;
  for (let i = 0; i < seeds.length; i++) {
    if (mask[i] !== 0 && seeds[i] === 0) fill(seeds, mask, shape, i, ++all);
  }
  return { labels: seeds, count: all, seeded: count };
}

/** Labels what is reached from a voxel over faces. */
function fill(labels: Int32Array, mask: Uint8Array, shape: Readonly<Zyx>, first: number, label: number): void {
  const [depth, height, width] = shape;
  const plane = height * width;
  const open = [first];
  labels[first] = label;
  const reach = (to: number) => {
    if (labels[to] !== 0 || mask[to] === 0) return;
    labels[to] = label;
    open.push(to);
  };
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    const inPlane = at % plane;
    const x = inPlane % width;
    if (at >= plane) reach(at - plane);
    if (inPlane >= width) reach(at - width);
    if (x > 0) reach(at - 1);
    if (x + 1 < width) reach(at + 1);
    if (inPlane < plane - width) reach(at + width);
    if (at < (depth - 1) * plane) reach(at + plane);
  }
}
