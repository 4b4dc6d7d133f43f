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
