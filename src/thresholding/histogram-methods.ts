import { SegmenterError } from '../base/errors';
import type { Histogram } from './histogram';

/** The failure of a method on a histogram it cannot divide. */
export class ThresholdError extends SegmenterError {
  override readonly name = 'ThresholdError';

  constructor(method: string, reason: string) {
    super('invalid-input', `threshold ${method}: ${reason}`, { method });
  }
}

// Scores are nearly flat about their maximum, so that rounding decides which bin is the first largest: to answer as
// scikit-image 0.26 does, numbers of pixels are float32 as they are there, and values have the image's precision.

/**
 * Finds the threshold of Otsu (1979): the bin that maximises the variance between the classes, w1 w2 (mean1 - mean2)^2.
 * The value itself where the image is constant.
 */
export function otsu({ counts, centres, constant, round: r }: Histogram): number {
  if (constant !== null) return constant;
  const { below, above } = classSums(counts, Math.fround);
  const sums = classSums(
    counts.map((n, i) => r(Math.fround(n) * centres[i])),
    r,
  );
  return centres[
    largestDivision(counts, (i) => {
      const gap = r(r(sums.below[i] / below[i]) - r(sums.above[i + 1] / above[i + 1]));
      return r(Math.fround(below[i] * above[i + 1]) * r(gap * gap));
    })
  ];
}

/**
 * Finds the threshold of Yen, Chang and Chang (1995): the bin that maximises the criterion of maximum correlation.
 * Where thousands of bins are all but equal, the last bit of NumPy's logarithm, which differs between processors, may
 * take another of them.
 */
export function yen({ counts, centres }: Histogram): number {
  if (centres.length === 1) return centres[0];
  const r = Math.fround;
  const total = r(counts.reduce((sum, n) => sum + n, 0));
  const share = counts.map((n) => r(r(n) / total));
  const { below } = classSums(share, r);
  const squares = classSums(
    share.map((p) => r(p * p)),
    r,
  );
  return centres[
    largestDivision(counts, (i) => {
      const spread = r(below[i] * r(1 - below[i]));
      const inverse = r(1 / r(squares.below[i] * squares.above[i + 1]));
      return r(Math.log(r(inverse * r(spread * spread))));
    })
  ];
}

/**
 * Finds the threshold of isodata (Ridler and Calvard, 1978): the first bin whose centre lies at most a bin width below
 * the mean of both class means.
 * @throws ThresholdError where there is none, as for a constant float image
 */
export function isodata({ counts, centres, round: r }: Histogram): number {
  if (centres.length === 1) return centres[0];
  const { below } = classSums(counts, Math.fround);
  const sums = classSums(
    counts.map((n, i) => r(Math.fround(n) * centres[i])),
    r,
  ).below;
  const last = counts.length - 1;
  const width = r(centres[1] - centres[0]);
  for (let i = 0; i < last; i++) {
    const lower = r(sums[i] / below[i]);
    const higher = r(r(sums[last] - sums[i]) / Math.fround(below[last] - below[i]));
    const distance = r(r(r(lower + higher) / 2) - centres[i]);
    if (distance >= 0 && distance < width) return centres[i];
  }
  throw new ThresholdError('isodata', 'no bin lies between its class means, is the image constant?');
}

/**
 * Finds the threshold of the triangle (Zack, Rogers and Latt, 1977): the bin farthest from the line between the peak
 * and the end of the longer tail.
 */
export function triangle(histogram: Histogram): number {
  const { centres, constant } = histogram;
  if (constant !== null) return constant;
  const bins = centres.length;
  let counts = histogram.counts;
  let peak = argmax(counts);
  let low = counts.findIndex((n) => n > 0);
  const high = counts.findLastIndex((n) => n > 0);
  const flip = peak - low < high - peak;
  if (flip) {
    counts = counts.toReversed();
    low = bins - high - 1;
    peak = bins - peak - 1;
  }
  // The squares are 64-bit integers in NumPy.
  const norm = Math.sqrt(Number(BigInt(counts[peak]) ** 2n + BigInt(peak - low) ** 2n));
  const height = counts[peak] / norm;
  const width = (peak - low) / norm;
  const distance = new Float64Array(peak - low);
  for (let x = 0; x < distance.length; x++) distance[x] = height * x - width * counts[low + x];
  const level = argmax(distance) + low;
  return centres[flip ? bins - level - 1 : level];
}

const MAX_SMOOTHINGS = 10000;

/**
 * Finds the threshold of the minimum (Prewitt and Mendelsohn, 1966): the histogram is smoothed over three bins until it
 * has two maxima; the lowest bin between them.
 * @throws ThresholdError "Unable to find two maxima in histogram", or when 10000 smoothings leave more than two
 */
export function minimum({ counts, centres }: Histogram): number {
  const smooth = Float32Array.from(counts);
  let maxima: number[] = [];
  let round = 0;
  for (; round < MAX_SMOOTHINGS; round++) {
    smoothOverThree(smooth);
    maxima = localMaxima(smooth);
    if (maxima.length < 3) break;
  }
  if (maxima.length !== 2) throw new ThresholdError('minimum', 'Unable to find two maxima in histogram');
  if (round >= MAX_SMOOTHINGS - 1)
    throw new ThresholdError('minimum', `Maximum iteration (${MAX_SMOOTHINGS}) reached for histogram smoothing`);
  let lowest = maxima[0];
  for (let bin = maxima[0]; bin <= maxima[1]; bin++) if (smooth[bin] < smooth[lowest]) lowest = bin;
  return centres[lowest];
}

/**
 * Smooths in place as `scipy.ndimage.uniform_filter1d(h, 3)` does: a running sum in float64, ends repeated, its third stored
 * as float32. Between objects and background the sums are nearly 0, and their roundings say which bin is the lowest.
 */
function smoothOverThree(h: Float32Array): void {
  const last = h.length - 1;
  // What stood at i - 2 and i - 1 before it was overwritten.
  let left = h[0];
  let before = h[0];
  let sum = h[0] + h[0] + h[Math.min(1, last)];
  h[0] = sum / 3;
  for (let i = 1; i <= last; i++) {
    const current = h[i];
    sum += (i < last ? h[i + 1] : current) - left;
    left = before;
    before = current;
    h[i] = sum / 3;
  }
}

/** The last bin of each rise and the plateau after it; a rise to the very end is none. */
function localMaxima(h: Float32Array): number[] {
  const maxima: number[] = [];
  let rising = true;
  for (let i = 0; i + 1 < h.length; i++) {
    if (rising && h[i + 1] < h[i]) {
      rising = false;
      maxima.push(i);
    } else if (!rising && h[i + 1] > h[i]) rising = true;
  }
  return maxima;
}

/** Of each bin: the sum of the values up to it, and from it on. @param r rounds each sum */
function classSums(values: Float64Array, r: (sum: number) => number): { below: Float64Array; above: Float64Array } {
  const cumulative = (of: Float64Array) => {
    let sum = 0;
    return of.map((value) => {
      sum = r(sum + value);
      return sum;
    });
  };
  return { below: cumulative(values), above: cumulative(values.toReversed()).reverse() };
}

/** The first bin with the largest score of a division behind it; none but the last has one. A score that is no number is largest. */
function largestDivision(counts: Float64Array, score: (bin: number) => number): number {
  return argmax(Float64Array.from({ length: counts.length - 1 }, (_, i) => score(i)));
}

/** Where the first largest number is, or the first NaN. */
function argmax(values: ArrayLike<number>): number {
  let best = 0;
  for (let i = 0; i < values.length; i++) {
    if (Number.isNaN(values[i])) return i;
    if (values[i] > values[best]) best = i;
  }
  return best;
}
