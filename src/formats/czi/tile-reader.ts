import { CorruptFileError } from '../../base/errors';
import { allocate, bytesOf, type PixelArray } from '../../image/dtype';
import { count } from '../../image/region';
import type { BlockCache } from '../block-cache';
import type { RandomAccessFile } from '../random-access-file';
import { COMPRESSION, type DecodedPixels, decodeBlock } from './decode';
import type { Tile } from './levels';
import { type CziPixelType, storedBytes } from './pixel-types';
import { locateData, nameOfSubBlock } from './sub-block';

/** Rows of a tile, from `firstRow` on. */
export interface TileRows extends DecodedPixels {
  firstRow: number;
}

/** Microscopes write blocks of a few megapixels; a damaged file must not make one take all memory. */
const MOST_BLOCK_BYTES = 2 ** 29;

/** Reads the pixels of sub-blocks: of plain ones the rows that are wanted, of packed ones all, which are kept. */
export class TileReader {
  /** packed blocks that are being decoded, so that two regions do not decode one twice */
  private readonly underWay = new Map<number, Promise<DecodedPixels>>();
  private readonly orders = new Map<number, Pick<DecodedPixels, 'order' | 'stored'>>();

  constructor(
    private readonly file: RandomAccessFile,
    private readonly type: CziPixelType,
    private readonly cache: BlockCache,
  ) {}

  /**
   * At least the rows from `first` to `end` of a tile.
   * @throws CorruptFileError naming the sub-block
   */
  async rows(tile: Tile, first: number, end: number, signal?: AbortSignal): Promise<TileRows> {
    if (tile.entry.compression === COMPRESSION.none) return this.plainRows(tile, first, end, signal);
    return { ...(await this.decoded(tile, signal)), firstRow: 0 };
  }

  /** A payload that is too short though the file goes on is filled up with zeros, as ZEN does. */
  private async plainRows(tile: Tile, first: number, end: number, signal?: AbortSignal): Promise<TileRows> {
    const { type, file } = this;
    const { offset, bytes } = locateData(file, tile.entry);
    const row = tile.width * storedBytes(type);
    const values: PixelArray = allocate(type.dtype, (end - first) * tile.width * type.stored);
    const there = Math.min(values.byteLength, Math.max(0, bytes - first * row));
    const into = bytesOf(values).subarray(0, there);
    await file.read(offset + first * row, into, `the pixels of ${nameOfSubBlock(tile.entry)}`, signal);
    return { values, order: type.order, stored: type.stored, firstRow: first };
  }

  private async decoded(tile: Tile, signal?: AbortSignal): Promise<DecodedPixels> {
    const { position } = tile.entry;
    const kept = this.cache.get(position);
    const order = this.orders.get(position);
    if (kept && order) return { values: kept, ...order };
    let work = this.underWay.get(position);
    if (!work) {
      work = this.decode(tile, signal).finally(() => this.underWay.delete(position));
      this.underWay.set(position, work);
    }
    const pixels = await work;
    this.cache.set(position, pixels.values);
    this.orders.set(position, { order: pixels.order, stored: pixels.stored });
    return pixels;
  }

  private async decode(tile: Tile, signal?: AbortSignal): Promise<DecodedPixels> {
    const { entry, width, height } = tile;
    const { path } = this.file;
    const what = nameOfSubBlock(entry);
    const { offset, bytes } = locateData(this.file, entry);
    const size = count([width, height]) * storedBytes(this.type);
    if (size > MOST_BLOCK_BYTES || bytes > MOST_BLOCK_BYTES) {
      throw new CorruptFileError(
        path,
        `${what} states ${height} x ${width} pixels in ${bytes} bytes, more than is read`,
      );
    }
    const packed = new Uint8Array(bytes);
    await this.file.read(offset, packed, `the pixels of ${what}`, signal);
    return decodeBlock({ bytes: packed, compression: entry.compression, type: this.type, width, height, path, what });
  }
}
