import { CorruptFileError, SegmenterError, UnsupportedError } from '../../base/errors';
import { bytesPerPixel, type PixelArray, viewAs } from '../../image/dtype';
import { decodeZstd } from '../zstd';
import { decodeJpegXr } from './jpeg-xr';
import { type CziPixelType, storedBytes } from './pixel-types';

/** How the pixels of a sub-block are packed, by its number in the directory entry. */
export const COMPRESSION = { none: 0, jpegXr: 4, zstd0: 5, zstd1: 6 } as const;

/** Decoded pixels: rows of stored values, not yet in the order that is read. */
export interface DecodedPixels {
  values: PixelArray;
  /** place of each value that is read among the stored ones */
  order: readonly number[];
  /** values of a pixel */
  stored: number;
}

const NOT_READ: Record<number, string> = { 1: 'JPEG', 2: 'LZW' };

/** @throws UnsupportedError naming the number */
export function checkCompression(compression: number, path: string): void {
  if ((Object.values(COMPRESSION) as number[]).includes(compression)) return;
  const name = NOT_READ[compression] ?? (compression >= 100 ? 'raw data of a camera or system' : 'unknown');
  throw new UnsupportedError(
    path,
    `is packed with compression ${compression} (${name}); expected none, JPEG XR or Zstandard`,
  );
}

/** What is to be decoded. */
export interface PackedBlock {
  bytes: Uint8Array<ArrayBuffer>;
  compression: number;
  type: CziPixelType;
  width: number;
  height: number;
  /** for messages: file and sub-block */
  path: string;
  what: string;
}

/**
 * Decodes a compressed sub-block to width x height pixels.
 * @throws CorruptFileError naming the sub-block; UnsupportedError
 */
export async function decodeBlock(block: PackedBlock): Promise<DecodedPixels> {
  const { type, path, what } = block;
  try {
    if (block.compression === COMPRESSION.jpegXr) return await fromJpegXr(block);
    const bytes = await unpackZstd(block);
    return { values: viewAs(type.dtype, bytes), order: type.order, stored: type.stored };
  } catch (error) {
    if (error instanceof SegmenterError) throw error;
    const message = error instanceof Error ? error.message : String(error);
    throw new CorruptFileError(path, `${what} cannot be decoded: ${message}`, undefined, { cause: error });
  }
}

async function unpackZstd({ bytes, compression, type, width, height }: PackedBlock): Promise<Uint8Array> {
  const size = width * height * storedBytes(type);
  const { start, split } = compression === COMPRESSION.zstd1 ? zstd1Header(bytes) : { start: 0, split: false };
  const unpacked = await decodeZstd(bytes.subarray(start), size);
  if (unpacked.length !== size) throw new Error(`${unpacked.length} bytes instead of ${size}`);
  return split && bytesPerPixel(type.dtype) === 2 ? joinBytes(unpacked) : unpacked;
}

/** Length of the header, and whether low and high bytes of all words were parted. */
function zstd1Header(bytes: Uint8Array): { start: number; split: boolean } {
  const [length, chunk, flags] = bytes;
  if (length === 1) return { start: 1, split: false };
  if (length === 3 && chunk === 1) return { start: 3, split: (flags & 1) !== 0 };
  throw new Error(`the header of its Zstandard data begins with ${[...bytes.subarray(0, 4)].join(' ')}`);
}

/** First all low bytes, then all high bytes: to 16-bit words. */
function joinBytes(parted: Uint8Array): Uint8Array {
  const words = new Uint16Array(parted.length >> 1);
  const half = words.length;
  for (let i = 0; i < half; i++) words[i] = parted[i] | (parted[half + i] << 8);
  return new Uint8Array(words.buffer);
}

async function fromJpegXr(block: PackedBlock): Promise<DecodedPixels> {
  const { bytes, type, width, height } = block;
  const raw = width * height * storedBytes(type);
  const isJpegXr = bytes[0] === 0x49 && bytes[1] === 0x49 && bytes[2] === 0xbc;
  // Real files hold blocks that say JPEG XR and are raw.
  if (!isJpegXr && bytes.length === raw) {
    return { values: viewAs(type.dtype, bytes), order: type.order, stored: type.stored };
  }
  if (!isJpegXr) throw new Error('its data do not begin as JPEG XR');
  const image = await decodeJpegXr(bytes, { width, height, most: 4 * raw });
  const bits = 8 * bytesPerPixel(type.dtype);
  if (image.bitDepth !== bits || image.channels < type.order.length) {
    throw new Error(`it has ${image.channels} channels of ${image.bitDepth} bits, expected ${type.name}`);
  }
  const values = fitted(viewAs(type.dtype, image.bytes), image, width, height);
  // The order of samples is the code stream's own: 24bppBGR, but 48bppRGB.
  const order = type.order.length === 1 ? [0] : image.bgr ? [2, 1, 0] : [0, 1, 2];
  return { values, order, stored: image.channels };
}

/** Cut or filled up with zeros at the right and the bottom, where the decoded size is not the stated one. */
function fitted(
  values: PixelArray,
  image: { width: number; height: number; channels: number },
  width: number,
  height: number,
): PixelArray {
  if (image.width === width && image.height === height) return values;
  const { channels } = image;
  const out = new (values.constructor as new (length: number) => typeof values)(width * height * channels);
  const row = Math.min(width, image.width) * channels;
  for (let y = 0; y < Math.min(height, image.height); y++) {
    const from = y * image.width * channels;
    out.set(values.subarray(from, from + row), y * width * channels);
  }
  return out;
}
