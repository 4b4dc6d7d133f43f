import { SegmenterError } from '../base/errors';
import { stepsDone, withWarnings } from './checkpoints/begin';
import type { Checkpoint, DataFacts, EndReason } from './checkpoints/checkpoint';
import { findCheckpoint } from './checkpoints/checkpoint-files';
import type { EpochRecord } from './history';
import { withPlannedNetwork } from './network-size';
import { stepsBefore, type TrainingPlan } from './plan';
import type { Preparation } from './prepare';
import type { TileSize, TrainSettings } from './settings';
import { factsWithComparison } from './validation/compare-with-start';
import { type ChosenDecoding, chooseDecoding } from './validation/decoding-choice';
import { crossFitted, heldOutOutcome, type Outcome } from './validation/outcome';

/** What a training gave. */
export interface TrainingResult {
  /** all weights in the order of `parameterSpecs` */
  parameters: Float32Array;
  /** of its norms (`momentCount`); null: each takes those of the tile that it sees */
  moments: Float32Array<ArrayBuffer> | null;
  threshold: number;
  tiles: TileSize;
  /** null: no validation, the weights are the averaged ones of the last step */
  validation: Outcome['validation'] | null;
  /** what was judged, and what the choices rest on; null: no validation */
  outcome: Outcome | null;
  /** how its maps become objects, chosen on what the weights had not seen; absent: nothing told, or they are not told apart */
  decoding?: ChosenDecoding;
  /** the step that the weights are of */
  step: number;
  /** steps done in all */
  steps: number;
  plan: TrainingPlan;
  ended: EndReason;
  seconds: number;
  history: EpochRecord[];
  facts: DataFacts;
}

/** The model of a checkpoint: the best of its validations, else averaged weights, with what the folds say of it. */
export function resultOf(checkpoint: Checkpoint, preparation: Preparation): TrainingResult {
  const { plan, best, moments, history, seconds, ended, facts } = checkpoint;
  const hasMoments = moments !== undefined;
  const outcome = best
    ? heldOutOutcome(best, preparation, hasMoments)
    : crossFitted(checkpoint, preparation, hasMoments);
  const validation = outcome?.validation ?? null;
  const weights = best ? { ...best, ofFold: false } : lastWeights(checkpoint);
  const decoding = decodingOf(checkpoint, validation?.threshold ?? 0.5);
  const { startDice = facts.startDice } = outcome ?? {};
  const warnings = [...(facts.warnings ?? []), ...(weights.ofFold ? [foldWarning(checkpoint)] : [])];
  const result: TrainingResult = {
    parameters: weights.parameters,
    moments: moments ? Float32Array.from(moments) : null,
    threshold: validation?.threshold ?? 0.5,
    tiles: validation?.tiles ?? firstTiles(preparation.settings),
    ...{ validation, outcome },
    ...(decoding ? { decoding } : {}),
    step: weights.step,
    steps: stepsDone(checkpoint),
    ended: ended ?? 'stopped',
    ...{ plan, seconds, history },
    facts: {
      ...facts,
      ...(startDice === undefined ? {} : { startDice }),
      ...(warnings.length > 0 ? { warnings: [...new Set(warnings)] } : {}),
    },
  };
  const { start } = preparation;
  return start ? { ...result, facts: factsWithComparison(result, start) } : result;
}

/** What the best model's validation images say of ways to decode, else those of the folds. */
function decodingOf({ best, decodings, folds }: Checkpoint, threshold: number): ChosenDecoding | null {
  const tallies = best ? [decodings] : folds.map((fold) => fold.decodings);
  const known = tallies.filter((tally) => tally !== undefined);
  return known.length > 0 ? chooseDecoding(known, threshold) : null;
}

/** Averaged weights of the stage under way, unless it has hardly begun and a fold is done. */
function lastWeights({ plan, stage, state, fold }: Checkpoint): {
  parameters: Float32Array;
  step: number;
  ofFold: boolean;
} {
  const before = stepsBefore(plan, stage);
  const hasHardlyBegun = 2 * state.step < Math.min(plan.steps[stage], plan.steps[0]);
  if (fold && hasHardlyBegun) return { parameters: fold, step: before, ofFold: true };
  return { parameters: state.average, step: before + state.step, ofFold: stage < plan.steps.length - 1 };
}

/** What a person should know of weights that have learned from a part of the images only. */
function foldWarning({ plan, folds }: Checkpoint): string {
  const of = plan.steps.length - 1;
  const told =
    folds.length === 0
      ? 'nothing tells how good it is, and its threshold is 0.5'
      : `${folds.length} of ${of} folds tell how good it is`;
  return `ended before the training on all images: the model has learned from those of a fold; ${told}`;
}

/** The tiles that validation images are predicted with while a training goes on. */
export function firstTiles({ tiles }: Pick<TrainSettings, 'tiles'>): TileSize {
  return tiles === 'auto' ? 'patch' : tiles;
}

/**
 * The best so far of a training whose process is gone.
 * @throws SegmenterError `not-found` where it left no sound checkpoint, or did not get to its first step
 */
export async function savedResult(folder: string, preparation: Preparation): Promise<TrainingResult> {
  const { checkpoint, warnings } = await findCheckpoint(folder, preparation.key);
  if (checkpoint && stepsDone(checkpoint) > 0) {
    return resultOf(withWarnings(checkpoint, warnings), withPlannedNetwork(preparation, checkpoint.plan));
  }
  const message = `${folder}: the training was stopped before its first checkpoint; there is no model to keep`;
  throw new SegmenterError('not-found', message, { folder, warnings });
}
