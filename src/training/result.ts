import { SegmenterError } from '../base/errors';
import { stepsDone, withWarnings } from './checkpoints/begin';
import type { Checkpoint, DataFacts, EndReason } from './checkpoints/checkpoint';
import { findCheckpoint } from './checkpoints/checkpoint-files';
import type { TrainingPlan } from './plan';
import type { Preparation } from './prepare';
import type { TileSize, TrainSettings } from './settings';
import { factsWithComparison } from './validation/compare-with-start';
import type { ValidationResult } from './validation/validate';

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

/** What a training gave. */
export interface TrainingResult {
  /** all weights in the order of `parameterSpecs` */
  parameters: Float32Array;
  /** of its norms (`momentCount`); null: each takes those of the tile that it sees */
  moments: Float32Array<ArrayBuffer> | null;
  threshold: number;
  tiles: TileSize;
  /** null: no validation, the weights are the averaged ones of the last step */
  validation: ValidationResult | null;
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

/** The best model of a checkpoint; without validation the averaged weights, at threshold 0.5. */
export function resultOf(
  checkpoint: Checkpoint,
  { settings, start }: Pick<Preparation, 'settings' | 'start'>,
): TrainingResult {
  const { state, plan, best, moments, history, seconds, ended, facts } = checkpoint;
  const steps = stepsDone(checkpoint);
  const result = {
    parameters: best?.parameters ?? state.average,
    moments: moments ? Float32Array.from(moments) : null,
    threshold: best?.result.threshold ?? 0.5,
    tiles: best?.result.tiles ?? firstTiles(settings),
    validation: best?.result ?? null,
    step: best?.step ?? steps,
    ended: ended ?? 'stopped',
    ...{ steps, plan, seconds, history, facts },
  };
  return start ? { ...result, facts: factsWithComparison(result, start) } : result;
}

/** The tiles that validation images are predicted with while a training goes on. */
export function firstTiles({ tiles }: Pick<TrainSettings, 'tiles'>): TileSize {
  return tiles === 'auto' ? 'patch' : tiles;
}

/**
 * The best so far of a training whose process is gone.
 * @throws SegmenterError `not-found` where it left no sound checkpoint, or did not get to its first step
 */
export async function savedResult(
  folder: string,
  preparation: Pick<Preparation, 'key' | 'settings' | 'start'>,
): Promise<TrainingResult> {
  const { checkpoint, warnings } = await findCheckpoint(folder, preparation.key);
  if (checkpoint && stepsDone(checkpoint) > 0) return resultOf(withWarnings(checkpoint, warnings), preparation);
  const message = `${folder}: the training was stopped before its first checkpoint; there is no model to keep`;
  throw new SegmenterError('not-found', message, { folder, warnings });
}
