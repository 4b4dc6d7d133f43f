import type { PixelArray } from '../image/dtype';
import type { Pass } from './passes';

/** More different values than this are not remembered. */
const MAX_VALUES = 2 ** 21;
const FIRST_SLOTS = 2 ** 10;

/**
 * Pass that finds the smallest difference between two different pixels, exactly where there are up to 2^21 different
 * values. With more it answers 0: the true one is then below range / 2^21.
 */
export class DistinctGap implements Pass {
  private table = freeSlots(FIRST_SLOTS);
  private distinct = 0;
  private readonly bits = new Float64Array(1);
  private readonly words = new Int32Array(this.bits.buffer);

  /** @param range largest less smallest pixel */
  constructor(private readonly range: number) {}

  add(chunk: PixelArray): void {
    if (this.distinct > MAX_VALUES) return;
    let last = Number.NaN;
    for (let i = 0; i < chunk.length; i++) {
      const value = chunk[i];
      if (value === last) continue;
      last = value;
      if (!this.remember(value)) continue;
      this.distinct++;
      if (this.distinct > MAX_VALUES) {
        this.table = freeSlots(0);
        return;
      }
      if (this.distinct * 2 > this.table.length) this.grow();
    }
  }

  smallest(): number {
    if (this.distinct > MAX_VALUES) return 0;
    const values = this.table.filter((value) => !Number.isNaN(value)).sort();
    let gap = this.range;
    for (let i = 1; i < values.length; i++) gap = Math.min(gap, values[i] - values[i - 1]);
    return gap;
  }

  /** Open addressing; true when the value is new. */
  private remember(value: number): boolean {
    const { table } = this;
    const mask = table.length - 1;
    this.bits[0] = value;
    let hash = Math.imul(this.words[0] ^ Math.imul(this.words[1], 0x85ebca6b), 0x9e3779b1);
    hash ^= hash >>> 15;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const held = table[slot];
      if (held === value) return false;
      if (Number.isNaN(held)) {
        table[slot] = value;
        return true;
      }
    }
  }

  private grow(): void {
    const values = this.table;
    this.table = freeSlots(values.length * 2);
    for (let i = 0; i < values.length; i++) if (!Number.isNaN(values[i])) this.remember(values[i]);
  }
}

/** NaN marks a free slot. */
function freeSlots(count: number): Float64Array {
  return new Float64Array(count).fill(Number.NaN);
}
