import { SegmenterError } from '../base/errors';
import { rounding } from './float-bins';
import type { Histogram } from './histogram';
import { log32 } from './log-float32';
import { argmax, cumulative, cumulative32 } from './numpy-maths';
import { pairwiseSum } from './pairwise-sum';

// Each function gives the threshold of scikit-image 0.26 with NumPy 2, bit for bit: counts are float32 there, products
// of counts and bin centres float64 for integer and float64 images, float32 for float32 images.

/** The failure of a method on a histogram it cannot divide. */
export class ThresholdError extends SegmenterError {
  override readonly name = 'ThresholdError';

  constructor(method: string, reason: string) {
    super('invalid-input', `threshold ${method}: ${reason}`, { method });
  }
}

/**
 * Otsu (1979): the bin that maximises the variance between the classes, w1 w2 (mean1 - mean2)^2.
 * The value itself where the image is constant.
 */
export function otsu(histogram: Histogram): number {
  const { centres, constant, precision } = histogram;
  if (constant !== null) return constant;
  const r = rounding(precision);
  const counts = Float32Array.from(histogram.counts);
  const products = Float64Array.from(counts, (n, i) => r(n * centres[i]));
  const below = cumulative32(counts);
  const belowSum = cumulative(products, r);
  const above = cumulative32(counts.toReversed()).reverse();
  const aboveSum = cumulative(products.toReversed(), r).reverse();
  const score = new Float64Array(counts.length - 1);
  for (let i = 0; i < score.length; i++) {
    const gap = r(r(belowSum[i] / below[i]) - r(aboveSum[i + 1] / above[i + 1]));
    score[i] = r(Math.fround(below[i] * above[i + 1]) * r(gap * gap));
  }
  return centres[argmax(score)];
}

/** Yen, Chang and Chang (1995): the bin that maximises the criterion of maximum correlation. */
export function yen({ counts, centres }: Histogram): number {
  if (centres.length === 1) return centres[0];
  const r = Math.fround;
  const total = pairwiseSum(Float32Array.from(counts));
  const share = Float32Array.from(counts, (n) => r(r(n) / total));
  const square = share.map((p) => p * p);
  const below = cumulative32(share);
  const belowSquares = cumulative32(square);
  const aboveSquares = cumulative32(square.toReversed()).reverse();
  const criterion = new Float64Array(share.length - 1);
  for (let i = 0; i < criterion.length; i++) {
    const spread = r(below[i] * r(1 - below[i]));
    const inverse = r(1 / r(belowSquares[i] * aboveSquares[i + 1]));
    criterion[i] = log32(r(inverse * r(spread * spread)));
  }
  return centres[argmax(criterion)];
}

/**
 * Isodata (Ridler and Calvard, 1978): the first bin whose centre lies at most a bin width below the mean of both class means.
 * @throws ThresholdError where there is none, as for a constant float image
 */
export function isodata({ counts, centres, precision }: Histogram): number {
  if (centres.length === 1) return centres[0];
  const r = rounding(precision);
  const below = cumulative32(Float32Array.from(counts));
  const sums = cumulative(
    counts.map((n, i) => r(Math.fround(n) * centres[i])),
    r,
  );
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

/** Triangle (Zack, Rogers and Latt, 1977): the bin farthest from the line between the peak and the end of the longer tail. */
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
 * Minimum (Prewitt and Mendelsohn, 1966): the histogram is smoothed over three bins until it has two maxima; the lowest
 * bin between them.
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

/** `scipy.ndimage.uniform_filter1d(h, 3)`, in place: a running mean in float64, ends repeated, stored as float32. */
function smoothOverThree(h: Float32Array): void {
  const last = h.length - 1;
  // What stood at i - 2 and i - 1 before it was overwritten.
  let left = h[0];
  let before = h[0];
  let mean = (h[0] + h[0] + h[Math.min(1, last)]) / 3;
  h[0] = mean;
  for (let i = 1; i <= last; i++) {
    const current = h[i];
    mean += ((i < last ? h[i + 1] : current) - left) / 3;
    left = before;
    before = current;
    h[i] = mean;
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
