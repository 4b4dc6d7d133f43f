import { forEachBlock } from '../../image/blocks';
import { bytesPerPixel, type DType, dtypeOf, isFloat, type PixelArray } from '../../image/dtype';
import type { ChannelFacts } from './facts';
import { FocusMeasure } from './focus-measure';

/** Different values that are told apart in images of more than 16 bits. */
const MOST_DISTINCT = 65_536;

/** Gathers the facts of one channel from its rows, in any number of bands. */
export class ChannelStatistics {
  private readonly values: Values;
  private focus: FocusMeasure | null = null;
  private plane = '';
  private sharpest: { detail: number; focus: number } | null = null;

  /** @param measuresFocus off for segmentations, of which sharpness means nothing */
  constructor(
    dtype: DType,
    private readonly measuresFocus: boolean,
  ) {
    this.values = bytesPerPixel(dtype) <= 2 ? new CountedValues() : new SeenValues();
  }

  /**
   * @param plane names the plane that the rows are of; the bands of a plane follow each other
   * @param held of the rows those pixels that the file holds
   */
  add(rows: PixelArray, width: number, plane: string, held = rows): void {
    this.values.add(held);
    if (!this.measuresFocus) return;
    if (!this.focus || plane !== this.plane) {
      this.endPlane();
      this.focus = new FocusMeasure();
      this.plane = plane;
    }
    this.focus.add(rows, width);
  }

  facts(): ChannelFacts {
    this.endPlane();
    return { ...this.values.facts(), focus: this.sharpest?.focus ?? null };
  }

  /** Stacks are judged by the plane with the most detail: those above and below a specimen have none. */
  private endPlane(): void {
    const measured = this.focus?.result() ?? null;
    if (measured && (!this.sharpest || measured.detail > this.sharpest.detail)) this.sharpest = measured;
    this.focus = null;
  }
}

interface Values {
  add(rows: PixelArray): void;
  facts(): Omit<ChannelFacts, 'focus'>;
}

/** Integers of up to 16 bits: a count of each value. */
class CountedValues implements Values {
  private static readonly OFFSET = 32_768;
  private readonly counts = new Float64Array(32_768 + 65_536);
  private pixels = 0;

  add(rows: PixelArray): void {
    const { counts } = this;
    for (let i = 0; i < rows.length; i++) counts[rows[i] + CountedValues.OFFSET]++;
    this.pixels += rows.length;
  }

  facts(): Omit<ChannelFacts, 'focus'> {
    const { counts, pixels } = this;
    let [min, max, distinct] = [Infinity, -Infinity, 0];
    for (let i = 0; i < counts.length; i++) {
      if (counts[i] === 0) continue;
      distinct++;
      min = Math.min(min, i - CountedValues.OFFSET);
      max = i - CountedValues.OFFSET;
    }
    const of = (value: number) => counts[value + CountedValues.OFFSET] ?? 0;
    const range = pixels > 0 ? { min, max } : null;
    return { range, pixels, notFinite: 0, nonZero: pixels - of(0), atMax: of(max), fractional: 0, distinct };
  }
}

/** Pixels of more bits. */
class SeenValues implements Values {
  private readonly seen = new Set<number>();
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
      for (let i = 0; i < length; i++) {
        const value = block[i];
        if (!Number.isFinite(value)) {
          this.notFinite++;
          continue;
        }
        if (value !== 0) this.nonZero++;
        if (mayBeFractional && !Number.isInteger(value)) this.fractional++;
        if (value < this.min) this.min = value;
        if (value > this.max) [this.max, this.atMax] = [value, 0];
        if (value === this.max) this.atMax++;
        if (this.seen.size <= MOST_DISTINCT) this.seen.add(value);
      }
    });
    this.pixels += rows.length;
  }

  facts(): Omit<ChannelFacts, 'focus'> {
    const { min, max, pixels, notFinite, nonZero, atMax, fractional, seen } = this;
    const range = notFinite < pixels ? { min, max } : null;
    const distinct = seen.size > MOST_DISTINCT ? null : seen.size;
    return { range, pixels, notFinite, nonZero, atMax, fractional, distinct };
  }
}
