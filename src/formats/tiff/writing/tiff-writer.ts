import path from 'node:path';
import { InvalidInputError, SegmenterError, UnsupportedError } from '../../../base/errors';
import { bytesOf, bytesPerPixel, dtypeOf, isFloat, type PixelArray } from '../../../image/dtype';
import { AtomicFile, type AtomicFileOptions } from '../../../storage/atomic-file';
import { OWN_MARK, withoutImageExtension } from '../../extensions';
import type { Compression, ImageWriter, WriteInfo } from '../../source';
import { imageJDescription } from '../dialects/imagej';
import { omeXml } from '../ome/write-xml';
import { TAG } from '../tags';
import { type BlockList, BlockQueue } from './block-queue';
import { directoryBytes, headerBytes, rational, type WriteDirectory, type WriteField } from './directory';
import { type FileLayout, type LevelLayout, LevelWriter, planLayout } from './level';

const FIRST_BLOCK = 16;
const COMPRESSION_TAG: Record<Compression, number> = { none: 1, deflate: 8, zstd: 50000 };

/**
 * Writes an OME-TIFF or (`imagej`) a plain TIFF that ImageJ opens as a stack. Little-endian strips, Deflate level 1
 * unless `compression` says otherwise, no predictor, BigTIFF when the uncompressed size asks for it: what plain ImageJ,
 * Bio-Formats, libtiff and tifffile all read. Tiles and pyramids (SubIFDs, as the OME-TIFF specification has them, each
 * level half as large) on request. Memory: a strip or row of tiles of each level and the blocks being compressed.
 * @throws InvalidInputError for a tile that TIFF does not allow; UnsupportedError for tiles and pyramids in a TIFF for
 *   ImageJ, which reads neither, and for Zstd where this Node.js has none
 */
export async function createTiffWriter(
  target: string,
  info: WriteInfo,
  style: 'ome' | 'imagej',
  options: AtomicFileOptions = {},
): Promise<ImageWriter> {
  if (style === 'imagej' && (info.tile !== undefined || info.pyramid !== undefined)) {
    throw new UnsupportedError(
      target,
      'a plain TIFF is written for ImageJ, which reads no tiles; use OME-TIFF for these',
    );
  }
  const layout = planLayout(info);
  const file = await AtomicFile.create(target, options);
  try {
    return new TiffWriter(file, info, style, layout);
  } catch (error) {
    await file.abort();
    throw error;
  }
}

class TiffWriter implements ImageWriter {
  private done = 0;
  private readonly rows: number;
  private readonly queue: BlockQueue;
  private readonly levels: LevelWriter[];
  /** uncompressed strips have their places beforehand */
  private readonly inPlace: boolean;

  constructor(
    private readonly file: AtomicFile,
    private readonly info: WriteInfo,
    private readonly style: 'ome' | 'imagej',
    private readonly layout: FileLayout,
  ) {
    const { compression, levels, planes } = layout;
    this.rows = planes * levels[0].height;
    this.inPlace = compression === 'none' && !levels[0].tiled && !info.sparse;
    const first = FIRST_BLOCK + (this.inPlace ? this.rows * this.rowBytes : 0);
    this.queue = new BlockQueue(file, compression, first, info.sparse ?? false);
    this.levels = [];
    for (const level of [...levels].reverse()) {
      const smaller = this.levels[0] ?? null;
      this.levels.unshift(new LevelWriter(level, planes, info.dtype, this.queue, smaller, info.pyramid ?? 'mean'));
    }
  }

  async write(rows: PixelArray): Promise<void> {
    try {
      const { dtype } = this.info;
      const [{ width }] = this.layout.levels;
      if (dtypeOf(rows) !== dtype) throw new InvalidInputError('rows', `${dtype} pixels`, dtypeOf(rows));
      const n = rows.length / width;
      if (!Number.isInteger(n) || n < 1 || this.done + n > this.rows) {
        throw new InvalidInputError('rows', `${this.rows} rows of ${width} pixels`, `${rows.length} pixels`);
      }
      if (this.inPlace) {
        await this.writeInPlace(bytesOf(rows));
        await this.levels[0].skip(rows);
      } else {
        await this.levels[0].write(rows);
      }
      this.done += n;
    } catch (error) {
      await this.abort();
      throw error;
    }
  }

  async finish(): Promise<void> {
    try {
      if (this.done < this.rows) {
        throw new SegmenterError('invalid-input', `${this.file.path}: ${this.done} of ${this.rows} rows were written`);
      }
      await this.queue.drain();
      const { big } = this.layout;
      const first = this.queue.position + (this.queue.position % 2);
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

  private get rowBytes(): number {
    return this.layout.levels[0].width * bytesPerPixel(this.info.dtype);
  }

  /**
   * ImageJ takes uncompressed planes to lie in its own order one after the other, whatever the directories say,
   * so each goes to its place.
   */
  private async writeInPlace(bytes: Uint8Array): Promise<void> {
    const { height } = this.layout.levels[0];
    const rows = bytes.byteLength / this.rowBytes;
    for (let i = 0; i < rows; ) {
      const row = this.done + i;
      let run = Math.min(rows - i, height - (row % height));
      const place = this.placeOf(row);
      while (i + run < rows && this.placeOf(row + run) === place + run) run += Math.min(rows - i - run, height);
      await this.file.write(
        bytes.subarray(i * this.rowBytes, (i + run) * this.rowBytes),
        FIRST_BLOCK + place * this.rowBytes,
      );
      i += run;
    }
  }

  /** Where a row of pixels lies among all rows of the file, when planes lie in the order of their directories. */
  private placeOf(row: number): number {
    const { height } = this.layout.levels[0];
    return this.pageOf(Math.floor(row / height)) * height + (row % height);
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

  private directories(): WriteDirectory[] {
    const { planes } = this.layout;
    const directories = new Array<WriteDirectory>(planes);
    for (let serial = 0; serial < planes; serial++) {
      const page = this.pageOf(serial);
      const [full, ...smaller] = this.levels.map((level, i) => {
        const blocks = i === 0 && this.inPlace ? this.stripsInPlace(page) : level.planes[serial];
        return [...this.fields(level.layout, i), ...this.blockFields(level.layout, blocks)];
      });
      const fields = page === 0 ? [...full, ...this.firstPageFields()] : full;
      directories[page] = { fields, smaller };
    }
    return directories;
  }

  private stripsInPlace(page: number): BlockList {
    const { height, blockHeight, down } = this.layout.levels[0];
    const strips = Array.from({ length: down }, (_, i) => i * blockHeight);
    return {
      offsets: strips.map((row) => FIRST_BLOCK + (page * height + row) * this.rowBytes),
      counts: strips.map((row) => Math.min(blockHeight, height - row) * this.rowBytes),
    };
  }

  private fields({ width, height }: LevelLayout, level: number): WriteField[] {
    const { dtype, pixelSize } = this.info;
    // OME: pixels per centimetre; ImageJ: pixels per its own unit, the micrometre, and no unit of TIFF's.
    const perUnit = this.style === 'ome' ? 1e4 : 1;
    const [full] = this.layout.levels;
    const resolution: WriteField[] = pixelSize
      ? [
          { tag: TAG.XResolution, type: 5, values: rational(((perUnit / pixelSize.x) * width) / full.width) },
          { tag: TAG.YResolution, type: 5, values: rational(((perUnit / pixelSize.y) * height) / full.height) },
          { tag: TAG.ResolutionUnit, type: 3, values: [this.style === 'ome' ? 3 : 1] },
        ]
      : [];
    return [
      { tag: TAG.NewSubfileType, type: 4, values: [level === 0 ? 0 : 1] },
      { tag: TAG.ImageWidth, type: 4, values: [width] },
      { tag: TAG.ImageLength, type: 4, values: [height] },
      { tag: TAG.BitsPerSample, type: 3, values: [bytesPerPixel(dtype) * 8] },
      { tag: TAG.Compression, type: 3, values: [COMPRESSION_TAG[this.layout.compression]] },
      { tag: TAG.Photometric, type: 3, values: [1] },
      { tag: TAG.SamplesPerPixel, type: 3, values: [1] },
      { tag: TAG.PlanarConfiguration, type: 3, values: [1] },
      { tag: TAG.SampleFormat, type: 3, values: [isFloat(dtype) ? 3 : dtype.startsWith('int') ? 2 : 1] },
      ...resolution,
    ];
  }

  private blockFields({ tiled, blockWidth, blockHeight }: LevelLayout, { offsets, counts }: BlockList): WriteField[] {
    const type = this.layout.big ? 16 : 4;
    if (!tiled) {
      return [
        { tag: TAG.RowsPerStrip, type: 4, values: [blockHeight] },
        { tag: TAG.StripOffsets, type, values: offsets },
        { tag: TAG.StripByteCounts, type, values: counts },
      ];
    }
    return [
      { tag: TAG.TileWidth, type: 4, values: [blockWidth] },
      { tag: TAG.TileLength, type: 4, values: [blockHeight] },
      { tag: TAG.TileOffsets, type, values: offsets },
      { tag: TAG.TileByteCounts, type, values: counts },
    ];
  }

  private firstPageFields(): WriteField[] {
    const { name = path.basename(withoutImageExtension(this.file.path)) } = this.info;
    const description = this.style === 'ome' ? omeXml(this.info, name) : imageJDescription(this.info);
    return [
      { tag: TAG.ImageDescription, type: 2, values: description },
      { tag: TAG.Software, type: 2, values: OWN_MARK },
    ];
  }
}
