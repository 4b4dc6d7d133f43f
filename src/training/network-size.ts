import { describeCost, networkCost } from '../network/cost';
import { USUAL_SIZE } from '../network/sizes';
import { patchSize } from '../patches/plan';
import { stepsPlanned, type TrainingPlan } from './plan';
import type { Preparation } from './prepare';
import type { TrainingRecipe } from './recipe';

/**
 * Tells whether a plan with the usual network has time for so few steps on all images that the quick one is better.
 * @param most steps of all stages, where epochs are set: as many as these are no want of time
 */
export function isForQuick(
  plan: Pick<TrainingPlan, 'steps' | 'minutes'>,
  most: number | null,
  { quickBelow }: Pick<TrainingRecipe, 'quickBelow'>,
): boolean {
  const isShort = plan.minutes !== null && (most === null || stepsPlanned(plan) < most);
  return isShort && (plan.steps.at(-1) ?? 0) < quickBelow;
}

/** Gives a preparation the network that its plan is for. */
export function withPlannedNetwork(preparation: Preparation, { isQuick }: Pick<TrainingPlan, 'isQuick'>): Preparation {
  const { quick } = preparation;
  return isQuick && quick ? { ...preparation, spec: quick, quick: null } : preparation;
}

/** Says what the network of a training is and costs, and where time chose it, why. */
export function networkNote(
  { spec, plan, settings, recipe }: Preparation,
  { isQuick }: Pick<TrainingPlan, 'isQuick'>,
): string {
  const cost = describeCost(spec, networkCost(spec, patchSize(plan), settings.batchSize));
  return isQuick
    ? `${cost}; small, for there is time for fewer than ${recipe.quickBelow} steps of a ${USUAL_SIZE} one`
    : cost;
}
