import sharp from 'sharp';
import { InvalidInputError, SegmenterError, UnsupportedError } from '../../base/errors';
import { allocate, dtypeOf, type PixelArray } from '../../image/dtype';
import { count } from '../../image/region';
import { AtomicFile, type AtomicFileOptions } from '../../storage/atomic-file';
import { OWN_MARK } from '../extensions';
import type { ImageWriter, WriteInfo } from '../source';

/** A PNG is made from all its pixels in memory; as many as are read. */
const MOST_PIXELS = 2 ** 28;

/**
 * Writes a PNG: one plane of uint8 or uint16 pixels as grey, three channels as red, green, blue; values exact.
 * PNG has no place for pixel size, channel names or scale: they are not kept.
 * @throws UnsupportedError for stacks, time series, other types and numbers of channels, and more than 2^28 pixels
 */
export async function createPngWriter(
  target: string,
  info: WriteInfo,
  options: AtomicFileOptions = {},
): Promise<ImageWriter> {
  const [t, c, z] = info.shape;
  if (t !== 1 || z !== 1 || (c !== 1 && c !== 3)) {
    throw new UnsupportedError(target, `PNG holds one plane of 1 or 3 channels, got [t,c,z,y,x] = [${info.shape}]`);
  }
  if (info.dtype !== 'uint8' && info.dtype !== 'uint16') {
    throw new UnsupportedError(target, `PNG holds uint8 or uint16 pixels, got ${info.dtype}`);
  }
  if (count(info.shape) > MOST_PIXELS) {
    throw new UnsupportedError(target, `PNG is written up to ${MOST_PIXELS} pixels, got [${info.shape}]; use OME-TIFF`);
  }
  return new PngWriter(await AtomicFile.create(target, options), info);
}

class PngWriter implements ImageWriter {
  private readonly pixels: PixelArray;
  private done = 0;

  constructor(
    private readonly file: AtomicFile,
    private readonly info: WriteInfo,
  ) {
    this.pixels = allocate(info.dtype, count(info.shape));
  }

  async write(rows: PixelArray): Promise<void> {
    const { dtype, shape } = this.info;
    if (dtypeOf(rows) !== dtype) throw new InvalidInputError('rows', `${dtype} pixels`, dtypeOf(rows));
    const [, channels, , height, width] = shape;
    if (rows.length % width !== 0 || this.done + rows.length > this.pixels.length) {
      throw new InvalidInputError('rows', `${channels * height} rows of ${width} pixels`, `${rows.length} pixels`);
    }
    this.pixels.set(rows, this.done);
    this.done += rows.length;
  }

  async finish(): Promise<void> {
    try {
      if (this.done < this.pixels.length) {
        const [, channels, , height, width] = this.info.shape;
        throw new SegmenterError(
          'invalid-input',
          `${this.file.path}: ${this.done / width} of ${channels * height} rows were written`,
        );
      }
      await this.file.write(await encodePng(this.pixels, this.info), 0);
    } catch (error) {
      await this.abort();
      throw error;
    }
    await this.file.commit();
  }

  async abort(): Promise<void> {
    await this.file.abort();
  }
}

async function encodePng(pixels: PixelArray, { shape, dtype }: WriteInfo): Promise<Buffer> {
  const [, channels, , height, width] = shape;
  const samples = channels === 1 ? pixels : interleave(pixels, channels);
  // Without the right colour space sharp would make three 8-bit channels of grey 16-bit data.
  const space = dtype === 'uint16' ? (channels === 1 ? 'grey16' : 'rgb16') : channels === 1 ? 'b-w' : 'srgb';
  const raw = { width, height, channels: channels as 1 | 3 };
  return sharp(samples as Uint8Array | Uint16Array, { raw, limitInputPixels: false })
    .toColourspace(space)
    .withExif({ IFD0: { Software: OWN_MARK } })
    .png({ compressionLevel: 6, palette: false })
    .toBuffer();
}

function interleave(planes: PixelArray, channels: number): PixelArray {
  const out = allocate(dtypeOf(planes), planes.length);
  const plane = planes.length / channels;
  for (let c = 0; c < channels; c++) {
    for (let i = 0; i < plane; i++) out[i * channels + c] = planes[c * plane + i];
  }
  return out;
}
