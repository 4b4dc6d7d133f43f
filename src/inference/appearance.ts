import type { Zyx } from '../image/region';
import { type Appearance, AppearanceMeter } from '../trust/appearance';
import { appearanceWindows } from '../trust/appearance-windows';
import { placeOf } from '../trust/field';
import type { PlaneSource } from './cut-tile';
import type { AxisTiles, TilePlan } from './tiles';
import type { TimePoint } from './time-point';

type Range = readonly [from: number, to: number];

/**
 * Looks at windows of a time point while its tiles go by, so that no pixel is read for it. A window that lies across
 * tiles is moved into one of them, for more is never there at once.
 */
export class PassingAppearance {
  private readonly meter: AppearanceMeter;
  private readonly size: Zyx;
  private readonly shape: Zyx;
  private open: Zyx[];

  constructor(
    private readonly timePoint: TimePoint,
    private readonly channels: number,
    { z, y, x }: TilePlan,
    times: number,
  ) {
    this.shape = [z.size, y.size, x.size];
    const { size, corners } = appearanceWindows(this.shape, times);
    this.meter = new AppearanceMeter(channels);
    this.size = [1, Math.min(size[1], y.tile), Math.min(size[2], x.tile)];
    const [, height, width] = this.size;
    this.open = corners.map(([plane, row, column]) => [plane, inTile(y, row, height), inTile(x, column, width)]);
  }

  /** Looks at the windows that are there. @param source holds planes `z`, rows `y` and columns `x`, half-open ranges */
  see(source: PlaneSource, z: Range, y: Range, x: Range): void {
    const [, height, width] = this.size;
    const isThere = ([plane, row, column]: Zyx) =>
      plane >= z[0] && plane < z[1] && row >= y[0] && row + height <= y[1] && column >= x[0] && column + width <= x[1];
    for (const corner of this.open.filter(isThere)) {
      if (!this.isHeld(corner)) continue;
      this.meter.add(this.cut(source, corner), [height, width], placeOf(corner, this.size, this.shape));
    }
    this.open = this.open.filter((corner) => !isThere(corner));
  }

  /** null where the file holds none of the windows */
  result(): Appearance | null {
    return this.meter.result();
  }

  private cut(source: PlaneSource, [z, y, x]: Zyx): Float32Array {
    const [, height, width] = this.size;
    const pixels = new Float32Array(this.channels * height * width);
    for (let c = 0; c < this.channels; c++) {
      const plane = source.plane(c, z);
      for (let row = 0; row < height; row++) {
        const from = (y + row - source.firstRow) * source.width + x - source.firstColumn;
        pixels.set(plane.subarray(from, from + width), (c * height + row) * width);
      }
    }
    return pixels;
  }

  private isHeld([z, y, x]: Zyx): boolean {
    const [, height, width] = this.size;
    const full = this.timePoint.shape[4];
    for (let c = 0; c < this.channels; c++) {
      const coverage = this.timePoint.coverage(c, z, [y, y + height]);
      if (coverage === null) continue;
      for (let row = 0; row < height; row++) {
        if (coverage.subarray(row * full + x, row * full + x + width).includes(0)) return false;
      }
    }
    return true;
  }
}

/** Moves a stretch of an axis into the tile that its middle lies in. */
function inTile({ starts, tile }: AxisTiles, first: number, length: number): number {
  const middle = first + length / 2;
  const start = starts.findLast((at) => at <= middle) ?? 0;
  return Math.min(Math.max(first, start), start + tile - length);
}
