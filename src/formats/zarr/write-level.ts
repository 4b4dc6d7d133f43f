import { InvalidInputError } from '../../base/errors';
import { bytesOf, type DType, type PixelArray } from '../../image/dtype';
import type { Shape5 } from '../../image/region';
import { type Halving, halved, RowHalver, SMALLEST_LEVEL } from '../pyramid';
import { type BandPlace, cutBlock, RowBands } from '../row-bands';
import type { WriteInfo } from '../source';
import type { ChunkQueue } from './chunk-queue';

/** Side of a chunk where nothing else is asked: half a megabyte of uint16, as most tools write. */
const CHUNK_SIDE = 512;
const LARGEST_SIDE = 8192;

/** The planes of one resolution and the chunks they are cut into. */
export interface WriteLevel {
  width: number;
  height: number;
  chunkWidth: number;
  chunkHeight: number;
}

/**
 * The resolutions, each half as large as the one before, and their chunks of one plane: rows come in C order, so deeper
 * chunks would keep whole planes in memory.
 */
export function planLevels({ shape, tile = CHUNK_SIDE, pyramid }: WriteInfo): WriteLevel[] {
  if (!Number.isSafeInteger(tile) || tile < 16 || tile > LARGEST_SIDE || tile % 16 !== 0) {
    throw new InvalidInputError('tile', `a multiple of 16 up to ${LARGEST_SIDE}`, tile);
  }
  const levels: WriteLevel[] = [];
  for (let [height, width] = [shape[3], shape[4]]; ; [height, width] = [halved(height), halved(width)]) {
    levels.push({ width, height, chunkWidth: Math.min(tile, width), chunkHeight: Math.min(tile, height) });
    if (!pyramid || Math.max(height, width) <= SMALLEST_LEVEL) return levels;
  }
}

/** Takes the rows of one resolution, cuts them into chunks, and hands halved rows on to the next one. */
export class LevelWriter {
  private readonly bands: RowBands;

  constructor(
    private readonly layout: WriteLevel,
    private readonly shape: Shape5,
    private readonly dtype: DType,
    /** the key of the chunk at a grid position [t, c, z, y, x] */
    private readonly keyOf: (position: Shape5) => string,
    private readonly queue: ChunkQueue,
    next: LevelWriter | null,
    halving: Halving,
  ) {
    const { width, height, chunkHeight } = layout;
    const halver = next ? new RowHalver(width, height, dtype, halving) : null;
    this.bands = new RowBands(
      { width, height, blockHeight: chunkHeight },
      dtype,
      (band, place) => this.cut(band, place),
      async (piece) => {
        if (halver && next) await next.write(halver.add(piece));
      },
    );
  }

  /** Rows in order, over planes' borders too; the caller may change them afterwards. */
  write(rows: PixelArray): Promise<void> {
    return this.bands.write(rows);
  }

  /** The chunks of a row of them. */
  private async cut(band: PixelArray, { plane, row }: BandPlace): Promise<void> {
    const { width, chunkWidth, chunkHeight } = this.layout;
    const [, sizeC, sizeZ] = this.shape;
    const z = plane % sizeZ;
    const c = Math.floor(plane / sizeZ) % sizeC;
    const t = Math.floor(plane / (sizeZ * sizeC));
    const down = row / chunkHeight;
    for (let left = 0, across = 0; left < width; left += chunkWidth, across++) {
      const chunk = cutBlock(band, this.dtype, { width, left, blockWidth: chunkWidth, blockHeight: chunkHeight });
      await this.queue.add(this.keyOf([t, c, z, down, across]), bytesOf(chunk));
    }
  }
}
