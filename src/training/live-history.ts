import { type EpochRecord, thinnedHistory } from './history';
import type { TrainProgress } from './settings';

/** Epochs of one training that are remembered while it goes on. */
const MOST_ROWS = 2000;

/** The epochs of a training as its reports tell of them, since its process began. */
export class LiveHistory {
  rows: EpochRecord[] = [];

  add(report: TrainProgress): void {
    const { epoch, step, loss, learningRate, seconds, epochEnd, validationDice, validatedEpoch } = report;
    if (epochEnd) {
      // A worker that was lost goes on from its last checkpoint, before what it had reported.
      const before = this.rows.filter((row) => row.step < step);
      const row = { epoch, step, loss, validationDice: null, threshold: null, learningRate, seconds };
      this.rows = [...before, row];
      if (this.rows.length > 2 * MOST_ROWS) this.rows = thinnedHistory(this.rows, MOST_ROWS);
    }
    // A fold is judged after the report of its last epoch.
    const judged = this.rows.findLast((row) => row.epoch === validatedEpoch);
    if (judged && validationDice !== null) judged.validationDice = validationDice;
  }

  /** Rows after a step, and the one that was judged last, which may be before it. */
  since(step: number): EpochRecord[] {
    const judged = this.rows.findLast(({ validationDice }) => validationDice !== null);
    return this.rows.filter((row) => row.step > step || row === judged);
  }
}

/** Joins what was saved of a training with what was reported since: epochs that both have as they were saved, with each Dice. */
export function joinHistories(saved: readonly EpochRecord[], live: readonly EpochRecord[]): EpochRecord[] {
  const last = saved.at(-1)?.step ?? -1;
  const dices = new Map(live.map(({ epoch, validationDice }) => [epoch, validationDice]));
  const known = saved.map((row) => ({ ...row, validationDice: row.validationDice ?? dices.get(row.epoch) ?? null }));
  return [...known, ...live.filter(({ step }) => step > last)];
}
