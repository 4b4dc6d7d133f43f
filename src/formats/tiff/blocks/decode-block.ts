import { CorruptFileError, messageOf, SegmenterError, UnsupportedError } from '../../../base/errors';
import { quietly } from '../../../base/long-work';
import { allocate, bytesPerPixel, type PixelArray } from '../../../image/dtype';
import { blockRows, type Page, rowBytes } from '../page';
import { typeName } from '../sample-type';
import { PHOTOMETRIC } from '../tags';
import { NotDecoded } from './block-context';
import { codecOf } from './codecs';
import { reverseBits, swapBytes, undoFloatingPoint, undoHorizontal, unpackSamples } from './unpack-samples';

/** Decoding so many bytes at once may keep the event loop for seconds on a slow machine; LZW does some 70 MB a second. */
const LONG_BYTES = 64 * 2 ** 20;
const LONG_MS = 60_000;

/** Decoded rows of a block: `rows` rows of blockWidth pixels, samples interleaved unless the page is planar. */
export interface DecodedRows {
  pixels: PixelArray;
  /** first row, counted in the block */
  firstRow: number;
}

/**
 * Counts the memory that decoding a block takes until its pixels are where they belong. @param rows that are wanted of
 * it
 */
export function bytesInWork(page: Page, index: number, rows: number): number {
  const { copies } = codecOf(page.compression, page.tiff.file.path);
  const trimmed = page.compression === 1;
  const height = trimmed ? Math.min(rows, page.blockHeight) : page.blockHeight;
  // Bits that are no whole bytes are unpacked, and floats of odd sizes widened.
  const pixels = page.blockWidth * (page.planar ? 1 : page.samples) * bytesPerPixel(page.type.dtype);
  return (trimmed ? 0 : page.counts[index]) + height * (copies * rowBytes(page) + pixels);
}

/**
 * Reads and decodes a strip or tile.
 * @param rows which of the block's rows are wanted; of an uncompressed block only these are read
 * @throws CorruptFileError naming the page and block; UnsupportedError for an integer that float64 does not hold exactly
 */
export async function readBlock(
  page: Page,
  index: number,
  rows: { first: number; count: number },
  signal?: AbortSignal,
): Promise<DecodedRows> {
  const { file, littleEndian } = page.tiff;
  const { path } = file;
  const name = `${page.tiled ? 'tile' : 'strip'} ${index} of ${page.name}`;
  const row = rowBytes(page);
  const perRow = page.blockWidth * (page.planar ? 1 : page.samples);
  const stride = page.planar ? 1 : page.samples;
  const offset = page.offsets[index];
  if (offset === 0 && page.counts[index] === 0) {
    return { pixels: allocate(page.type.dtype, rows.count * perRow), firstRow: rows.first };
  }

  const trimmed = page.compression === 1;
  const firstRow = trimmed ? rows.first : 0;
  const count = trimmed ? rows.count : blockRows(page, index);
  const stored = new Uint8Array(trimmed ? count * row : page.counts[index]);
  await file.read(offset + firstRow * row, stored, name, signal);
  if (page.lowBitFirst) reverseBits(stored);

  let bytes = await decode(page, stored, index, name);
  if (bytes.byteLength < count * row) {
    throw new CorruptFileError(path, `${name} decodes to ${bytes.byteLength} bytes, expected ${count * row}: damaged`);
  }
  bytes = aligned(bytes.subarray(0, count * row));
  // Two values are no measurement, but a picture: white is 1 in it, however it is stored.
  if (page.type.bits === 1 && page.photometric === PHOTOMETRIC.whiteIsZero) bytes = bytes.map((byte) => ~byte);

  const size = page.type.bits / 8;
  if (page.predictor === 3) {
    bytes = undoFloatingPoint(bytes, perRow, stride, size);
  } else if (Number.isInteger(size)) {
    // Differences are between values, so the bytes must be in order before.
    if (!littleEndian) swapBytes(bytes, size);
    if (page.predictor === 2) undoHorizontal(bytes, perRow, stride, size);
  }
  try {
    return { pixels: unpackSamples(bytes, count, perRow, page.type), firstRow };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UnsupportedError(
      path,
      `${name} holds ${error.message}, a ${typeName(page.type)} that float64 cannot hold exactly; expected values up to 2^53`,
    );
  }
}

async function decode(page: Page, stored: Uint8Array, index: number, name: string): Promise<Uint8Array> {
  const { path } = page.tiff.file;
  const codec = codecOf(page.compression, path);
  try {
    const { blockWidth: width, compression, photometric, jpegTables, faxOptions, lercCompression, type } = page;
    const size = page.blockHeight * rowBytes(page);
    const rows = blockRows(page, index);
    const samples = page.planar ? 1 : page.samples;
    const work = () =>
      codec.decode(stored, {
        size,
        width,
        rows,
        samples,
        type,
        compression,
        photometric,
        jpegTables,
        faxOptions,
        lercCompression,
      });
    if (size < LONG_BYTES) return await work();
    return await quietly(
      { what: `decoding ${name} of ${path}`, limitMs: LONG_MS + size / 10_000, device: 'cpu' },
      work,
    );
  } catch (error) {
    if (error instanceof SegmenterError) throw error;
    if (error instanceof NotDecoded) throw new UnsupportedError(path, `${name} ${error.message}`);
    // geotiff rejects with plain strings in places.
    const why = messageOf(error);
    throw new CorruptFileError(path, `${name} is damaged (${codec.name}: ${why})`, undefined, { cause: error });
  }
}

function aligned(bytes: Uint8Array): Uint8Array {
  return bytes.byteOffset % 8 === 0 ? bytes : bytes.slice();
}
