import { SegmenterError } from '../base/errors';
import { stepsDone, withWarnings } from './checkpoints/begin';
import type { Checkpoint, DataFacts, EndReason } from './checkpoints/checkpoint';
import { findCheckpoint } from './checkpoints/checkpoint-files';
import { stepsBefore, type TrainingPlan } from './plan';
import type { Preparation } from './prepare';
import type { TileSize, TrainSettings } from './settings';
import { factsWithComparison } from './validation/compare-with-start';
import { crossFitted, heldOutOutcome, type Outcome } from './validation/outcome';

/** One epoch of a training. */
export interface EpochRecord {
  /** counts from 1 */
  epoch: number;
  /** steps done at its end */
  step: number;
  /** mean over the epoch's steps */
  loss: number;
  /** null where no validation was due */
  validationDice: number | null;
  threshold: number | null;
  learningRate: number;
  /** since the training began, pauses left out */
  seconds: number;
}

/** The epoch whose validation was the last that was better than all before; null before the first validation. */
export function lastImprovement(history: readonly Pick<EpochRecord, 'epoch' | 'validationDice'>[]): number | null {
  let best: { epoch: number; dice: number } | null = null;
  for (const { epoch, validationDice: dice } of history) {
    if (dice !== null && (best === null || dice > best.dice)) best = { epoch, dice };
  }
  return best?.epoch ?? null;
}

const COLUMNS = ['epoch', 'step', 'loss', 'validationDice', 'threshold', 'learningRate', 'seconds'] as const;

/** The text of `metrics.csv`. */
export function metricsCsv(history: readonly EpochRecord[]): string {
  const lines = history.map((record) => COLUMNS.map((column) => record[column] ?? '').join(','));
  return `${[COLUMNS.join(','), ...lines].join('\n')}\n`;
}

/** Reads the text of a `metrics.csv`; of rows that are none, such as the last of a file that was cut, nothing. */
export function parseMetricsCsv(text: string): EpochRecord[] {
  const [head, ...lines] = text.split('\n');
  const names = head.split(',');
  const at = COLUMNS.map((column) => names.indexOf(column));
  return lines.flatMap((line) => {
    const cells = line.split(',');
    const number = (i: number) => (at[i] < 0 || (cells[at[i]] ?? '') === '' ? null : Number(cells[at[i]]));
    const [epoch, step, loss, validationDice, threshold, learningRate, seconds] = COLUMNS.map((_, i) => number(i));
    if (![epoch, step, loss, learningRate, seconds].every((value) => value !== null && Number.isFinite(value)))
      return [];
    return [{ epoch, step, loss, validationDice, threshold, learningRate, seconds } as EpochRecord];
  });
}

/** A history of so many rows at most, the first and the last among them; of those with a validation as many as there is room for. */
export function thinnedHistory(history: readonly EpochRecord[], most: number): EpochRecord[] {
  if (history.length <= most) return [...history];
  const isJudged = ({ validationDice }: EpochRecord) => validationDice !== null;
  const judged = evenly(history.filter(isJudged), Math.floor(most / 2));
  const others = evenly(
    history.filter((record) => !isJudged(record)),
    most - judged.length,
  );
  return [...judged, ...others].sort((a, b) => a.step - b.step);
}

function evenly<T>(items: readonly T[], most: number): T[] {
  if (items.length <= most) return [...items];
  return Array.from({ length: most }, (_, i) => items[Math.round((i * (items.length - 1)) / Math.max(1, most - 1))]);
}

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
  const { startDice = facts.startDice } = outcome ?? {};
  const warnings = [...(facts.warnings ?? []), ...(weights.ofFold ? [foldWarning(checkpoint)] : [])];
  const result: TrainingResult = {
    parameters: weights.parameters,
    moments: moments ? Float32Array.from(moments) : null,
    threshold: validation?.threshold ?? 0.5,
    tiles: validation?.tiles ?? firstTiles(preparation.settings),
    ...{ validation, outcome },
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
  if (checkpoint && stepsDone(checkpoint) > 0) return resultOf(withWarnings(checkpoint, warnings), preparation);
  const message = `${folder}: the training was stopped before its first checkpoint; there is no model to keep`;
  throw new SegmenterError('not-found', message, { folder, warnings });
}
