import path from 'node:path';
import { SegmenterError } from '../../base/errors';
import {
  checkUnchanged,
  createImageWriter,
  describeImage,
  type ImageReader,
  type ImageWriter,
  openDescription,
  pathOfImage,
  type WriteInfo,
} from '../../formats';
import type { ImageDescription } from '../../image/description';
import { bytesPerPixel, type DType } from '../../image/dtype';
import { count, type Shape5 } from '../../image/region';
import { openNumbered } from '../../samples/numbered-segmentation';
import { openSegmentation, type SegmentationOptions, type SegmentationReader } from '../../samples/segmentation';
import { listUpTo, lookAt, passTimeouts, withinTime } from '../../storage/outside-files';
import { toUri } from '../../storage/paths';
import { isWebAddress, resolveInRoots, withRoots } from '../../storage/roots';
import { type NewScratchFile, Scratch } from '../../storage/scratch';
import type { HostSettings } from '../job-types';
import { type JobLimits, limitsOf } from './limits';

/** Sides of the tiles of large results. */
const TILE = 512;
/** Compression brings a large result to less than this share of its pixels' bytes, as a rule. */
const EXPECTED_SHARE = 1 / 32;

/** Tidying up waits no longer for a disk. */
const TIDY_MS = 10_000;

/** An image that is being written into the scratch store. */
export interface ScratchImage {
  readonly path: string;
  readonly writer: ImageWriter;
  /**
   * Completes the file and describes it.
   * @param id of the image in messages
   * @param notes what a person should know of how it was made
   */
  finish(id: string, notes?: readonly string[]): Promise<ImageDescription>;
}

/**
 * The files of one job. Every path that a message brought is checked against the allowed folders here, images of the
 * scratch store stay in it while the job runs, and what is open or half written at its end is closed or removed.
 */
export class JobFiles {
  private readonly endings: Array<() => Promise<void>> = [];
  private readonly opened: ImageDescription[] = [];
  /** what messages brought */
  private readonly described: ImageDescription[] = [];

  private constructor(
    private readonly settings: HostSettings,
    private readonly limits: JobLimits,
    readonly scratch: Scratch,
  ) {}

  /**
   * Runs a job with its files, and ends with them whatever happens.
   * @throws what the work throws; SegmenterError `changed` where an image that it read was overwritten meanwhile
   */
  static async use<T>(
    context: { settings: HostSettings; limits?: Partial<JobLimits> },
    work: (files: JobFiles) => Promise<T>,
  ): Promise<T> {
    const { settings } = context;
    const files = new JobFiles(settings, limitsOf(context), await scratchOf(settings));
    try {
      const result = await withRoots(files.roots, () => work(files));
      await files.checkOpened();
      return result;
    } catch (error) {
      // A file that is being overwritten looks damaged.
      if (error instanceof SegmenterError && error.code === 'corrupt-file') await files.checkOpened();
      throw (error instanceof SegmenterError && error.code === 'not-found' && (await files.takenAway(error))) || error;
    } finally {
      // Nothing that was asked for depends on these: a failure to tidy up fails no job.
      for (const end of files.endings.reverse()) {
        await withinTime(TIDY_MS, files.scratch.folder, undefined, end, 'tidying up').catch(() => undefined);
      }
    }
  }

  /** Lists the folders a job may read and write in, and servers it may read from. */
  get roots(): string[] {
    const { roots, modelsFolder, servers = [] } = this.settings;
    return [...roots, modelsFolder, this.scratch.folder, ...servers];
  }

  /** Resolves the real path of a path or file URI from outside. @throws SegmenterError `not-allowed` */
  path(pathOrUri: string): Promise<string> {
    return resolveInRoots(pathOrUri, this.roots);
  }

  /**
   * Resolves a description from a message to its real path; its file stays in the scratch store until the job ends.
   * @throws SegmenterError `not-allowed`, or `not-found` for an image that was evicted or removed
   */
  async image(image: ImageDescription): Promise<ImageDescription> {
    this.described.push(image);
    const file = await this.path(pathOfImage(image));
    if (isWebAddress(file)) return { ...image, uri: file };
    this.endings.push(await this.scratch.pin([file]));
    return { ...image, uri: toUri(file) };
  }

  /** Has something be freed when the job ends, whatever happens. */
  atEnd(free: () => void): void {
    this.endings.push(async () => free());
  }

  /** Keeps a file of the scratch store there until the job ends. @returns false where it is gone */
  async keep(file: string): Promise<boolean> {
    try {
      this.endings.push(await this.scratch.pin([file]));
      return true;
    } catch (error) {
      if (error instanceof SegmenterError && error.code === 'not-found') return false;
      throw error;
    }
  }

  /** Opens an image for reading until the job ends. @throws as {@link image}, and what opening throws */
  async open(description: ImageDescription): Promise<ImageReader> {
    const image = await this.image(description);
    const reader = await openDescription(image);
    this.opened.push(image);
    this.endings.push(() => reader.close());
    return reader;
  }

  /** Opens a segmentation or mask until the job ends. @throws as {@link image}, and what opening a segmentation throws */
  openSegmentation(description: ImageDescription, options: SegmentationOptions): Promise<SegmentationReader> {
    return this.openedBy(openSegmentation, description, options);
  }

  /** Opens a segmentation by the numbers of its objects until the job ends. @throws as {@link image} and `openNumbered` do */
  openNumbered(description: ImageDescription, options: SegmentationOptions): Promise<SegmentationReader> {
    return this.openedBy(openNumbered, description, options);
  }

  private async openedBy(
    open: typeof openSegmentation,
    description: ImageDescription,
    options: SegmentationOptions,
  ): Promise<SegmentationReader> {
    const image = await this.image(description);
    const reader = await open(image, options);
    this.opened.push(image);
    this.endings.push(() => reader.close());
    return reader;
  }

  /** The error of an image that was seen before and is gone with its folder: so are those of a share that was taken away. */
  private async takenAway(cause: SegmenterError): Promise<SegmenterError | null> {
    const { path: missing } = cause.details ?? {};
    for (const image of this.described) {
      const file = pathOfImage(image);
      // The path of the error has its links resolved, or does not.
      if (image.file === undefined || typeof missing !== 'string' || path.basename(missing) !== path.basename(file))
        continue;
      const folder = path.dirname(file);
      if (!(await isGoneOrEmpty(folder))) continue;
      const message = `${file}: it was there when it was loaded; ${folder} is gone or empty now. Was its disk or network share taken away?`;
      return new SegmenterError('timeout', message, { path: file, systemCode: 'ENOENT' }, { cause });
    }
    return null;
  }

  private async checkOpened(): Promise<void> {
    for (const image of this.opened) await checkUnchanged(image);
  }

  /**
   * Tells whether a result is stored in compressed tiles: reading it back then costs more, but it fits into the store.
   */
  isLarge(shape: Readonly<Shape5>, dtype: DType): boolean {
    return count(shape) * bytesPerPixel(dtype) > this.limits.plainBytes;
  }

  /**
   * Starts an OME-TIFF in the scratch store, uncompressed, or a large one in compressed tiles without those that are all
   * zero; it is removed unless it is finished.
   * @param meaning of a mask or labels, which nobody then needs to judge
   */
  async create(
    hint: string,
    info: WriteInfo,
    meaning: Pick<ImageDescription, 'foreground' | 'unknown'> = {},
  ): Promise<ScratchImage> {
    const bytes = count(info.shape) * bytesPerPixel(info.dtype);
    const large = this.isLarge(info.shape, info.dtype);
    const { path, options } = await this.newFile(hint, '.ome.tiff', large ? bytes * EXPECTED_SHARE : bytes);
    const layout = large
      ? ({ compression: 'deflate', tile: TILE, sparse: true } as const)
      : ({ compression: 'none' } as const);
    // The file's own name is of one run only: the same work gives the same bytes.
    const { name = info.channels[0]?.name } = info;
    const writer = await createImageWriter(path, { ...info, name, ...layout }, 'ome-tiff', options).catch(
      async (error) => {
        await options.room?.settle(0);
        throw error;
      },
    );
    let finished = false;
    this.endings.push(async () => {
      if (!finished) await writer.abort();
    });
    const finish = async (id: string, notes: readonly string[] = []) => {
      await writer.finish();
      finished = true;
      const description = await describeImage(path, { id });
      const { scale, acquisition } = info;
      return {
        ...description,
        ...(scale === undefined ? {} : { scale }),
        ...(acquisition === undefined ? {} : { acquisition }),
        ...meaning,
        ...(notes.length === 0 ? {} : { notes: [...notes] }),
      };
    };
    return { path, writer, finish };
  }

  /** Gives a file in the scratch store for a result. */
  newFile(hint: string, extension: string, bytes: number): Promise<NewScratchFile> {
    return this.scratch.newFile(hint, extension, bytes);
  }
}

/** A share that is not mounted leaves nothing, or the empty folder that it is mounted in. */
async function isGoneOrEmpty(folder: string): Promise<boolean> {
  const listed = await listUpTo(folder, 1).catch(passTimeouts(null));
  return listed === null ? (await lookAt(folder)) === null : listed.entries.length === 0;
}

/** One store a process: opening it clears what dead processes left. */
let opened: { key: string; scratch: Promise<Scratch> } | null = null;

/** The store, which is opened anew where that failed, and made again where its folder was removed. */
async function scratchOf({ scratchFolder, scratchQuotaMB }: HostSettings): Promise<Scratch> {
  const key = JSON.stringify([scratchFolder, scratchQuotaMB]);
  if (opened?.key !== key) opened = { key, scratch: Scratch.open({ folder: scratchFolder, quotaMB: scratchQuotaMB }) };
  const entry = opened;
  const scratch = await entry.scratch.catch((error) => {
    if (opened === entry) opened = null;
    throw error;
  });
  // Of a job that stores nothing no failure of it is the matter; one that does meets it again. A dead disk is met by all.
  await scratch.look().catch(passTimeouts(undefined));
  return scratch;
}
