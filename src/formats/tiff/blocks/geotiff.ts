import { SegmenterError } from '../../../base/errors';
import { decodeZstd, inflate } from '../../compression';
import { type SampleType, typeName } from '../sample-type';
import { PHOTOMETRIC } from '../tags';
import { type BlockContext, NotDecoded } from './block-context';

/**
 * Decodes JPEG blocks (8 bit): geotiff's decoder gives the components as stored; YCbCr becomes RGB here. What they are
 * says the stream, for QuPath and Bio-Formats write ordinary JFIF below a tag that says RGB; the tag counts where it
 * says nothing.
 */
export async function decodeJpeg(bytes: Uint8Array, context: BlockContext): Promise<Uint8Array> {
  const { width, size, samples, jpegTables } = context;
  const { frame, colours } = readSegments(bytes);
  if (!frame) throw new Error('the JPEG has no frame');
  // The decoder trusts the frame, which may claim 65535 x 65535 pixels.
  if (frame.width !== width || frame.ids.length !== samples || frame.width * frame.height * samples > size) {
    throw new Error(`the JPEG has ${frame.height} x ${frame.width} pixels of ${frame.ids.length} components`);
  }
  const decoded = await decodeWithGeotiff(bytes, jpegTables);
  const stated = colours ?? (jpegTables ? readSegments(jpegTables).colours : null) ?? coloursOfIds(frame.ids);
  const ycbcr = stated === null ? context.photometric === PHOTOMETRIC.ycbcr : stated === 'ycbcr';
  if (ycbcr && samples === 3) toRgb(decoded);
  return decoded;
}

type Colours = 'rgb' | 'ycbcr';

interface Segments {
  /** null in a stream of tables alone */
  frame: { width: number; height: number; ids: readonly number[] } | null;
  /** what the markers of the application say, JFIF before Adobe as in libjpeg; null where there is none */
  colours: Colours | null;
}

const [APP0, APP14, START_OF_SCAN, FILL] = [0xffe0, 0xffee, 0xffda, 0xffff];

/** The segments before the pixels (ITU-T T.81, B.2; JFIF; Adobe's technical note 5116). */
function readSegments(bytes: Uint8Array): Segments {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = (at: number, length: number) => String.fromCharCode(...bytes.subarray(at, at + length));
  let [jfif, adobe]: [boolean, Colours | null] = [false, null];
  let frame: Segments['frame'] = null;
  for (let at = 2; at + 4 <= bytes.length && !frame; ) {
    const marker = view.getUint16(at);
    if (marker === START_OF_SCAN || marker < 0xff00) break;
    if (marker === FILL) {
      at++;
      continue;
    }
    const length = view.getUint16(at + 2);
    const isFrame = marker >= 0xffc0 && marker <= 0xffcf && ![0xffc4, 0xffc8, 0xffcc].includes(marker);
    if (marker === APP0 && text(at + 4, 5) === 'JFIF\0') jfif = true;
    if (marker === APP14 && length >= 14 && text(at + 4, 5) === 'Adobe') adobe = bytes[at + 15] === 1 ? 'ycbcr' : 'rgb';
    if (isFrame && at + 10 <= bytes.length) {
      const ids = Array.from({ length: bytes[at + 9] }, (_, i) => bytes[at + 10 + 3 * i]);
      frame = { height: view.getUint16(at + 5), width: view.getUint16(at + 7), ids };
    }
    at += 2 + length;
  }
  return { frame, colours: jfif ? 'ycbcr' : adobe };
}

/** Components that are named with the letters of their colours. */
function coloursOfIds(ids: readonly number[]): Colours | null {
  return String.fromCharCode(...ids).toUpperCase() === 'RGB' ? 'rgb' : null;
}

async function decodeWithGeotiff(bytes: Uint8Array, jpegTables: Uint8Array<ArrayBuffer> | null): Promise<Uint8Array> {
  const decode = await geotiffDecoder(7, jpegTables ? { JPEGTables: jpegTables } : {});
  return decode(bytes);
}

/** ITU-R BT.601 full range, as in JFIF; in place. */
function toRgb(pixels: Uint8Array): void {
  const clamped = new Uint8ClampedArray(pixels.buffer, pixels.byteOffset, pixels.byteLength);
  for (let i = 0; i + 2 < pixels.length; i += 3) {
    const y = pixels[i];
    const cb = pixels[i + 1] - 128;
    const cr = pixels[i + 2] - 128;
    clamped[i] = y + 1.402 * cr;
    clamped[i + 1] = y - 0.344136 * cb - 0.714136 * cr;
    clamped[i + 2] = y + 1.772 * cb;
  }
}

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
 * Decodes LERC blocks (Esri's Limited Error Raster Compression, version 2): geotiff's decoder gives the numbers in this
 * machine's byte order, once the header says no more than the block holds.
 */
export async function decodeLerc(bytes: Uint8Array, context: BlockContext): Promise<Uint8Array> {
  const { size, lercCompression } = context;
  const blob = await unpacked(bytes, size + Math.ceil(size / 8) + EXTRA_BYTES, lercCompression);
  checkHeader(blob, context);
  const decode = await geotiffDecoder(LERC, { LercParameters: [0, 0] });
  return decode(blob);
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

/**
 * One of geotiff's decoders of blocks. The layout of blocks is ours: told of one pixel without a predictor, the decoder
 * leaves the decoded bytes as they are.
 * @param compression as in the tag 259
 * @param parameters what the decoder needs beside the bytes, by geotiff's names
 */
async function geotiffDecoder(
  compression: number,
  parameters: Record<string, unknown>,
): Promise<(bytes: Uint8Array) => Promise<Uint8Array>> {
  const { getDecoder } = await import('geotiff').catch((error: Error) => {
    throw new SegmenterError('internal', `the package geotiff cannot be loaded: ${error.message}`);
  });
  const onePixel = { tileWidth: 1, tileHeight: 1, predictor: 1, bitsPerSample: 8, planarConfiguration: 1 as const };
  const decoder = await getDecoder(compression, { ...onePixel, ...parameters });
  // A copy, for the bytes may lie in a larger buffer.
  return async (bytes) => new Uint8Array(await decoder.decode(new Uint8Array(bytes).buffer));
}
