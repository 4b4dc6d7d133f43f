import { Constancy, STRETCH } from './blocks';
import { bytesPerPixel, type DType, type PixelArray } from './dtype';

/** Different values that are told apart in images of more than 16 bits. */
const MOST_DISTINCT = 65_536;
/** An image with more values is told by its range. */
const MOST_LISTED = 256;
/** Of fewer pairs of neighbours nothing is said. */
const LEAST_PAIRS = 64;

/** What one pass over pixels says of their values. */
export interface ValueFacts {
  /** of finite pixels; null where there are none */
  range: { min: number; max: number } | null;
  /** pixels that were looked at and counted */
  pixels: number;
  /** pixels that were looked at and have no part in anything else here; absent: none */
  skipped?: number;
  /** NaN or infinite */
  notFinite: number;
  nonZero: number;
  /** at the largest value */
  atMax: number;
  /** the largest value but one; null: none, or more values than are counted */
  second: number | null;
  /** with a fractional part */
  fractional: number;
  /** different values; null: more than are counted */
  distinct: number | null;
  /** each value, ascending, and how many pixels have it; null: more than are listed */
  histogram: ReadonlyArray<[value: number, pixels: number]> | null;
  /**
   * the share of pairs of non-zero neighbours along x that differ, which are few in labels and most in pictures; null:
   * too few pairs
   */
  unlike: number | null;
}

/** Counts values, band by band, in runs: in most images most neighbours are alike. */
export class ValueCounter {
  private readonly values: Values;
  private readonly block = new Float64Array(STRETCH);
  private pairs = 0;
  private different = 0;
  /** of the run before; 0 has no pairs */
  private before = 0;
  private skipped = 0;

  /** @param isSkipped values whose pixels count for nothing */
  constructor(
    dtype: DType,
    private readonly isSkipped: ((value: number) => boolean) | null = null,
  ) {
    this.values = bytesPerPixel(dtype) <= 2 ? new SmallIntegers(dtype) : new WideValues();
  }

  /**
   * Takes whole rows; the end of one and the beginning of the next count as neighbours, which tells nothing of an image.
   */
  add(rows: PixelArray): void {
    this.before = 0;
    const constancy = new Constancy(rows);
    for (let start = 0; start < rows.length; start += STRETCH) {
      const end = Math.min(start + STRETCH, rows.length);
      if (constancy.isConstant(start, end)) this.addRun(rows[start], end - start);
      else this.addStretch(rows.subarray(start, end));
    }
  }

  facts(): ValueFacts {
    const unlike = this.pairs < LEAST_PAIRS ? null : this.different / this.pairs;
    return { ...this.values.facts(), unlike, ...(this.skipped > 0 ? { skipped: this.skipped } : {}) };
  }

  private addStretch(pixels: PixelArray): void {
    const { block } = this;
    block.set(pixels);
    for (let i = 0, from = 0; i < pixels.length; i++) {
      if (i + 1 < pixels.length && block[i + 1] === block[i]) continue;
      this.addRun(block[i], i + 1 - from);
      from = i + 1;
    }
  }

  private addRun(value: number, length: number): void {
    if (this.isSkipped?.(value)) {
      this.skipped += length;
      this.before = 0;
      return;
    }
    this.values.add(value, length);
    if (value !== 0) {
      const joins = this.before !== 0;
      this.pairs += joins ? length : length - 1;
      if (joins && value !== this.before) this.different++;
    }
    this.before = value;
  }
}

type CountedFacts = Omit<ValueFacts, 'unlike' | 'skipped'>;

interface Values {
  add(value: number, pixels: number): void;
  facts(): CountedFacts;
}

/** Integers of up to 16 bits: a count of each value. */
class SmallIntegers implements Values {
  private readonly counts: Float64Array;
  private readonly lowest: number;

  constructor(dtype: DType) {
    const range = 2 ** (8 * bytesPerPixel(dtype));
    this.counts = new Float64Array(range);
    this.lowest = dtype.startsWith('int') ? -range / 2 : 0;
  }

  add(value: number, pixels: number): void {
    this.counts[value - this.lowest] += pixels;
  }

  facts(): CountedFacts {
    const found: Array<[number, number]> = [];
    const { counts, lowest } = this;
    for (let i = 0; i < counts.length; i++) if (counts[i] > 0) found.push([i + lowest, counts[i]]);
    return { ...summary(found), notFinite: 0, fractional: 0 };
  }
}

/** Pixels of more bits. */
class WideValues implements Values {
  /** null: too many */
  private counts: Map<number, number> | null = new Map();
  private min = Infinity;
  private max = -Infinity;
  private pixels = 0;
  private notFinite = 0;
  private nonZero = 0;
  private atMax = 0;
  private fractional = 0;

  add(value: number, pixels: number): void {
    this.pixels += pixels;
    if (!Number.isFinite(value)) {
      this.notFinite += pixels;
      return;
    }
    if (value !== 0) this.nonZero += pixels;
    if (!Number.isInteger(value)) this.fractional += pixels;
    if (value < this.min) this.min = value;
    if (value > this.max) [this.max, this.atMax] = [value, 0];
    if (value === this.max) this.atMax += pixels;
    if (!this.counts) return;
    this.counts.set(value, (this.counts.get(value) ?? 0) + pixels);
    if (this.counts.size > MOST_DISTINCT) this.counts = null;
  }

  facts(): CountedFacts {
    const { min, max, pixels, notFinite, nonZero, atMax, fractional, counts } = this;
    if (counts) return { ...summary([...counts].sort(([a], [b]) => a - b)), pixels, notFinite, fractional };
    return {
      range: { min, max },
      pixels,
      notFinite,
      nonZero,
      atMax,
      fractional,
      second: null,
      distinct: null,
      histogram: null,
    };
  }
}

/** @param found ascending */
function summary(found: Array<[value: number, pixels: number]>): Omit<CountedFacts, 'notFinite' | 'fractional'> {
  const [first, last] = [found[0], found.at(-1)];
  let [pixels, zeros] = [0, 0];
  for (const [value, count] of found) {
    pixels += count;
    if (value === 0) zeros = count;
  }
  return {
    range: first && last ? { min: first[0], max: last[0] } : null,
    pixels,
    nonZero: pixels - zeros,
    atMax: last?.[1] ?? 0,
    second: found.at(-2)?.[0] ?? null,
    distinct: found.length,
    histogram: found.length <= MOST_LISTED ? found : null,
  };
}
