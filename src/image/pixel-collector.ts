import { SegmenterError } from '../base/errors';
import type { DType, PixelArray } from './dtype';

/** Pixels of one channel and time point in any number of pieces, with their weights (0: leave out) where given. */
export interface NormalisationChunk {
  pixels: PixelArray;
  weight?: PixelArray | null;
}

/** Pixels in ascending order: `counts[i]` of them have the value `values[i]`; one each where counts is null. */
export interface Levels {
  values: Float32Array | Float64Array;
  counts: Float64Array | null;
  /** how many there are in all */
  total: number;
}

/**
 * Up to so many pixels order statistics of floating-point and 32-bit images are exact. Larger ones are sampled: every
 * k-th pixel in C order, k the smallest odd prime that keeps the sample within this size (a prime so that it does not
 * fall into step with the rows). Images of 8 and 16 bits are always exact.
 */
export const EXACT_PIXELS = 2 ** 22;

/** Pairs of neighbours are sampled in the same way, whatever their type: of them there is less to be known. */
export const EXACT_PAIRS = 2 ** 20;

/** Half a step of whole numbers. */
const ROUNDING = 0.5;

/** The standard deviation of a normal distribution by the median of its absolute deviations. */
const BY_MEDIAN = 1.4826;
/** The standard deviation of noise by the median difference of neighbours. */
export const NOISE_BY_MEDIAN = BY_MEDIAN / Math.SQRT2;

/**
 * Collects what is to be known of a channel's values, in one pass over its pixels in C order: how often each occurs, and
 * of neighbours along x how much they differ and which the darker is. 8 and 16 bits are counted in histograms; other
 * types are collected.
 */
export class PixelCollector {
  private readonly pixels: Tally;
  private readonly darker: Tally;
  private readonly steps: Tally;
  private readonly stride: { pixels: number; pairs: number };
  /** how far into the next piece the next one to collect lies */
  private readonly next = { pixels: 0, pairs: 0 };
  /** the last pixel of the piece before; NaN where it has no weight */
  private previous = Number.NaN;
  private missing = 0;

  /** @param total pixels that will be added at most */
  constructor(dtype: DType, total: number) {
    const bits = { uint8: 8, int8: 8, uint16: 16, int16: 16, uint32: 0, int32: 0, float32: 0, float64: 0 }[dtype];
    const isCounted = bits > 0;
    const offset = dtype === 'int8' || dtype === 'int16' ? 2 ** (bits - 1) : 0;
    this.stride = {
      pixels: isCounted ? 1 : sampleStride(total, EXACT_PIXELS),
      pairs: pairStride(total),
    };
    const tally = (offset: number, stride: number) => {
      const length = Math.ceil(total / stride);
      if (isCounted) return new Histogram(2 ** bits, offset);
      return new Sample(dtype === 'float32' ? new Float32Array(length) : new Float64Array(length));
    };
    this.pixels = tally(offset, this.stride.pixels);
    this.darker = tally(offset, this.stride.pairs);
    this.steps = tally(0, this.stride.pairs);
  }

  add({ pixels, weight = null }: NormalisationChunk): void {
    if (pixels.length === 0) return;
    const { next, stride } = this;
    if (this.pixels instanceof Sample) {
      for (let i = 0; i < pixels.length; i++) if (Number.isNaN(pixels[i])) this.missing++;
    }
    next.pixels = this.addPixels(pixels, weight, next.pixels, stride.pixels) - pixels.length;
    next.pairs = this.addPairs(pixels, weight, next.pairs, stride.pairs) - pixels.length;
    const last = pixels.length - 1;
    this.previous = weight !== null && weight[last] === 0 ? Number.NaN : pixels[last];
  }

  /**
   * Gives the values with weight, in ascending order.
   * @throws SegmenterError `invalid-input` when pixels are NaN, or no pixel has a weight
   */
  levels(name: string): Levels {
    if (this.missing > 0) {
      const message = `${name}: ${this.missing} pixels are NaN (not a number), expected numbers only`;
      throw new SegmenterError('invalid-input', message, { name, nan: this.missing });
    }
    if (this.pixels.filled === 0) {
      const message = `${name}: every pixel is excluded, expected some with weight`;
      throw new SegmenterError('invalid-input', message, { name });
    }
    return this.pixels.levels();
  }

  /**
   * Gives the darker of each two neighbours with weight, in ascending order: a hot pixel among dark ones is none of
   * them.
   */
  darkerOfNeighbours(): Levels {
    return this.darker.levels();
  }

  /**
   * Estimates the standard deviation of the noise, by the median difference of neighbours: structures are smooth over
   * most pixels, and the edges that are not do not move a median. Of whole numbers at least half a step, for less cannot
   * be told.
   */
  noise(): number {
    const rounding = this.steps instanceof Histogram ? ROUNDING : 0;
    const { filled } = this.steps;
    if (filled === 0) return rounding;
    const median = orderStatistic(this.steps.levels())((filled - 1) >> 1);
    return Math.max(rounding, NOISE_BY_MEDIAN * median);
  }

  private addPixels(pixels: PixelArray, weight: ArrayLike<number> | null, from: number, stride: number): number {
    const tally = this.pixels;
    let i = from;
    for (; i < pixels.length; i += stride) if (weight === null || weight[i] !== 0) tally.add(pixels[i]);
    return i;
  }

  private addPairs(pixels: PixelArray, weight: ArrayLike<number> | null, from: number, stride: number): number {
    const { darker, steps } = this;
    let i = from;
    for (; i < pixels.length; i += stride) {
      if (weight !== null && (weight[i] === 0 || (i > 0 && weight[i - 1] === 0))) continue;
      const value = pixels[i];
      const before = i > 0 ? pixels[i - 1] : this.previous;
      const step = value > before ? value - before : before - value;
      // Not a number: there is no pixel before, or infinite ones.
      if (!(step < Number.POSITIVE_INFINITY)) continue;
      darker.add(Math.min(value, before));
      steps.add(step);
    }
    return i;
  }
}

type Tally = Histogram | Sample;

/** Counts whole numbers. */
class Histogram {
  filled = 0;
  private readonly counts: Float64Array;

  /** @param offset what is added to a number to make it an index */
  constructor(
    size: number,
    private readonly offset: number,
  ) {
    this.counts = new Float64Array(size);
  }

  add(value: number): void {
    this.counts[value + this.offset]++;
    this.filled++;
  }

  levels(): Levels {
    const all = this.counts;
    let used = 0;
    for (let index = 0; index < all.length; index++) if (all[index] > 0) used++;
    const values = new Float64Array(used);
    const counts = new Float64Array(used);
    for (let index = 0, i = 0; i < used; index++) {
      if (all[index] === 0) continue;
      values[i] = index - this.offset;
      counts[i++] = all[index];
    }
    return { values, counts, total: this.filled };
  }
}

/** Keeps numbers. */
class Sample {
  filled = 0;

  constructor(private readonly kept: Float32Array | Float64Array) {}

  add(value: number): void {
    this.kept[this.filled++] = value;
  }

  levels(): Levels {
    return { values: this.kept.subarray(0, this.filled).sort(), counts: null, total: this.filled };
  }
}

/** Finds the k-th smallest of some values, k from 0. */
export function orderStatistic({ values, counts }: Pick<Levels, 'values' | 'counts'>): (k: number) => number {
  if (counts === null) return (k) => values[k];
  return (k) => {
    let seen = 0;
    let i = 0;
    while (seen + counts[i] <= k) seen += counts[i++];
    return values[i];
  };
}

/** Interpolates linearly between the order statistics around (n - 1) * q, as numpy.percentile. */
export function percentile(levels: Levels, percent: number): number {
  const order = orderStatistic(levels);
  const position = ((levels.total - 1) * percent) / 100;
  const below = Math.floor(position);
  const t = position - below;
  const a = order(below);
  if (t === 0) return a;
  const b = order(below + 1);
  if (a === b) return a;
  return t < 0.5 ? a + (b - a) * t : b - (b - a) * (1 - t);
}

/** Of neighbours every so many pairs are looked at. @param total pixels */
export function pairStride(total: number): number {
  return sampleStride(total, EXACT_PAIRS);
}

/** The k of "every k-th": 1 up to so many, else an odd prime. */
function sampleStride(total: number, most: number): number {
  if (total <= most) return 1;
  let stride = Math.max(3, Math.ceil(total / most));
  while (!isOddPrime(stride)) stride++;
  return stride;
}

function isOddPrime(n: number): boolean {
  for (let divisor = 2; divisor * divisor <= n; divisor++) if (n % divisor === 0) return false;
  return n > 2;
}
