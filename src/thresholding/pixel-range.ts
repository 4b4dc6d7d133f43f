import { InvalidInputError, SegmenterError } from '../base/errors';
import { forEachBlock } from '../image/blocks';
import type { PixelArray } from '../image/dtype';
import type { Pass } from './passes';

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

/** The error of an image with pixels that are not a number. */
export function nanError(nan: number, count: number): SegmenterError {
  return new SegmenterError('invalid-input', `image: expected numbers, but ${nan} of ${count} pixels are NaN`, {
    nan,
    count,
  });
}
