import { type DType, isFloat, type PixelArray } from '../image/dtype';
import { DistinctGap } from './distinct-gap';
import { type Histogram, histogramOf } from './histogram';
import { ThresholdError } from './histogram-methods';
import type { Pass, Passes } from './passes';
import { PixelRange } from './pixel-range';

/** Li's iteration converges in a dozen rounds, rarely a hundred; more mean that rounding keeps it from coming to rest. */
const MAX_ROUNDS = 1000;

/**
 * Li and Lee (1993), Li and Tam (1998): minimum cross entropy, by iterating t = (b - f) / (ln b - ln f) over the means b
 * of background and f of foreground, from the mean of the image, with the smallest pixel moved to 0. As in scikit-image it
 * ends with a step of at most half the smallest difference of two pixels; NaN and infinite pixels, which are dropped
 * there, are refused here.
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
