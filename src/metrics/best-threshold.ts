import { forEachBlock } from '../image/blocks';
import type { PixelArray } from '../image/dtype';
import { meanDice, type OverlapCounts, requireNumbers, requireSameLength } from './overlap';

/** The thresholds that are tried: 0.05 to 0.95 in steps of 0.01. */
export const THRESHOLD_GRID: readonly number[] = Array.from({ length: 91 }, (_, i) => (i + 5) / 100);

/** Thresholds as they are compared with: maps are float32, as `applyThreshold` rounds. */
const EDGES = Float32Array.from(THRESHOLD_GRID);

/** Thresholds whose mean Dice is lower than the best by no more are as good: images differ by more. */
const FLAT = 0.0005;
/** Equal up to the rounding of the mean. */
const ROUNDING = 1e-12;

/**
 * The probabilities of one image, split by truth: element k counts voxels above exactly k thresholds of the grid,
 * so the counts of every threshold follow from it. Excluded voxels are in none.
 */
export interface ProbabilityHistogram {
  foreground: Float64Array;
  background: Float64Array;
}

interface BestThreshold {
  threshold: number;
  /** over the images at that threshold, see {@link meanDice} */
  meanDice: number;
  /** mean Dice at each threshold of the grid */
  curve: { threshold: number; meanDice: number }[];
}

/** Makes empty counts of probabilities. */
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
 * Finds the threshold in the middle of those that are as good as the best, for these images and for others whose
 * probabilities are a little higher or lower: the middle of the stretch of the grid around the largest mean Dice in
 * which it stays within `FLAT` of it. Of several largest ones the one in the longest stretch, then closest to 0.5, then
 * the smallest.
 * @throws InvalidInputError when no image has foreground
 */
export function bestThreshold(images: readonly ProbabilityHistogram[]): BestThreshold {
  const overlaps = images.map(overlapsOf);
  const curve = THRESHOLD_GRID.map((threshold, k) => ({
    threshold,
    meanDice: meanDice(overlaps.map((counts) => counts[k])),
  }));
  const largest = Math.max(...curve.map((point) => point.meanDice));
  const isFlat = (k: number) => (curve[k]?.meanDice ?? -1) >= largest - FLAT;
  let best = { length: 0, middle: 0 };
  for (let first = 0; first < curve.length; first++) {
    if (!isFlat(first)) continue;
    let last = first;
    while (isFlat(last + 1)) last++;
    const hasLargest = curve.slice(first, last + 1).some((point) => point.meanDice >= largest - ROUNDING);
    const stretch = { length: last - first + 1, middle: middleOf(first, last) };
    const closer = fromHalf(stretch.middle) < fromHalf(best.middle);
    if (hasLargest && (stretch.length > best.length || (stretch.length === best.length && closer))) best = stretch;
    first = last;
  }
  return { ...curve[best.middle], curve };
}

/** Counts what is found, and missed, of an image at the threshold of the grid that is closest to a number. */
export function overlapAt(image: ProbabilityHistogram, threshold: number): OverlapCounts {
  return overlapsOf(image)[closestTo(threshold)];
}

/** Counts at each threshold of the grid. */
function overlapsOf({ foreground, background }: ProbabilityHistogram): OverlapCounts[] {
  const sum = (counts: Float64Array) => counts.reduce((total, n) => total + n, 0);
  const [positive, negative] = [sum(foreground), sum(background)];
  const overlaps: OverlapCounts[] = [];
  let [truePositive, falsePositive] = [0, 0];
  for (let k = THRESHOLD_GRID.length - 1; k >= 0; k--) {
    truePositive += foreground[k + 1];
    falsePositive += background[k + 1];
    const [falseNegative, trueNegative] = [positive - truePositive, negative - falsePositive];
    overlaps[k] = { truePositive, falsePositive, falseNegative, trueNegative };
  }
  return overlaps;
}

/** Of two the one closer to 0.5. */
function middleOf(first: number, last: number): number {
  const [low, high] = [Math.floor((first + last) / 2), Math.ceil((first + last) / 2)];
  return fromHalf(high) < fromHalf(low) ? high : low;
}

function closestTo(threshold: number): number {
  const k = Math.round(100 * (threshold - THRESHOLD_GRID[0]));
  return Math.min(THRESHOLD_GRID.length - 1, Math.max(0, k));
}

/** Steps of the grid between a threshold and 0.5. */
function fromHalf(k: number): number {
  return Math.abs(k - closestTo(0.5));
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
