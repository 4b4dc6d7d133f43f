import sharp, { type Metadata } from 'sharp';
import { CorruptFileError, InvalidInputError, messageOf, throwIfCancelled, UnsupportedError } from '../../base/errors';
import type { Appearance, Channel } from '../../image/description';
import { bytesPerPixel, type DType, type PixelArray, viewAs } from '../../image/dtype';
import { count, type Region } from '../../image/region';
import { fileError } from '../../storage/file-error';
import { readFile, stat } from '../../storage/outside-files';
import { allocateBlock, DECODING } from '../byte-budget';
import { notesOnOrientation } from '../doubts';
import { checkRead, type ImageSource, type ReadOptions, type SourceInfo } from '../source';
import { greysOf, INDICES_ARE_READ, indexedPng } from './png-palette';

/** What sharp must be told to hand out the stored values, by colour space of the file. */
const SPACES: Record<string, { channels: 1 | 3; dtype: 'uint8' | 'uint16' }> = {
  'b-w': { channels: 1, dtype: 'uint8' },
  srgb: { channels: 3, dtype: 'uint8' },
  grey16: { channels: 1, dtype: 'uint16' },
  rgb16: { channels: 3, dtype: 'uint16' },
};
/** A file of a few kilobytes can claim any size. */
const MOST_PIXELS = 2 ** 28;
/** Of all samples, which are in memory at once. */
const MOST_BYTES = 2 ** 30;
/** Of a file: the samples as they are, and what else it says. */
const MOST_FILE_BYTES = 2 ** 30 + 2 ** 26;

/**
 * Opens a PNG or JPEG: grey as one channel, colour as Red, Green, Blue, of a palette its greys, or else its indices, which
 * are labels, or grey values under a look-up table; 8 bits as uint8, 16 as uint16, exactly as stored, without colour
 * management or rotation. Grey of 1, 2 or 4 bits is spread to 0..255.
 * Transparency (an alpha channel) is dropped: it is no measurement; `withHidden` gives it.
 * No pixel size: PNG and JPEG state printing sizes.
 * @throws CorruptFileError, also while reading, for a damaged or truncated file; UnsupportedError
 */
export async function openBitmap(path: string, { scene = 0 }: { scene?: number } = {}): Promise<ImageSource> {
  if (scene !== 0) throw new InvalidInputError('scene', `0 for ${path}, which has one image`, scene);
  // Read here, for libvips keeps what it loaded by path and would not see a file replaced under its name.
  const bytes = await readWhole(path);
  if (isCutPng(bytes)) throw new CorruptFileError(path, 'is truncated: the PNG has no end');
  let metadata: Metadata;
  try {
    metadata = await sharp(bytes, OPTIONS).metadata();
  } catch (error) {
    throw new CorruptFileError(path, `is not a readable PNG or JPEG (${firstLine(error)})`, undefined, {
      cause: error,
    });
  }
  const { format, width, height, space, hasAlpha, pages = 1 } = metadata;
  if (format !== 'png' && format !== 'jpeg') throw new UnsupportedError(path, `holds ${format}, expected PNG or JPEG`);
  const kind = SPACES[space];
  if (!kind) throw new UnsupportedError(path, `has the colour space ${space}; expected grey or RGB`);
  if (pages > 1) throw new UnsupportedError(path, `holds an animation of ${pages} pages`);
  if (width * height > MOST_PIXELS) {
    throw new UnsupportedError(
      path,
      `has ${width} x ${height} pixels; PNG and JPEG are read up to ${MOST_PIXELS} pixels`,
    );
  }
  const samples = width * height * kind.channels * bytesPerPixel(kind.dtype);
  if (samples > MOST_BYTES) {
    throw new UnsupportedError(
      path,
      `holds ${samples} bytes of pixels; PNG and JPEG are read up to ${MOST_BYTES} bytes`,
    );
  }
  const indexed = indexedPng(bytes);
  const names = kind.channels === 3 && !indexed ? ['Red', 'Green', 'Blue'] : ['Channel 0'];
  const info = (channels: string[], appearance: Appearance): SourceInfo => ({
    format,
    scenes: 1,
    scene: 0,
    levels: [[1, channels.length, 1, height, width]],
    blocks: [[1, channels.length, 1, height, width]],
    dtype: kind.dtype,
    channels: channels.map((name, index): Channel => ({ index, name })),
    pixelSize: null,
    appearance,
    notes: [...(appearance.palette ? [INDICES_ARE_READ] : []), ...notesOnOrientation(metadata.orientation)],
  });
  if (indexed) {
    const { grey, spread, palette } = indexed;
    const greys = greysOf(palette);
    const decoding = { space: 'b-w', spread, ...(greys ? { greys } : {}) };
    return new BitmapSource(path, grey, decoding, info(names, greys ? {} : { palette }));
  }
  const shown: Appearance = {
    ...(format === 'jpeg' ? { lossy: true } : {}),
    ...(kind.channels === 3 ? { colour: true } : {}),
  };
  const withHidden = (): ImageSource | null => {
    if (!hasAlpha) return null;
    const appearance = { ...shown, alpha: names.length };
    return new BitmapSource(path, bytes, { space, alpha: true }, info([...names, 'Alpha'], appearance));
  };
  return new BitmapSource(path, bytes, { space }, info(names, shown), withHidden);
}

/** What the decoder is told, and the factor by which it makes values larger than they are stored. */
interface Decoding {
  space: string;
  alpha?: boolean;
  spread?: number;
  /** the grey value of each index */
  greys?: Uint8Array;
}

async function readWhole(path: string): Promise<Buffer> {
  try {
    const { size } = await stat(path);
    if (size > MOST_FILE_BYTES)
      throw new UnsupportedError(path, `has ${size} bytes; PNG and JPEG are read up to ${MOST_FILE_BYTES}`);
    return await readFile(path);
  } catch (error) {
    throw fileError(error, 'read', path);
  }
}

const OPTIONS = { failOn: 'warning', ignoreIcc: true, limitInputPixels: MOST_PIXELS } as const;

class BitmapSource implements ImageSource {
  /** All samples, interleaved: these formats can only be decoded from their beginning. */
  private samples: Promise<PixelArray> | undefined;

  constructor(
    private readonly path: string,
    private readonly bytes: Buffer,
    private readonly decoding: Decoding,
    readonly info: SourceInfo,
    private readonly hidden: () => ImageSource | null = () => null,
  ) {}

  withHidden(): ImageSource {
    return this.hidden() ?? this;
  }

  async read(region: Region, options: ReadOptions = {}): Promise<PixelArray> {
    const shape = checkRead(this.info, region, options, this.path);
    this.samples ??= DECODING.run(2 * count(shape) * bytesPerPixel(this.info.dtype), undefined, () => this.decode());
    const samples = await this.samples;
    throwIfCancelled(options.signal, 'reading');

    const [, channels, , , width] = shape;
    const [, c0, , y0, x0] = region.start;
    const [, nc, , ny, nx] = region.size;
    const out = allocateBlock(this.info.dtype, region.size, this.path);
    let at = 0;
    for (let c = c0; c < c0 + nc; c++) {
      for (let y = y0; y < y0 + ny; y++) {
        const row = (y * width + x0) * channels + c;
        for (let x = 0; x < nx; x++) out[at++] = samples[row + x * channels];
      }
    }
    return out;
  }

  async close(): Promise<void> {
    this.samples = undefined;
  }

  private async decode(): Promise<PixelArray> {
    const { dtype, levels } = this.info;
    const { space, alpha = false, spread = 1, greys } = this.decoding;
    try {
      const image = sharp(this.bytes, OPTIONS);
      const kept = alpha ? image.ensureAlpha() : image.removeAlpha();
      // Of what is grey sharp gives the first channel alone; as sRGB all are there, grey three times.
      const isSpread = alpha && space === 'b-w';
      const data = await kept
        .toColourspace(isSpread ? 'srgb' : space)
        .raw({ depth: depthOf(dtype) })
        .toBuffer();
      const decoded = viewAs(dtype, data);
      const samples = isSpread ? decoded.filter((_, i) => i % 4 === 0 || i % 4 === 3) : decoded;
      if (samples.length !== count(levels[0]))
        throw new Error(`${samples.length} samples instead of ${count(levels[0])}`);
      const stored = spread === 1 ? samples : samples.map((value) => value / spread);
      return greys ? stored.map((index) => greys[index]) : stored;
    } catch (error) {
      throw new CorruptFileError(this.path, `is damaged or truncated (${firstLine(error)})`, undefined, {
        cause: error,
      });
    }
  }
}

function depthOf(dtype: DType): 'ushort' | 'uchar' {
  return dtype === 'uint16' ? 'ushort' : 'uchar';
}

/** Walks the chunks of a PNG: length, type, data, checksum. */
function isCutPng(bytes: Buffer): boolean {
  if (bytes[0] !== 0x89) return false;
  for (let at = 8; at + 12 <= bytes.length; at += 12 + bytes.readUInt32BE(at)) {
    if (bytes.toString('latin1', at + 4, at + 8) === 'IEND') return false;
  }
  return true;
}

function firstLine(error: unknown): string {
  return messageOf(error).split('\n')[0];
}
