import type { DType, PixelArray } from '../image/dtype';
import type { Region, Shape5 } from '../image/region';

/** The pixels of an image, by region; what `openDescription` gives. */
export interface RegionReader {
  /** C order over [t, c, z, y, x] */
  read(region: Region, options?: { signal?: AbortSignal }): Promise<PixelArray>;
}

/**
 * One time point of an image, plane by plane. A small one is read once and held; of a large one each plane is read
 * anew whenever it is asked for.
 */
export class TimePoint {
  private held: PixelArray | null = null;

  /** @param hold read the whole on first use and keep it */
  constructor(
    private readonly reader: RegionReader,
    readonly shape: Shape5,
    readonly dtype: DType,
    private readonly t: number,
    private readonly hold: boolean,
    private readonly signal?: AbortSignal,
  ) {}

  /** Rows `fromY` to before `toY` of a plane, C order over [y, x]. */
  async rows(channel: number, z: number, fromY: number, toY: number): Promise<PixelArray> {
    const [, channels, sizeZ, sizeY, sizeX] = this.shape;
    if (!this.hold) return this.read([channel, z, fromY], [1, 1, toY - fromY]);
    this.held ??= await this.read([0, 0, 0], [channels, sizeZ, sizeY]);
    const plane = (channel * sizeZ + z) * sizeY;
    return this.held.subarray((plane + fromY) * sizeX, (plane + toY) * sizeX);
  }

  private read([c, z, y]: number[], [sizeC, sizeZ, sizeY]: number[]): Promise<PixelArray> {
    const region: Region = { start: [this.t, c, z, y, 0], size: [1, sizeC, sizeZ, sizeY, this.shape[4]] };
    return this.reader.read(region, { signal: this.signal });
  }
}
