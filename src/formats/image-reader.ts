import { InvalidInputError, SegmenterError } from '../base/errors';
import type { Band } from '../image/bands';
import type { Coverage } from '../image/coverage';
import type { Appearance, ImageDescription } from '../image/description';
import { bytesPerPixel, type DType, type PixelArray } from '../image/dtype';
import { contains, count, type Pixels, type Region, type Shape5, wholeRegion } from '../image/region';
import { timeLimit, withinTime } from '../storage/outside-files';
import { isScratchPath } from '../storage/scratch-names';
import { allocateBlock } from './byte-budget';
import { checkSet, checkUnchanged, pathOfImage } from './described-file';
import { asLabels } from './label-view';
import { openImage } from './open-image';
import type { ImageSource, PartVersion } from './source';

/** The pixels of a described image: its selection and region applied. */
export interface ImageReader {
  readonly desc: ImageDescription;
  /** [t, c, z, y, x] of the described image */
  readonly shape: Shape5;
  readonly dtype: DType;
  /** [t, c, z, y, x] of the blocks the image is stored in */
  readonly block: Readonly<Shape5>;
  /** [t, c, z, y, x] of each pyramid level of the file, before selection and region */
  readonly levels: readonly Shape5[];
  /** what the file says of its values beside them */
  readonly appearance: Appearance;
  /** the other files that it lies in, as they were when it was opened */
  readonly parts: readonly PartVersion[];
  /**
   * A block, C order over [t, c, z, y, x].
   * @param region relative to the described image
   * @throws InvalidInputError outside the image; CorruptFileError; SegmenterError `timeout` where disk or network do not answer
   */
  read(region: Region, options?: { signal?: AbortSignal }): Promise<PixelArray>;
  /** Whole rows of one plane: [y, x]. */
  readRows(band: Band, options?: { signal?: AbortSignal }): Promise<PixelArray>;
  /** Which pixels of a block the file holds, as {@link read} gives them; reads nothing. */
  coverage(region: Region): Coverage;
  close(): Promise<void>;
}

/**
 * Opens the image that a description stands for. Close it after use.
 * @param options.limitMs how long a read of so many bytes of pixels may take
 * @throws SegmenterError `not-found` where the file is gone (or removed from the scratch store), `changed` where it was
 *   overwritten, `invalid-input` where it is not what is described; what {@link openImage} throws
 */
export async function openDescription(
  desc: ImageDescription,
  { limitMs = timeLimit }: { limitMs?: (bytes: number) => number } = {},
): Promise<ImageReader> {
  const path = pathOfImage(desc);
  let source: ImageSource;
  try {
    source = await openImage(path, { scene: desc.scene, pages: desc.pages });
    if (desc.labels) source = asLabels(source);
  } catch (error) {
    if (!(error instanceof SegmenterError) || error.code !== 'not-found') {
      // What is being written anew may look damaged.
      await checkUnchanged(desc);
      throw error;
    }
    throw new SegmenterError(
      'not-found',
      `the image ${desc.id} is no longer there: ${isScratchPath(path) ? error.message : `${path} is missing; it was moved, renamed or removed since it was loaded`}`,
      { path, id: desc.id },
      { cause: error },
    );
  }
  try {
    // Now that it is open: a file that takes this one's place from here on is not read.
    await checkUnchanged(desc);
    checkSet(desc, source.info);
    return new SelectedReader(desc, source, path, limitMs);
  } catch (error) {
    await source.close();
    throw error;
  }
}

/** Reads all pixels of a described image. */
export async function readAll(desc: ImageDescription, options: { signal?: AbortSignal } = {}): Promise<Pixels> {
  const reader = await openDescription(desc);
  try {
    return { data: await reader.read(wholeRegion(reader.shape), options), shape: reader.shape };
  } finally {
    await reader.close();
  }
}

class SelectedReader implements ImageReader {
  readonly shape: Shape5;
  readonly dtype: DType;
  readonly block: Readonly<Shape5>;
  readonly levels: readonly Shape5[];
  readonly appearance: Appearance;
  readonly parts: readonly PartVersion[];
  /** numbers in the file of the described time points and channels */
  private readonly times: number[];
  private readonly channels: number[];
  /** where the described image begins along z, y, x */
  private readonly corner: [z: number, y: number, x: number];

  constructor(
    readonly desc: ImageDescription,
    private readonly source: ImageSource,
    private readonly path: string,
    private readonly limitMs: (bytes: number) => number,
  ) {
    const level = source.info.levels[desc.level];
    const changed = (what: string) =>
      new SegmenterError('invalid-input', `${path} is not what image ${desc.id} describes: ${what}`, { path });
    if (!level) throw changed(`it has ${source.info.levels.length} levels, the description names level ${desc.level}`);
    if (source.info.dtype !== desc.dtype) throw changed(`it holds ${source.info.dtype}, described is ${desc.dtype}`);
    const { t = range(level[0]), c = range(level[1]) } = desc.select ?? {};
    if (Math.max(...t) >= level[0]) throw changed(`it has ${level[0]} time points, described are ${t}`);
    if (Math.max(...c) >= level[1]) throw changed(`it has ${level[1]} channels, described are ${c}`);

    const selected: Shape5 = [t.length, c.length, level[2], level[3], level[4]];
    const region = desc.region ?? wholeRegion(selected);
    if (!contains(selected, region)) {
      throw changed(`its shape is [${selected}], the region begins at [${region.start}] and is [${region.size}]`);
    }
    if (desc.shape.some((n, axis) => n !== region.size[axis])) {
      throw changed(`its shape is [${region.size}], described is [${desc.shape}]`);
    }
    const { start, size } = region;
    this.shape = [...size];
    this.dtype = desc.dtype;
    this.block = source.info.blocks[desc.level];
    this.levels = source.info.levels;
    this.appearance = source.info.appearance ?? {};
    this.parts = source.info.others ?? [];
    this.times = t.slice(start[0], start[0] + size[0]);
    this.channels = c.slice(start[1], start[1] + size[1]);
    this.corner = [start[2], start[3], start[4]];
  }

  async read(region: Region, { signal }: { signal?: AbortSignal } = {}): Promise<PixelArray> {
    const parts = this.partsOf(region);
    const { level } = this.desc;
    const block = (of: Region): Promise<PixelArray> => {
      const limit = this.limitMs(count(of.size) * bytesPerPixel(this.dtype));
      return withinTime(limit, this.path, signal, (either) => this.source.read(of, { level, signal: either }));
    };
    if (parts.length === 1) return block(parts[0].stored);
    const out = allocateBlock(this.dtype, region.size, this.path);
    for (const part of parts) place(await block(part.stored), part, region.size, out);
    return out;
  }

  coverage(region: Region): Coverage {
    const parts = this.partsOf(region);
    const { level } = this.desc;
    const found = parts.map(({ stored }) => this.source.coverage?.(stored, { level }) ?? null);
    if (parts.length === 1 || found.every((part) => part === null)) return found[0];
    const out = new Uint8Array(count(region.size)).fill(1);
    for (const [i, part] of found.entries()) if (part) place(part, parts[i], region.size, out);
    return out;
  }

  /** The blocks of the file that a region is put together from. */
  private partsOf(region: Region): Part[] {
    if (!contains(this.shape, region)) {
      throw new InvalidInputError('region', `a block inside [${this.shape}] of image ${this.desc.id}`, region);
    }
    const { start, size } = region;
    const [z, y, x] = this.corner;
    const channels = runs(this.channels.slice(start[1], start[1] + size[1]));
    return runs(this.times.slice(start[0], start[0] + size[0])).flatMap((t) =>
      channels.map((c) => ({
        t,
        c,
        stored: {
          start: [t.first, c.first, z + start[2], y + start[3], x + start[4]],
          size: [t.count, c.count, size[2], size[3], size[4]],
        },
      })),
    );
  }

  readRows({ t, c, z, y, rows }: Band, options?: { signal?: AbortSignal }): Promise<PixelArray> {
    return this.read({ start: [t, c, z, y, 0], size: [1, 1, 1, rows, this.shape[4]] }, options);
  }

  close(): Promise<void> {
    return this.source.close();
  }
}

/** Numbers that follow each other, read in one go: file numbers from `first` on, at place `at` of the result. */
interface Run {
  first: number;
  count: number;
  at: number;
}

/** A block of the file, and the time points and channels of a region that it is. */
interface Part {
  t: Run;
  c: Run;
  stored: Region;
}

/** Puts a block in its place in a region of a size. */
function place(block: PixelArray, { t, c }: Part, [, sizeC, ...zyx]: Readonly<Shape5>, out: PixelArray): void {
  const volume = count(zyx);
  for (let i = 0; i < t.count; i++) {
    const rows = block.subarray(i * c.count * volume, (i + 1) * c.count * volume);
    out.set(rows, ((t.at + i) * sizeC + c.at) * volume);
  }
}

function runs(numbers: readonly number[]): Run[] {
  const found: Run[] = [];
  for (const [at, number] of numbers.entries()) {
    const last = found.at(-1);
    if (last && last.first + last.count === number) last.count++;
    else found.push({ first: number, count: 1, at });
  }
  return found;
}

function range(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i);
}
