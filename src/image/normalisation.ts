import { SegmenterError } from '../base/errors';
import type { DType, PixelArray } from './dtype';
import { type Levels, type NormalisationChunk, PixelCollector, percentile } from './pixel-collector';
import { measureSignal, type Signal } from './signal';

/** How one channel of one image at one time point is brought to a common scale: (clip(pixel) - mean) / std. */
export interface Normalisation {
  /** values below become this */
  low: number;
  /** values above become this */
  high: number;
  /** what becomes 0 */
  mean: number;
  /** what becomes 1, counted from `mean` */
  std: number;
  /** what was seen in the pixels; absent where nobody looked */
  signal?: Signal;
}

/** The percentiles of a clip, in percent. */
interface ClipPercentiles {
  low: number;
  high: number;
}

/** How normalisations are measured, as a model's card says. */
export type NormalisationRule =
  /** background and contrast of the image, which do not move with how full it is */
  | { method: 'background-contrast' }
  /** z-score after a clip at percentiles: what models were trained with before; `epsilon` is added to the standard deviation (0) */
  | ({ method: 'percentile-zscore'; epsilon?: number } & ClipPercentiles)
  /** the percentiles become 0 and 1, and `isClipped` what lies beyond; `epsilon` is added to their difference */
  | ({ method: 'percentile-range'; epsilon: number; isClipped: boolean } & ClipPercentiles)
  /** (quantity - mean) / std with given numbers: one for all channels, or one for each */
  | { method: 'fixed'; mean: number[]; std: number[] }
  /** pixels are taken as the quantity they stand for */
  | { method: 'none' };

/** What new models are trained with. */
export const DEFAULT_RULE: NormalisationRule = { method: 'background-contrast' };

/**
 * Where half of the light lies below becomes `contrast`: objects of fluorescence then are about as far from their background
 * as a z-score puts them in a picture that is a fifth full, so that the changes of augmentation keep their meaning. Values
 * further from the background than `far` contrasts are taken for that.
 */
export const BY_CONTRAST = { contrast: 2, far: 4 };

/** Mean and standard deviation of the clipped pixels. */
class MomentCollector {
  private n = 0;
  private sum = 0;
  private squares = 0;
  private readonly centre: number;

  constructor(
    private readonly low: number,
    private readonly high: number,
  ) {
    // Sums about the middle of the range keep the variance of a small signal on a large offset exact.
    this.centre = (low + high) / 2;
  }

  add({ pixels, weight }: NormalisationChunk): void {
    const { low, high, centre } = this;
    let n = 0;
    let sum = 0;
    let squares = 0;
    for (let i = 0; i < pixels.length; i++) {
      if (weight && weight[i] === 0) continue;
      const v = Math.min(Math.max(pixels[i], low), high) - centre;
      n++;
      sum += v;
      squares += v * v;
    }
    this.n += n;
    this.sum += sum;
    this.squares += squares;
  }

  /** Adds `n` pixels of one value. */
  addEqual(value: number, n: number): void {
    const v = Math.min(Math.max(value, this.low), this.high) - this.centre;
    this.n += n;
    this.sum += n * v;
    this.squares += n * v * v;
  }

  normalisation(epsilon: number): Normalisation {
    const mean = this.sum / this.n;
    const variance = Math.max(0, this.squares / this.n - mean * mean);
    const std = this.high > this.low ? Math.sqrt(variance) : 0;
    return { low: this.low, high: this.high, mean: mean + this.centre, std: std + epsilon > 0 ? std + epsilon : 1 };
  }
}

/**
 * Measures the normalisation of pixels that are read piece by piece in C order: once, but for `percentile-zscore` of
 * types other than 8 and 16 bits twice over.
 * @param total pixels of a pass at most
 * @param chunks starts one pass over the pixels of one channel and time point
 * @param name of the image and channel, for errors
 * @param of what a stored value of 1 stands for, with `none` and `fixed` only (1), and which channel it is (0)
 * @throws SegmenterError `invalid-input` on NaN pixels, percentiles that are infinite, or when no pixel has a weight
 */
export async function streamNormalisation(
  rule: NormalisationRule,
  dtype: DType,
  total: number,
  chunks: () => AsyncIterable<NormalisationChunk>,
  name: string,
  { scale = 1, channel = 0 }: { scale?: number; channel?: number } = {},
): Promise<Normalisation> {
  const collector = new PixelCollector(dtype, total);
  for await (const chunk of chunks()) collector.add(chunk);
  const levels = collector.levels(name);
  const limits = clipLimits(levels, name, 'low' in rule ? rule : CLIP);
  const signal = measureSignal(finite(levels), collector.darkerOfNeighbours(), collector.noise());
  if (rule.method === 'none') return { ...AS_STORED, std: 1 / scale, signal };
  if (rule.method === 'fixed') {
    const of = (numbers: number[]) => numbers[numbers.length === 1 ? 0 : channel] / scale;
    return { ...AS_STORED, mean: of(rule.mean), std: of(rule.std), signal };
  }
  if (rule.method === 'percentile-range') return { ...percentileRange(limits, rule), signal };
  if (rule.method === 'background-contrast') return { ...backgroundContrast(signal), signal };
  const moments = new MomentCollector(limits.low, limits.high);
  const { values, counts } = levels;
  if (counts) for (let i = 0; i < values.length; i++) moments.addEqual(values[i], counts[i]);
  else for await (const chunk of chunks()) moments.add(chunk);
  return { ...moments.normalisation(rule.epsilon ?? 0), signal };
}

const AS_STORED = { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY, mean: 0 };

/** The background becomes 0, the contrast that of {@link BY_CONTRAST}. */
function backgroundContrast({ background, contrast }: Signal): Normalisation {
  const far = BY_CONTRAST.far * contrast;
  return {
    low: background - far,
    high: background + far,
    mean: background,
    std: contrast > 0 ? contrast / BY_CONTRAST.contrast : 1,
  };
}

function percentileRange(
  { low, high }: ClipPercentiles,
  { epsilon, isClipped }: { epsilon: number; isClipped: boolean },
): Normalisation {
  const std = high - low + epsilon;
  return { ...AS_STORED, ...(isClipped ? { low, high } : {}), mean: low, std: std > 0 ? std : 1 };
}

/** Where no rule names others. */
const CLIP: ClipPercentiles = { low: 0.5, high: 99.5 };

/**
 * Percentiles as numpy's default, linear between order statistics.
 * @throws SegmenterError `invalid-input` when they are not finite
 */
function clipLimits(levels: Levels, name: string, { low, high }: ClipPercentiles): ClipPercentiles {
  const limits = { low: percentile(levels, low), high: percentile(levels, high) };
  if (!Number.isFinite(limits.low) || !Number.isFinite(limits.high)) {
    const message = `${name}: the ${low} and ${high} percentiles are ${limits.low} and ${limits.high}, expected finite values`;
    throw new SegmenterError('invalid-input', message, { name, ...limits });
  }
  return limits;
}

/** Without infinite values, which only collected ones have. */
function finite(levels: Levels): Levels {
  const { values, counts } = levels;
  if (counts) return levels;
  let [start, end] = [0, values.length];
  while (values[start] === Number.NEGATIVE_INFINITY) start++;
  while (values[end - 1] === Number.POSITIVE_INFINITY) end--;
  return { values: values.subarray(start, end), counts, total: end - start };
}

/**
 * Writes (clip(pixel) - mean) / std of `length` pixels.
 * @returns `out`
 */
export function applyNormalisation(
  pixels: PixelArray,
  { low, high, mean, std }: Normalisation,
  out: Float32Array = new Float32Array(pixels.length),
  { from = 0, to = 0, length = pixels.length - from }: { from?: number; to?: number; length?: number } = {},
): Float32Array {
  const factor = 1 / std;
  for (let i = 0; i < length; i++) {
    out[to + i] = (Math.min(Math.max(pixels[from + i], low), high) - mean) * factor;
  }
  return out;
}
