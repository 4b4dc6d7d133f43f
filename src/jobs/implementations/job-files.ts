import { validate } from '../../base/validate';
import {
  createImageWriter,
  describeImage,
  type ImageReader,
  type ImageWriter,
  openDescription,
  pathOfImage,
  type WriteInfo,
} from '../../formats';
import { type ImageDescription, ImageDescriptionSchema } from '../../image/description';
import { bytesPerPixel } from '../../image/dtype';
import { count } from '../../image/region';
import { toUri } from '../../storage/paths';
import { resolveInRoots } from '../../storage/roots';
import { Scratch } from '../../storage/scratch';
import { isWebAddress } from '../../storage/servers';
import type { HostSettings } from '../job-types';

/** An image that is being written into the scratch store. */
export interface ScratchImage {
  readonly path: string;
  readonly writer: ImageWriter;
  /** Completes the file and describes it. @param id of the image in messages */
  finish(id: string): Promise<ImageDescription>;
}

/**
 * The files of one job. Every path that a message brought is checked against the allowed folders here, images of the
 * scratch store stay in it while the job runs, and what is open or half written at its end is closed or removed.
 */
export class JobFiles {
  private readonly endings: Array<() => Promise<void>> = [];

  private constructor(
    private readonly settings: HostSettings,
    readonly scratch: Scratch,
  ) {}

  /** Runs a job with its files, and ends with them whatever happens. */
  static async use<T>(settings: HostSettings, work: (files: JobFiles) => Promise<T>): Promise<T> {
    const files = new JobFiles(settings, await scratchOf(settings));
    try {
      return await work(files);
    } finally {
      // Nothing that was asked for depends on these: a failure to tidy up fails no job.
      for (const end of files.endings.reverse()) await end().catch(() => undefined);
    }
  }

  /** Folders a job may read and write in, and servers it may read from. */
  get roots(): string[] {
    const { roots, modelsFolder, servers = [] } = this.settings;
    return [...roots, modelsFolder, this.scratch.folder, ...servers];
  }

  /** The real path of a path or file URI from outside. @throws SegmenterError `not-allowed` */
  path(pathOrUri: string): Promise<string> {
    return resolveInRoots(pathOrUri, this.roots);
  }

  /**
   * A description from a message, checked, with its real path; its file stays in the scratch store until the job ends.
   * @param name what the image is called in errors
   * @throws SegmenterError `invalid-input`, `not-allowed`, or `not-found` for an image that was evicted
   */
  async image(description: unknown, name: string): Promise<ImageDescription> {
    const image = validate(ImageDescriptionSchema, description, name);
    const file = await this.path(pathOfImage(image));
    if (isWebAddress(file)) return { ...image, uri: file };
    this.endings.push(await this.scratch.pin([file]));
    return { ...image, uri: toUri(file) };
  }

  /** Opens an image for reading until the job ends. @throws as {@link image}, and what opening throws */
  async open(description: unknown, name: string): Promise<ImageReader> {
    const reader = await openDescription(await this.image(description, name));
    this.endings.push(() => reader.close());
    return reader;
  }

  /** Starts an uncompressed OME-TIFF in the scratch store; it is removed unless it is finished. */
  async create(hint: string, info: WriteInfo): Promise<ScratchImage> {
    const path = await this.newFile(hint, '.ome.tiff', count(info.shape) * bytesPerPixel(info.dtype));
    const writer = await createImageWriter(path, { ...info, compression: 'none' }, 'ome-tiff');
    let finished = false;
    this.endings.push(async () => {
      if (!finished) await writer.abort();
    });
    const finish = async (id: string) => {
      await writer.finish();
      finished = true;
      const description = await describeImage(path, { id });
      return info.scale === undefined ? description : { ...description, scale: info.scale };
    };
    return { path, writer, finish };
  }

  /** A path in the scratch store for a result. */
  newFile(hint: string, extension: string, bytes: number): Promise<string> {
    return this.scratch.newFile(hint, extension, bytes);
  }
}

/** One store a process: opening it clears what dead processes left. */
let opened: { key: string; scratch: Promise<Scratch> } | null = null;

function scratchOf({ scratchFolder, scratchQuotaMB }: HostSettings): Promise<Scratch> {
  const key = JSON.stringify([scratchFolder, scratchQuotaMB]);
  if (opened?.key === key) return opened.scratch;
  const scratch = Scratch.open({ folder: scratchFolder, quotaMB: scratchQuotaMB });
  const entry = { key, scratch };
  opened = entry;
  scratch.catch(() => {
    if (opened === entry) opened = null;
  });
  return scratch;
}
