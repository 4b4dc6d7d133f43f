import type { Zyx } from '../image/region';
import { squaredDistances } from './distance';
import type { Evidence } from './grow';
import { smooth } from './smoothing';
import { LEVELS } from './watershed';

/** Two bulges are one object unless the neck between them is narrower than this share of the lesser one. */
export const NECK = 0.75;
/** Sigma, in pixels, that smooths the distances, so that a jagged outline has no bulges. */
const SIGMA = 1;
/** Levels of height for each pixel of distance: what is deeper than some 127 pixels is flat there. */
const STEPS = 8;

/**
 * Finds the bulges of a mask, for objects that a model of foreground alone does not tell apart. Each voxel's distance to the
 * background is a height; from the greatest down, a summit that meets a greater one at more than {@link NECK} of its own height
 * is part of it (persistence of maxima by union-find, as in h-maxima but relative, so that one number serves small and large
 * objects). Each summit left is a seed.
 * @param spacing of voxels along z, y and x
 */
export function* neckEvidence(
  mask: Uint8Array,
  shape: Readonly<Zyx>,
  spacing: Readonly<Zyx>,
  neck = NECK,
): Generator<void, Evidence, void> {
  const squared = yield* squaredDistances(mask, shape, spacing);
  const distance = new Float32Array(mask.length);
  const unit = STEPS / Math.min(spacing[1], spacing[2]);
  // Without any background all is as deep as can be.
  for (let i = 0; i < mask.length; i++) distance[i] = Math.min(LEVELS - 1, Math.sqrt(squared[i]) * unit);
  const sigmas: Zyx = [(SIGMA * spacing[1]) / spacing[0], SIGMA, SIGMA];
  yield* smooth(distance, shape, sigmas, new Float32Array(mask.length));
  const seeds = new Int32Array(mask.length);
  const levels = new Uint16Array(mask.length);
  for (let i = 0; i < mask.length; i++) if (mask[i] !== 0) levels[i] = LEVELS - 1 - Math.round(distance[i]);
  yield;
  const summits = yield* lastingSummits(mask, levels, shape, neck);
  // In C order, so that the numbers say nothing of the order of heights.
  for (const [k, at] of summits.sort((a, b) => a - b).entries()) seeds[at] = k + 1;
  return { mask, seeds, count: summits.length, levels };
}

/** Voxels of summits that no greater one takes in. Levels fall with height. */
function* lastingSummits(
  mask: Uint8Array,
  levels: Uint16Array,
  shape: Readonly<Zyx>,
  neck: number,
): Generator<void, number[], void> {
  const order = byLevel(mask, levels);
  // The parent of each voxel that was passed; the root of a hill is its summit, the first voxel of its greatest height.
  const parent = new Int32Array(mask.length).fill(-1);
  const rootOf = (i: number): number => {
    let at = i;
    while (parent[at] !== at) {
      parent[at] = parent[parent[at]];
      at = parent[at];
    }
    return at;
  };
  const heightOf = (i: number) => LEVELS - 1 - levels[i];
  // Of summits that last, the hills below them; what joins them counts as the greater one's.
  const lasting: number[] = [];
  const [depth, height, width] = shape;
  const plane = height * width;
  let count = 0;
  for (const at of order) {
    parent[at] = at;
    const inPlane = at % plane;
    const x = inPlane % width;
    const meet = (to: number) => {
      if (parent[to] < 0) return;
      const [a, b] = [rootOf(at), rootOf(to)];
      if (a === b) return;
      const [lesser, greater] = heightOf(a) < heightOf(b) || (heightOf(a) === heightOf(b) && a > b) ? [a, b] : [b, a];
      if (lesser !== at && heightOf(at) < neck * heightOf(lesser)) lasting.push(lesser);
      parent[lesser] = greater;
    };
    if (at >= plane) meet(at - plane);
    if (inPlane >= width) meet(at - width);
    if (x > 0) meet(at - 1);
    if (x + 1 < width) meet(at + 1);
    if (inPlane < plane - width) meet(at + width);
    if (at < (depth - 1) * plane) meet(at + plane);
    if (++count % 2 ** 20 === 0) yield;
  }
  for (const at of order) if (parent[at] === at) lasting.push(at);
  return lasting;
}

/** The voxels of a mask from the lowest level on, of one level in C order. */
function byLevel(mask: Uint8Array, levels: Uint16Array): Int32Array {
  const starts = new Int32Array(LEVELS + 1);
  for (let i = 0; i < mask.length; i++) if (mask[i] !== 0) starts[levels[i] + 1]++;
  for (let level = 0; level < LEVELS; level++) starts[level + 1] += starts[level];
  const order = new Int32Array(starts[LEVELS]);
  for (let i = 0; i < mask.length; i++) if (mask[i] !== 0) order[starts[levels[i]]++] = i;
  return order;
}
