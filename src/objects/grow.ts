import type { Zyx } from '../image/region';
import { flood } from './watershed';

/** What is known of a block of voxels, [z, y, x], before its objects are told apart. */
export interface Evidence {
  /** 1 in foreground */
  mask: Uint8Array;
  /** where objects begin, numbered from 1; 0 elsewhere. Becomes the labels */
  seeds: Int32Array<ArrayBuffer>;
  /** how many */
  count: number;
  /** heights that objects grow over, the inside of objects being low; see `LEVELS` */
  levels: Uint16Array;
}

/** The objects of a block. */
export interface Grown {
  /** [z, y, x]; 0 outside */
  labels: Int32Array<ArrayBuffer>;
  count: number;
  /** labels up to it grew from a seed; each of the others is a piece of foreground without one */
  seeded: number;
  /** the label of what may belong to an object that begins beyond the block; 0: nothing may */
  beyond: number;
}

/** Sides of a block beyond which its volume goes on, along z, y and x: where each axis begins and where it ends. */
export type OpenSides = ReadonlyArray<readonly [low: boolean, high: boolean]>;

/**
 * Tells the objects of a block apart: seeds grow over the foreground, and a piece of foreground without any seed, over
 * faces, is an object of its own: what is too small or thin for a seed is not lost.
 *
 * Where the volume goes on, the foreground at the border grows inwards like a seed, from its own height on and first among equals:
 * whatever comes in from beyond comes neither sooner nor lower. So what a seed of the block takes nevertheless is its own in the
 * volume too; of the rest the block alone cannot say whose it is.
 */
export function* grow(
  { mask, seeds, count, levels }: Evidence,
  shape: Readonly<Zyx>,
  open: OpenSides = [],
): Generator<void, Grown, void> {
  const beyond = open.flat().includes(true) ? count + 1 : 0;
  if (beyond !== 0) markBorder(seeds, mask, shape, open, beyond);
  yield* flood(seeds, mask, levels, shape, beyond);
  let all = count + (beyond === 0 ? 0 : 1);
  for (let i = 0; i < seeds.length; i++) {
    if (mask[i] !== 0 && seeds[i] === 0) fill(seeds, mask, shape, i, ++all);
  }
  return { labels: seeds, count: all, seeded: count, beyond };
}

/** Labels the foreground at open sides that no seed has. */
function markBorder(
  labels: Int32Array,
  mask: Uint8Array,
  [depth, height, width]: Readonly<Zyx>,
  open: OpenSides,
  label: number,
): void {
  const isOpen = (axis: number, at: number, size: number) =>
    (at === 0 && open[axis][0]) || (at === size - 1 && open[axis][1]);
  for (let z = 0, row = 0; z < depth; z++) {
    for (let y = 0; y < height; y++, row += width) {
      const isAll = isOpen(0, z, depth) || isOpen(1, y, height);
      const [first, step] = [0, isAll || width === 1 ? 1 : width - 1];
      for (let x = first; x < width; x += step) {
        if (!isAll && !isOpen(2, x, width)) continue;
        if (mask[row + x] !== 0 && labels[row + x] === 0) labels[row + x] = label;
      }
    }
  }
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
