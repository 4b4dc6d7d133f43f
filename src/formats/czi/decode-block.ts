import { CorruptFileError, messageOf, SegmenterError, UnsupportedError } from '../../base/errors';
import { type PixelArray, viewAs } from '../../image/dtype';
import { decodeZstd, ZSTD_EXPANSION } from '../compression';
import { decodeJpegXr, isJpegXr } from '../jpegxr/decode';
import type { RandomAccessFile } from '../random-access-file';
import { type PixelType, pixelBytes } from './pixel-types';
import type { Note } from './segments';
import { describeSubBlock, locatePayload, type SubBlock } from './sub-block';

export const UNCOMPRESSED = 0;

interface BlockFacts {
  type: PixelType;
  width: number;
  height: number;
  /** bytes of all its pixels */
  size: number;
}

interface Codec {
  name: string;
  /** most bytes that one stored byte can stand for; a block that claims more is damaged */
  expansion: number;
  /** @returns bytes of the pixels in the order in which they are stored uncompressed; where fewer, the rest is 0 */
  decode(bytes: Uint8Array<ArrayBuffer>, facts: BlockFacts): Promise<Uint8Array>;
}

/** Compression numbers that are decoded, but for 0, which is none. */
const CODECS: Record<number, Codec> = {
  4: { name: 'JPEG XR', expansion: 2 ** 14, decode: decodeJxr },
  5: { name: 'Zstd', expansion: ZSTD_EXPANSION, decode: (bytes, { size }) => decodeZstd(bytes, size) },
  6: { name: 'Zstd1', expansion: ZSTD_EXPANSION, decode: decodeZstd1 },
};
const NOT_DECODED: Record<number, string> = { 1: 'JPEG', 2: 'LZW' };
/** Pixels of one compressed block; decoders hold a few of them. */
const MOST_BYTES = 2 ** 29;

/** Tells whether blocks compressed so are read. */
export function isDecodable(compression: number): boolean {
  return compression === UNCOMPRESSED || compression in CODECS;
}

/** Checks that blocks compressed so are read. @throws UnsupportedError naming the compression */
export function checkCompression(compression: number, path: string): void {
  if (isDecodable(compression)) return;
  const name = NOT_DECODED[compression] ?? (compression >= 100 ? 'raw data of a camera or system' : 'unknown');
  throw new UnsupportedError(
    path,
    `is packed with compression ${compression} (${name}); expected none, JPEG XR or Zstandard`,
    { compression },
  );
}

/**
 * Counts the memory that decoding a block takes until its pixels are painted: decoders and their readers have a copy
 * each.
 */
export function bytesInWork({ storedWidth, storedHeight }: SubBlock, type: PixelType): number {
  return 3 * storedWidth * storedHeight * pixelBytes(type);
}

/**
 * Reads and decodes a compressed block: rows of stored pixels, samples interleaved as in the file.
 * @param note told of pixels that are missing in the file and read as 0
 * @throws CorruptFileError naming the block
 */
export async function readCompressedBlock(
  file: RandomAccessFile,
  block: SubBlock,
  type: PixelType,
  note: Note,
  signal?: AbortSignal,
): Promise<PixelArray> {
  const { storedWidth: width, storedHeight: height } = block;
  const codec = CODECS[block.compression];
  const name = `${describeSubBlock(block)} (${codec.name})`;
  const size = width * height * pixelBytes(type);
  const payload = locatePayload(file, block);
  if (size > payload.size * codec.expansion || size > MOST_BYTES) {
    throw new CorruptFileError(file.path, `${name} states ${height} x ${width} pixels in ${payload.size} bytes`, {
      offset: block.position,
    });
  }
  const stored = new Uint8Array(payload.size);
  await file.read(payload.offset, stored, `the pixels of ${describeSubBlock(block)}`, signal);
  let bytes: Uint8Array;
  try {
    bytes = await codec.decode(stored, { type, width, height, size });
  } catch (error) {
    if (error instanceof SegmenterError) throw error;
    throw new CorruptFileError(
      file.path,
      `${name} is damaged: ${messageOf(error)}`,
      { offset: block.position },
      { cause: error },
    );
  }
  if (bytes.byteLength < size) {
    note(`${name} holds ${bytes.byteLength} of ${size} bytes of pixels; the rest reads as 0`);
    const whole = new Uint8Array(size);
    whole.set(bytes);
    bytes = whole;
  }
  return viewAs(type.dtype, bytes);
}

/** A header whose first byte is its length, then Zstandard; a chunk in the header tells whether 16-bit words are split. */
async function decodeZstd1(bytes: Uint8Array<ArrayBuffer>, { size, type }: BlockFacts): Promise<Uint8Array> {
  const [length, chunk, flags] = bytes;
  const split = length === 3 && chunk === 1 && (flags & 1) === 1;
  if (length !== 1 && !(length === 3 && chunk === 1)) {
    throw new Error(`its header begins with the bytes ${[...bytes.subarray(0, 3)]}, expected 1 or 3, 1`);
  }
  if (split && type.dtype !== 'uint16') throw new Error(`it states split 16-bit words for ${type.name}`);
  const decoded = await decodeZstd(bytes.subarray(length), size);
  return split ? joinBytes(decoded) : decoded;
}

/** Words of 16 bits whose low bytes come first, all of them, then the high ones. */
function joinBytes(split: Uint8Array): Uint8Array {
  const half = split.byteLength >> 1;
  const words = new Uint16Array(half);
  for (let i = 0; i < half; i++) words[i] = split[i] | (split[half + i] << 8);
  return new Uint8Array(words.buffer);
}

async function decodeJxr(bytes: Uint8Array<ArrayBuffer>, facts: BlockFacts): Promise<Uint8Array> {
  const { type, width, height, size } = facts;
  // Some writers state JPEG XR and store plain pixels.
  if (!isJpegXr(bytes) && bytes.byteLength === size) return bytes;
  // A decoded image may be somewhat larger than the block; its rows and columns beyond are cut.
  const image = await decodeJpegXr(bytes, 2 * size + 2 ** 16);
  const { bitDepth, bitsPerPixel, bgr } = image.pixelInfo;
  if (bitDepth !== JXR_DEPTHS[type.dtype] || bitsPerPixel !== 8 * pixelBytes(type)) {
    throw new Error(`it holds ${bitsPerPixel} bits a pixel of depth ${bitDepth}, expected ${type.name}`);
  }
  if (type.samples >= 3 && !bgr) swapRedAndBlue(viewAs(type.dtype, image.bytes), type.samples);
  if (image.width === width && image.height === height) return image.bytes;
  return cropRows(image.bytes, image.width, width, height, pixelBytes(type));
}

/** Names of the decoder for the depth of samples. */
const JXR_DEPTHS: Partial<Record<PixelType['dtype'], string>> = { uint8: '8', uint16: '16', float32: '32Float' };

function swapRedAndBlue(pixels: PixelArray, samples: number): void {
  for (let i = 0; i < pixels.length; i += samples) [pixels[i], pixels[i + 2]] = [pixels[i + 2], pixels[i]];
}

/** The upper left corner of an image; what it does not have is 0. */
function cropRows(bytes: Uint8Array, has: number, width: number, height: number, pixel: number): Uint8Array {
  const out = new Uint8Array(width * height * pixel);
  const length = Math.min(has, width) * pixel;
  const rows = Math.min(height, bytes.byteLength / (has * pixel));
  for (let y = 0; y < rows; y++) out.set(bytes.subarray(y * has * pixel, y * has * pixel + length), y * width * pixel);
  return out;
}
