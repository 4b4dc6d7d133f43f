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

const COLUMNS = ['epoch', 'step', 'loss', 'validationDice', 'threshold', 'learningRate', 'seconds'] as const;

/** The text of `metrics.csv`. */
export function metricsCsv(history: readonly EpochRecord[]): string {
  const lines = history.map((record) => COLUMNS.map((column) => record[column] ?? '').join(','));
  return `${[COLUMNS.join(','), ...lines].join('\n')}\n`;
}
