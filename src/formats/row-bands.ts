import { allocate, type DType, type PixelArray } from '../image/dtype';

/** The sides of the planes that rows come from, and of the blocks that they are stored in. */
export interface BandLayout {
  width: number;
  height: number;
  blockHeight: number;
}

/** A row of blocks: its plane, counted from 0 in the order in which planes come, and its first row there. */
export interface BandPlace {
  plane: number;
  row: number;
}

/** Gathers rows, as they come, into bands as high as the stored blocks; the last of a plane may be lower. */
export class RowBands {
  /** rows of a band that is not complete */
  private band: PixelArray | null = null;
  private row = 0;
  private plane = 0;

  /**
   * @param cut takes the rows of each complete band; they are valid until it returns
   * @param passed is told of every piece of a plane that has gone through, in order
   */
  constructor(
    private readonly layout: BandLayout,
    private readonly dtype: DType,
    private readonly cut: (band: PixelArray, place: BandPlace) => Promise<void>,
    private readonly passed: (piece: PixelArray) => Promise<void>,
  ) {}

  /** Takes rows in order, over planes' borders too; the caller may change them afterwards. */
  async write(rows: PixelArray): Promise<void> {
    const { width, height, blockHeight } = this.layout;
    for (let at = 0; at < rows.length; ) {
      const top = this.row % blockHeight;
      const place = { plane: this.plane, row: this.row - top };
      const bandRows = Math.min(blockHeight, height - place.row);
      const count = Math.min(bandRows - top, (rows.length - at) / width);
      const piece = rows.subarray(at, at + count * width);
      if (top === 0 && count === bandRows) {
        await this.cut(piece, place);
      } else {
        this.band ??= allocate(this.dtype, blockHeight * width);
        this.band.set(piece, top * width);
        if (top + count === bandRows) await this.cut(this.band.subarray(0, bandRows * width), place);
      }
      await this.skip(piece);
      at += piece.length;
    }
  }

  /** Counts rows whose bands someone else stores. */
  async skip(rows: PixelArray): Promise<void> {
    const { width, height } = this.layout;
    const row = this.row + rows.length / width;
    this.plane += Math.floor(row / height);
    this.row = row % height;
    await this.passed(rows);
  }
}

/**
 * Cuts a block of a band, as it is stored: what lies beyond the band's border is 0.
 * @param left the block's first column
 */
export function cutBlock(
  band: PixelArray,
  dtype: DType,
  { width, left, blockWidth, blockHeight }: { width: number; left: number; blockWidth: number; blockHeight: number },
): PixelArray {
  const block = allocate(dtype, blockHeight * blockWidth);
  if (blockWidth === width) {
    block.set(band);
    return block;
  }
  const count = Math.min(blockWidth, width - left);
  for (let from = left, to = 0; from < band.length; from += width, to += blockWidth) {
    block.set(band.subarray(from, from + count), to);
  }
  return block;
}
