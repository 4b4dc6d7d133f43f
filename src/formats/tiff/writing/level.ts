import { bytesOf, type DType, type PixelArray } from '../../../image/dtype';
import { type Halving, RowHalver } from '../../halve-rows';
import { cutBlock, RowBands } from '../../row-bands';
import type { BlockList, BlockQueue } from './block-queue';
import type { LevelLayout } from './layout';

/** Takes the rows of one resolution, cuts them into strips or tiles, and hands halved rows on to the next level. */
export class LevelWriter {
  /** the blocks of each plane, in the order in which planes come */
  readonly planes: BlockList[];
  private readonly bands: RowBands;

  constructor(
    readonly layout: LevelLayout,
    planes: number,
    private readonly dtype: DType,
    private readonly queue: BlockQueue,
    next: LevelWriter | null,
    halving: Halving,
  ) {
    this.planes = Array.from({ length: planes }, () => ({ offsets: [], counts: [] }));
    const halver = next ? new RowHalver(layout.width, layout.height, dtype, halving) : null;
    this.bands = new RowBands(
      layout,
      dtype,
      (band, { plane }) => this.cut(band, this.planes[plane]),
      async (piece) => {
        if (halver && next) await next.write(halver.add(piece));
      },
    );
  }

  /** Rows in order, over planes' borders too; the caller may change them afterwards. */
  write(rows: PixelArray): Promise<void> {
    return this.bands.write(rows);
  }

  /** Counts rows whose blocks are stored by someone else, and hands them on to the smaller levels. */
  skip(rows: PixelArray): Promise<void> {
    return this.bands.skip(rows);
  }

  /** Blocks of a whole strip or row of tiles. */
  private async cut(band: PixelArray, list: BlockList): Promise<void> {
    const { width, tiled, blockWidth, blockHeight, across } = this.layout;
    if (!tiled) {
      await this.queue.add(bytesOf(band.slice()), list);
      return;
    }
    for (let column = 0; column < across; column++) {
      const tile = cutBlock(band, this.dtype, { width, left: column * blockWidth, blockWidth, blockHeight });
      await this.queue.add(bytesOf(tile), list);
    }
  }
}
