import { type Static, Type } from '#typebox';
import type { PixelArray } from '../image/dtype';
import { overlapMetrics } from '../metrics/overlap';
import { binOf, emptyBins, firstBinAbove } from '../metrics/probability-histogram';
import { type Calibration, calibratedBins } from './calibration';

const Share = Type.Number({ minimum: 0, maximum: 1 });
/** How well a prediction will be found to cover a truth that nobody drew yet. */
export const PredictedOverlapSchema = Type.Object({ dice: Share, precision: Share, recall: Share });
export type PredictedOverlap = Static<typeof PredictedOverlapSchema>;

/** Counts the probabilities of a map by bin, in any number of pieces; it takes 1 kB. */
export class ProbabilityMeter {
  private readonly bins = emptyBins();

  /** @param scale stored value times scale is the probability */
  constructor(private readonly scale: number) {}

  add(rows: PixelArray): void {
    const { bins, scale } = this;
    for (let i = 0; i < rows.length; i++) bins[binOf(rows[i] * scale)]++;
  }

  /** Takes pixels of probability 0 out again that stand for nothing. */
  leaveOut(pixels: number): void {
    this.bins[0] -= pixels;
  }

  /** Pixels in each bin of `metrics/probability-histogram.ts`. */
  result(): Float64Array {
    return this.bins.slice();
  }
}

/**
 * Predicts the overlap of a segmentation with the truth of its image from the probabilities alone: a pixel of calibrated
 * probability p above the threshold is p of a true positive and 1 - p of a false one, below it p of a false negative; the
 * quotients are those of the expected counts. Where nothing is found a Dice is 1 if nothing is there and else 0
 * ({@link overlapMetrics}), so that it is the probability of an empty image: the foreground to be expected, over that of
 * an image that has any, is how probable it is that there is some.
 * @param bins pixels by probability
 * @param threshold of the segmentation, that of the grid which is closest
 */
export function predictedOverlap(bins: Float64Array, calibration: Calibration, threshold: number): PredictedOverlap {
  const shares = calibratedBins(calibration);
  const first = firstBinAbove(threshold);
  const counts = { truePositive: 0, falsePositive: 0, falseNegative: 0, trueNegative: 0 };
  bins.forEach((n, k) => {
    const foreground = n * shares[k];
    if (k >= first) {
      counts.truePositive += foreground;
      counts.falsePositive += n - foreground;
    } else {
      counts.falseNegative += foreground;
      counts.trueNegative += n - foreground;
    }
  });
  if (counts.truePositive + counts.falsePositive > 0) {
    const { dice, precision, recall } = overlapMetrics(counts);
    return { dice, precision, recall };
  }
  const expected = counts.falseNegative / (counts.falseNegative + counts.trueNegative || 1);
  const isEmpty = 1 - Math.min(1, expected / (calibration.foreground ?? (expected || 1)));
  return { dice: isEmpty, precision: isEmpty, recall: isEmpty };
}
