import { allocate, bytesOf, type DType, type PixelArray } from '../../image/dtype';
import { type Halving, RowHalver } from '../halve-rows';
import type { BlockList, BlockQueue } from './block-queue';
import type { LevelLayout } from './write-layout';

/** Takes the rows of one resolution, cuts them into strips or tiles, and hands halved rows on to the next level. */
export class LevelWriter {
  /** the blocks of each plane, in the order in which planes come */
  readonly planes: BlockList[];
  /** rows of a strip or row of tiles that is not complete */
  private band: PixelArray | null = null;
  private row = 0;
  private plane = 0;
  private readonly halver: RowHalver | null;

  constructor(
    readonly layout: LevelLayout,
    planes: number,
    private readonly dtype: DType,
    private readonly queue: BlockQueue,
    private readonly next: LevelWriter | null,
    halving: Halving,
  ) {
    this.planes = Array.from({ length: planes }, () => ({ offsets: [], counts: [] }));
    this.halver = next ? new RowHalver(layout.width, layout.height, dtype, halving) : null;
  }

  /** Rows in order, over planes' borders too; the caller may change them afterwards. */
  async write(rows: PixelArray): Promise<void> {
    const { width, height, blockHeight } = this.layout;
    for (let at = 0; at < rows.length; ) {
      const top = this.row % blockHeight;
      const bandRows = Math.min(blockHeight, height - this.row + top);
      const count = Math.min(bandRows - top, (rows.length - at) / width);
      const piece = rows.subarray(at, at + count * width);
      if (top === 0 && count === bandRows) {
        await this.cut(piece, bandRows);
      } else {
        this.band ??= allocate(this.dtype, blockHeight * width);
        this.band.set(piece, top * width);
        if (top + count === bandRows) await this.cut(this.band, bandRows);
      }
      await this.skip(piece);
      at += piece.length;
    }
  }

  /** Counts rows whose blocks are stored by someone else, and hands them on to the smaller levels. */
  async skip(rows: PixelArray): Promise<void> {
    const { width, height } = this.layout;
    const row = this.row + rows.length / width;
    this.plane += Math.floor(row / height);
    this.row = row % height;
    if (this.halver && this.next) await this.next.write(this.halver.add(rows));
  }

  /** Blocks of a whole strip or row of tiles; what lies beyond the image's border is 0. */
  private async cut(band: PixelArray, rows: number): Promise<void> {
    const { width, tiled, blockWidth, blockHeight, across } = this.layout;
    const list = this.planes[this.plane];
    if (!tiled) {
      await this.queue.add(bytesOf(band.slice(0, rows * width)), list);
      return;
    }
    for (let column = 0; column < across; column++) {
      const left = column * blockWidth;
      const count = Math.min(blockWidth, width - left);
      const tile = allocate(this.dtype, blockHeight * blockWidth);
      for (let y = 0; y < rows; y++) {
        const from = y * width + left;
        tile.set(band.subarray(from, from + count), y * blockWidth);
      }
      await this.queue.add(bytesOf(tile), list);
    }
  }
}
