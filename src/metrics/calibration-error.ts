import { InvalidInputError } from '../base/errors';
import { forEachBlock } from '../image/blocks';
import type { PixelArray } from '../image/dtype';
import { requireNumbers, requireSameLength } from './overlap';
import { binLogits, type ProbabilityHistogram, sigmoid } from './probability-histogram';

/** What rounding of float32 may add to 1. */
const ROUNDING = 1e-6;
/** Bins of even width that probabilities are compared with the truth in. */
const BINS = 20;

/** Pixels of about one probability. */
export interface CalibrationBin {
  /** probabilities from this to below `to`; the last bin has 1 too */
  from: number;
  to: number;
  pixels: number;
  /** mean probability; 0 without pixels */
  predicted: number;
  /** share of the pixels that are foreground; 0 without pixels */
  observed: number;
}

/** How far the probabilities of one image are from the shares that are foreground. */
export interface CalibrationErrors {
  /** mean distance of predicted from observed shares, each bin by its pixels; 0 to 1 */
  ece: number;
  /** mean squared distance of the probability from the truth, 1 or 0 */
  brier: number;
  bins: CalibrationBin[];
}

/** Gathers what a probability map's calibration is judged by, in any number of bands. */
export class CalibrationMeter {
  private readonly pixels = new Float64Array(BINS);
  private readonly sums = new Float64Array(BINS);
  private readonly hits = new Float64Array(BINS);
  private squares = 0;

  /**
   * Adds a chunk.
   * @param probability 0 to 1
   * @param truth non-zero is foreground
   * @param weight 0 where a voxel is excluded; null counts all
   * @throws InvalidInputError when the lengths differ; where a pixel that counts is no probability
   * @throws SegmenterError `invalid-input` for NaN
   */
  add(probability: PixelArray, truth: PixelArray, weight: PixelArray | null): void {
    const arrays = weight ? [probability, truth, weight] : [probability, truth];
    requireSameLength(arrays);
    const { pixels, sums, hits } = this;
    let nan = 0;
    let wrong: number | null = null;
    forEachBlock(arrays, ([p, g, w], length) => {
      let squares = 0;
      for (let i = 0; i < length; i++) {
        if (w !== undefined && w[i] === 0) continue;
        if (Number.isNaN(p[i] + g[i])) nan++;
        else if (p[i] < -ROUNDING || p[i] > 1 + ROUNDING) wrong = p[i];
        else {
          const value = Math.min(1, Math.max(0, p[i]));
          const bin = Math.min(BINS - 1, Math.floor(value * BINS));
          const is = g[i] !== 0 ? 1 : 0;
          pixels[bin]++;
          sums[bin] += value;
          hits[bin] += is;
          squares += (value - is) ** 2;
        }
      }
      this.squares += squares;
    });
    requireNumbers(nan);
    if (wrong !== null) throw new InvalidInputError('probability map, a pixel', 'a probability, 0 to 1', wrong);
  }

  /** Computes the errors of what was added. @returns null where no pixel counted */
  result(): CalibrationErrors | null {
    const { pixels, sums, hits } = this;
    const total = pixels.reduce((sum, n) => sum + n, 0);
    if (total === 0) return null;
    const bins = binsOf(pixels, sums, hits);
    const ece = bins.reduce((sum, bin) => sum + (bin.pixels / total) * Math.abs(bin.predicted - bin.observed), 0);
    return { ece, brier: this.squares / total, bins };
  }
}

/** Gives the bins of a histogram, whose probabilities count as the middle of its own finer ones. */
export function calibrationBins({ foreground, background }: ProbabilityHistogram): CalibrationBin[] {
  const [pixels, sums, hits] = [new Float64Array(BINS), new Float64Array(BINS), new Float64Array(BINS)];
  for (const [k, logit] of binLogits().entries()) {
    const p = sigmoid(logit);
    const bin = Math.min(BINS - 1, Math.floor(p * BINS));
    const n = foreground[k] + background[k];
    pixels[bin] += n;
    sums[bin] += n * p;
    hits[bin] += foreground[k];
  }
  return binsOf(pixels, sums, hits);
}

function binsOf(pixels: Float64Array, sums: Float64Array, hits: Float64Array): CalibrationBin[] {
  return Array.from(pixels, (n, k) => {
    const per = n > 0 ? 1 / n : 0;
    return { from: k / BINS, to: (k + 1) / BINS, pixels: n, predicted: sums[k] * per, observed: hits[k] * per };
  });
}
