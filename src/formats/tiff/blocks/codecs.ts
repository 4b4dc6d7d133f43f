import { UnsupportedError } from '../../../base/errors';
import { decodeZstd, inflate } from '../../compression';
import type { BlockContext } from './block-context';
import { decodeJpeg, decodeLerc, LERC } from './geotiff';
import { decodeLzw, decodePackBits } from './lzw';
import { decodeCcitt, decodeWebp, MOST_CCITT_PIXELS } from './sharp';

interface Codec {
  name: string;
  /** most bytes that one stored byte can stand for; a block that claims more is damaged */
  expansion: number;
  /** how often the decoder has the decoded block in memory */
  copies: number;
  /** decodes what a file has of a block that ends early as if it were whole, instead of telling */
  hidesCuts?: boolean;
  /** bytes of a decoded block, where its decoder makes fewer than zlib */
  most?: number;
  decode(bytes: Uint8Array, context: BlockContext): Uint8Array | Promise<Uint8Array>;
}

const none: Codec = { name: 'none', expansion: 1, copies: 1, decode: (bytes) => bytes };
const deflate: Codec = {
  name: 'Deflate',
  expansion: 1100,
  copies: 1,
  decode: (bytes, { size }) => inflate(bytes, size),
};
const zstd: Codec = {
  name: 'Zstd',
  expansion: 2 ** 16,
  copies: 2,
  decode: (bytes, { size }) => decodeZstd(bytes, size),
};

/** Blank rows take a bit each. */
const ccitt: Codec = {
  name: 'CCITT',
  expansion: 2 ** 16,
  copies: 18,
  hidesCuts: true,
  most: MOST_CCITT_PIXELS / 8,
  decode: decodeCcitt,
};
/** Their decoders take several times as much. */
const MOST_JPEG_BYTES = 2 ** 27;
/** A constant block takes a header, whatever its size. */
const lerc: Codec = {
  name: 'LERC',
  expansion: 2 ** 21,
  copies: 5,
  most: MOST_JPEG_BYTES,
  decode: decodeLerc,
};

/** Compression numbers that are decoded. */
const CODECS: Record<number, Codec> = {
  1: none,
  2: ccitt,
  3: ccitt,
  4: ccitt,
  5: { name: 'LZW', expansion: 4096, copies: 1, decode: (bytes, { size }) => decodeLzw(bytes, size) },
  7: { name: 'JPEG', expansion: 4096, copies: 9, hidesCuts: true, most: MOST_JPEG_BYTES, decode: decodeJpeg },
  8: deflate,
  32773: { name: 'PackBits', expansion: 128, copies: 1, decode: (bytes, { size }) => decodePackBits(bytes, size) },
  32946: deflate,
  [LERC]: lerc,
  34926: zstd,
  50000: zstd,
  50001: { name: 'WebP', expansion: 2 ** 25, copies: 4, most: MOST_JPEG_BYTES, decode: decodeWebp },
};

/** Names for the message about a file that is not decoded. */
const NOT_DECODED: Record<number, string> = {
  6: 'old-style JPEG',
  33003: 'JPEG 2000',
  33004: 'JPEG 2000',
  33005: 'JPEG 2000',
  34712: 'JPEG 2000',
  34892: 'lossy JPEG (DNG)',
  34925: 'LZMA',
  34934: 'JPEG XR',
  22610: 'JPEG XR',
  50002: 'JPEG XL',
  52546: 'JPEG XL',
};

/** Finds the codec of a compression, by its number in the tag 259. @throws UnsupportedError naming the compression */
export function codecOf(compression: number, path: string): Codec {
  const codec = CODECS[compression];
  if (codec) return codec;
  const name = NOT_DECODED[compression] ?? 'an unknown compression';
  const known = [...new Set(Object.values(CODECS).map((each) => each.name))].join(', ');
  throw new UnsupportedError(path, `is compressed with ${name} (${compression}); expected one of ${known}`);
}
