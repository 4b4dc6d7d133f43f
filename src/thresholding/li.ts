import { type DType, isFloat, type PixelArray } from '../image/dtype';
import { DistinctGap } from './distinct-gap';
import { rounding } from './float-bins';
import { type Histogram, histogramOf } from './histogram';
import { ThresholdError } from './histogram-methods';
import { log32 } from './log-float32';
import { PairwiseSum } from './pairwise-sum';
import type { Pass, Passes } from './passes';
import { PixelRange } from './pixel-range';

type FloatType = 'float32' | 'float64';

/** Li's iteration converges in a dozen rounds, rarely a hundred; more mean that rounding keeps it from coming to rest. */
const MAX_ROUNDS = 1000;

/**
 * Li and Lee (1993), Li and Tam (1998): minimum cross entropy, by iterating t = (b - f) / (ln b - ln f) over the means b
 * of background and f of foreground, from the mean of the image, with the smallest pixel moved to 0. Equal to scikit-image
 * 0.26 but for the last bit of a float64 logarithm, and that NaN and infinite pixels are refused
 * here where scikit-image drops them.
 */
export function* li(dtype: DType): Passes<number> {
  return isFloat(dtype) ? yield* liFloat(dtype as FloatType) : liInteger(yield* histogramOf(dtype));
}

function liInteger({ counts, centres, constant }: Histogram): number {
  if (constant !== null) return constant;
  const weights = Float32Array.from(counts);
  const min = centres[0];
  let [pixels, sum] = [0, 0];
  counts.forEach((n, value) => {
    pixels += n;
    sum += n * value;
  });
  const steps = new LiSteps('float64', 0.5, sum / pixels);
  while (!steps.done) {
    // The means of both sides of the threshold; value = bin, as the smallest is moved to 0.
    const split = Math.min(counts.length, Math.floor(steps.threshold) + 1);
    steps.next(weightedMean(weights, 0, split), weightedMean(weights, split, weights.length));
  }
  return steps.threshold + min;
}

function weightedMean(weights: Float32Array, start: number, end: number): number {
  let [total, sum] = [0, 0];
  for (let value = start; value < end; value++) {
    total += weights[value];
    sum += weights[value] * value;
  }
  return sum / total;
}

function* liFloat(precision: FloatType): Passes<number> {
  const r = rounding(precision);
  const range = new PixelRange();
  yield range;
  range.requireFinite();
  const { min, max, count } = range;
  if (min === max) return min;
  const gap = new DistinctGap(precision, min, r(max - min));
  yield gap;
  // No pixel is below a threshold of minus one: the mean of the foreground is that of the image.
  const whole = new ClassMeans(precision, min, -1, count, count);
  yield whole;
  const steps = new LiSteps(precision, r(gap.smallest() / 2), whole.foreground());
  while (!steps.done) {
    // Pairwise sums need their length beforehand, hence two passes a round.
    const counter = new ForegroundCount(precision, min, steps.threshold);
    yield counter;
    const means = new ClassMeans(precision, min, steps.threshold, count, counter.foreground);
    yield means;
    steps.next(means.background(), means.foreground());
  }
  return r(steps.threshold + min);
}

/** The iteration itself, on pixels moved so that the smallest is 0. */
class LiSteps {
  done = false;
  private before = Number.NaN;
  private rounds = 0;
  private readonly r: (x: number) => number;
  private readonly ln: (x: number) => number;

  constructor(
    precision: FloatType,
    private readonly tolerance: number,
    public threshold: number,
  ) {
    this.r = rounding(precision);
    this.ln = precision === 'float32' ? log32 : Math.log;
  }

  next(background: number, foreground: number): void {
    const { r, ln, threshold: current } = this;
    if (background === 0) {
      this.done = true;
      return;
    }
    const next = r(r(background - foreground) / r(ln(background) - ln(foreground)));
    if (!Number.isFinite(next) || ++this.rounds > MAX_ROUNDS)
      throw new ThresholdError('li', `the iteration did not come to rest (at ${next} after ${this.rounds} rounds)`);
    // The step depends on the threshold alone: back at the one before, it would go to and fro for ever.
    this.done = Math.abs(next - current) <= this.tolerance || next === this.before;
    this.before = current;
    this.threshold = next;
  }
}

class ForegroundCount implements Pass {
  foreground = 0;

  constructor(
    private readonly precision: FloatType,
    private readonly min: number,
    private readonly threshold: number,
  ) {}

  add(chunk: PixelArray): void {
    this.foreground +=
      this.precision === 'float32'
        ? countAbove32(chunk as Float32Array, this.min, this.threshold)
        : countAbove64(chunk as Float64Array, this.min, this.threshold);
  }
}

function countAbove32(chunk: Float32Array, min: number, threshold: number): number {
  let above = 0;
  for (let i = 0; i < chunk.length; i++) above += Math.fround(chunk[i] - min) > threshold ? 1 : 0;
  return above;
}

function countAbove64(chunk: Float64Array, min: number, threshold: number): number {
  let above = 0;
  for (let i = 0; i < chunk.length; i++) above += chunk[i] - min > threshold ? 1 : 0;
  return above;
}

const SCRATCH = 8192;

class ClassMeans implements Pass {
  private readonly above: PairwiseSum;
  private readonly below: PairwiseSum;
  private readonly aboveValues: Float32Array | Float64Array;
  private readonly belowValues: Float32Array | Float64Array;

  constructor(
    private readonly precision: FloatType,
    private readonly min: number,
    private readonly threshold: number,
    private readonly count: number,
    private readonly foregroundCount: number,
  ) {
    this.above = new PairwiseSum(precision, foregroundCount);
    this.below = new PairwiseSum(precision, count - foregroundCount);
    const scratch = precision === 'float32' ? Float32Array : Float64Array;
    this.aboveValues = new scratch(SCRATCH);
    this.belowValues = new scratch(SCRATCH);
  }

  add(chunk: PixelArray): void {
    const { above, below, aboveValues, belowValues } = this;
    for (let start = 0; start < chunk.length; start += SCRATCH) {
      const part = chunk.subarray(start, start + SCRATCH) as Float32Array | Float64Array;
      const foreground = divide(part, this.min, this.threshold, aboveValues, belowValues);
      above.add(aboveValues, foreground);
      below.add(belowValues, part.length - foreground);
    }
  }

  background(): number {
    return rounding(this.precision)(this.below.total() / (this.count - this.foregroundCount));
  }

  foreground(): number {
    return rounding(this.precision)(this.above.total() / this.foregroundCount);
  }
}

type Floats = Float32Array | Float64Array;

/** Writes pixels less `min` to one list or the other; storing rounds them. Returns how many are above. */
function divide(pixels: Floats, min: number, threshold: number, above: Floats, below: Floats): number {
  let foreground = 0;
  for (let i = 0; i < pixels.length; i++) {
    const background = i - foreground;
    above[foreground] = pixels[i] - min;
    below[background] = above[foreground];
    if (above[foreground] > threshold) foreground++;
  }
  return foreground;
}
