import { TAG } from '../tags';
import type { BlockContext } from './block-context';

/** Pixels that are decoded at a time; a byte each in between. */
export const MOST_CCITT_PIXELS = 2 ** 28;

/**
 * Decodes a strip or tile of CCITT run lengths (compressions 2, 3 and 4), as masks of MATLAB and scanners have them, to
 * packed bits: 0 for the runs that the standard calls white, whatever the page's photometric interpretation. sharp's
 * libtiff does it, on a TIFF made around the block.
 */
export async function decodeCcitt(bytes: Uint8Array, context: BlockContext): Promise<Uint8Array> {
  const { width, rows } = context;
  const { default: sharp } = await import('sharp');
  const image = sharp(tiffAround(bytes, context), { failOn: 'warning', limitInputPixels: MOST_CCITT_PIXELS });
  const { data, info } = await image.toColourspace('b-w').raw().toBuffer({ resolveWithObject: true });
  if (info.width !== width || info.height !== rows || info.channels !== 1) {
    throw new Error(`${info.height} x ${info.width} pixels instead of ${rows} x ${width}`);
  }
  const perRow = Math.ceil(width / 8);
  const packed = new Uint8Array(rows * perRow);
  for (let y = 0, from = 0; y < rows; y++) {
    for (let x = 0; x < width; x++, from++) {
      if (data[from] !== 0) packed[y * perRow + (x >> 3)] |= 0x80 >> (x & 7);
    }
  }
  return packed;
}

const HEADER_BYTES = 8;
const ENTRY_BYTES = 12;

/** A little-endian TIFF of one strip. */
function tiffAround(block: Uint8Array, { width, rows, compression, faxOptions }: BlockContext): Buffer {
  const entries: Array<[tag: number, value: number]> = [
    [TAG.ImageWidth, width],
    [TAG.ImageLength, rows],
    [TAG.BitsPerSample, 1],
    [TAG.Compression, compression],
    [TAG.Photometric, 1],
    [TAG.StripOffsets, 0],
    [TAG.SamplesPerPixel, 1],
    [TAG.RowsPerStrip, rows],
    [TAG.StripByteCounts, block.length],
    [compression === 4 ? TAG.T6Options : TAG.T4Options, faxOptions],
  ];
  const size = HEADER_BYTES + 2 + entries.length * ENTRY_BYTES + 4;
  const file = Buffer.alloc(size + block.length);
  file.write('II*\0', 'latin1');
  file.writeUInt32LE(HEADER_BYTES, 4);
  file.writeUInt16LE(entries.length, HEADER_BYTES);
  for (const [i, [tag, value]] of entries.entries()) {
    const at = HEADER_BYTES + 2 + i * ENTRY_BYTES;
    file.writeUInt16LE(tag, at);
    file.writeUInt16LE(LONG, at + 2);
    file.writeUInt32LE(1, at + 4);
    file.writeUInt32LE(tag === TAG.StripOffsets ? size : value, at + 8);
  }
  file.set(block, size);
  return file;
}

const LONG = 4;

/** Decodes WebP blocks (8 bit RGB or RGBA) by libwebp. */
export async function decodeWebp(bytes: Uint8Array, context: BlockContext): Promise<Uint8Array> {
  const { default: sharp } = await import('sharp');
  const image = sharp(bytes, { limitInputPixels: Math.ceil(context.size / context.samples) });
  const { format, width, height, pages = 1 } = await image.metadata();
  if (format !== 'webp' || pages !== 1) throw new Error('it is no WebP image of one frame');
  if (width !== context.width || height < context.rows || width * height * context.samples > context.size) {
    throw new Error(`it has ${height} x ${width} pixels`);
  }
  // An opaque image is stored without transparency, whatever the samples.
  return (context.samples === 4 ? image.ensureAlpha() : image.removeAlpha()).raw().toBuffer();
}
