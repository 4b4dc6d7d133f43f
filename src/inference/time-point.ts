import type { Coverage } from '../image/coverage';
import { allocate, type DType, dtypeOf, type PixelArray } from '../image/dtype';
import type { Region, Shape5 } from '../image/region';

/** The pixels of an image, by region; what `openDescription` gives. */
export interface RegionReader {
  /** C order over [t, c, z, y, x] */
  read(region: Region, options?: { signal?: AbortSignal }): Promise<PixelArray>;
  /** which pixels of a block are held; absent: all */
  coverage?(region: Region): Coverage;
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

  /** Rows and columns of a plane, half-open ranges, C order over [y, x]. */
  async window(
    channel: number,
    z: number,
    [fromY, toY]: [number, number],
    [fromX, toX]: [number, number] = [0, this.shape[4]],
  ): Promise<PixelArray> {
    const [, channels, sizeZ, sizeY, sizeX] = this.shape;
    if (!this.hold) return this.read([channel, z, fromY, fromX], [1, 1, toY - fromY, toX - fromX]);
    this.held ??= await this.read([0, 0, 0, 0], [channels, sizeZ, sizeY, sizeX]);
    const plane = (channel * sizeZ + z) * sizeY;
    const rows = this.held.subarray((plane + fromY) * sizeX, (plane + toY) * sizeX);
    return toX - fromX === sizeX ? rows : columnsOf(rows, sizeX, fromX, toX);
  }

  /** Which pixels of whole rows of a plane the file holds. */
  coverage(channel: number, z: number, [fromY, toY]: [number, number]): Coverage {
    const size: Region['size'] = [1, 1, 1, toY - fromY, this.shape[4]];
    return this.reader.coverage?.({ start: [this.t, channel, z, fromY, 0], size }) ?? null;
  }

  private read([c, z, y, x]: number[], [sizeC, sizeZ, sizeY, sizeX]: number[]): Promise<PixelArray> {
    const region: Region = { start: [this.t, c, z, y, x], size: [1, sizeC, sizeZ, sizeY, sizeX] };
    return this.reader.read(region, { signal: this.signal });
  }
}

function columnsOf(rows: PixelArray, width: number, from: number, to: number): PixelArray {
  const height = rows.length / width;
  const columns = allocate(dtypeOf(rows), height * (to - from));
  for (let y = 0; y < height; y++) columns.set(rows.subarray(y * width + from, y * width + to), y * (to - from));
  return columns;
}
