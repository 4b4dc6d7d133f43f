/** The residual U-Net's form: all that decides its parameters. */
export interface NetworkSpec {
  dimensions: 2 | 3;
  inChannels: number;
  /** feature maps of each level, finest first; the stride is 1 at the first level and 2 at every other */
  filters: number[];
}

/** Segmenter ML's three model sizes. */
export const MODEL_SIZES = { small: [8, 16, 32], medium: [16, 32, 64], large: [32, 64, 128] } as const;
export type ModelSize = keyof typeof MODEL_SIZES;

/** Sizes along each spatial axis must be multiples of this. */
export function divisor(spec: NetworkSpec): number {
  return 2 ** (spec.filters.length - 1);
}

export interface ParameterSpec {
  name: string;
  /** convolution: out, in, [z,] y, x; transposed convolution: in, out, [z,] y, x */
  shape: number[];
}

/** What the training graph minimises. */
export const LOSSES = ['dice+bce', 'dice'] as const;
export type Loss = (typeof LOSSES)[number];
