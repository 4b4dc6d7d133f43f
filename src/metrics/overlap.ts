import { InvalidInputError, SegmenterError } from '../base/errors';
import { Constancy, forEachBlock, roomForBlocks, STRETCH } from '../image/blocks';
import type { PixelArray } from '../image/dtype';

/** Voxels by prediction and truth; excluded voxels are in none. */
export interface OverlapCounts {
  truePositive: number;
  falsePositive: number;
  falseNegative: number;
  trueNegative: number;
}

/** How well a prediction covers the truth; each number in [0, 1], never NaN. */
export interface OverlapMetrics {
  /** 2 TP / (2 TP + FP + FN) */
  dice: number;
  /** TP / (TP + FP + FN) */
  iou: number;
  /** TP / (TP + FP) */
  precision: number;
  /** TP / (TP + FN) */
  recall: number;
  /** the truth has no foreground (outside excluded regions), so that the numbers above say little */
  emptyReference: boolean;
}

/** Makes empty counts of an overlap. */
export function noOverlap(): OverlapCounts {
  return { truePositive: 0, falsePositive: 0, falseNegative: 0, trueNegative: 0 };
}

/**
 * Adds a chunk to the counts, so that images can be compared piece by piece. Foreground is non-zero.
 * @param weight 0 where a voxel is excluded, any other value counts it once; null counts all
 * @throws InvalidInputError when the lengths differ
 * @throws SegmenterError `invalid-input` for NaN
 */
export function addOverlap(
  counts: OverlapCounts,
  predicted: PixelArray,
  truth: PixelArray,
  weight: PixelArray | null,
): void {
  // Voxels by 2 * predicted + truth.
  const cells = new Float64Array(4);
  let nan = 0;
  const room = roomForBlocks(3, predicted.length);
  forEachStretch(predicted, truth, weight, (arrays, background) => {
    if (background && !weight) {
      cells[0] += arrays[0].length;
      return;
    }
    forEachBlock(
      arrays,
      ([p, g, w], length) => {
        for (let i = 0; i < length; i++) {
          if (w !== undefined && w[i] === 0) continue;
          if (Number.isNaN(p[i] + g[i])) nan++;
          cells[(p[i] !== 0 ? 2 : 0) + (g[i] !== 0 ? 1 : 0)]++;
        }
      },
      room,
    );
  });
  requireNumbers(nan);
  counts.trueNegative += cells[0];
  counts.falseNegative += cells[1];
  counts.falsePositive += cells[2];
  counts.truePositive += cells[3];
}

/**
 * Computes the metrics of counted voxels. Where neither prediction nor truth has foreground all are 1; where only one
 * has, all are 0 (a quotient 0/0 among them too).
 */
export function overlapMetrics(counts: OverlapCounts): OverlapMetrics {
  const { truePositive: tp, falsePositive: fp, falseNegative: fn } = counts;
  const bothEmpty = tp + fp + fn === 0;
  const share = (part: number, whole: number) => (bothEmpty ? 1 : whole === 0 ? 0 : part / whole);
  return {
    dice: share(2 * tp, 2 * tp + fp + fn),
    iou: share(tp, tp + fp + fn),
    precision: share(tp, tp + fp),
    recall: share(tp, tp + fn),
    emptyReference: tp + fn === 0,
  };
}

/**
 * Goes through two images and their weights in stretches that are background in both, or not.
 * @throws InvalidInputError when the lengths differ
 */
export function forEachStretch(
  predicted: PixelArray,
  truth: PixelArray,
  weight: PixelArray | null,
  use: (arrays: PixelArray[], background: boolean) => void,
): void {
  const arrays = weight ? [predicted, truth, weight] : [predicted, truth];
  requireSameLength(arrays);
  let begun = 0;
  let before = false;
  const [first, second] = [new Constancy(predicted), new Constancy(truth)];
  const handOut = (end: number) => {
    if (end === begun) return;
    const parts = arrays.map((array) => array.subarray(begun, end));
    use(parts, before);
    begun = end;
  };
  for (let start = 0; start < predicted.length; start += STRETCH) {
    const end = Math.min(start + STRETCH, predicted.length);
    const background = first.isZero(start, end) && second.isZero(start, end);
    if (background !== before) handOut(start);
    before = background;
  }
  handOut(predicted.length);
}

/** Checks that arrays to compare are equally long. @throws InvalidInputError when they differ in length */
export function requireSameLength(arrays: readonly PixelArray[]): void {
  const lengths = arrays.map((array) => array.length);
  if (new Set(lengths).size > 1) throw new InvalidInputError('images to compare', 'the same number of pixels', lengths);
}

/**
 * Checks that pixels that count are numbers.
 * @throws SegmenterError `invalid-input` when pixels that count are NaN
 */
export function requireNumbers(nan: number): void {
  if (nan > 0)
    throw new SegmenterError('invalid-input', `images to compare: expected numbers, but ${nan} pixels are NaN`, {
      nan,
    });
}

/**
 * Computes the mean Dice of the images whose truth has foreground. What is found in an image without any is false like
 * what is found beside an object: it is shared among the others in proportion to their foreground, as if each of them
 * had its part of the empty image around it. So an empty image in which nothing is found changes nothing, however many
 * there are, and of one image with foreground and empty ones it is the Dice of all their pixels.
 * @throws InvalidInputError when no image has foreground: then no Dice tells anything
 */
export function meanDice(images: readonly OverlapCounts[]): number {
  const full = images.filter((counts) => foregroundOf(counts) > 0);
  if (full.length === 0) throw new InvalidInputError('images', 'at least one with foreground', 0);
  const sum = (of: readonly number[]) => of.reduce((total, n) => total + n, 0);
  const foreground = sum(full.map(foregroundOf));
  const stray = sum(images.filter((counts) => foregroundOf(counts) === 0).map((counts) => counts.falsePositive));
  const dices = full.map((counts) => {
    const share = (stray * foregroundOf(counts)) / foreground;
    return overlapMetrics({ ...counts, falsePositive: counts.falsePositive + share }).dice;
  });
  return sum(dices) / full.length;
}

function foregroundOf({ truePositive, falseNegative }: OverlapCounts): number {
  return truePositive + falseNegative;
}
