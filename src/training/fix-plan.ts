import type { Engine } from '../engines/engine';
import { patchSize } from '../patches/plan';
import type { Clock } from './clock';
import type { ValidationItem } from './data/fold-images';
import { type LoadedData, mostJudged } from './data/load-images';
import type { TrainingImage } from './data/training-image';
import { measureSpeed } from './measure';
import { isForQuick } from './network-size';
import { type PlannedWork, plannedMinutes, planSteps, planTime, type TrainingPlan, tiledVoxels } from './plan';
import type { Preparation } from './prepare';
import { boundOf } from './recipe';
import { starterOf } from './starters';
import { formsOf } from './validation/forms';
import { canJudgeMoments, momentVoxels } from './validation/norm-moments';
import { validatedVoxels, validationInterval } from './validation/validate';

/**
 * Settles how long a training is: by its epochs, or by its minutes and how quick this machine is, or the shorter of both; and
 * which network it has where nobody chose its size.
 * @param clock of the training, which has been loading its images
 * @throws CancelledError
 */
export async function fixPlan(
  preparation: Preparation,
  data: LoadedData,
  environment: { engine: Engine; memoryMB: number },
  clock: Clock,
  signal?: AbortSignal,
): Promise<TrainingPlan> {
  const plan = await planOf(preparation, data, environment, clock, signal);
  if (!preparation.quick || !isForQuick(plan, preparation.budget.steps, preparation))
    return withBeginning(plan, preparation);
  const quick = { ...preparation, spec: preparation.quick, quick: null };
  return withBeginning({ ...(await planOf(quick, data, environment, clock, signal)), isQuick: true }, quick);
}

/** Settles whether starter weights are begun with: where that was asked for, or there is time for few steps. */
function withBeginning(plan: TrainingPlan, preparation: Preparation): TrainingPlan {
  const { settings, recipe, spec } = preparation;
  const isShort = (plan.steps.at(-1) ?? 0) < boundOf(recipe.starterBelow, spec);
  const isWanted = settings.starter === 'always' || isShort;
  return isWanted && starterOf(preparation) ? { ...plan, starter: true } : plan;
}

async function planOf(
  preparation: Preparation,
  data: LoadedData,
  { engine, memoryMB }: { engine: Engine; memoryMB: number },
  clock: Clock,
  signal?: AbortSignal,
): Promise<TrainingPlan> {
  const { budget, recipe, settings } = preparation;
  const minutes = plannedMinutes(settings);
  const work = plannedWork(preparation, data, memoryMB);
  if (minutes === null) return planSteps(budget.steps ?? 1, work, recipe);
  const speed = await measureSpeed(preparation, data.images, engine, { clock, seconds: 60 * minutes, signal });
  return planTime({ minutes, spent: clock.seconds() }, budget.steps, speed, work, recipe);
}

function plannedWork(preparation: Preparation, data: LoadedData, memoryMB: number): PlannedWork {
  const { plan, budget, settings, spec, start } = preparation;
  const { validation, folds } = data;
  const size = patchSize(plan);
  const tiled = (items: readonly ValidationItem[]) =>
    items.reduce((sum, { predicted: { start, end } }) => {
      const sizes = end.map((to, axis) => to - start[axis]);
      const planes = spec.dimensions === 3 ? 1 : sizes[0];
      return sum + planes * tiledVoxels(sizes.slice(3 - spec.dimensions), size.slice(3 - spec.dimensions));
    }, 0);
  const each = tiled(validation);
  const heldOut = folds.flatMap((fold) => fold.heldOut);
  const momentsOf = (images: readonly TrainingImage[]) =>
    canJudgeMoments(preparation) ? momentVoxels(images, size) : 0;
  const mostVoxels = mostJudged(memoryMB, spec.inChannels);
  return {
    stepVoxels: size[0] * size[1] * size[2] * budget.batchSize,
    validatedPerStep: (each * budget.batchSize) / (validationInterval(preparation, validation) * budget.epochPatches),
    computedBetween: folds.reduce((sum, { images }) => sum + momentsOf(images), 0),
    // One for the last step, one for other norms, one for other tiles, one for the report.
    computedAtEnd: (settings.tiles === 'auto' ? 4 : 3) * each + momentsOf(data.whole),
    validated: validatedVoxels(validation),
    folds: folds.map((fold) => fold.heldOut.map((item) => Math.min(mostVoxels, validatedVoxels([item])))),
    overlap: heldOut.length > 0 ? tiled(heldOut) / validatedVoxels(heldOut) : 1,
    forms: formsOf(preparation).length + (start ? 1 : 0),
    mirrorings: 2 ** spec.dimensions,
  };
}
