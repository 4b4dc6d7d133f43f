import type { Zyx } from '../image/region';

/** The residual U-Net's form: all that decides its parameters. */
export interface NetworkSpec {
  dimensions: 2 | 3;
  inChannels: number;
  /** 1: foreground alone; 3: every object by itself, see {@link OBJECT_OUTPUTS}; absent: 1 */
  outChannels?: 1 | 3;
  /** feature maps of each level, finest first */
  filters: number[];
  /** [(z,) y, x] of the first convolution of each level, 1 or 2; absent: 1 at the first level and 2 at every other */
  strides?: number[][];
  /** [(z,) y, x] widths of the convolutions of each level: 3, along z also 1; absent: 3 */
  kernels?: number[][];
}

/** What a network says of each voxel that tells objects apart, in the order of its channels; of others the first alone. */
export const OBJECT_OUTPUTS = ['foreground', 'boundary', 'centre'] as const;

/** Counts the channels of what a network gives. */
export function outputsOf({ outChannels = 1 }: Pick<NetworkSpec, 'outChannels'>): 1 | 3 {
  return outChannels;
}

/** Segmenter ML's three model sizes. */
export const MODEL_SIZES = { small: [8, 16, 32], medium: [16, 32, 64], large: [32, 64, 128] } as const;
export type ModelSize = keyof typeof MODEL_SIZES;

/** Gives the strides of each level, [(z,) y, x]. */
export function stridesOf({ dimensions, filters, strides }: NetworkSpec): number[][] {
  return strides ?? filters.map((_, level) => new Array<number>(dimensions).fill(level === 0 ? 1 : 2));
}

/** Gives the widths of each level's convolutions, [(z,) y, x]. */
export function kernelsOf({ dimensions, filters, kernels }: NetworkSpec): number[][] {
  return kernels ?? filters.map(() => new Array<number>(dimensions).fill(3));
}

/** A spec without what says no more than its absence, so that equal networks have equal specs. */
export function plainSpec({
  dimensions,
  inChannels,
  outChannels,
  filters,
  strides,
  kernels,
}: NetworkSpec): NetworkSpec {
  const plain = { dimensions, inChannels, ...(outChannels === 3 ? { outChannels } : {}), filters };
  const isPlain = (found: number[][] | undefined, usual: number[][]) => !found || String(found) === String(usual);
  return {
    ...plain,
    ...(isPlain(strides, stridesOf(plain)) ? {} : { strides }),
    ...(isPlain(kernels, kernelsOf(plain)) ? {} : { kernels }),
  };
}

/** How many voxels of the image a level's voxel spans along each axis, [(z,) y, x]. */
export function spansOf(spec: NetworkSpec): number[][] {
  const spans: number[][] = [];
  for (const strides of stridesOf(spec)) {
    const finer = spans.at(-1) ?? strides.map(() => 1);
    spans.push(strides.map((stride, axis) => stride * finer[axis]));
  }
  return spans;
}

/** Sizes along the axes must be multiples of these, [z, y, x]; 1 along z in 2D. */
export function divisors(spec: NetworkSpec): Zyx {
  return inThree(spansOf(spec)[spec.filters.length - 1]);
}

/** What is said of each spatial axis, or of all of them, as [z, y, x]; 1 along z in 2D. */
export function divisorsOf({ dimensions, divisor }: { dimensions: 2 | 3; divisor: number | readonly number[] }): Zyx {
  return inThree(typeof divisor === 'number' ? new Array<number>(dimensions).fill(divisor) : divisor);
}

/** The shortest way to say {@link divisors}: one number where they are equal, else [(z,) y, x]. */
export function divisor(spec: NetworkSpec): number | number[] {
  const each = divisors(spec).slice(3 - spec.dimensions);
  return each.every((divisor) => divisor === each[0]) ? each[0] : each;
}

function inThree(values: readonly number[]): Zyx {
  const [z, y, x] = values.length === 3 ? values : [1, ...values];
  return [z, y, x];
}

export interface ParameterSpec {
  name: string;
  /** convolution: out, in, [z,] y, x; transposed convolution: in, out, [z,] y, x */
  shape: number[];
}

/** What the training graph minimises. */
export const LOSSES = ['dice+bce', 'dice'] as const;
export type Loss = (typeof LOSSES)[number];
