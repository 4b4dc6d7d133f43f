import { type DType, isFloat, type PixelArray } from '../image/dtype';
import { type Histogram, histogramOf } from './histogram';
import { ThresholdError } from './histogram-methods';
import { type Pass, type Passes, PixelRange } from './passes';

/** Li's iteration converges in a dozen rounds, rarely a hundred; more mean that rounding keeps it from coming to rest. */
const MAX_ROUNDS = 1000;

/**
 * Finds the threshold of Li and Lee (1993), Li and Tam (1998): minimum cross entropy, by iterating t = (b - f) / (ln b
 * - ln f) over the means b of background and f of foreground, from the mean of the image, with the smallest pixel moved
 * to 0. As in scikit-image it ends with a step of at most half the smallest difference of two pixels; NaN and infinite
 * pixels, which are dropped there, are refused here.
 */
export function* li(dtype: DType): Passes<number> {
  return isFloat(dtype) ? yield* liFloat() : liInteger(yield* histogramOf(dtype));
}

function liInteger({ counts, centres, constant }: Histogram): number {
  if (constant !== null) return constant;
  const min = centres[0];
  const steps = new LiSteps(0.5, weightedMean(counts, 0, counts.length));
  while (!steps.done) {
    // The means of both sides of the threshold; value = bin, as the smallest is moved to 0.
    const split = Math.min(counts.length, Math.floor(steps.threshold) + 1);
    steps.next(weightedMean(counts, 0, split), weightedMean(counts, split, counts.length));
  }
  return steps.threshold + min;
}

function weightedMean(counts: Float64Array, start: number, end: number): number {
  let [total, sum] = [0, 0];
  for (let value = start; value < end; value++) {
    total += counts[value];
    sum += counts[value] * value;
  }
  return sum / total;
}

function* liFloat(): Passes<number> {
  const range = new PixelRange();
  yield range;
  range.requireFinite();
  const { min, max } = range;
  if (min === max) return min;
  const gap = new DistinctGap(max - min);
  yield gap;
  // No pixel is below a threshold of minus one: the mean of the foreground is that of the image.
  const whole = new ClassMeans(min, -1);
  yield whole;
  const steps = new LiSteps(gap.smallest() / 2, whole.foreground());
  while (!steps.done) {
    const means = new ClassMeans(min, steps.threshold);
    yield means;
    steps.next(means.background(), means.foreground());
  }
  return steps.threshold + min;
}

/** The iteration itself, on pixels moved so that the smallest is 0. */
class LiSteps {
  done = false;
  private before = Number.NaN;
  private rounds = 0;

  constructor(
    private readonly tolerance: number,
    public threshold: number,
  ) {}

  next(background: number, foreground: number): void {
    const { threshold: current } = this;
    if (background === 0) {
      this.done = true;
      return;
    }
    const next = (background - foreground) / (Math.log(background) - Math.log(foreground));
    if (!Number.isFinite(next) || ++this.rounds > MAX_ROUNDS)
      throw new ThresholdError('li', `the iteration did not come to rest (at ${next} after ${this.rounds} rounds)`);
    // The step depends on the threshold alone: back at the one before, it would go to and fro for ever.
    this.done = Math.abs(next - current) <= this.tolerance || next === this.before;
    this.before = current;
    this.threshold = next;
  }
}

/** The means of the pixels less `min` on both sides of a threshold. */
class ClassMeans implements Pass {
  private count = 0;
  private sum = 0;
  private above = 0;
  private sumAbove = 0;

  constructor(
    private readonly min: number,
    private readonly threshold: number,
  ) {}

  add(chunk: PixelArray): void {
    if (chunk instanceof Float32Array) this.addFloat32(chunk);
    else this.addFloat64(chunk as Float64Array);
  }

  background(): number {
    return this.sum / this.count;
  }

  foreground(): number {
    return this.sumAbove / this.above;
  }

  // One loop a type: a loop that sees both is several times slower.
  private addFloat32(chunk: Float32Array): void {
    const { min, threshold } = this;
    let { count, sum, above, sumAbove } = this;
    for (let i = 0; i < chunk.length; i++) {
      const v = chunk[i] - min;
      if (v > threshold) {
        above++;
        sumAbove += v;
      } else {
        count++;
        sum += v;
      }
    }
    Object.assign(this, { count, sum, above, sumAbove });
  }

  private addFloat64(chunk: Float64Array): void {
    const { min, threshold } = this;
    let { count, sum, above, sumAbove } = this;
    for (let i = 0; i < chunk.length; i++) {
      const v = chunk[i] - min;
      if (v > threshold) {
        above++;
        sumAbove += v;
      } else {
        count++;
        sum += v;
      }
    }
    Object.assign(this, { count, sum, above, sumAbove });
  }
}

/** More different values than this are not remembered. */
const MAX_VALUES = 2 ** 21;
const FIRST_SLOTS = 2 ** 10;

/**
 * Pass that finds the smallest difference between two different pixels, exactly where there are up to 2^21 different
 * values. With more it answers 0: the true one is then below range / 2^21.
 */
class DistinctGap implements Pass {
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
