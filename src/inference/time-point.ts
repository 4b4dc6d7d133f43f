import { scaleBands } from '../image/bands';
import type { Coverage, RegionReader } from '../image/coverage';
import type { ImageDescription } from '../image/description';
import { allocate, type DType, dtypeOf, type PixelArray } from '../image/dtype';
import {
  applyNormalisation,
  type Normalisation,
  type NormalisationRule,
  streamNormalisation,
} from '../image/normalisation';
import type { NormalisationChunk } from '../image/pixel-collector';
import type { Region, Shape5 } from '../image/region';
import type { PlaneSource } from './cut-tile';

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

/**
 * Measures the normalisation of each channel of one time point, from all pixels that its file holds (from all where it
 * holds none of the channel), as the card asks for it. With method `none` pixels are taken as the quantity they stand
 * for (stored value times the image's scale).
 * @throws SegmenterError `invalid-input` on NaN pixels
 */
export async function measureNormalisations(
  timePoint: TimePoint,
  description: Pick<ImageDescription, 'id' | 'channels' | 'scale'>,
  rule: NormalisationRule,
): Promise<Normalisation[]> {
  const [, channels, sizeZ, sizeY, sizeX] = timePoint.shape;
  const normalisations: Normalisation[] = [];
  for (let channel = 0; channel < channels; channel++) {
    const name = `${description.id}, channel ${description.channels[channel]?.name ?? channel}`;
    const pieces = () => channelPieces(timePoint, channel);
    const { dtype } = timePoint;
    const of = { scale: description.scale, channel };
    normalisations.push(await streamNormalisation(rule, dtype, sizeZ * sizeY * sizeX, pieces, name, of));
  }
  return normalisations;
}

async function* channelPieces(timePoint: TimePoint, channel: number): AsyncGenerator<NormalisationChunk> {
  const bands = [...scaleBands(timePoint.shape)];
  const coverage = ({ z, y, rows }: (typeof bands)[number]) => timePoint.coverage(channel, z, [y, y + rows]);
  const isThere = bands.some((band) => coverage(band)?.includes(1) ?? true);
  for (const band of bands) {
    const { z, y, rows } = band;
    yield { pixels: await timePoint.window(channel, z, [y, y + rows]), weight: isThere ? coverage(band) : null };
  }
}

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
