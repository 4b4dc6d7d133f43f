import { type ProbabilityHistogram, THRESHOLD_GRID } from '../metrics/probability-histogram';
import { type Calibration, fitCalibration, type PlattMap } from './calibration';
import { predictedOverlap } from './predicted';
import { shrunk, standardErrorOf } from './shrink';

/** Images that a fold held out. */
export interface FoldEvidence {
  /** by the training that did not see them */
  unseen: readonly ProbabilityHistogram[];
  /** the same images by another that did, and learned for as long */
  seen: readonly ProbabilityHistogram[];
}

/** A calibration for images to come, and what it is made of. */
export interface CarriedCalibration {
  calibration: Calibration;
  /** of the model on what it has learned from */
  learned: PlattMap;
  /** what becomes of a calibrated logit where the image was not learned from */
  gap: PlattMap;
  /** {@link predictedThreshold} of the images, as if they had not been learned from */
  threshold: number;
  /** Dice that is predicted at it of each of the images, likewise */
  predicted: number[];
}

/**
 * Calibrates a network that has learned from all images there are. What it says of these is fitted to the truth, as
 * {@link fitCalibration} does; of others it will be surer than it is right, by as much as shorter trainings were that saw a
 * part of the images and not the rest: calibrated by images that they had seen, their logits are mapped to the truth of the
 * same images unseen, and the model's by the same map, shrunk to none by what the folds disagree ({@link shrunk}). The
 * calibration of the short trainings themselves says nothing of the model, which has other logits, and is better.
 * @param model the images of all folds by the network that is to be calibrated
 * @throws InvalidInputError when no image has foreground
 */
export function carriedCalibration(
  folds: readonly FoldEvidence[],
  model: readonly ProbabilityHistogram[],
): CarriedCalibration {
  const { slope: modelSlope, shift: modelShift, ...ofModel } = fitCalibration(model);
  const { slope, shift, ece } = gapOf(folds);
  const calibration = {
    ...{ slope: slope * modelSlope, shift: slope * modelShift + shift, ...ofModel },
    // What is left of either fit: of both together nothing is known.
    ece: Math.max(ece, ofModel.ece),
  };
  const threshold = predictedThreshold(model, calibration);
  return {
    calibration,
    learned: { slope: modelSlope, shift: modelShift },
    gap: { slope, shift },
    threshold,
    predicted: model.map((image) => predictedOverlap(binsOf(image), calibration, threshold).dice),
  };
}

function gapOf(folds: readonly FoldEvidence[]): PlattMap & { ece: number } {
  const unseen = folds.flatMap((fold) => fold.unseen);
  const pooled = gapBetween({ unseen, seen: folds.flatMap((fold) => fold.seen) });
  const own = folds.filter((fold) => fold.unseen.some(hasForeground)).map(gapBetween);
  const kept = (of: (gap: PlattMap) => number) =>
    shrunk(of(pooled), standardErrorOf(own.map(of), Number.POSITIVE_INFINITY));
  const { ece } = fitCalibration(unseen);
  return { slope: Math.exp(kept((gap) => Math.log(gap.slope))), shift: kept((gap) => gap.shift), ece };
}

function gapBetween({ unseen, seen }: FoldEvidence): PlattMap {
  const [ofUnseen, ofSeen] = [fitCalibration(unseen), fitCalibration(seen)];
  const slope = ofUnseen.slope / ofSeen.slope;
  return { slope, shift: ofUnseen.shift - slope * ofSeen.shift };
}

function hasForeground({ foreground }: ProbabilityHistogram): boolean {
  return foreground.some((n) => n > 0);
}

/**
 * The threshold of the grid at which a calibrated network is to be expected to score best: the mean Dice that its
 * probabilities predict of some images. The best one for what it has learned from would be that of images it knows too well.
 * @param images of equal weight; at least one has foreground
 */
export function predictedThreshold(images: readonly ProbabilityHistogram[], calibration: Calibration): number {
  const bins = images.map(binsOf);
  const dice = (threshold: number) =>
    bins.reduce((sum, of) => sum + predictedOverlap(of, calibration, threshold).dice, 0);
  const all = THRESHOLD_GRID.map((threshold) => ({ threshold, dice: dice(threshold) }));
  return all.reduce((best, other) => (other.dice > best.dice ? other : best)).threshold;
}

function binsOf({ foreground, background }: ProbabilityHistogram): Float64Array {
  return foreground.map((n, k) => n + background[k]);
}
