import type { EpochRecord } from './history';
import { stepsBefore, type TrainingPlan } from './plan';
import type { EarlyEndRecipe } from './recipe';
import type { TrainSettings } from './settings';

/** Each look is after so many times the steps of the one before. */
const LOOKS_APART = 1.15;
const FIRST_LOOK = 16;

/** Whether it is asked after an epoch whether anything rises still: the same however long the stage is planned to be. */
export function isEarlyLook(stepBefore: number, step: number): boolean {
  return lookBefore(step + 1) > stepBefore;
}

/** Whether a training may end before its time: nobody has said how long it is, nor when it shall give up. */
export function mayEndEarly({ minutes }: TrainingPlan, { epochs, patience }: TrainSettings): boolean {
  return minutes !== null && epochs === null && patience === null;
}

/**
 * Plans the end of the last stage where nothing rises any more: what is left is as long as the learning rate needs to come down.
 * Of the epochs of the later half of its steps, the Dice of what is held out, else the loss, is fitted by a line over the logarithm of
 * the steps (least squares), which promises more than a curve that comes to rest; nothing rises if the line and `errors` times the
 * standard error of its slope reach less than `least` at the planned end, at this look and at the one before. Not asked before a
 * share `from` of the steps, nor of fewer epochs than `points`; not done to save less than `worth` of them, nor while what is rare
 * is not found yet (`found`): its curve lies flat before it rises.
 * @param step of the stage
 * @returns null where the plan holds
 */
export function endedEarly(
  plan: TrainingPlan,
  history: readonly EpochRecord[],
  step: number,
  recipe: EarlyEndRecipe,
): TrainingPlan | null {
  const { length } = plan.steps;
  const planned = plan.steps[length - 1];
  const end = Math.ceil(step * (1 + recipe.decay));
  if (plan.early || step < recipe.from * planned || end > (1 - recipe.worth) * planned) return null;
  const before = stepsBefore(plan, length - 1);
  const epochs = history.map((record) => ({ ...record, step: record.step - before })).filter((at) => at.step > 0);
  const looks = [step, lookBefore(step)];
  if (!looks.every((at) => isAtRest(epochs, at, planned, recipe))) return null;
  return {
    ...plan,
    steps: [...plan.steps.slice(0, -1), end],
    early: { step: before + step, planned: before + planned },
  };
}

/** The last look before a step; 0: there is none. */
function lookBefore(step: number): number {
  let before = 0;
  for (let look = FIRST_LOOK; look < step; look = Math.ceil(look * LOOKS_APART)) before = look;
  return before;
}

function isAtRest(
  epochs: readonly EpochRecord[],
  step: number,
  planned: number,
  { points, errors, least, found }: EarlyEndRecipe,
): boolean {
  const late = epochs.filter((at) => at.step > step / 2 && at.step <= step);
  const judged = late.flatMap((at) => (at.validationDice === null ? [] : [[Math.log(at.step), at.validationDice]]));
  const curve = epochs.some(({ validationDice }) => validationDice !== null)
    ? judged
    : late.map((at) => [Math.log(at.step), 1 - at.loss]);
  if (curve.length < points) return false;
  const { slope, error, level } = lineThrough(curve);
  return level >= found && (slope + errors * error) * Math.log(planned / step) < least;
}

/** A line by least squares with the mean of what it fits, and the standard error of its slope: more where what is left of neighbours is alike (AR(1)). */
function lineThrough(points: readonly number[][]): { slope: number; error: number; level: number } {
  const n = points.length;
  const mean = (axis: number) => points.reduce((sum, point) => sum + point[axis], 0) / n;
  const [x0, y0] = [mean(0), mean(1)];
  const spread = points.reduce((sum, [x]) => sum + (x - x0) ** 2, 0);
  const slope = points.reduce((sum, [x, y]) => sum + (x - x0) * (y - y0), 0) / spread;
  const left = points.map(([x, y]) => y - y0 - slope * (x - x0));
  const variance = left.reduce((sum, of) => sum + of ** 2, 0);
  const together = left.slice(1).reduce((sum, of, i) => sum + of * left[i], 0);
  const alike = variance > 0 ? Math.min(0.9, Math.max(0, together / variance)) : 0;
  return { slope, level: y0, error: Math.sqrt((variance / (n - 2) / spread) * ((1 + alike) / (1 - alike))) };
}
