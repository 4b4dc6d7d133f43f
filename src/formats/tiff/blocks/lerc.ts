import { SegmenterError } from '../../../base/errors';
import { decodeZstd, inflate } from '../../compression';
import { type SampleType, typeName } from '../sample-type';
import { type BlockContext, NotDecoded } from './block-context';

export const LERC = 34887;
/** Blocks that are compressed again may grow by headers and what does not compress. */
const EXTRA_BYTES = 64 * 1024;
/** The header's pixel types by number. */
const LERC_TYPES: ReadonlyArray<Pick<SampleType, 'kind' | 'bits'>> = [
  { kind: 'signed', bits: 8 },
  { kind: 'unsigned', bits: 8 },
  { kind: 'signed', bits: 16 },
  { kind: 'unsigned', bits: 16 },
  { kind: 'signed', bits: 32 },
  { kind: 'unsigned', bits: 32 },
  { kind: 'float', bits: 32 },
  { kind: 'float', bits: 64 },
];

/**
 * Decodes LERC blocks (Esri's Limited Error Raster Compression, version 2): Esri's decoder gives the numbers in this
 * machine's byte order, once the header says no more than the block holds.
 */
export async function decodeLerc(bytes: Uint8Array, context: BlockContext): Promise<Uint8Array> {
  const { size, lercCompression } = context;
  const blob = await unpacked(bytes, size + Math.ceil(size / 8) + EXTRA_BYTES, lercCompression);
  checkHeader(blob, context);
  const { default: decoder } = await import('lerc').catch((error: Error) => {
    throw new SegmenterError('internal', `the package lerc cannot be loaded: ${error.message}`);
  });
  // A copy, for the bytes may lie in a larger buffer. The values of a pixel lie together, as in the block.
  const { pixels } = decoder.decode(new Uint8Array(blob).buffer, { returnPixelInterleavedDims: true });
  const [{ buffer, byteOffset, byteLength }] = pixels;
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function unpacked(bytes: Uint8Array, most: number, compression: number): Uint8Array | Promise<Uint8Array> {
  if (compression === 0) return bytes;
  if (compression === 1) return inflate(bytes, most);
  if (compression === 2) return decodeZstd(bytes, most);
  throw new Error(`has the unknown compression ${compression} around LERC; expected 0, 1 (Deflate) or 2 (Zstd)`);
}

/** The header of Lerc2: the decoder trusts its sizes, and takes what lies behind the stated end for more bands. */
function checkHeader(blob: Uint8Array, { width, rows, samples, size, type }: BlockContext): void {
  const view = new DataView(blob.buffer, blob.byteOffset, blob.byteLength);
  if (blob.length < 66 || String.fromCharCode(...blob.subarray(0, 6)) !== 'Lerc2 ') throw new Error('no Lerc2 header');
  const version = view.getInt32(6, true);
  if (version < 2 || version > 5) throw new Error(`Lerc2 of version ${version}; expected 2 to 5`);
  let at = version >= 3 ? 14 : 10;
  const next = (): number => {
    at += 4;
    return view.getInt32(at - 4, true);
  };
  const [height, across, values] = [next(), next(), version >= 4 ? next() : 1];
  const [valid, , end, kind] = [next(), next(), next(), next()];
  const stored = LERC_TYPES[kind];
  const fits =
    across === width && values === samples && height >= rows && height * across * values * (type.bits / 8) <= size;
  if (!fits) throw new Error(`it has ${height} x ${across} pixels of ${values} values`);
  if (!stored || stored.kind !== type.kind || stored.bits !== type.bits) {
    throw new Error(
      `it holds ${stored ? typeName({ ...type, ...stored }) : `the type ${kind}`}, expected ${typeName(type)}`,
    );
  }
  if (valid !== height * across) {
    throw new NotDecoded(`is LERC with ${height * across - valid} pixels that have no value; expected one for each`);
  }
  if (end !== blob.length) throw new Error(`it states ${end} bytes and has ${blob.length}`);
}
