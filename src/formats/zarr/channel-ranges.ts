import type { PixelArray } from '../../image/dtype';
import type { Shape5 } from '../../image/region';

/** The smallest and largest finite pixel of each channel, found as rows pass. */
export class ChannelRanges {
  readonly ranges: Array<{ min: number; max: number }>;
  private done = 0;

  constructor(private readonly shape: Shape5) {
    this.ranges = Array.from({ length: shape[1] }, () => ({ min: Infinity, max: -Infinity }));
  }

  add(rows: PixelArray): void {
    const [, sizeC, sizeZ, height, width] = this.shape;
    const perChannel = sizeZ * height * width;
    for (let at = 0; at < rows.length; ) {
      const end = Math.min(rows.length, at + perChannel - (this.done % perChannel));
      const range = this.ranges[Math.floor(this.done / perChannel) % sizeC];
      let { min, max } = range;
      for (let i = at; i < end; i++) {
        const value = rows[i];
        if (value < min && value > -Infinity) min = value;
        if (value > max && value < Infinity) max = value;
      }
      range.min = min;
      range.max = max;
      this.done += end - at;
      at = end;
    }
  }
}
