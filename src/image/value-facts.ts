import { forEachBlock } from './blocks';
import { bytesPerPixel, type DType, dtypeOf, isFloat, type PixelArray } from './dtype';

/** Different values that are told apart in images of more than 16 bits. */
const MOST_DISTINCT = 65_536;
/** An image with more values is told by its range. */
const MOST_LISTED = 256;

/** What one pass over pixels says of their values. */
export interface ValueFacts {
  /** of finite pixels; null where there are none */
  range: { min: number; max: number } | null;
  /** pixels that were looked at */
  pixels: number;
  /** NaN or infinite */
  notFinite: number;
  nonZero: number;
  /** at the largest value */
  atMax: number;
  /** with a fractional part */
  fractional: number;
  /** different values; null: more than are counted */
  distinct: number | null;
  /** each value, ascending, and how many pixels have it; null: more than are listed */
  histogram: ReadonlyArray<[value: number, pixels: number]> | null;
}

/** Counts values band by band, in any number of bands. */
export interface ValueCounter {
  add(rows: PixelArray): void;
  facts(): ValueFacts;
}

export function valueCounter(dtype: DType): ValueCounter {
  return bytesPerPixel(dtype) <= 2 ? new SmallIntegers() : new WideValues();
}

/** Integers of up to 16 bits: a count of each value. */
class SmallIntegers implements ValueCounter {
  private static readonly OFFSET = 32_768;
  private readonly counts = new Float64Array(32_768 + 65_536);
  private pixels = 0;

  add(rows: PixelArray): void {
    const { counts } = this;
    for (let i = 0; i < rows.length; i++) counts[rows[i] + SmallIntegers.OFFSET]++;
    this.pixels += rows.length;
  }

  facts(): ValueFacts {
    const found: Array<[number, number]> = [];
    for (const [i, count] of this.counts.entries()) if (count > 0) found.push([i - SmallIntegers.OFFSET, count]);
    return { ...summary(found), pixels: this.pixels, notFinite: 0, fractional: 0 };
  }
}

/** Pixels of more bits. */
class WideValues implements ValueCounter {
  /** null: too many */
  private counts: Map<number, number> | null = new Map();
  private min = Infinity;
  private max = -Infinity;
  private pixels = 0;
  private notFinite = 0;
  private nonZero = 0;
  private atMax = 0;
  private fractional = 0;

  add(rows: PixelArray): void {
    const mayBeFractional = isFloat(dtypeOf(rows));
    forEachBlock([rows], ([block], length) => {
      // Neighbours are alike in most places: a run is counted at its end.
      let run = 0;
      for (let i = 0; i < length; i++) {
        run++;
        const value = block[i];
        if (i + 1 < length && block[i + 1] === value) continue;
        this.addRun(value, run, mayBeFractional);
        run = 0;
      }
    });
    this.pixels += rows.length;
  }

  facts(): ValueFacts {
    const { min, max, pixels, notFinite, nonZero, atMax, fractional, counts } = this;
    if (counts) return { ...summary([...counts].sort(([a], [b]) => a - b)), pixels, notFinite, fractional };
    return { range: { min, max }, pixels, notFinite, nonZero, atMax, fractional, distinct: null, histogram: null };
  }

  private addRun(value: number, run: number, mayBeFractional: boolean): void {
    if (!Number.isFinite(value)) {
      this.notFinite += run;
      return;
    }
    if (value !== 0) this.nonZero += run;
    if (mayBeFractional && !Number.isInteger(value)) this.fractional += run;
    if (value < this.min) this.min = value;
    if (value > this.max) [this.max, this.atMax] = [value, 0];
    if (value === this.max) this.atMax += run;
    if (!this.counts) return;
    this.counts.set(value, (this.counts.get(value) ?? 0) + run);
    if (this.counts.size > MOST_DISTINCT) this.counts = null;
  }
}

/** @param found ascending */
function summary(
  found: Array<[value: number, pixels: number]>,
): Pick<ValueFacts, 'range' | 'nonZero' | 'atMax' | 'distinct' | 'histogram'> {
  const [first, last] = [found[0], found.at(-1)];
  const nonZero = found.reduce((sum, [value, count]) => sum + (value === 0 ? 0 : count), 0);
  return {
    range: first && last ? { min: first[0], max: last[0] } : null,
    nonZero,
    atMax: last?.[1] ?? 0,
    distinct: found.length,
    histogram: found.length <= MOST_LISTED ? found : null,
  };
}
