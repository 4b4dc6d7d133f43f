import { SegmenterError } from '../base/errors';
import type { DType, PixelArray } from './dtype';

/** How one channel of one image at one time point is brought to a common scale: clip, then z-score. */
export interface Normalisation {
  /** values below become this */
  low: number;
  /** values above become this */
  high: number;
  /** mean after clipping */
  mean: number;
  /** population standard deviation after clipping; 1 where it would be 0 */
  std: number;
}

/** The percentiles of the clip, in percent. */
export interface ClipPercentiles {
  low: number;
  high: number;
}
export const CLIP_PERCENTILES: ClipPercentiles = { low: 0.5, high: 99.5 };

/** Pixels of one channel and time point in any number of pieces, with their weights (0: leave out) where given. */
export interface NormalisationChunk {
  pixels: PixelArray;
  weight?: PixelArray | null;
}

/**
 * Up to so many pixels percentiles of floating-point and 32-bit images are exact. Larger ones are sampled: every
 * k-th pixel in C order, k the smallest odd prime that keeps the sample within this size (a prime so that it does not
 * fall into step with the rows). Images of 8 and 16 bits are always exact.
 */
export const EXACT_PIXELS = 2 ** 22;

/**
 * First pass: the clip limits. Percentiles as numpy's default, linear between order statistics.
 * 8 and 16 bits are counted in a histogram; other types are collected and sorted.
 */
export class PercentileCollector {
  private readonly counts: Float64Array | null;
  private readonly offset: number;
  private readonly sample: Float32Array | Float64Array | null;
  private readonly stride: number;
  private next = 0;
  private filled = 0;
  private missing = 0;

  /** @param total pixels that will be added at most */
  constructor(dtype: DType, total: number) {
    const bits = { uint8: 8, int8: 8, uint16: 16, int16: 16, uint32: 0, int32: 0, float32: 0, float64: 0 }[dtype];
    this.offset = dtype === 'int8' || dtype === 'int16' ? 2 ** (bits - 1) : 0;
    this.counts = bits > 0 ? new Float64Array(2 ** bits) : null;
    this.stride = bits > 0 ? 1 : sampleStride(total);
    const length = Math.ceil(total / this.stride);
    this.sample = bits > 0 ? null : dtype === 'float32' ? new Float32Array(length) : new Float64Array(length);
  }

  add({ pixels, weight }: NormalisationChunk): void {
    if (this.counts) this.count(pixels, weight ?? null, this.counts);
    else if (this.sample) this.collect(pixels, weight ?? null, this.sample);
  }

  /**
   * The clip limits.
   * @throws SegmenterError `invalid-input` when pixels are NaN, limits are not finite, or no pixel has a weight
   */
  limits(name: string, { low, high }: ClipPercentiles = CLIP_PERCENTILES): { low: number; high: number } {
    if (this.missing > 0) {
      const message = `${name}: ${this.missing} pixels are NaN (not a number), expected numbers only`;
      throw new SegmenterError('invalid-input', message, { name, nan: this.missing });
    }
    if (this.filled === 0) {
      throw new SegmenterError('invalid-input', `${name}: every pixel is excluded, expected some with weight`, {
        name,
      });
    }
    const statistic = this.counts ? orderFromCounts(this.counts, this.offset) : orderFromSample(this.sorted());
    const limits = { low: percentile(statistic, this.filled, low), high: percentile(statistic, this.filled, high) };
    if (!Number.isFinite(limits.low) || !Number.isFinite(limits.high)) {
      const message = `${name}: the ${low} and ${high} percentiles are ${limits.low} and ${limits.high}, expected finite values`;
      throw new SegmenterError('invalid-input', message, { name, ...limits });
    }
    return limits;
  }

  /**
   * Mean and standard deviation of the clipped pixels, where every one was counted; null where a second pass must tell.
   */
  moments(low: number, high: number): Normalisation | null {
    if (!this.counts) return null;
    const moments = new MomentCollector(low, high);
    this.counts.forEach((n, value) => {
      if (n > 0) moments.addEqual(value - this.offset, n);
    });
    return moments.normalisation();
  }

  private count(pixels: PixelArray, weight: ArrayLike<number> | null, counts: Float64Array): void {
    for (let i = 0; i < pixels.length; i++) {
      if (weight !== null && weight[i] === 0) continue;
      counts[pixels[i] + this.offset]++;
      this.filled++;
    }
  }

  private collect(pixels: PixelArray, weight: ArrayLike<number> | null, sample: Float32Array | Float64Array): void {
    for (let i = 0; i < pixels.length; i++) if (Number.isNaN(pixels[i])) this.missing++;
    let i = this.next;
    for (; i < pixels.length; i += this.stride) {
      if (weight !== null && weight[i] === 0) continue;
      sample[this.filled++] = pixels[i];
    }
    this.next = i - pixels.length;
  }

  private sorted(): Float32Array | Float64Array {
    return (this.sample as Float32Array | Float64Array).subarray(0, this.filled).sort();
  }
}

/** Second pass: mean and standard deviation of the clipped pixels. */
export class MomentCollector {
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

  normalisation(): Normalisation {
    const mean = this.sum / this.n;
    const variance = Math.max(0, this.squares / this.n - mean * mean);
    const std = this.high > this.low ? Math.sqrt(variance) : 0;
    return { low: this.low, high: this.high, mean: mean + this.centre, std: std > 0 ? std : 1 };
  }
}

/**
 * The normalisation of pixels that are read piece by piece: once for 8 and 16 bits, else twice over.
 * @param total pixels of a pass at most
 * @param chunks starts one pass over the pixels of one channel and time point
 * @param name of the image and channel, for errors
 * @throws SegmenterError `invalid-input` on NaN pixels or when no pixel has a weight
 */
export async function streamNormalisation(
  dtype: DType,
  total: number,
  chunks: () => AsyncIterable<NormalisationChunk>,
  name: string,
  percentiles: ClipPercentiles = CLIP_PERCENTILES,
): Promise<Normalisation> {
  const collector = new PercentileCollector(dtype, total);
  for await (const chunk of chunks()) collector.add(chunk);
  const { low, high } = collector.limits(name, percentiles);
  const counted = collector.moments(low, high);
  if (counted) return counted;
  const moments = new MomentCollector(low, high);
  for await (const chunk of chunks()) moments.add(chunk);
  return moments.normalisation();
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

/** The k of "every k-th pixel": 1 up to EXACT_PIXELS, else an odd prime. */
function sampleStride(total: number): number {
  if (total <= EXACT_PIXELS) return 1;
  let stride = Math.max(3, Math.ceil(total / EXACT_PIXELS));
  while (!isOddPrime(stride)) stride++;
  return stride;
}

function isOddPrime(n: number): boolean {
  for (let divisor = 2; divisor * divisor <= n; divisor++) if (n % divisor === 0) return false;
  return n > 2;
}

/** Linear between the order statistics around (n - 1) * q, as numpy.percentile. */
function percentile(order: (k: number) => number, n: number, percent: number): number {
  const position = ((n - 1) * percent) / 100;
  const below = Math.floor(position);
  const t = position - below;
  const a = order(below);
  if (t === 0) return a;
  const b = order(below + 1);
  if (a === b) return a;
  return t < 0.5 ? a + (b - a) * t : b - (b - a) * (1 - t);
}

function orderFromSample(sorted: Float32Array | Float64Array): (k: number) => number {
  return (k) => sorted[k];
}

function orderFromCounts(counts: Float64Array, offset: number): (k: number) => number {
  return (k) => {
    let seen = 0;
    let value = 0;
    while (seen + counts[value] <= k) seen += counts[value++];
    return value - offset;
  };
}
