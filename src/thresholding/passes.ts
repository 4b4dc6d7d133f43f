import { InvalidInputError, SegmenterError } from '../base/errors';
import { forEachBlock } from '../image/blocks';
import { type DType, dtypeOf, type PixelArray } from '../image/dtype';

/** The pixels of one image (one t and c) in chunks, so that images larger than memory can be read again and again. */
export interface PixelChunks {
  readonly dtype: DType;
  /** pixels in all chunks together */
  readonly count: number;
  /** Every pixel once, in C order; called once a pass. The chunks may be of any length, at least one pixel each. */
  chunks(): AsyncIterable<PixelArray> | Iterable<PixelArray>;
}

/** What looks at every pixel once. A chunk is valid until `add` returns. */
export interface Pass {
  add(chunk: PixelArray): void;
}

/**
 * An algorithm that needs the pixels several times: it yields a pass, and goes on when that has seen every pixel.
 * Written so, the same code serves pixels in memory and pixels that stream from a file.
 */
export type Passes<T> = Generator<Pass, T, void>;

/** Runs an algorithm over pixels in memory. */
export function runInMemory<T>(passes: Passes<T>, pixels: PixelArray): T {
  for (;;) {
    const next = passes.next();
    if (next.done) return next.value;
    next.value.add(pixels);
  }
}

/**
 * Runs an algorithm over streamed pixels.
 * @throws SegmenterError `internal` when the source delivers another type or number of pixels than it states
 */
export async function runStreamed<T>(passes: Passes<T>, source: PixelChunks): Promise<T> {
  for (;;) {
    const next = passes.next();
    if (next.done) return next.value;
    let seen = 0;
    for await (const chunk of source.chunks()) {
      if (dtypeOf(chunk) !== source.dtype)
        throw new SegmenterError('internal', `pixel chunk: expected ${source.dtype}, got ${dtypeOf(chunk)}`);
      seen += chunk.length;
      if (seen > source.count) break;
      next.value.add(chunk);
    }
    if (seen !== source.count)
      throw new SegmenterError('internal', `pixel chunks: expected ${source.count} pixels in all, got ${seen}`);
  }
}

/** Pass that finds the smallest and largest pixel and counts what is not a number. */
export class PixelRange implements Pass {
  min = Number.POSITIVE_INFINITY;
  max = Number.NEGATIVE_INFINITY;
  count = 0;
  nan = 0;

  add(chunk: PixelArray): void {
    this.count += chunk.length;
    if (chunk instanceof Float32Array) this.addFloat32(chunk);
    else forEachBlock([chunk], ([block], length) => this.addFloat64(block, length));
  }

  /**
   * @throws InvalidInputError when there is no pixel or one is infinite
   * @throws SegmenterError `invalid-input` when pixels are NaN, saying how many
   */
  requireFinite(): void {
    if (this.count === 0) throw new InvalidInputError('image', 'at least one pixel', 0);
    if (this.nan > 0) throw nanError(this.nan, this.count);
    for (const value of [this.min, this.max])
      if (!Number.isFinite(value)) throw new InvalidInputError('image', 'finite pixels', String(value));
  }

  private addFloat32(chunk: Float32Array): void {
    let { min, max, nan } = this;
    for (let i = 0; i < chunk.length; i++) {
      const v = chunk[i];
      if (v < min) min = v;
      if (v > max) max = v;
      if (Number.isNaN(v)) nan++;
    }
    this.min = min;
    this.max = max;
    this.nan = nan;
  }

  private addFloat64(block: Float64Array, length: number): void {
    let { min, max, nan } = this;
    for (let i = 0; i < length; i++) {
      const v = block[i];
      if (v < min) min = v;
      if (v > max) max = v;
      if (Number.isNaN(v)) nan++;
    }
    this.min = min;
    this.max = max;
    this.nan = nan;
  }
}

/** Makes the error of an image with pixels that are not a number. */
export function nanError(nan: number, count: number): SegmenterError {
  return new SegmenterError('invalid-input', `image: expected numbers, but ${nan} of ${count} pixels are NaN`, {
    nan,
    count,
  });
}
