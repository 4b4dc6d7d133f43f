import type { ScheduleRecipe, TrainingRecipe } from './recipe';
import type { TrainSettings } from './settings';

/** What an epoch is. */
export interface EpochSize {
  /** patches of an epoch: images x perImage */
  epochPatches: number;
  batchSize: number;
}

/** How long a training, or a stage of one, is. An epoch of patches need not be a whole number of steps. */
export interface Budget extends EpochSize {
  steps: number;
}

/** The steps of so many epochs. */
export function stepsOf(epochs: number, { epochPatches, batchSize }: EpochSize): number {
  return Math.ceil((epochs * epochPatches) / batchSize);
}

/** Epochs completed after so many steps; the last step ends the one that it lies in. */
export function epochsDone({ epochPatches, batchSize, steps }: Budget, step: number): number {
  if (step < steps) return Math.floor((step * batchSize) / epochPatches);
  return Math.floor(((steps - 1) * batchSize) / epochPatches) + 1;
}

/** How many steps, from 1 to `most`, may be taken in one go: none beyond the end of the next step's epoch. */
export function stepsTogether(budget: Budget, step: number, most: number): number {
  const epoch = epochsDone(budget, step);
  let count = 1;
  while (count < most && step + count < budget.steps && epochsDone(budget, step + count) === epoch) count++;
  return count;
}

/**
 * The learning rate of a step: a function of the step and the settings alone, never of time.
 * @param step counts from 0
 */
export function learningRateAt(
  step: number,
  budget: Budget,
  recipe: TrainingRecipe,
  settings: Pick<TrainSettings, 'learningRate'>,
  fineTuning: boolean,
): number {
  const { schedule } = recipe;
  const { warmUp, warmUpSteps } = fineTuning ? recipe.fineTuning : schedule;
  const peak = settings.learningRate * (fineTuning ? recipe.fineTuning.learningRate : 1);
  const rise = Math.max(1, Math.min(warmUpSteps, Math.round(warmUp * budget.steps)));
  if (step < rise) return (peak * (step + 1)) / rise;
  return peak * decayed((step - rise) / Math.max(1, budget.steps - rise), schedule);
}

/** d of the step's average: small at first, so that the start is soon forgotten. */
export function averageDecayAt(step: number, { averageDecay }: Pick<TrainingRecipe, 'averageDecay'>): number {
  return Math.min(averageDecay, (1 + step) / (10 + step));
}

/** @param position from 0, the end of the warm-up, to 1, the end of the budget */
function decayed(position: number, { decay, final, power }: ScheduleRecipe): number {
  const p = Math.min(1, position);
  return final + (1 - final) * (decay === 'cosine' ? 0.5 * (1 + Math.cos(Math.PI * p)) : (1 - p) ** power);
}
