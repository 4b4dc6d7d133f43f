import { type Static, Type } from '#typebox';
import type { TrainingRecipe } from './recipe';
import type { TrainSettings } from './settings';

/** Minutes of a training that neither epochs nor minutes are set for. */
export const DEFAULT_MINUTES = 10;
/** Minutes that neither epochs nor minutes say are the default; null: the epochs decide alone. */
export function plannedMinutes({ epochs, maxMinutes }: Pick<TrainSettings, 'epochs' | 'maxMinutes'>): number | null {
  return maxMinutes ?? (epochs === null ? DEFAULT_MINUTES : null);
}

/** A training ends before so many times its minutes, however slow the machine has become. */
export const LONGEST = 1.1;
/** Voxels of all tiles of an image per voxel of the image, where nothing else is known. */
export const OVERLAP = 1.5;
/** How tiles lie in a validation: as the predict node's default has them, near the patch. */
const TILES = { overlap: 0.25, growth: 1.5 };
/** Cost of a voxel in a training step by that in a prediction, about. */
export const STEP_COST = 3.5;
/** Seconds for writing and publishing a model. */
const PUBLISHING = 3;
/**
 * Seconds a voxel that comparing a judged image for the report takes about, and keeping one map of it; and the most that a report may
 * take of the planned time, or in seconds where only epochs are planned.
 */
const COMPARING = 3e-7;
const KEEPING = 6e-8;
const REPORT_SHARE = 0.03;
const REPORT_SECONDS = 30;
/** Shares of the last stage's steps after which the machine is looked at again: later the rate has fallen too far to go on. */
const LOOKS_AT = [0.05, 0.15, 0.3, 0.5];
/** A machine is as quick as it was measured where the steps it has time for are so close to those planned. */
const AS_QUICK = 0.08;
/** A fold of fewer steps tells nothing of what the images can teach. */
export const FEWEST_FOLD_STEPS = 10;

const closed = { additionalProperties: false };

/**
 * What is settled before the first step, from epochs or from the machine's speed. It is kept with the training, so that
 * a part of it that goes on asks no clock again.
 */
export const TrainingPlanSchema = Type.Object(
  {
    /** of each stage, in order */
    steps: Type.Array(Type.Integer({ minimum: 1 }), { minItems: 1 }),
    /** that it was planned for; null: the epochs decided */
    minutes: Type.Union([Type.Number({ exclusiveMinimum: 0 }), Type.Null()]),
    /** seconds that the work after the last step was planned to take */
    reserve: Type.Number({ minimum: 0 }),
    /** of an image out of fold so many voxels are predicted at most */
    judgedVoxels: Type.Number({ minimum: 1 }),
    /** there is time to try whether mirroring is better */
    tryMirror: Type.Boolean(),
    /** it is for the network that is quicker, as nobody chose a size and there is time for few steps */
    isQuick: Type.Optional(Type.Boolean()),
    /** it begins with starter weights */
    starter: Type.Optional(Type.Boolean()),
    /** where nothing rose any more: the step of all at which that was seen, and the steps that were planned before */
    early: Type.Optional(
      Type.Object({ step: Type.Integer({ minimum: 1 }), planned: Type.Integer({ minimum: 1 }) }, closed),
    ),
  },
  closed,
);
export type TrainingPlan = Static<typeof TrainingPlanSchema>;

/** Seconds of what a training does, or anything in proportion to them. */
export interface Speed {
  /** of a step */
  step: number;
  /** of a voxel in a prediction */
  voxel: number;
  /** of opening the network for a stage */
  opening: number;
}

/** What a training has to do. */
export interface PlannedWork {
  /** voxels of a step */
  stepVoxels: number;
  /** voxels that validations compute for each step, on the average */
  validatedPerStep: number;
  /** voxels that are computed after the folds, beside their images */
  computedBetween: number;
  /** voxels that are computed after the last step */
  computedAtEnd: number;
  /** voxels of the validation images, which the report compares */
  validated: number;
  /** voxels of the held-out images of each fold; none: one stage */
  folds: number[][];
  /** voxels of all tiles of these images by voxels of the images */
  overlap: number;
  /** ways that an image out of fold is predicted in; it is predicted once more where it was learned from */
  forms: number;
  /** predictions that mirroring averages */
  mirrorings: number;
}

/** What an epochs' plan reckons with instead of seconds: the cost of voxels, the same on every machine. */
function costs({ stepVoxels }: PlannedWork): Speed {
  return { step: STEP_COST * stepVoxels, voxel: 1, opening: 0 };
}

/** The plan of so many steps in all. */
export function planSteps(steps: number, work: PlannedWork, recipe: TrainingRecipe): TrainingPlan {
  const speed = costs(work);
  return { ...stagesOf(steps, steps * speed.step, speed, work, recipe), minutes: null, reserve: 0 };
}

/**
 * The plan that fills a time: as many steps as it has room for beside predictions and the end.
 * @param time in minutes, of which `spent` seconds have gone
 * @param most steps, where epochs are set too
 */
export function planTime(
  { minutes, spent }: { minutes: number; spent: number },
  most: number | null,
  speed: Speed,
  work: PlannedWork,
  recipe: TrainingRecipe,
): TrainingPlan {
  const seconds = Math.max(0, 60 * minutes - spent);
  const kept = { ...speed, voxel: speed.voxel + KEEPING };
  const { judged, mirrored, learned, voxels } = judging(seconds, kept, work, recipe);
  const report = Math.min(reportSeconds({ minutes }), COMPARING * (voxels + work.validated));
  const reserve = PUBLISHING + work.computedAtEnd * kept.voxel + learned + report;
  const stages = work.folds.length + 1;
  const perStep = speed.step + work.validatedPerStep * speed.voxel;
  const between = work.computedBetween * speed.voxel + judged + mirrored + stages * speed.opening;
  const room = (seconds - reserve - between) / Math.max(perStep, 1e-6);
  const steps = Math.max(1, Math.min(Math.floor(room), most ?? Number.POSITIVE_INFINITY));
  const plan = { ...stagesOf(steps, seconds, kept, work, recipe), minutes, reserve };
  if (plan.steps.length === stages) return plan;
  // Without folds nothing is judged between.
  return planTime({ minutes, spent }, most, speed, { ...work, folds: [], computedBetween: 0 }, recipe);
}

/** Seconds after so many of training until it has to end, however slow the machine has become. */
export function secondsLeft({ minutes }: Pick<TrainingPlan, 'minutes'>, seconds: number): number {
  return minutes === null ? Number.POSITIVE_INFINITY : Math.max(0, LONGEST * 60 * minutes - seconds);
}

/** Seconds that comparing what was judged, for the report, may take. */
export function reportSeconds({ minutes }: Pick<TrainingPlan, 'minutes'>): number {
  return minutes === null ? REPORT_SECONDS : Math.min(REPORT_SECONDS, REPORT_SHARE * 60 * minutes);
}

/** Steps of the last stage after which it is asked whether {@link plannedAnew} is due. */
export function looksAt({ steps, minutes }: TrainingPlan): number[] {
  return minutes === null ? [] : LOOKS_AT.map((share) => Math.ceil(share * steps[steps.length - 1]));
}

/**
 * Plans the last stage anew where the machine is quicker or slower than it was measured, as it is where other work has
 * ended or begun.
 * @param step of the last stage
 * @param each seconds of a step so far, validations with it
 * @param seconds of the training so far
 * @param most steps of all stages, where epochs are set too
 * @returns null where the plan holds
 */
export function plannedAnew(
  plan: TrainingPlan,
  { step, each, seconds, most }: { step: number; each: number; seconds: number; most: number | null },
): TrainingPlan | null {
  const { minutes, reserve } = plan;
  const before = plan.steps.slice(0, -1);
  const planned = plan.steps[before.length];
  if (minutes === null || plan.early || !(each > 0)) return null;
  const room = Math.floor((60 * minutes - seconds - reserve) / each);
  const steps = Math.max(
    step + 1,
    Math.min(step + room, most === null ? Number.POSITIVE_INFINITY : most - sum(before)),
  );
  return Math.abs(steps - planned) <= AS_QUICK * planned ? null : { ...plan, steps: [...before, steps] };
}

/** Divides steps among the stages. */
function stagesOf(
  steps: number,
  total: number,
  speed: Speed,
  work: PlannedWork,
  recipe: TrainingRecipe,
): Pick<TrainingPlan, 'steps' | 'judgedVoxels' | 'tryMirror'> {
  const { judgedVoxels, tryMirror } = judging(total, speed, work, recipe);
  const { length } = work.folds;
  const each = length === 0 ? 0 : Math.floor((recipe.crossFitting.share * steps) / length);
  if (each < FEWEST_FOLD_STEPS) return { steps: [steps], judgedVoxels, tryMirror: false };
  return { steps: [...work.folds.map(() => each), steps - length * each], judgedVoxels, tryMirror };
}

/** How much of each image out of fold there is time for, and whether there is for mirroring the last fold's. */
function judging(
  total: number,
  { voxel }: Speed,
  { folds, overlap, forms, mirrorings, stepVoxels }: PlannedWork,
  { crossFitting: { judged: judgedShare, mirrored: mirroredShare } }: TrainingRecipe,
): { judgedVoxels: number; tryMirror: boolean; judged: number; mirrored: number; learned: number; voxels: number } {
  const cost = overlap * voxel;
  const judgedVoxels = Math.max(
    stepVoxels,
    // Once more by a fold that has seen it, and by the model.
    mostOf(folds.flat(), (judgedShare * total) / Math.max((forms + 2) * cost, 1e-12)),
  );
  const voxelsOf = (fold: readonly number[]) => sum(fold.map((voxels) => Math.min(voxels, judgedVoxels)));
  const voxels = sum(folds.map(voxelsOf));
  const once = cost * voxels;
  const mirrored = mirrorings * cost * voxelsOf(folds.at(-1) ?? []);
  const tryMirror = folds.length > 0 && mirrored <= mirroredShare * total;
  return {
    judgedVoxels,
    tryMirror,
    judged: (forms + 1) * once,
    mirrored: tryMirror ? mirrored : 0,
    learned: once,
    voxels,
  };
}

/**
 * Voxels of the tiles that an image is predicted in, about.
 * @param size [(z,) y, x] of the image, and of the patch
 */
export function tiledVoxels(size: readonly number[], patch: readonly number[]): number {
  return size.reduce((product, length, axis) => {
    const tile = patch[axis];
    if (length <= TILES.growth * tile) return product * length;
    return product * tile * (1 + Math.ceil((length - tile) / (tile * (1 - TILES.overlap))));
  }, 1);
}

/** The largest number of voxels of each image with which all of them have no more than `room`. */
function mostOf(images: readonly number[], room: number): number {
  let left = room;
  const ascending = images.toSorted((a, b) => a - b);
  for (const [i, voxels] of ascending.entries()) {
    const share = left / (ascending.length - i);
    if (voxels > share) return Math.max(1, Math.floor(share));
    left -= voxels;
  }
  return Math.max(1, ascending.at(-1) ?? 1);
}

/** Steps of the stages before one. */
export function stepsBefore({ steps }: Pick<TrainingPlan, 'steps'>, stage: number): number {
  return sum(steps.slice(0, stage));
}

/** Steps of all stages. */
export function stepsPlanned({ steps }: Pick<TrainingPlan, 'steps'>): number {
  return sum(steps);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
