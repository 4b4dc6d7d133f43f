import { allocate, bytesOf, type DType, type PixelArray } from '../../image/dtype';
import type { Shape5 } from '../../image/region';
import { type Halving, RowHalver } from '../halve-rows';
import type { ChunkQueue } from './chunk-queue';
import type { WriteLevel } from './write-layout';

/** Takes the rows of one resolution, cuts them into chunks, and hands halved rows on to the next one. */
export class LevelWriter {
  /** rows of a row of chunks that is not complete */
  private band: PixelArray | null = null;
  private row = 0;
  private plane = 0;
  private readonly halver: RowHalver | null;

  constructor(
    private readonly layout: WriteLevel,
    private readonly shape: Shape5,
    private readonly dtype: DType,
    /** the key of the chunk at a grid position [t, c, z, y, x] */
    private readonly keyOf: (position: Shape5) => string,
    private readonly queue: ChunkQueue,
    private readonly next: LevelWriter | null,
    halving: Halving,
  ) {
    this.halver = next ? new RowHalver(layout.width, layout.height, dtype, halving) : null;
  }

  /** Rows in order, over planes' borders too; the caller may change them afterwards. */
  async write(rows: PixelArray): Promise<void> {
    const { width, height, chunkHeight } = this.layout;
    for (let at = 0; at < rows.length; ) {
      const top = this.row % chunkHeight;
      const bandRows = Math.min(chunkHeight, height - this.row + top);
      const count = Math.min(bandRows - top, (rows.length - at) / width);
      const piece = rows.subarray(at, at + count * width);
      if (top === 0 && count === bandRows) {
        await this.cut(piece, bandRows);
      } else {
        this.band ??= allocate(this.dtype, chunkHeight * width);
        this.band.set(piece, top * width);
        if (top + count === bandRows) await this.cut(this.band, bandRows);
      }
      if (this.halver && this.next) await this.next.write(this.halver.add(piece));
      this.row += count;
      if (this.row === height) {
        this.row = 0;
        this.plane++;
      }
      at += piece.length;
    }
  }

  /** The chunks of a row of them; what lies beyond the image's border is 0. */
  private async cut(band: PixelArray, rows: number): Promise<void> {
    const { width, chunkWidth, chunkHeight } = this.layout;
    const [, sizeC, sizeZ] = this.shape;
    const z = this.plane % sizeZ;
    const c = Math.floor(this.plane / sizeZ) % sizeC;
    const t = Math.floor(this.plane / (sizeZ * sizeC));
    const down = Math.floor(this.row / chunkHeight);
    for (let left = 0, across = 0; left < width; left += chunkWidth, across++) {
      const chunk = allocate(this.dtype, chunkHeight * chunkWidth);
      const count = Math.min(chunkWidth, width - left);
      if (chunkWidth === width) chunk.set(band.subarray(0, rows * width));
      else
        for (let y = 0; y < rows; y++)
          chunk.set(band.subarray(y * width + left, y * width + left + count), y * chunkWidth);
      await this.queue.add(this.keyOf([t, c, z, down, across]), bytesOf(chunk));
    }
  }
}
