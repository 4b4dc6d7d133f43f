import { bytesOf, type DType, type PixelArray } from '../../image/dtype';
import type { Shape5 } from '../../image/region';
import { type Halving, RowHalver } from '../halve-rows';
import { type BandPlace, cutBlock, RowBands } from '../row-bands';
import type { ChunkQueue } from './chunk-queue';
import type { WriteLevel } from './write-layout';

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
