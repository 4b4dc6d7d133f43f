import { InvalidInputError } from '../base/errors';
import { forEachBlock, roomForBlocks } from '../image/blocks';
import type { PixelArray } from '../image/dtype';
import { forEachStretch, requireNumbers } from './overlap';
import { TallyByNumber } from './tally-by-number';

/** More objects than memory could count; two numbers below it fit into one. */
const MOST_OBJECTS = 2 ** 26;

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
  /** panoptic quality: the sum of the IoU of matched pairs / (TP + FP / 2 + FN / 2) */
  panopticQuality: number;
  /** there is no true object (outside excluded regions) */
  emptyReference: boolean;
}

/** In what ways objects were found wrong; see {@link ObjectOverlap.errors}. */
export interface ObjectErrors {
  /** true objects that were found as several */
  splits: number;
  /** predicted objects that are several */
  merges: number;
  /** predicted objects less true ones */
  countError: number;
}

/**
 * Compares two label images chunk by chunk; 0 is background, each other value an object.
 * Excluded voxels vanish from both images: an object excluded as a whole is no object, one in part is as large as the rest.
 */
export class ObjectOverlap {
  private readonly predicted = new TallyByNumber();
  private readonly truth = new TallyByNumber();
  /** common voxels of a predicted and a true object, by the numbers of both */
  private readonly common = new TallyByNumber();

  /**
   * Adds a chunk.
   * @param weight 0 where a voxel is excluded; null counts all
   * @throws InvalidInputError when the lengths differ
   * @throws SegmenterError `invalid-input` for NaN
   */
  add(predicted: PixelArray, truth: PixelArray, weight: PixelArray | null): void {
    let nan = 0;
    const room = roomForBlocks(3, predicted.length);
    forEachStretch(predicted, truth, weight, (arrays, background) => {
      if (background) return;
      forEachBlock(
        arrays,
        ([p, g, w], length) => {
          nan += this.addBlock(p, g, w, length);
        },
        room,
      );
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
    const { predicted, truth, common } = this;
    const taken = new Uint8Array(truth.length);
    const next = this.pairsByPrediction();
    let matched = 0;
    let iouSum = 0;
    for (let p = 0; p < predicted.length; p++) {
      for (let pair = next.first[p]; pair >= 0; pair = next.after[pair]) {
        const g = common.number(pair) % MOST_OBJECTS;
        const iou = common.tally(pair) / (predicted.tally(p) + truth.tally(g) - common.tally(pair));
        if (iou < threshold || taken[g]) continue;
        taken[g] = 1;
        matched++;
        iouSum += iou;
        break;
      }
    }
    return objectMetrics(matched, predicted.length, truth.length, iouSum);
  }

  /**
   * Counts true objects in which the larger part (more than half of the voxels) of two or more predicted ones lies, and predicted
   * objects in which that of two or more true ones does; whatever their IoU.
   */
  errors(): ObjectErrors {
    const { predicted, truth, common } = this;
    const [inTruth, inPredicted] = [new Uint32Array(truth.length), new Uint32Array(predicted.length)];
    for (let pair = 0; pair < common.length; pair++) {
      const g = common.number(pair) % MOST_OBJECTS;
      const p = Math.floor(common.number(pair) / MOST_OBJECTS);
      if (2 * common.tally(pair) > predicted.tally(p)) inTruth[g]++;
      if (2 * common.tally(pair) > truth.tally(g)) inPredicted[p]++;
    }
    const several = (counts: Uint32Array) => counts.reduce((sum, n) => sum + (n > 1 ? 1 : 0), 0);
    return { splits: several(inTruth), merges: several(inPredicted), countError: predicted.length - truth.length };
  }

  /** The pairs of each predicted object as a chain, in the order of their coming; -1 ends it. */
  private pairsByPrediction(): { first: Int32Array; after: Int32Array } {
    const first = new Int32Array(this.predicted.length).fill(-1);
    const after = new Int32Array(this.common.length);
    for (let pair = this.common.length - 1; pair >= 0; pair--) {
      const p = Math.floor(this.common.number(pair) / MOST_OBJECTS);
      after[pair] = first[p];
      first[p] = pair;
    }
    return { first, after };
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
    const p = predictedLabel === 0 ? -1 : this.predicted.add(predictedLabel, voxels);
    const g = trueLabel === 0 ? -1 : this.truth.add(trueLabel, voxels);
    if (p >= 0 && g >= 0) this.common.add(p * MOST_OBJECTS + g, voxels);
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
    panopticQuality: share(2 * iouSum, predicted + truth),
    emptyReference: truth === 0,
  };
}
