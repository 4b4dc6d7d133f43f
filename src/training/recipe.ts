import { type NetworkSpec, outputsOf } from '../network/spec';
import { type AugmentationRecipe, defaultAugmentation, symmetriesOnly } from '../patches/recipe';

/** The learning rate's course, as multiples of the set rate. */
export interface ScheduleRecipe {
  /** share of the step budget in which the rate rises linearly from 0 */
  warmUp: number;
  /** the warm-up is no longer than this */
  warmUpSteps: number;
  /** how it falls after the warm-up to `final` at the end of the budget */
  decay: 'cosine' | 'polynomial';
  /** what is left at the end of the budget */
  final: number;
  /** exponent of `polynomial` */
  power: number;
}

/**
 * What a training does about foreground that is rare. Compared in bench/README.md, and left out for want of a gain: other shares
 * of centred patches, one Dice for the whole batch, objects added where there are many (precision fell).
 */
export interface RareRecipe {
  /** foreground is rare that has a smaller share of the voxels with weight */
  below: number;
  /** smoothing of the Dice by the foreground that a patch drawn anywhere holds on average */
  smoothing: number;
  /** with no more whole objects than this in all images, objects are added to patches */
  fewObjects: number;
  /** share of the patches that one is added to */
  added: number;
}

/** When a training ends before its time, for nothing rises any more (`early-end.ts`). */
export interface EarlyEndRecipe {
  /** share of the planned steps before which it does not */
  from: number;
  /** epochs that have to tell */
  points: number;
  /** standard errors of the slope that are taken for a rise */
  errors: number;
  /** Dice that the rest of the steps may promise */
  least: number;
  /** Dice, or 1 less the loss, below which nothing is at rest: it has not begun to find what it shall */
  found: number;
  /** steps that the learning rate comes down in, as a share of those done */
  decay: number;
  /** share of the planned steps that has to be saved */
  worth: number;
}

/** Numbers of steps, by what is learned. */
export interface StepBounds {
  foreground: number;
  /** where every object is told apart */
  objects: number;
}

/** Gives the bound for what a network with these outputs learns. */
export function boundOf(bounds: StepBounds, spec: NetworkSpec): number {
  return bounds[outputsOf(spec) === 1 ? 'foreground' : 'objects'];
}

/** Everything a training does that no setting of the node decides; all of it data, recorded in the card. */
export interface TrainingRecipe {
  /**
   * steps on all images of the usual network below which the quick one is better in the same time, see bench/README.md; objects
   * were compared by the foreground, and by no more steps than these
   */
  quickBelow: StepBounds;
  /**
   * steps on all images below which starter weights are better, see bench/README.md: of the foreground whatever the images show, of
   * objects by nuclei alone
   */
  starterBelow: StepBounds;
  schedule: ScheduleRecipe;
  /** largest decay of the averaged weights a step; early it is (1 + step) / (10 + step) */
  averageDecay: number;
  /** L2 term added to the gradient */
  weightDecay: number;
  /** kernels between feature maps take steps of Muon, at so many times the learning rate, see bench/README.md; 0: of Adam, as all others */
  kernelRate: number;
  /** validation may cost this share of what training costs; decides every how many epochs it is done */
  validationShare: number;
  /** large tiles are taken when they raise the validation Dice by this much at least */
  largeTilesGain: number;
  /** Dice on validation images that norms which do not depend on the tile may cost: in emptier fields they gain far more */
  fixedNormsLoss: number;
  crossFitting: {
    /** share of the steps that the folds take together */
    share: number;
    /** share of the time that predictions of their held-out images may take */
    judged: number;
    /** share of the time that trying mirrorings may take */
    mirrored: number;
    /** mirrorings are averaged where they raise the Dice by this much at least: they cost 4 to 8 times the time */
    mirrorGain: number;
    /** whether the last training, on all images, begins with the weights of the last fold or anew */
    lastFrom: 'fold' | 'anew';
  };
  fineTuning: {
    /** multiplies the learning rate when weights of a model are the start */
    learningRate: number;
    /** replaces the schedule's warm-up: the moments of the gradients must build up before steps are large */
    warmUp: number;
    warmUpSteps: number;
  };
  augmentation: AugmentationRecipe;
  rare: RareRecipe;
  earlyEnd: EarlyEndRecipe;
}

/** The default recipe; without `augment` the patches are flipped and turned by right angles only. */
export function defaultRecipe(dimensions: 2 | 3, augment: boolean): TrainingRecipe {
  return {
    quickBelow: { foreground: 750, objects: 300 },
    starterBelow: { foreground: 200, objects: 500 },
    schedule: {
      warmUp: 0.03,
      warmUpSteps: 50,
      decay: 'cosine',
      final: 0.01,
      power: 0.9,
    },
    averageDecay: 0.999,
    weightDecay: 0,
    kernelRate: 20,
    validationShare: 0.15,
    largeTilesGain: 0.002,
    fixedNormsLoss: 0.005,
    crossFitting: { share: 0.38, judged: 0.12, mirrored: 0.05, mirrorGain: 0.003, lastFrom: 'fold' },
    fineTuning: { learningRate: 0.3, warmUp: 0.1, warmUpSteps: 150 },
    augmentation: augment ? defaultAugmentation(dimensions) : symmetriesOnly(dimensions),
    rare: { below: 0.05, smoothing: 1, fewObjects: 30, added: 0.5 },
    earlyEnd: { from: 0.4, points: 20, errors: 2.5, least: 0.003, found: 0.5, decay: 0.2, worth: 0.15 },
  };
}
