import { DEFAULT_MINUTES, stepsPlanned, type TrainingPlan } from './plan';
import type { StageProgress, TrainProgress, TrainSettings } from './settings';

type Length = Pick<TrainSettings, 'epochs' | 'maxMinutes'>;

/**
 * What a person reads of a training that goes on: epochs where these alone say how long it is, else steps.
 * @param planned steps before nothing rose any more
 */
export function progressText(
  { step, total: steps, epoch, remaining, loss, validationDice }: Omit<TrainProgress, 'text'>,
  { epochs, maxMinutes }: Length,
  stage: StageProgress | null,
  planned?: number,
): string {
  const total = planned === undefined ? `${steps}` : `${steps} instead of ${planned}, nothing rises any more`;
  const place =
    stage === null && epochs !== null && maxMinutes === null
      ? `epoch ${epoch} of ${epochs}`
      : `step ${step} of ${total}, ${durationText(remaining)} left`;
  const dice = validationDice === null ? '' : `, validation Dice ${validationDice.toFixed(3)}`;
  return `${stage ? `${stageText(stage)}, ` : ''}${place}, loss ${loss.toFixed(3)}${dice}`;
}

function stageText({ fold, folds, images }: StageProgress): string {
  return fold === null ? `training on all ${images} images` : `fold ${fold} of ${folds}`;
}

/** How long a training will be that nobody set a length for; null: it was set. */
export function planNote(plan: TrainingPlan, { epochs, maxMinutes }: Length): string | null {
  if (epochs !== null || maxMinutes !== null) return null;
  return `default plan: ${DEFAULT_MINUTES} minutes of this machine, ${stepsPlanned(plan)} steps`;
}

/** Why images are not judged out of fold. */
export function noFoldsNote(plan: TrainingPlan): string {
  const steps = stepsPlanned(plan);
  const few = steps === 1 ? '1 step is' : `${steps} steps are`;
  return `no validation: ${few} too few to judge by folds; give the training more minutes`;
}

const BY_PATIENCE = 'ended by patience';

/**
 * Adds to the notes of a training, once, that patience ended it and what time that saved.
 * @param step done
 * @param remaining seconds that it would have gone on for
 */
export function withPatienceNote(
  notes: readonly string[],
  plan: TrainingPlan,
  step: number,
  remaining: number,
): string[] {
  if (notes.some((note) => note.startsWith(BY_PATIENCE))) return [...notes];
  const sooner = `about ${durationText(remaining)} sooner than planned`;
  return [...notes, `${BY_PATIENCE} after step ${step} of ${stepsPlanned(plan)}, ${sooner}`];
}

/** Seconds in words, such as `3 min` or `40 s`. */
function durationText(seconds: number): string {
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${(minutes / 60).toFixed(1)} h`;
}

/** What is told where the machine is quicker or slower than it was measured. */
export function anewNote(before: TrainingPlan, plan: TrainingPlan, step: number): string {
  const [was, is] = [before, plan].map(stepsPlanned);
  const speed = is > was ? 'quicker' : 'slower';
  return `planned anew at step ${step}: ${is} steps instead of ${was}, for the machine is ${speed} than it was measured`;
}

/**
 * What is told where nothing rises any more.
 * @param seconds that it ends sooner than planned
 */
export function earlyNote({ early }: TrainingPlan, steps: number, seconds: number): string {
  const what = `step ${early?.step} of ${early?.planned}: nothing rises any more`;
  return `${what}, so that it ends after ${steps} steps, about ${durationText(seconds)} sooner than planned`;
}
