import { type Static, Type } from '#typebox';
import { eventLoopTurn } from '../base/long-work';
import type { PixelArray } from '../image/dtype';
import type { Zyx } from '../image/region';
import { findComponents } from '../thresholding/components';
import { grown } from '../thresholding/row-labeller';
import type { RowRuns } from '../thresholding/runs';

/** Thresholds at which objects are told apart: the closest to a model's stands for it. */
export const OBJECT_THRESHOLDS = [0.3, 0.4, 0.5, 0.6, 0.7, 0.8] as const;

/** Sizes in voxels that objects may be asked to have: 2, 3, 4, 6, 8, 12, ... to 2^24. */
export const SIZES: readonly number[] = Array.from({ length: 23 }, (_, i) => [2 ** (i + 1), 3 * 2 ** i]).flat();

const Whole = Type.Integer({ minimum: 0 });
/**
 * Objects of one class of sizes: those with fewer voxels than `SIZES[below]`, and no fewer than the size before. An object is right
 * if half of its known voxels are foreground.
 */
const ObjectClassSchema = Type.Object(
  {
    below: Whole,
    right: Whole,
    wrong: Whole,
    /** voxels of them all by the truth */
    foreground: Whole,
    background: Whole,
  },
  { additionalProperties: false },
);
export type ObjectClass = Static<typeof ObjectClassSchema>;

/** The objects of one image at each of {@link OBJECT_THRESHOLDS}, the smallest class first; classes without any are left out. */
export const ObjectSizesSchema = Type.Array(Type.Array(ObjectClassSchema), {
  minItems: OBJECT_THRESHOLDS.length,
  maxItems: OBJECT_THRESHOLDS.length,
});
export type ObjectSizes = Static<typeof ObjectSizesSchema>;

/** A predicted part of an image, with its truth. */
export interface JudgedMap {
  /** [z, y, x] */
  size: Readonly<Zyx>;
  probabilities: Float32Array;
  /** non-zero is foreground */
  target: PixelArray;
  /** 0: not known */
  weight: PixelArray;
  /** sides of [z, y, x] beyond which the image goes on: what touches them is a piece of an object */
  cut: Readonly<Record<'start' | 'end', readonly [boolean, boolean, boolean]>>;
}

/**
 * Counts objects by size, right and wrong ones apart, at each of {@link OBJECT_THRESHOLDS}; voxels touch by their faces. Left
 * out is what a cut side may have made smaller, and what is known of less than its half. Others have their turn meanwhile.
 */
export async function objectSizes(map: JudgedMap): Promise<ObjectSizes> {
  const sizes: ObjectSizes = [];
  for (const threshold of OBJECT_THRESHOLDS) sizes.push(await classesAt(map, threshold));
  return sizes;
}

async function classesAt(map: JudgedMap, threshold: number): Promise<ObjectClass[]> {
  const { size, target, weight } = map;
  const [, height, width] = size;
  // by provisional label: voxels, known ones, foreground, whether it touches a cut side
  let sums = new Float64Array(4096);
  const rows = rowsAbove(map, threshold);
  const isCut = cutTest(map);
  const work = findComponents(rows, size, 'faces', (provisional, start, end, row) => {
    const at = 4 * provisional;
    sums = grown(sums, at + 3);
    sums[at] += end - start;
    for (let i = row * width + start; i < row * width + end; i++) {
      if (weight[i] === 0) continue;
      sums[at + 1]++;
      if (target[i] !== 0) sums[at + 2]++;
    }
    if (isCut(Math.floor(row / height), row % height, start, end)) sums[at + 3] = 1;
  });
  let step = work.next();
  for (; !step.done; step = work.next()) await eventLoopTurn();
  const { label, count } = step.value;
  const objects = new Float64Array(4 * (count + 1));
  for (const [i, of] of label.entries()) for (let k = 0; k < 4; k++) objects[4 * of + k] += sums[4 * i + k];
  return classesOf(objects);
}

/** @param objects voxels, known ones, foreground and whether it is cut, of each from 1 on */
function classesOf(objects: Float64Array): ObjectClass[] {
  const classes = new Map<number, ObjectClass>();
  for (let i = 4; i < objects.length; i += 4) {
    const [voxels, known, foreground, cut] = objects.subarray(i, i + 4);
    const below = SIZES.findIndex((size) => voxels < size);
    if (below < 0 || cut > 0 || 2 * known < voxels) continue;
    const found = classes.get(below) ?? { below, right: 0, wrong: 0, foreground: 0, background: 0 };
    found[2 * foreground >= known ? 'right' : 'wrong']++;
    found.foreground += foreground;
    found.background += known - foreground;
    classes.set(below, found);
  }
  return [...classes.values()].sort((a, b) => a.below - b.below);
}

/** The runs of voxels above a threshold, row after row. */
function* rowsAbove({ size, probabilities }: JudgedMap, threshold: number): Generator<RowRuns, void, void> {
  const [depth, height, width] = size;
  const least = Math.fround(threshold);
  const row: RowRuns = { data: new Int32Array(width + 2), from: 0, count: 0 };
  for (let first = 0; first < depth * height * width; first += width) {
    let edges = 0;
    let inside = false;
    for (let x = 0; x < width; x++) {
      if (probabilities[first + x] > least === inside) continue;
      inside = !inside;
      row.data[edges++] = x;
    }
    if (inside) row.data[edges++] = width;
    row.count = edges / 2;
    yield row;
  }
}

/** Whether a run touches a cut side. */
function cutTest({ size: [depth, height, width], cut: { start, end } }: JudgedMap) {
  return (z: number, y: number, from: number, to: number): boolean =>
    (start[0] && z === 0) ||
    (end[0] && z === depth - 1) ||
    (start[1] && y === 0) ||
    (end[1] && y === height - 1) ||
    (start[2] && from === 0) ||
    (end[2] && to === width);
}
