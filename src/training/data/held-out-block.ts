import type { Zyx } from '../../image/region';
import type { Box } from '../../patches/patch-pixels';
import { roundUp } from '../../patches/plan';

/** An image's division into a part to learn from and a block at one end to be judged by. */
export interface HeldOutBlock {
  /** the part whose voxels are learned from */
  trainable: Box;
  /** the part whose voxels are judged */
  scored: Box;
  /** the part that is predicted: the block with as much of the rest as makes a patch, so that it is seen in context */
  predicted: Box;
}

/** A block's length is a multiple of this. */
const UNIT = 4;
/**
 * How far apart block and rest need be at most: as far as the kernels of three levels look. What deeper levels see from
 * further away is too coarse to tell one voxel from the next, and a wider gap would take it from a single image.
 */
const VIEW = 24;

/**
 * The divisions of an image to try, best first: a block of `fraction` at the end, else the start, of the longest
 * spatial axis, then of the others (only y and x in 2D). Block and rest lie half a patch apart, or as far as the
 * network's finer levels look where that is less.
 */
export function heldOutBlocks(
  shape: Readonly<Zyx>,
  patch: Readonly<Zyx>,
  dimensions: 2 | 3,
  fraction: number,
): HeldOutBlock[] {
  const axes = (dimensions === 3 ? ([0, 1, 2] as const) : ([1, 2] as const)).toSorted((a, b) => shape[b] - shape[a]);
  return axes.flatMap((axis) => {
    const extent = shape[axis];
    const length = roundUp(Math.max(1, fraction * extent), UNIT);
    const gap = Math.min(Math.floor(patch[axis] / 2), VIEW, Math.floor((extent - length) / 2));
    if (gap < 1 || length + gap >= extent) return [];
    const context = Math.min(extent, Math.max(length + gap, patch[axis]));
    const stretch = (start: number, end: number): Box => cut(shape, axis, start, end);
    return [
      {
        trainable: stretch(0, extent - length - gap),
        scored: stretch(extent - length, extent),
        predicted: stretch(extent - context, extent),
      },
      { trainable: stretch(length + gap, extent), scored: stretch(0, length), predicted: stretch(0, context) },
    ];
  });
}

/** Tells whether a position [z, y, x] lies in a box. */
export function isInBox(box: Box, position: Readonly<Zyx>): boolean {
  return position.every((p, axis) => p >= box.start[axis] && p < box.end[axis]);
}

function cut(shape: Readonly<Zyx>, axis: 0 | 1 | 2, start: number, end: number): Box {
  const box: Box = { start: [0, 0, 0], end: [...shape] };
  box.start[axis] = start;
  box.end[axis] = end;
  return box;
}
