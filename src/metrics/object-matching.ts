import { InvalidInputError } from '../base/errors';
import { forEachBlock } from '../image/blocks';
import type { PixelArray } from '../image/dtype';
import { requireNumbers, requireSameLength } from './overlap';

/** How many objects were found; each share in [0, 1], never NaN. */
export interface ObjectMetrics {
  /** predicted objects matched with a true one */
  truePositive: number;
  /** predicted objects without a match */
  falsePositive: number;
  /** true objects without a match */
  falseNegative: number;
  /** TP / (TP + FP + FN) */
  averagePrecision: number;
  /** TP / (TP + FP) */
  precision: number;
  /** TP / (TP + FN) */
  recall: number;
  /** 2 TP / (2 TP + FP + FN) */
  f1: number;
  /** mean IoU of the matched pairs; 0 without any, 1 where there are no objects at all */
  meanMatchedIou: number;
  /** there is no true object (outside excluded regions) */
  emptyReference: boolean;
}

/** Labels found so far, in the order of their coming: their index and their voxels. */
class LabelSizes {
  readonly sizes: number[] = [];
  private readonly index = new Map<number, number>();
  private last = 0;
  private lastIndex = -1;

  indexOf(label: number): number {
    // Neighbours mostly belong to the same object.
    if (label === this.last) return this.lastIndex;
    let index = label === 0 ? -1 : this.index.get(label);
    if (index === undefined) {
      index = this.sizes.length;
      this.index.set(label, index);
      this.sizes.push(0);
    }
    this.last = label;
    this.lastIndex = index;
    return index;
  }
}

/**
 * Compares two label images chunk by chunk; 0 is background, each other value an object.
 * Excluded voxels vanish from both images: an object excluded as a whole is no object, one in part is as large as the rest.
 */
export class ObjectOverlap {
  private readonly predicted = new LabelSizes();
  private readonly truth = new LabelSizes();
  /** common voxels of objects of both images: for each predicted object, by true object */
  private readonly common: Map<number, number>[] = [];

  /**
   * Adds a chunk.
   * @param weight 0 where a voxel is excluded; null counts all
   * @throws InvalidInputError when the lengths differ
   * @throws SegmenterError `invalid-input` for NaN
   */
  add(predicted: PixelArray, truth: PixelArray, weight: PixelArray | null): void {
    const arrays = weight ? [predicted, truth, weight] : [predicted, truth];
    requireSameLength(arrays);
    let nan = 0;
    forEachBlock(arrays, ([p, g, w], length) => {
      nan += this.addBlock(p, g, w, length);
    });
    requireNumbers(nan);
  }

  /**
   * Matches each predicted object with at most one true object such that as many pairs as possible reach the IoU
   * (as StarDist and Cellpose match, at IoU >= threshold). From 0.5 on no search is needed: a pair above 0.5 excludes any
   * other pair of its objects, and at exactly 0.5 an object can have two partners, each of them half of it and without
   * another partner; so taking pairs as they come is optimal.
   * @param threshold smallest IoU of a match, 0.5 to 1
   * @throws InvalidInputError for a threshold outside
   */
  match(threshold = 0.5): ObjectMetrics {
    if (!(threshold >= 0.5 && threshold <= 1)) throw new InvalidInputError('IoU threshold', '0.5 to 1', threshold);
    const taken = new Uint8Array(this.truth.sizes.length);
    let matched = 0;
    let iouSum = 0;
    this.predicted.sizes.forEach((size, p) => {
      for (const [g, common] of this.common[p]) {
        const iou = common / (size + this.truth.sizes[g] - common);
        if (iou < threshold || taken[g]) continue;
        taken[g] = 1;
        matched++;
        iouSum += iou;
        break;
      }
    });
    return objectMetrics(matched, this.predicted.sizes.length, this.truth.sizes.length, iouSum);
  }

  private addBlock(p: Float64Array, g: Float64Array, w: Float64Array | undefined, length: number): number {
    let nan = 0;
    let start = 0;
    // Stretches of equal voxels are counted at once.
    for (let i = 1; i <= length; i++) {
      if (i < length && p[i] === p[start] && g[i] === g[start] && (!w || w[i] === w[start])) continue;
      if (w?.[start] !== 0) {
        if (Number.isNaN(p[start] + g[start])) nan++;
        else this.count(p[start], g[start], i - start);
      }
      start = i;
    }
    return nan;
  }

  private count(predictedLabel: number, trueLabel: number, voxels: number): void {
    if (predictedLabel === 0 && trueLabel === 0) return;
    const p = this.predicted.indexOf(predictedLabel);
    const g = this.truth.indexOf(trueLabel);
    if (g >= 0) this.truth.sizes[g] += voxels;
    if (p < 0) return;
    this.predicted.sizes[p] += voxels;
    if (p === this.common.length) this.common.push(new Map());
    if (g >= 0) this.common[p].set(g, (this.common[p].get(g) ?? 0) + voxels);
  }
}

/** Where neither image has an object all shares are 1; where only one has, all are 0. */
function objectMetrics(matched: number, predicted: number, truth: number, iouSum: number): ObjectMetrics {
  const bothEmpty = predicted + truth === 0;
  const share = (part: number, whole: number) => (bothEmpty ? 1 : whole === 0 ? 0 : part / whole);
  return {
    truePositive: matched,
    falsePositive: predicted - matched,
    falseNegative: truth - matched,
    averagePrecision: share(matched, predicted + truth - matched),
    precision: share(matched, predicted),
    recall: share(matched, truth),
    f1: share(2 * matched, predicted + truth),
    meanMatchedIou: share(iouSum, matched),
    emptyReference: truth === 0,
  };
}
