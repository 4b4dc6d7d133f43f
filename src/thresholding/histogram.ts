import { InvalidInputError, UnsupportedError } from '../base/errors';
import { Constancy, forEachBlock, STRETCH } from '../image/blocks';
import { bytesPerPixel, type DType, isFloat, type PixelArray } from '../image/dtype';
import { FloatBins, rounding } from './float-bins';
import { type Pass, type Passes, PixelRange } from './passes';

/** How often each value, or each range of values, occurs. */
export interface Histogram {
  /** rounds a number to the precision that means and scores are computed in: the image's own, float64 of integers */
  round: (x: number) => number;
  /** pixels of each bin */
  counts: Float64Array;
  /** the middle of each bin; the value itself for integers */
  centres: Float64Array;
  /** the value of every pixel, where they all have the same */
  constant: number | null;
}

/** The widest range of an integer image: one bin a value, 192 MB at this many. */
const MAX_INTEGER_BINS = 2 ** 24;

/**
 * Counts the histogram that scikit-image's global thresholds use (`skimage.exposure.histogram`, 0.26): integers one bin
 * a value from the smallest to the largest, floats as `numpy.histogram` (NumPy 2) with 256 bins over the range of the
 * data.
 * @throws InvalidInputError for no pixels, infinite pixels, or a float range too narrow for 256 bins
 * @throws SegmenterError `invalid-input` for NaN pixels
 * @throws UnsupportedError for a 32-bit integer range over 2^24
 */
export function* histogramOf(dtype: DType): Passes<Histogram> {
  if (isFloat(dtype)) return yield* floatHistogram(dtype as 'float32' | 'float64');
  if (bytesPerPixel(dtype) <= 2) return yield* shortHistogram(dtype);
  return yield* longHistogram(dtype);
}

function* floatHistogram(precision: 'float32' | 'float64'): Passes<Histogram> {
  const range = new PixelRange();
  yield range;
  range.requireFinite();
  const bins = new FloatBins(precision, range.min, range.max);
  yield bins;
  const constant = range.min === range.max ? range.min : null;
  return { round: rounding(precision), counts: bins.counts(), centres: bins.centres(), constant };
}

/** 8 and 16 bit: every possible value has a bin, so that one pass is enough. */
function* shortHistogram(dtype: DType): Passes<Histogram> {
  const counter = new ShortCounter(bytesPerPixel(dtype) * 8);
  yield counter;
  const patterns = counter.counts();
  const levels = patterns.length;
  const signed = dtype.startsWith('int');
  const counts = signed ? rotateHalf(patterns) : patterns;
  const first = counts.findIndex((n) => n > 0);
  if (first < 0) throw new InvalidInputError('image', 'at least one pixel', 0);
  const last = counts.findLastIndex((n) => n > 0);
  return integerHistogram(counts.slice(first, last + 1), first - (signed ? levels / 2 : 0));
}

/** 32 bit: the range first. */
function* longHistogram(dtype: DType): Passes<Histogram> {
  const range = new PixelRange();
  yield range;
  range.requireFinite();
  const { min } = range;
  const levels = range.max - min + 1;
  if (levels > MAX_INTEGER_BINS)
    throw new UnsupportedError(
      'image',
      `a ${dtype} histogram of ${levels} levels (${min} to ${range.max}) is not handled, at most ${MAX_INTEGER_BINS}`,
    );
  const counts = new Float64Array(levels);
  yield {
    add(chunk) {
      forEachBlock([chunk], ([block], length) => {
        for (let i = 0; i < length; i++) counts[block[i] - min]++;
      });
    },
  };
  return integerHistogram(counts, min);
}

function integerHistogram(counts: Float64Array, min: number): Histogram {
  const centres = counts.map((_, i) => min + i);
  return { round: rounding('float64'), counts, centres, constant: counts.length === 1 ? min : null };
}

/** Pixels after which the 32-bit counters are emptied into the sums. */
const FLUSH = 2 ** 31;

/** Counts bit patterns of 8 or 16 bit. */
class ShortCounter implements Pass {
  private readonly sums: Float64Array;
  private readonly even: Uint32Array;
  private readonly odd: Uint32Array;
  private pending = 0;

  constructor(bits: number) {
    this.sums = new Float64Array(2 ** bits);
    this.even = new Uint32Array(2 ** bits);
    this.odd = new Uint32Array(2 ** bits);
  }

  add(chunk: PixelArray): void {
    if (this.pending + chunk.length > FLUSH) this.flush();
    this.pending += chunk.length;
    if (chunk.BYTES_PER_ELEMENT === 1) this.addBytes(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length));
    else this.addWords(new Uint16Array(chunk.buffer, chunk.byteOffset, chunk.length));
  }

  counts(): Float64Array {
    this.flush();
    return this.sums;
  }

  private flush(): void {
    for (let bin = 0; bin < this.sums.length; bin++) this.sums[bin] += this.even[bin] + this.odd[bin];
    this.even.fill(0);
    this.odd.fill(0);
    this.pending = 0;
  }

  // Neighbouring pixels are often equal: two tables halve the wait for the counter just written.
  private addBytes(chunk: Uint8Array): void {
    const { even, odd } = this;
    const pairs = chunk.length & ~1;
    for (let i = 0; i < pairs; i += 2) {
      even[chunk[i]]++;
      odd[chunk[i + 1]]++;
    }
    if (pairs < chunk.length) even[chunk[pairs]]++;
  }

  private addWords(chunk: Uint16Array): void {
    const { even, odd } = this;
    const constancy = new Constancy(chunk);
    for (let start = 0; start < chunk.length; start += STRETCH) {
      const end = Math.min(start + STRETCH, chunk.length);
      if (constancy.isConstant(start, end)) {
        even[chunk[start]] += end - start;
        continue;
      }
      const pairs = end - ((end - start) & 1);
      for (let i = start; i < pairs; i += 2) {
        even[chunk[i]]++;
        odd[chunk[i + 1]]++;
      }
      if (pairs < end) even[chunk[pairs]]++;
    }
  }
}

/** Counts by bit pattern, reordered from the smallest negative value to the largest positive one. */
function rotateHalf(counts: Float64Array): Float64Array {
  const half = counts.length / 2;
  const result = new Float64Array(counts.length);
  result.set(counts.subarray(half));
  result.set(counts.subarray(0, half), half);
  return result;
}
