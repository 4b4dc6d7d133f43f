import path from 'node:path';
import zlib from 'node:zlib';
import { InvalidInputError, SegmenterError } from '../../base/errors';
import { bytesOf, bytesPerPixel, dtypeOf, isFloat, type PixelArray } from '../../image/dtype';
import { count } from '../../image/region';
import { AtomicFile, type ExistingRule } from '../../storage/atomic-file';
import { imageId } from '../extensions';
import type { Compression, ImageWriter, WriteInfo } from '../source';
import { TAG } from './tags';
import { imageJDescription, omeXml } from './write-descriptions';
import { directoryBytes, headerBytes, rational, type WriteField } from './write-directory';

/** Strips of about this size: small enough to be decoded for a window, large enough to compress well. */
const STRIP_BYTES = 256 * 1024;
/** Above this classic TIFF's 32-bit offsets could run out. */
const CLASSIC_LIMIT = 3.9e9;
/** Bytes that a directory takes beside its list of strips. */
const DIRECTORY_BYTES = 320;
/** Strips compressed ahead of the disk; zlib has four threads. */
const AHEAD = 8;

interface Layout {
  big: boolean;
  compression: Compression;
  planes: number;
  planePixels: number;
  planeBytes: number;
  rowBytes: number;
  rowsPerStrip: number;
  strips: number;
}

/**
 * Writes an OME-TIFF or (`imagej`) a plain TIFF that ImageJ opens as a stack. Little-endian strips, Deflate level 1
 * unless `compression` is 'none', no predictor, BigTIFF when the uncompressed size asks for it: what plain ImageJ,
 * Bio-Formats, libtiff and tifffile all read. Memory: the compressed bytes of a few strips.
 */
export async function createTiffWriter(
  target: string,
  info: WriteInfo,
  style: 'ome' | 'imagej',
  { existing = 'error' as ExistingRule } = {},
): Promise<ImageWriter> {
  return new TiffWriter(await AtomicFile.create(target, { existing }), info, style);
}

class TiffWriter implements ImageWriter {
  private readonly layout: Layout;
  private readonly start: number;
  private position: number;
  private done = 0;
  /** place and size of each strip of each plane, in the order of the directories */
  private readonly offsets: number[][];
  private readonly sizes: number[][];

  constructor(
    private readonly file: AtomicFile,
    private readonly info: WriteInfo,
    private readonly style: 'ome' | 'imagej',
  ) {
    this.layout = planLayout(info);
    this.offsets = Array.from({ length: this.layout.planes }, () => []);
    this.sizes = Array.from({ length: this.layout.planes }, () => []);
    this.start = 16;
    this.position = this.start;
  }

  async write(planes: PixelArray): Promise<void> {
    try {
      const { planePixels, planes: total } = this.layout;
      const { dtype } = this.info;
      if (dtypeOf(planes) !== dtype) throw new InvalidInputError('planes', `${dtype} pixels`, dtypeOf(planes));
      const n = planes.length / planePixels;
      if (!Number.isInteger(n) || n < 1) {
        throw new InvalidInputError('planes', `whole planes of ${planePixels} pixels`, `${planes.length} pixels`);
      }
      if (this.done + n > total) {
        throw new InvalidInputError('planes', `${total} planes in all`, this.done + n);
      }
      const bytes = bytesOf(planes);
      if (this.layout.compression === 'none') await this.writePlain(bytes, n);
      else await this.writeCompressed(bytes, n);
      this.done += n;
    } catch (error) {
      await this.abort();
      throw error;
    }
  }

  async finish(): Promise<void> {
    try {
      const { planes, big } = this.layout;
      if (this.done < planes) {
        throw new SegmenterError('invalid-input', `${this.file.path}: ${this.done} of ${planes} planes were written`);
      }
      const first = this.position + (this.position % 2);
      await this.file.write(directoryBytes(this.directories(), first, big), first);
      // The link to the directories comes last, so that a half-written file is never mistaken for a whole one.
      await this.file.write(headerBytes(big, first), 0);
    } catch (error) {
      await this.abort();
      throw error;
    }
    await this.file.commit();
  }

  async abort(): Promise<void> {
    await this.file.abort();
  }

  /**
   * ImageJ takes uncompressed planes to lie in its own order one after the other, whatever the directories say,
   * so each goes to its place.
   */
  private async writePlain(bytes: Uint8Array, n: number): Promise<void> {
    const { planeBytes, rowBytes, rowsPerStrip, strips, planes } = this.layout;
    for (let i = 0; i < n; ) {
      const page = this.pageOf(this.done + i);
      let run = 1;
      while (i + run < n && this.pageOf(this.done + i + run) === page + run) run++;
      await this.file.write(bytes.subarray(i * planeBytes, (i + run) * planeBytes), this.start + page * planeBytes);
      for (let k = 0; k < run; k++) {
        const at = this.start + (page + k) * planeBytes;
        for (let strip = 0; strip < strips; strip++) {
          this.offsets[page + k].push(at + strip * rowsPerStrip * rowBytes);
          this.sizes[page + k].push(this.stripBytes(strip));
        }
      }
      i += run;
    }
    this.position = this.start + planes * planeBytes;
  }

  /** Strips are compressed several at a time on zlib's threads and written in order. */
  private async writeCompressed(bytes: Uint8Array, n: number): Promise<void> {
    const { planeBytes, rowBytes, rowsPerStrip, strips } = this.layout;
    const total = n * strips;
    const pending: Array<Promise<Uint8Array>> = [];
    const begin = (index: number): Promise<Uint8Array> => {
      const strip = index % strips;
      const at = Math.floor(index / strips) * planeBytes + strip * rowsPerStrip * rowBytes;
      const work = deflate(bytes.subarray(at, at + this.stripBytes(strip)));
      // A failure is reported when its turn comes; until then it must not count as unhandled.
      work.catch(() => undefined);
      return work;
    };
    try {
      for (let i = 0; i < total; i++) {
        while (pending.length < AHEAD && i + pending.length < total) pending.push(begin(i + pending.length));
        const packed = await (pending.shift() as Promise<Uint8Array>);
        const page = this.pageOf(this.done + Math.floor(i / strips));
        await this.file.write(packed, this.position);
        this.offsets[page].push(this.position);
        this.sizes[page].push(packed.byteLength);
        this.position += packed.byteLength;
      }
    } finally {
      // The caller may change its pixels once this returns.
      await Promise.allSettled(pending);
    }
  }

  /** The directory of the plane that comes as number `serial` (z fastest, then c, then t). */
  private pageOf(serial: number): number {
    if (this.style === 'ome') return serial;
    const [, sizeC, sizeZ] = this.info.shape;
    const z = serial % sizeZ;
    const c = Math.floor(serial / sizeZ) % sizeC;
    const t = Math.floor(serial / (sizeZ * sizeC));
    return (t * sizeZ + z) * sizeC + c;
  }

  private stripBytes(strip: number): number {
    const { planeBytes, rowBytes, rowsPerStrip } = this.layout;
    return Math.min(rowsPerStrip * rowBytes, planeBytes - strip * rowsPerStrip * rowBytes);
  }

  private directories(): WriteField[][] {
    const { shape, dtype, pixelSize } = this.info;
    const { big, compression, rowsPerStrip } = this.layout;
    const offsetType = big ? 16 : 4;
    // OME: pixels per centimetre; ImageJ: pixels per its own unit, the micrometre, and no unit of TIFF's.
    const perUnit = this.style === 'ome' ? 1e4 : 1;
    const resolution: WriteField[] = pixelSize
      ? [
          { tag: TAG.XResolution, type: 5, values: rational(perUnit / pixelSize.x) },
          { tag: TAG.YResolution, type: 5, values: rational(perUnit / pixelSize.y) },
          { tag: TAG.ResolutionUnit, type: 3, values: [this.style === 'ome' ? 3 : 1] },
        ]
      : [];
    const common: WriteField[] = [
      { tag: TAG.NewSubfileType, type: 4, values: [0] },
      { tag: TAG.ImageWidth, type: 4, values: [shape[4]] },
      { tag: TAG.ImageLength, type: 4, values: [shape[3]] },
      { tag: TAG.BitsPerSample, type: 3, values: [bytesPerPixel(dtype) * 8] },
      { tag: TAG.Compression, type: 3, values: [compression === 'none' ? 1 : 8] },
      { tag: TAG.Photometric, type: 3, values: [1] },
      { tag: TAG.SamplesPerPixel, type: 3, values: [1] },
      { tag: TAG.RowsPerStrip, type: 4, values: [rowsPerStrip] },
      { tag: TAG.PlanarConfiguration, type: 3, values: [1] },
      { tag: TAG.SampleFormat, type: 3, values: [isFloat(dtype) ? 3 : dtype.startsWith('int') ? 2 : 1] },
      ...resolution,
    ];
    return this.offsets.map((offsets, page) => [
      ...common,
      { tag: TAG.StripOffsets, type: offsetType, values: offsets },
      { tag: TAG.StripByteCounts, type: offsetType, values: this.sizes[page] },
      ...(page === 0 ? this.firstPageFields() : []),
    ]);
  }

  private firstPageFields(): WriteField[] {
    const name = path.basename(imageId(this.file.path));
    const description = this.style === 'ome' ? omeXml(this.info, name) : imageJDescription(this.info);
    return [
      { tag: TAG.ImageDescription, type: 2, values: description },
      { tag: TAG.Software, type: 2, values: 'node-red-segmenter' },
    ];
  }
}

function planLayout({ shape, dtype, compression = 'deflate' }: WriteInfo): Layout {
  const [t, c, z, height, width] = shape;
  const rowBytes = width * bytesPerPixel(dtype);
  const rowsPerStrip = Math.min(height, Math.max(1, Math.floor(STRIP_BYTES / rowBytes)));
  const strips = Math.ceil(height / rowsPerStrip);
  const planes = t * c * z;
  const estimate = count(shape) * bytesPerPixel(dtype) + planes * (DIRECTORY_BYTES + strips * 8);
  return {
    big: estimate > CLASSIC_LIMIT,
    compression,
    planes,
    planePixels: width * height,
    planeBytes: height * rowBytes,
    rowBytes,
    rowsPerStrip,
    strips,
  };
}

function deflate(bytes: Uint8Array): Promise<Uint8Array> {
  // Room for incompressible data, so that zlib fills one buffer.
  const chunkSize = Math.max(64, bytes.byteLength + Math.ceil(bytes.byteLength / 1000) + 128);
  return new Promise((resolve, reject) => {
    zlib.deflate(bytes, { level: 1, chunkSize }, (error, result) => {
      if (error) reject(error);
      else resolve(result);
    });
  });
}
