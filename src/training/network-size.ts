import { describeCost, networkCost } from '../network/cost';
import { USUAL_SIZE } from '../network/sizes';
import { patchSize } from '../patches/plan';
import { stepsPlanned, type TrainingPlan } from './plan';
import type { Preparation } from './prepare';
import { boundOf } from './recipe';

/**
 * Tells whether a plan with the usual network has time for so few steps on all images that the quick one is better.
 * @param most steps of all stages, where epochs are set: as many as these are no want of time
 */
export function isForQuick(
  plan: Pick<TrainingPlan, 'steps' | 'minutes'>,
  most: number | null,
  { recipe, spec }: Pick<Preparation, 'recipe' | 'spec'>,
): boolean {
  const isShort = plan.minutes !== null && (most === null || stepsPlanned(plan) < most);
  return isShort && (plan.steps.at(-1) ?? 0) < boundOf(recipe.quickBelow, spec);
}

/** Gives a preparation the network that its plan is for, and the starter weights, if it is for them. */
export function withPlannedNetwork(
  preparation: Preparation,
  { isQuick, starter }: Pick<TrainingPlan, 'isQuick' | 'starter'>,
): Preparation {
  const { quick } = preparation;
  const planned = isQuick && quick ? { ...preparation, spec: quick, quick: null } : preparation;
  return starter ? planned : { ...planned, starters: [] };
}

/** Says what the network of a training is and costs, and where time chose it, why. */
export function networkNote(preparation: Preparation, { isQuick }: Pick<TrainingPlan, 'isQuick'>): string {
  const { spec, plan, settings, recipe } = preparation;
  const cost = describeCost(spec, networkCost(spec, patchSize(plan), settings.batchSize));
  return isQuick
    ? `${cost}; small, for there is time for fewer than ${boundOf(recipe.quickBelow, spec)} steps of a ${USUAL_SIZE} one`
    : cost;
}
