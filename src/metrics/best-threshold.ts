import { InvalidInputError } from '../base/errors';
import { forEachBlock } from '../image/blocks';
import type { PixelArray } from '../image/dtype';
import { overlapMetrics, requireNumbers, requireSameLength } from './overlap';

/** The thresholds that are tried: 0.05 to 0.95 in steps of 0.01. */
export const THRESHOLD_GRID: readonly number[] = Array.from({ length: 91 }, (_, i) => (i + 5) / 100);

/** Thresholds as they are compared with: maps are float32, as `applyThreshold` rounds. */
const EDGES = Float32Array.from(THRESHOLD_GRID);

/**
 * The probabilities of one image, split by truth: element k counts voxels above exactly k thresholds of the grid,
 * so the counts of every threshold follow from it. Excluded voxels are in none.
 */
export interface ProbabilityHistogram {
  foreground: Float64Array;
  background: Float64Array;
}

export interface BestThreshold {
  threshold: number;
  /** mean over the images at that threshold */
  meanDice: number;
  /** mean Dice at each threshold of the grid */
  curve: { threshold: number; meanDice: number }[];
}

export function noProbabilities(): ProbabilityHistogram {
  return {
    foreground: new Float64Array(THRESHOLD_GRID.length + 1),
    background: new Float64Array(THRESHOLD_GRID.length + 1),
  };
}

/**
 * Adds a chunk of an image.
 * @param probability in [0, 1]; rounded to float32
 * @param truth non-zero is foreground
 * @param weight 0 where a voxel is excluded; null counts all
 * @throws InvalidInputError when the lengths differ
 * @throws SegmenterError `invalid-input` for NaN
 */
export function addProbabilities(
  histogram: ProbabilityHistogram,
  probability: PixelArray,
  truth: PixelArray,
  weight: PixelArray | null,
): void {
  const arrays = weight ? [probability, truth, weight] : [probability, truth];
  requireSameLength(arrays);
  const { foreground, background } = histogram;
  let nan = 0;
  forEachBlock(arrays, ([p, g, w], length) => {
    for (let i = 0; i < length; i++) {
      if (w !== undefined && w[i] === 0) continue;
      if (Number.isNaN(p[i] + g[i])) nan++;
      else if (g[i] !== 0) foreground[thresholdsBelow(p[i])]++;
      else background[thresholdsBelow(p[i])]++;
    }
  });
  requireNumbers(nan);
}

/**
 * The threshold of the grid with the largest mean Dice over the images; of several the one closest to 0.5, of two as
 * close the smaller. An image where truth and prediction are both empty counts with Dice 1.
 * @throws InvalidInputError when there is no image
 */
export function bestThreshold(images: readonly ProbabilityHistogram[]): BestThreshold {
  if (images.length === 0) throw new InvalidInputError('images', 'at least one', 0);
  const sums = new Float64Array(THRESHOLD_GRID.length);
  for (const image of images) addDice(sums, image);
  const curve = THRESHOLD_GRID.map((threshold, k) => ({ threshold, meanDice: sums[k] / images.length }));
  let best = curve[0];
  for (const candidate of curve) {
    const gain = candidate.meanDice - best.meanDice;
    const closer = fromHalf(candidate.threshold) - fromHalf(best.threshold) < 0;
    // Equal up to the rounding of the mean.
    if (gain > 1e-12 || (gain > -1e-12 && closer)) best = candidate;
  }
  return { ...best, curve };
}

function addDice(sums: Float64Array, { foreground, background }: ProbabilityHistogram): void {
  const truth = foreground.reduce((total, n) => total + n, 0);
  let [truePositive, falsePositive] = [0, 0];
  for (let k = THRESHOLD_GRID.length - 1; k >= 0; k--) {
    truePositive += foreground[k + 1];
    falsePositive += background[k + 1];
    const falseNegative = truth - truePositive;
    sums[k] += overlapMetrics({ truePositive, falsePositive, falseNegative, trueNegative: 0 }).dice;
  }
}

/** In hundredths, so that 0.49 and 0.51 are equally far. */
function fromHalf(threshold: number): number {
  return Math.abs(Math.round(threshold * 100) - 50);
}

/** How many thresholds of the grid the probability is above. */
function thresholdsBelow(probability: number): number {
  const p = Math.fround(probability);
  if (!(p > EDGES[0])) return 0;
  let k = Math.min(EDGES.length, Math.floor(p * 100) - 4);
  // The estimate is off by one where the grid's rounding says so.
  while (k > 0 && !(p > EDGES[k - 1])) k--;
  while (k < EDGES.length && p > EDGES[k]) k++;
  return k;
}
