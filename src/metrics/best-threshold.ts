import { meanDice, type OverlapCounts } from './overlap';
import { closestThreshold, firstBinAbove, type ProbabilityHistogram, THRESHOLD_GRID } from './probability-histogram';

/** Thresholds whose mean Dice is lower than the best by no more are as good: images differ by more. */
const FLAT = 0.0005;
/** Equal up to the rounding of the mean. */
const ROUNDING = 1e-12;

interface BestThreshold {
  threshold: number;
  /** over the images at that threshold, see {@link meanDice} */
  meanDice: number;
  /** mean Dice at each threshold of the grid */
  curve: { threshold: number; meanDice: number }[];
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
  return overlapsOf(image)[closestThreshold(threshold)];
}

/** Counts what is found, and missed, of an image at each threshold of the grid. */
export function overlapsOf({ foreground, background }: ProbabilityHistogram): OverlapCounts[] {
  const sum = (counts: Float64Array) => counts.reduce((total, n) => total + n, 0);
  const [positive, negative] = [sum(foreground), sum(background)];
  const overlaps: OverlapCounts[] = [];
  let [truePositive, falsePositive] = [0, 0];
  let bin = foreground.length;
  for (let k = THRESHOLD_GRID.length - 1; k >= 0; k--) {
    for (const first = firstBinAbove(THRESHOLD_GRID[k]); bin > first; ) {
      bin--;
      truePositive += foreground[bin];
      falsePositive += background[bin];
    }
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

/** Steps of the grid between a threshold and 0.5. */
function fromHalf(k: number): number {
  return Math.abs(k - closestThreshold(0.5));
}
