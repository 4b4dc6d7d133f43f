import type { Fold } from './data/fold-images';
import type { LoadedData } from './data/load-images';
import type { RareForeground } from './data/rare-foreground';
import type { TrainingImage } from './data/training-image';
import { stepsBefore, type TrainingPlan } from './plan';
import type { Preparation } from './prepare';
import { type Budget, epochsDone } from './schedule';
import type { StageProgress } from './settings';
import { validationInterval } from './validation/validate';

/** One course of steps with its own warm-up and decay. */
export interface Stage {
  /** what is held out; null: all images are learned from that the training has */
  fold: Fold | null;
  /** for people; null: it is the only stage */
  place: StageProgress | null;
  images: readonly TrainingImage[];
  /** null: foreground is not rare, or nothing would find the threshold */
  rare: RareForeground | null;
  budget: Budget;
  /** steps and epochs of the stages before */
  stepsBefore: number;
  epochsBefore: number;
  /** epochs between validations */
  validateEvery: number;
}

/** The stages of a training as its plan has them: its folds where they have steps, then all images. */
export function stagesOf(preparation: Preparation, data: LoadedData, plan: TrainingPlan): Stage[] {
  const { budget, plan: patches } = preparation;
  const ofImages = (images: readonly TrainingImage[]) => images.length * patches.perImage;
  const folds: Array<Fold | null> = plan.steps.length > 1 ? data.folds : [];
  // What rare foreground is learned with lowers probabilities, by much where little was learned.
  const isJudged = data.validation.length > 0 || folds.length > 0;
  let epochsBefore = 0;
  return [...folds, null].map((fold, i) => {
    const images = fold?.images ?? data.images;
    const size = { batchSize: budget.batchSize, epochPatches: fold ? ofImages(images) : budget.epochPatches };
    const stage: Stage = {
      fold,
      place: folds.length === 0 ? null : { fold: fold && i + 1, folds: folds.length, images: images.length },
      images,
      rare: isJudged ? (fold ?? data).rare : null,
      budget: { ...size, steps: plan.steps[i] },
      stepsBefore: stepsBefore(plan, i),
      epochsBefore,
      validateEvery: validationInterval(preparation, data.validation),
    };
    epochsBefore += epochsDone(stage.budget, stage.budget.steps);
    return stage;
  });
}
