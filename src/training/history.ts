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
