import type { ScheduleRecipe, TrainingRecipe } from './recipe';
import type { TrainSettings } from './settings';

/** How long a training is. An epoch of patches need not be a whole number of steps. */
export interface Budget {
  steps: number;
  /** patches of an epoch: images x perImage */
  epochPatches: number;
  batchSize: number;
}

export function budgetOf(
  { epochs, batchSize }: Pick<TrainSettings, 'epochs' | 'batchSize'>,
  images: number,
  perImage: number,
): Budget {
  const epochPatches = images * perImage;
  return { steps: Math.ceil((epochs * epochPatches) / batchSize), epochPatches, batchSize };
}

/** Epochs completed after so many steps. */
export function epochsDone({ epochPatches, batchSize, steps }: Budget, step: number): number {
  // The last batch fills the last epoch up.
  return step >= steps ? Math.round((steps * batchSize) / epochPatches) : Math.floor((step * batchSize) / epochPatches);
}

/** How many steps, from 1 to `most`, may be taken in one go: none beyond the end of the next step's epoch. */
export function stepsTogether(budget: Budget, step: number, most: number): number {
  const epoch = epochsDone(budget, step);
  let count = 1;
  while (count < most && step + count < budget.steps && epochsDone(budget, step + count) === epoch) count++;
  return count;
}

/**
 * The learning rate of a step: a function of the step and the settings alone, never of time. With a time limit the
 * decay is one that needs no end (`timedDecay`), so a training that the limit ends early has no rate left high by chance,
 * and one that ends by its budget gives the same bytes whatever the limit was.
 * @param step counts from 0
 */
export function learningRateAt(
  step: number,
  budget: Budget,
  recipe: TrainingRecipe,
  settings: Pick<TrainSettings, 'learningRate' | 'maxMinutes'>,
  fineTuning: boolean,
): number {
  const { schedule } = recipe;
  const { warmUp, warmUpSteps } = fineTuning ? recipe.fineTuning : schedule;
  const peak = settings.learningRate * (fineTuning ? recipe.fineTuning.learningRate : 1);
  const rise = Math.max(1, Math.min(warmUpSteps, Math.round(warmUp * budget.steps)));
  if (step < rise) return (peak * (step + 1)) / rise;
  const kind = settings.maxMinutes === null ? schedule.decay : schedule.timedDecay;
  return peak * decayed(kind, step - rise, Math.max(1, budget.steps - rise), schedule);
}

/** d of the step's average: small at first, so that the start is soon forgotten. */
export function averageDecayAt(step: number, { averageDecay }: Pick<TrainingRecipe, 'averageDecay'>): number {
  return Math.min(averageDecay, (1 + step) / (10 + step));
}

function decayed(kind: ScheduleRecipe['decay'], step: number, steps: number, recipe: ScheduleRecipe): number {
  const { final, power, rootSteps } = recipe;
  const position = Math.min(1, step / steps);
  if (kind === 'cosine') return final + (1 - final) * 0.5 * (1 + Math.cos(Math.PI * position));
  if (kind === 'polynomial') return final + (1 - final) * (1 - position) ** power;
  return 1 / Math.sqrt(1 + step / rootSteps);
}
