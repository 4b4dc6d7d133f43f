import path from 'node:path';
import { InvalidInputError, SegmenterError } from '../../base/errors';
import { dtypeOf, type PixelArray } from '../../image/dtype';
import type { Shape5 } from '../../image/region';
import type { ExistingRule } from '../../storage/atomic-file';
import { AtomicFolder, type AtomicFolderOptions } from '../../storage/atomic-folder';
import { withoutImageExtension } from '../extensions';
import type { ImageWriter, WriteInfo } from '../source';
import { isNameInZarr, isZarrFolder, zarrFolderAbove } from './folder-store';
import { ChunkQueue, LevelWriter, planLevels, type WriteLevel } from './write-level';
import { chunkKeyOf, metadataFiles, type NgffVersion } from './write-metadata';

/**
 * Writes an OME-Zarr image: NGFF 0.5 in Zarr 3, or 0.4 in Zarr 2. Chunks of one plane and 512 x 512 pixels (`tile` for
 * others), gzip level 1 unless `compression` says otherwise, chunks of zeros left out. Memory: a row of chunks of each
 * resolution and some chunks under way. The folder appears whole on `finish`; only a Zarr folder with
 * nothing else in it is ever replaced.
 * @throws InvalidInputError for a tile that is no multiple of 16 or a target inside another Zarr image;
 *   UnsupportedError for Zstd where Node.js has none; SegmenterError `exists`, `not-allowed`, `disk-full`
 */
export async function createZarrWriter(
  target: string,
  info: WriteInfo,
  version: NgffVersion,
  { existing = 'error' as ExistingRule } = {},
): Promise<ImageWriter> {
  const above = zarrFolderAbove(path.dirname(path.resolve(target)));
  if (above !== null) throw new InvalidInputError('file name', `a place outside the Zarr image ${above}`, target);
  return startZarr(target, info, version, { existing, mayReplace: isZarrFolder });
}

/** Starts an image wherever it is, as {@link createZarrWriter} does. @param mayReplace whether a folder may be replaced */
export async function startZarr(
  target: string,
  info: WriteInfo,
  version: NgffVersion,
  options: Pick<AtomicFolderOptions, 'existing' | 'mayReplace'>,
): Promise<ImageWriter> {
  const levels = planLevels(info);
  const folder = await AtomicFolder.create(target, { ...options, mayHold: isNameInZarr });
  try {
    return new ZarrWriter(folder, info, version, levels);
  } catch (error) {
    await folder.abort();
    throw error;
  }
}

class ZarrWriter implements ImageWriter {
  private readonly queue: ChunkQueue;
  private readonly first: LevelWriter;
  private readonly ranges: ChannelRanges;
  private rows = 0;

  constructor(
    private readonly folder: AtomicFolder,
    private readonly info: WriteInfo,
    private readonly version: NgffVersion,
    private readonly levels: readonly WriteLevel[],
  ) {
    const { shape, dtype, compression = 'deflate', pyramid = 'nearest' } = info;
    this.queue = new ChunkQueue(folder, compression);
    this.ranges = new ChannelRanges(shape);
    const writerOf = (level: number): LevelWriter | null => {
      if (level === levels.length) return null;
      const keyOf = chunkKeyOf(version, level);
      return new LevelWriter(levels[level], shape, dtype, keyOf, this.queue, writerOf(level + 1), pyramid);
    };
    this.first = writerOf(0) as LevelWriter;
  }

  async write(rows: PixelArray): Promise<void> {
    try {
      const { dtype } = this.info;
      const width = this.info.shape[4];
      if (dtypeOf(rows) !== dtype) throw new InvalidInputError('rows', `${dtype} pixels`, dtypeOf(rows));
      const count = rows.length / width;
      if (!Number.isInteger(count) || count < 1) {
        throw new InvalidInputError('rows', `whole rows of ${width} pixels`, `${rows.length} pixels`);
      }
      if (this.rows + count > this.total()) {
        throw new InvalidInputError('rows', `${this.total()} rows in all`, this.rows + count);
      }
      this.ranges.add(rows);
      await this.first.write(rows);
      this.rows += count;
    } catch (error) {
      await this.abort();
      throw error;
    }
  }

  async finish(): Promise<void> {
    try {
      if (this.rows < this.total()) {
        const text = `${this.folder.path}: ${this.rows} of ${this.total()} rows were written`;
        throw new SegmenterError('invalid-input', text);
      }
      await this.queue.drain();
      const { name = path.basename(withoutImageExtension(path.basename(this.folder.path))) } = this.info;
      const facts = { name, levels: this.levels, ranges: this.ranges.ranges };
      for (const { name: file, json } of metadataFiles(this.version, this.info, facts)) {
        await this.folder.write(file, Buffer.from(asciiJson(json)));
      }
    } catch (error) {
      await this.abort();
      throw error;
    }
    await this.folder.commit();
  }

  async abort(): Promise<void> {
    await this.queue.settle();
    await this.folder.abort();
  }

  private total(): number {
    const [t, c, z, height] = this.info.shape;
    return t * c * z * height;
  }
}

/** zarr-python 2 reads metadata as ASCII; escapes mean the same to everyone. */
function asciiJson(json: Record<string, unknown>): string {
  const text = `${JSON.stringify(json, null, 2)}\n`;
  return text.replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** The smallest and largest finite pixel of each channel, found as rows pass. */
class ChannelRanges {
  readonly ranges: Array<{ min: number; max: number }>;
  private done = 0;

  constructor(private readonly shape: Shape5) {
    this.ranges = Array.from({ length: shape[1] }, () => ({ min: Infinity, max: -Infinity }));
  }

  add(rows: PixelArray): void {
    const [, sizeC, sizeZ, height, width] = this.shape;
    const perChannel = sizeZ * height * width;
    for (let at = 0; at < rows.length; ) {
      const end = Math.min(rows.length, at + perChannel - (this.done % perChannel));
      const range = this.ranges[Math.floor(this.done / perChannel) % sizeC];
      let { min, max } = range;
      for (let i = at; i < end; i++) {
        const value = rows[i];
        if (value < min && value > -Infinity) min = value;
        if (value > max && value < Infinity) max = value;
      }
      range.min = min;
      range.max = max;
      this.done += end - at;
      at = end;
    }
  }
}
