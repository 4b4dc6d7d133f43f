import { InvalidInputError } from '../base/errors';
import { forEachBlock } from '../image/blocks';
import type { PixelArray } from '../image/dtype';
import type { Pass } from './passes';

const BINS = 256;
/** Pixels after which the 32-bit counters are emptied into the sums. */
const FLUSH = 2 ** 31;

/**
 * Counts of 256 equal bins over [min, max] of the data, equal to `numpy.histogram` (NumPy 2) of an array of that
 * precision: edge_i = r(r(i step) + min) with step = r(r(max - min) / 256), r rounding to the array's precision.
 * A pixel belongs to the bin i with edge_i <= pixel < edge_(i+1), the last bin includes its end; NumPy estimates i and
 * corrects it by one where the edges say so, hence any estimate that is off by at most one gives the same counts.
 */
export class FloatBins implements Pass {
  private readonly edges: Float64Array;
  private readonly sums = new Float64Array(BINS);
  private readonly even = new Uint32Array(BINS);
  private readonly odd = new Uint32Array(BINS);
  private pending = 0;

  /** @throws InvalidInputError where the range is too narrow for 256 different edges, or not finite */
  constructor(
    private readonly precision: 'float32' | 'float64',
    min: number,
    max: number,
  ) {
    this.edges = binEdges(precision, min, max);
  }

  add(chunk: PixelArray): void {
    if (chunk instanceof Float32Array) {
      // 32-bit counters hold what lies between two flushes.
      for (let start = 0; start < chunk.length; start += FLUSH) {
        this.reserve(Math.min(FLUSH, chunk.length - start));
        this.addFloat32(chunk, start, Math.min(start + FLUSH, chunk.length));
      }
    } else {
      forEachBlock([chunk], ([block], length) => {
        this.reserve(length);
        this.addFloat64(block, length);
      });
    }
  }

  counts(): Float64Array {
    this.flush();
    return this.sums.slice();
  }

  /** Computes r(r(edge_i + edge_(i+1)) / 2). */
  centres(): Float64Array {
    const r = rounding(this.precision);
    return this.sums.map((_, i) => r(r(this.edges[i] + this.edges[i + 1]) / 2));
  }

  private addFloat32(chunk: Float32Array, start: number, end: number): void {
    const { edges, even, odd } = this;
    const first = edges[0];
    const scale = BINS / (edges[BINS] - first);
    const last = BINS - 1;
    const pairs = start + ((end - start) & ~1);
    // Two tables: neighbouring pixels are often equal, and a counter just written is slow to read.
    for (let i = start; i < pairs; i += 2) {
      const a = chunk[i];
      const b = chunk[i + 1];
      let binA = ((a - first) * scale) | 0;
      let binB = ((b - first) * scale) | 0;
      if (binA > last) binA = last;
      if (binB > last) binB = last;
      if (a < edges[binA]) binA--;
      else if (a >= edges[binA + 1] && binA < last) binA++;
      if (b < edges[binB]) binB--;
      else if (b >= edges[binB + 1] && binB < last) binB++;
      even[binA]++;
      odd[binB]++;
    }
    if (pairs < end) even[binOf(chunk[pairs], edges)]++;
  }

  private addFloat64(block: Float64Array, length: number): void {
    const { edges, even } = this;
    for (let i = 0; i < length; i++) even[binOf(block[i], edges)]++;
  }

  private reserve(pixels: number): void {
    if (this.pending + pixels > FLUSH) this.flush();
    this.pending += pixels;
  }

  private flush(): void {
    for (let bin = 0; bin < BINS; bin++) this.sums[bin] += this.even[bin] + this.odd[bin];
    this.even.fill(0);
    this.odd.fill(0);
    this.pending = 0;
  }
}

/** Rounds to the precision of an array. */
export function rounding(precision: 'float32' | 'float64'): (x: number) => number {
  return precision === 'float32' ? Math.fround : (x) => x;
}

function binOf(v: number, edges: Float64Array): number {
  const first = edges[0];
  const last = BINS - 1;
  // Divided first: a range of subnormal numbers has no finite reciprocal.
  let bin = Math.min(last, (((v - first) / (edges[BINS] - first)) * BINS) | 0);
  if (v < edges[bin]) bin--;
  else if (v >= edges[bin + 1] && bin < last) bin++;
  return bin;
}

function binEdges(precision: 'float32' | 'float64', min: number, max: number): Float64Array {
  const r = rounding(precision);
  const lo = min === max ? r(min - 0.5) : min;
  const hi = min === max ? r(max + 0.5) : max;
  const delta = r(hi - lo);
  const step = r(delta / BINS);
  const edges = new Float64Array(BINS + 1);
  for (let i = 0; i < BINS; i++) {
    // A step that rounds to zero: NumPy then divides the counter first.
    const offset = step === 0 ? r(r(i / BINS) * delta) : r(i * step);
    edges[i] = r(offset + lo);
  }
  edges[BINS] = hi;
  for (let i = 0; i < BINS; i++)
    if (!(edges[i] < edges[i + 1]))
      throw new InvalidInputError('image', `a range of pixels that ${BINS} ${precision} bins can divide`, [min, max]);
  return edges;
}
