import type { EpochRecord } from '../../../src/training/history';

/** What a curve is drawn over. */
export type Axis = 'steps' | 'minutes';
/** What is drawn of each epoch. */
export type Quantity = 'loss' | 'validationDice' | 'learningRate';

/** Points of one training, ascending in x. */
export interface Curve {
  x: number[];
  y: number[];
}

/** Gives the points of one quantity; epochs that have none of it are left out. */
export function curveOf(history: readonly EpochRecord[], quantity: Quantity, axis: Axis): Curve {
  const curve: Curve = { x: [], y: [] };
  for (const record of history) {
    const y = record[quantity];
    if (y === null) continue;
    curve.x.push(axis === 'steps' ? record.step : record.seconds / 60);
    curve.y.push(y);
  }
  return curve;
}

/** Adds what is new to the epochs that are known: an epoch that comes again is the newer one, with the Dice of either. */
export function withRows(known: readonly EpochRecord[], rows: readonly EpochRecord[]): EpochRecord[] {
  if (rows.length === 0) return [...known];
  const byStep = new Map(known.map((record) => [record.step, record]));
  for (const row of rows) {
    const before = byStep.get(row.step);
    byStep.set(row.step, { ...row, validationDice: row.validationDice ?? before?.validationDice ?? null });
  }
  return [...byStep.values()].sort((a, b) => a.step - b.step);
}

/** A stage of a training and where it begins and ends on the axis. */
export interface StageMark {
  /** from 1; null: the training on all images */
  fold: number | null;
  from: number;
  to: number;
}

/** Where the stages lie; none where there is one alone. @param stages steps of each */
export function stageMarks(stages: readonly number[], history: readonly EpochRecord[], axis: Axis): StageMark[] {
  if (stages.length < 2) return [];
  const reached = history.at(-1)?.step ?? 0;
  const at = (step: number) => {
    if (axis === 'steps') return step;
    const next = history.findIndex((record) => record.step >= step);
    return (next < 0 ? (history.at(-1)?.seconds ?? 0) : history[next].seconds) / 60;
  };
  const marks: StageMark[] = [];
  let before = 0;
  for (const [i, steps] of stages.entries()) {
    if (before > reached) break;
    const end = Math.min(before + steps, Math.max(reached, before));
    marks.push({ fold: i < stages.length - 1 ? i + 1 : null, from: before === 0 ? 0 : at(before), to: at(end) });
    before += steps;
  }
  return marks;
}

/** So many items of a list, the first and the last among them, evenly. */
export function thinned<T>(items: readonly T[], most: number): T[] {
  if (items.length <= most) return [...items];
  return Array.from({ length: most }, (_, i) => items[Math.round((i * (items.length - 1)) / (most - 1))]);
}
