import { InvalidInputError } from '../base/errors';
import type { Zyx } from '../image/region';
import { MODEL_SIZES, type ModelSize, type NetworkSpec, plainSpec } from './spec';

/** What decides a network's form. */
export interface TopologyRequest {
  dimensions: 2 | 3;
  inChannels: number;
  modelSize: ModelSize;
  /** auto: as many as the patch carries */
  levels: 'auto' | number;
  /** [z, y, x] multiples of 4; z is 1 in 2D */
  patch: Readonly<Zyx>;
  /** how far pixels are apart along [z, y, x], in any unit */
  spacing: Readonly<Zyx>;
}

/** Numbers of levels that a person may set. */
export const LEVELS = [2, 3, 4, 5, 6] as const;
const MOST_LEVELS = 6;
/** Segmenter ML's number of levels: its network halves every axis, whatever the spacing. */
const CLASSIC_LEVELS = 3;
/** An axis is halved while so much of it is left, as in nnU-Net: a coarser level would see little but padding. */
const LEAST_SIZE = 4;
/** So many levels are made whenever the patch carries them, ... */
const USUAL_LEVELS = 5;
/** ... and one more where it still has so many positions along y and x. */
const LEAST_SIZE_OF_MORE = 16;
/** An axis whose spacing is so many times that of y and x is neither halved nor convolved along (nnU-Net's rule). */
const COARSE = 2;
/** The number of maps doubles up to so many times the first level's. */
const MOST_DOUBLED = 8;

/** Gives the feature maps of each level: those of the model size at the first, doubled up to 8 times as many. */
export function filtersOf(modelSize: ModelSize, levels: number): number[] {
  const [first] = MODEL_SIZES[modelSize];
  return Array.from({ length: levels }, (_, level) => first * Math.min(2 ** level, MOST_DOUBLED));
}

/**
 * Chooses a network's form by patch and spacing, by the rules of nnU-Net (Isensee et al., Nature Methods 2021): each level
 * halves the axes that are still even and keep 4 positions, of these none whose spacing is twice that of y and x or more.
 * Kernels are 1 wide along z while its spacing is twice that of y and x or more, then 3, and 3 at the coarsest level.
 * There are levels while y or x is halved; `auto` stops at 5, or 6 where 16 positions are left. Of 3 levels that were asked
 * for it is Segmenter ML's network.
 * @throws InvalidInputError for more levels than the patch carries, naming both
 */
export function topology(request: TopologyRequest): NetworkSpec {
  const { dimensions, inChannels, modelSize, levels, patch } = request;
  if (levels === CLASSIC_LEVELS) return { dimensions, inChannels, filters: filtersOf(modelSize, levels) };
  const all = levelsOf(request);
  const count = levels === 'auto' ? all.length : levels;
  if (count > all.length) {
    const size = patch.slice(3 - dimensions).join(' x ');
    throw new InvalidInputError(`levels for patches of ${size}`, `at most ${all.length}`, levels);
  }
  const used = all.slice(0, count);
  const kernels = used.map(({ kernel }, level) => (level === count - 1 ? kernel.map(() => 3) : kernel));
  const strides = used.map(({ stride }) => stride);
  return plainSpec({ dimensions, inChannels, filters: filtersOf(modelSize, count), strides, kernels });
}

/** What patch sizes should be multiples of, so that they carry the levels. */
export function preferredMultiple(levels: TopologyRequest['levels']): number {
  return 2 ** ((levels === 'auto' ? USUAL_LEVELS : levels) - 1);
}

/** Says what a network is: `5 levels, 16-32-64-128-128 maps, halved (z, y, x) 1-2-2, 2-2-2`. */
export function describeTopology({ filters, strides, kernels }: NetworkSpec): string {
  const form = [`${filters.length} levels`, `${filters.join('-')} feature maps`];
  if (strides) form.push(`strides ${strides.slice(1).map(inWords).join(', ')}`);
  if (kernels) form.push(`kernels ${kernels.map(inWords).join(', ')}`);
  return form.join(', ');
}

function inWords(axes: readonly number[]): string {
  return axes.join('x');
}

interface Level {
  /** [(z,) y, x] */
  stride: number[];
  kernel: number[];
}

/** All levels that the patch carries; no more than a person may ask for, or than `auto` takes. */
function levelsOf({ dimensions, patch, spacing, levels }: TopologyRequest): Level[] {
  const most = levels === 'auto' ? MOST_LEVELS : levels;
  let size = patch.slice(3 - dimensions);
  let apart = spacing.slice(3 - dimensions);
  let kernel = kernelAt(apart, new Array<number>(dimensions).fill(1));
  const found: Level[] = [{ stride: size.map(() => 1), kernel }];
  while (found.length < most) {
    const stride = strideOf(size, apart, found.length === 1);
    const next = size.map((n, axis) => n / stride[axis]);
    if (!planeOf(stride).includes(2)) break;
    const isMore = found.length >= USUAL_LEVELS && levels === 'auto';
    if (isMore && planeOf(next).some((n) => n < LEAST_SIZE_OF_MORE)) break;
    size = next;
    apart = apart.map((distance, axis) => distance * stride[axis]);
    kernel = kernelAt(apart, kernel);
    found.push({ stride, kernel });
  }
  return found;
}

/** Strides to the next level. However small a patch is, the first one halves something. */
function strideOf(size: readonly number[], apart: readonly number[], isFirst: boolean): number[] {
  const canBeHalved = (least: number) => size.map((n) => n % 2 === 0 && n / 2 >= least);
  const usual = canBeHalved(LEAST_SIZE);
  const halvable = isFirst && !planeOf(usual).includes(true) ? canBeHalved(1) : usual;
  const inPlane = size.length - 2;
  const finest = Math.min(...apart.filter((_, axis) => axis >= inPlane && halvable[axis]));
  return size.map((_, axis) => (halvable[axis] && apart[axis] < COARSE * finest ? 2 : 1));
}

/** Widths at a level; what was 3 at a finer one stays so. */
function kernelAt(apart: readonly number[], finer: readonly number[]): number[] {
  const finest = Math.min(...planeOf(apart));
  const inPlane = apart.length - 2;
  return apart.map((distance, axis) => (axis >= inPlane || finer[axis] === 3 || distance < COARSE * finest ? 3 : 1));
}

/** What is said of y and x. */
function planeOf<T>(axes: readonly T[]): T[] {
  return axes.slice(-2);
}
