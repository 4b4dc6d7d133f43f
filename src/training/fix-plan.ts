import type { Engine } from '../engines/engine';
import { patchSize } from '../patches/plan';
import type { Clock } from './clock';
import type { LoadedData } from './data/load-images';
import { measureSpeed } from './measure';
import { DEFAULT_MINUTES, type PlannedWork, planSteps, planTime, type TrainingPlan } from './plan';
import type { Preparation } from './prepare';
import type { TrainSettings } from './settings';
import { momentVoxels } from './validation/norm-moments';
import { validatedVoxels, validationInterval } from './validation/validate';

/** Minutes that a training is planned for; null: its epochs decide alone. */
function plannedMinutes({ epochs, maxMinutes }: Pick<TrainSettings, 'epochs' | 'maxMinutes'>): number | null {
  return maxMinutes ?? (epochs === null ? DEFAULT_MINUTES : null);
}

/**
 * Settles how long a training is: by its epochs, or by its minutes and how quick this machine is, or the shorter of both.
 * @param clock of the training, which has been loading its images
 * @throws CancelledError
 */
export async function fixPlan(
  preparation: Preparation,
  data: LoadedData,
  engine: Engine,
  clock: Clock,
  signal?: AbortSignal,
): Promise<TrainingPlan> {
  const { budget, recipe, settings } = preparation;
  const minutes = plannedMinutes(settings);
  const work = plannedWork(preparation, data);
  if (minutes === null) return planSteps(budget.steps ?? 1, work, recipe);
  const speed = await measureSpeed(preparation, data.images, engine, { clock, seconds: 60 * minutes, signal });
  return planTime({ minutes, spent: clock.seconds() }, budget.steps, speed, work, recipe);
}

function plannedWork(preparation: Preparation, { images, validation }: LoadedData): PlannedWork {
  const { plan, budget, settings } = preparation;
  const [z, y, x] = patchSize(plan);
  const interval = validationInterval(preparation, validation);
  const each = validatedVoxels(validation);
  const moments = momentVoxels(images, patchSize(plan));
  const lastForms = settings.tiles === 'auto' ? 3 : 2;
  return {
    stepVoxels: z * y * x * budget.batchSize,
    validatedPerStep: (each * budget.batchSize) / (interval * budget.epochPatches),
    predictedAtEnd: validation.length > 0 ? lastForms * each + moments : 0,
    folds: [],
    forms: 1,
    mirrorings: 1,
  };
}
