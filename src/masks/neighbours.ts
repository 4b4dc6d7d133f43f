import type { PixelArray } from '../image/dtype';

/** Of fewer pairs nothing is said. */
const LEAST_PAIRS = 64;

/** How often foreground pixels beside each other differ: rarely in labels, mostly in pictures and probabilities. */
export class NeighbourCounter {
  private pairs = 0;
  private different = 0;

  /** Whole rows; the end of one and the beginning of the next count as neighbours, which tells nothing of a picture. */
  add(rows: PixelArray): void {
    let [pairs, different] = [0, 0];
    for (let i = 1; i < rows.length; i++) {
      const value = rows[i];
      if (value === 0 || rows[i - 1] === 0) continue;
      pairs++;
      if (value !== rows[i - 1]) different++;
    }
    this.pairs += pairs;
    this.different += different;
  }

  /** The share of pairs that differ; null where there are few. */
  unlike(): number | null {
    return this.pairs < LEAST_PAIRS ? null : this.different / this.pairs;
  }
}
