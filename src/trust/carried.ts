import { type ProbabilityHistogram, THRESHOLD_GRID } from '../metrics/probability-histogram';
import { type Calibration, fitCalibration, type PlattMap } from './calibration';
import { predictedOverlap } from './predicted';

/** The same images by networks that have learned from them and by ones that have not, and by one that learned for longer. */
export interface CarriedEvidence {
  /** by networks that have not seen the image */
  unseen: readonly ProbabilityHistogram[];
  /** by networks that learned from it as long */
  seen: readonly ProbabilityHistogram[];
  /** by the network that is to be calibrated, which learned from all of them */
  model: readonly ProbabilityHistogram[];
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
}

/**
 * Calibrates a network that has learned from all images there are. What it says of these is fitted to the truth, as
 * {@link fitCalibration} does; what it will say of others is surer than that is right, by as much as shorter trainings
 * were that saw one part of the images and not the other: calibrated by images that they had seen, their logits are mapped
 * to those of the same images unseen, and the model's by the same map. The calibration of the short trainings themselves says
 * nothing of the model, which has other logits, and is better.
 * @throws InvalidInputError when no image has foreground
 */
export function carriedCalibration({ unseen, seen, model }: CarriedEvidence): CarriedCalibration {
  const [ofUnseen, ofSeen, ofModel] = [unseen, seen, model].map(fitCalibration);
  const slope = ofUnseen.slope / ofSeen.slope;
  const gap = { slope, shift: ofUnseen.shift - slope * ofSeen.shift };
  const { foreground } = ofModel;
  const calibration = {
    slope: gap.slope * ofModel.slope,
    shift: gap.slope * ofModel.shift + gap.shift,
    // What is left of either fit: of the sum of both nothing is known.
    ece: Math.max(ofUnseen.ece, ofModel.ece),
    ...(foreground === undefined ? {} : { foreground }),
  };
  return {
    calibration,
    learned: { slope: ofModel.slope, shift: ofModel.shift },
    gap,
    threshold: predictedThreshold(model, calibration),
  };
}

/**
 * The threshold of the grid at which a calibrated network is to be expected to score best: the mean Dice that its
 * probabilities predict of some images. The best one for what it has learned from would be that of images it knows too well.
 * @param images of equal weight; at least one has foreground
 */
export function predictedThreshold(images: readonly ProbabilityHistogram[], calibration: Calibration): number {
  const bins = images.map(({ foreground, background }) => foreground.map((n, k) => n + background[k]));
  const dice = (threshold: number) =>
    bins.reduce((sum, of) => sum + predictedOverlap(of, calibration, threshold).dice, 0);
  const all = THRESHOLD_GRID.map((threshold) => ({ threshold, dice: dice(threshold) }));
  return all.reduce((best, other) => (other.dice > best.dice ? other : best)).threshold;
}
