import { allocate, type DType, isFloat, type PixelArray } from '../image/dtype';

export type Halving = 'mean' | 'nearest' | 'largest';

/** A pyramid ends with the level whose longer side is at most this. */
export const SMALLEST_LEVEL = 512;

/** Gives the next smaller size: an odd row or column at the end is kept. */
export function halved(size: number): number {
  return Math.ceil(size / 2);
}

/**
 * Halves planes of height x width pixels row by row as they come. `mean` averages 2 x 2 pixels (fewer at an odd
 * border; integers rounded, halves up), `nearest` keeps the upper left one, so that labels stay labels, `largest` keeps
 * what is thin in a mask of zeros and ones.
 */
export class RowHalver {
  /** the upper row of a pair that is not complete */
  private held: PixelArray | null = null;
  private row = 0;

  constructor(
    private readonly width: number,
    private readonly height: number,
    private readonly dtype: DType,
    private readonly how: Halving,
  ) {}

  /** @returns the smaller rows that these complete; may be empty */
  add(rows: PixelArray): PixelArray {
    const { width, height } = this;
    const small = halved(width);
    const count = rows.length / width;
    const out = allocate(this.dtype, this.completedBy(count) * small);
    let at = 0;
    for (let i = 0; i < count; i++) {
      const row = rows.subarray(i * width, (i + 1) * width);
      const last = this.row === height - 1;
      if (this.held) {
        this.halve(this.held, row, out, at);
        this.held = null;
        at += small;
      } else if (last) {
        this.halve(row, row, out, at);
        at += small;
      } else {
        // The caller may change its pixels after this call.
        this.held = i + 1 < count ? row : row.slice();
      }
      this.row = last ? 0 : this.row + 1;
    }
    return out;
  }

  private completedBy(count: number): number {
    const done = (row: number): number =>
      Math.floor(row / this.height) * halved(this.height) + Math.floor((row % this.height) / 2);
    return done(this.row + count) - done(this.row);
  }

  private halve(upper: PixelArray, lower: PixelArray, out: PixelArray, at: number): void {
    const { width, how } = this;
    if (how === 'nearest') {
      for (let x = 0; x < width; x += 2) out[at++] = upper[x];
      return;
    }
    const round = !isFloat(this.dtype);
    for (let x = 0; x < width; x += 2) {
      const right = x + 1 < width ? x + 1 : x;
      if (how === 'largest') {
        out[at++] = Math.max(upper[x], upper[right], lower[x], lower[right]);
        continue;
      }
      const mean = (upper[x] + upper[right] + lower[x] + lower[right]) / 4;
      out[at++] = round ? Math.floor(mean + 0.5) : mean;
    }
  }
}
