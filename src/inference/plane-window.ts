import { applyNormalisation, type Normalisation } from '../image/normalisation';
import type { PlaneSource } from './cut-tile';
import type { TimePoint } from './time-point';

/**
 * The normalised pixels that some tiles need: rows and columns of planes. Moving on along z keeps the planes that both
 * share, and the arrays of others are used again.
 */
export class PlaneWindow implements PlaneSource {
  firstRow = 0;
  firstColumn = 0;
  width = 0;
  private lastRow = 0;
  private readonly planes = new Map<string, Float32Array>();

  /** @param normalisations one per channel */
  constructor(
    private readonly timePoint: TimePoint,
    private readonly normalisations: Normalisation[],
  ) {}

  /** Reads what is missing of planes `z`, rows `y` and columns `x`, half-open ranges. */
  async move(
    [fromZ, toZ]: [number, number],
    [fromY, toY]: [number, number],
    [fromX, toX]: [number, number],
  ): Promise<PlaneSource> {
    const sameRows = fromY === this.firstRow && toY === this.lastRow;
    const same = sameRows && fromX === this.firstColumn && toX - fromX === this.width;
    const length = (toY - fromY) * (toX - fromX);
    const free: Float32Array[] = [];
    for (const [key, plane] of this.planes) {
      const z = Number(key.split(':')[1]);
      if (same && z >= fromZ && z < toZ) continue;
      this.planes.delete(key);
      if (plane.length === length) free.push(plane);
    }
    this.firstRow = fromY;
    this.lastRow = toY;
    this.firstColumn = fromX;
    this.width = toX - fromX;
    for (let channel = 0; channel < this.normalisations.length; channel++) {
      for (let z = fromZ; z < toZ; z++) {
        const key = `${channel}:${z}`;
        if (this.planes.has(key)) continue;
        const pixels = await this.timePoint.window(channel, z, [fromY, toY], [fromX, toX]);
        const target = free.pop() ?? new Float32Array(length);
        this.planes.set(key, applyNormalisation(pixels, this.normalisations[channel], target));
      }
    }
    return this;
  }

  plane(channel: number, z: number): Float32Array {
    const plane = this.planes.get(`${channel}:${z}`);
    if (!plane) throw new RangeError(`internal: plane ${z} of channel ${channel} is not loaded`);
    return plane;
  }
}
