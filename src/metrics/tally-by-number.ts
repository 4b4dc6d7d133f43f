import { UnsupportedError } from '../base/errors';

const FIRST_SLOTS = 2 ** 10;
/** Some 3 GB of memory; real images have far fewer objects. */
const MOST_NUMBERS = 2 ** 26;

/**
 * How often each of many numbers occurs: a map from numbers to sums for millions of them, in arrays. Numbers are found by
 * open addressing, and kept in the order of their coming.
 */
export class TallyByNumber {
  length = 0;
  private numbers = new Float64Array(FIRST_SLOTS / 2);
  private tallies = new Float64Array(FIRST_SLOTS / 2);
  /** index of the number in each slot, plus 1; 0: free */
  private slots = new Int32Array(FIRST_SLOTS);
  private last = Number.NaN;
  private lastIndex = -1;

  /**
   * Adds to a number's sum.
   * @param number anything but NaN
   * @returns the number's index: how many came before it
   * @throws UnsupportedError for more than 2^26 different numbers
   */
  add(number: number, amount: number): number {
    // Neighbours mostly belong to the same object.
    if (number !== this.last) {
      this.lastIndex = this.indexOf(number);
      this.last = number;
    }
    this.tallies[this.lastIndex] += amount;
    return this.lastIndex;
  }

  number(index: number): number {
    return this.numbers[index];
  }

  tally(index: number): number {
    return this.tallies[index];
  }

  private indexOf(number: number): number {
    const slot = this.slotOf(number);
    if (this.slots[slot] > 0) return this.slots[slot] - 1;
    if (this.length === this.numbers.length) {
      this.grow();
      return this.indexOf(number);
    }
    this.numbers[this.length] = number;
    this.slots[slot] = ++this.length;
    return this.length - 1;
  }

  /** The slot that has the number, or the free one where it belongs. */
  private slotOf(number: number): number {
    const mask = this.slots.length - 1;
    const high = Math.floor(number / 2 ** 32);
    let hash = Math.imul((number | 0) ^ Math.imul(high | 0, 0x85ebca6b), 0x9e3779b1);
    hash ^= hash >>> 15;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const held = this.slots[slot];
      if (held === 0 || this.numbers[held - 1] === number) return slot;
    }
  }

  private grow(): void {
    if (this.length >= MOST_NUMBERS) {
      throw new UnsupportedError('objects to compare', `are more than ${MOST_NUMBERS}, as in noise; expected objects`);
    }
    const { numbers, tallies } = this;
    this.numbers = new Float64Array(2 * numbers.length);
    this.numbers.set(numbers);
    this.tallies = new Float64Array(2 * tallies.length);
    this.tallies.set(tallies);
    this.slots = new Int32Array(2 * this.slots.length);
    for (let i = 0; i < this.length; i++) this.slots[this.slotOf(numbers[i])] = i + 1;
  }
}
