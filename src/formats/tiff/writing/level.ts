import { InvalidInputError } from '../../../base/errors';
import { bytesOf, bytesPerPixel, type DType, type PixelArray } from '../../../image/dtype';
import { type Halving, halved, RowHalver, SMALLEST_LEVEL } from '../../pyramid';
import { cutBlock, RowBands } from '../../row-bands';
import type { Compression, WriteInfo } from '../../source';
import type { BlockList, BlockQueue } from './block-queue';

/** Strips of about this size: small enough to be decoded for a window, large enough to compress well. */
const STRIP_BYTES = 256 * 1024;
/** Above this classic TIFF's 32-bit offsets could run out. */
const CLASSIC_LIMIT = 3.9e9;
/** Bytes that a directory takes beside its list of blocks. */
const DIRECTORY_BYTES = 320;

/** The pages of one resolution: sizes in pixels. */
export interface LevelLayout {
  width: number;
  height: number;
  tiled: boolean;
  blockWidth: number;
  blockHeight: number;
  across: number;
  down: number;
}

/** Where a file's pixels will lie. */
export interface FileLayout {
  /** BigTIFF: 64-bit offsets */
  big: boolean;
  compression: Compression;
  /** planes of each level */
  planes: number;
  /** the full size first, then each half as large as the one before */
  levels: LevelLayout[];
}

/**
 * Plans strips or tiles of each level. BigTIFF is decided by the uncompressed size, for what compression will gain is
 * not known beforehand.
 * @throws InvalidInputError for a tile that is no multiple of 16, as TIFF 6.0 asks
 */
export function planLayout({ shape, dtype, compression = 'deflate', tile, pyramid }: WriteInfo): FileLayout {
  if (tile !== undefined && !(Number.isSafeInteger(tile) && tile > 0 && tile % 16 === 0)) {
    throw new InvalidInputError('tile', 'a multiple of 16', tile);
  }
  const [t, c, z, fullHeight, fullWidth] = shape;
  const planes = t * c * z;
  const size = bytesPerPixel(dtype);
  const levels: LevelLayout[] = [];
  for (let height = fullHeight, width = fullWidth; ; height = halved(height), width = halved(width)) {
    const rows = Math.min(height, Math.max(1, Math.floor(STRIP_BYTES / (width * size))));
    const [blockHeight, blockWidth] = tile === undefined ? [rows, width] : [tile, tile];
    const across = Math.ceil(width / blockWidth);
    const down = Math.ceil(height / blockHeight);
    levels.push({ width, height, tiled: tile !== undefined, blockWidth, blockHeight, across, down });
    if (!pyramid || Math.max(height, width) <= SMALLEST_LEVEL) break;
  }
  const estimate = levels.reduce((bytes, { across, down, blockHeight, blockWidth }) => {
    const blocks = across * down;
    return bytes + planes * (DIRECTORY_BYTES + blocks * (8 + blockHeight * blockWidth * size));
  }, 0);
  return { big: estimate > CLASSIC_LIMIT, compression, planes, levels };
}

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

  /** Takes rows in order, over planes' borders too; the caller may change them afterwards. */
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
