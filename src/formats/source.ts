import { InvalidInputError, throwIfCancelled } from '../base/errors';
import type { Coverage } from '../image/coverage';
import type { Acquisition, Appearance, Channel, PageAxis, PixelSize } from '../image/description';
import type { DType, PixelArray } from '../image/dtype';
import { contains, type Region, type Shape5 } from '../image/region';

/** How an image is opened. */
export interface OpenOptions {
  /** which of the file's images, from 0 */
  scene?: number;
  /** what the pages of a TIFF are taken for; absent: what the file says */
  pages?: PageAxis;
}

/** A file of a set in one version. */
export interface PartVersion {
  path: string;
  /** in bytes */
  size: number;
  /** milliseconds since 1970 */
  modified: number;
}

/** What a file says of one scene's image before any selection. Colour samples are channels. */
export interface SourceInfo {
  /** short name of the format, for example "tiff", "ome-tiff", "png" */
  format: string;
  /** number of scenes (images) in the file */
  scenes: number;
  /** the scene this source reads */
  scene: number;
  /** the file's name for it */
  sceneName?: string;
  /** what the file's pages are taken for, where it was opened so */
  pages?: PageAxis;
  /** [t, c, z, y, x] of each pyramid level, level 0 first */
  levels: Shape5[];
  /** [t, c, z, y, x] of the blocks each level is stored in: a read along their borders decodes no block twice */
  blocks: Shape5[];
  dtype: DType;
  channels: Channel[];
  pixelSize: PixelSize | null;
  scale?: number;
  acquisition?: Acquisition;
  appearance?: Appearance;
  /** the other files that the scene lies in (of Zarr its metadata), as they were when it was opened; absent: it lies in one */
  others?: readonly PartVersion[];
  /** pixels are labels, not what the file shows (`asLabels`) */
  labels?: true;
  /** what a person should know of the file, for example planes that are missing; reading may add to it */
  notes?: string[];
}

/** An open image. One interface for every format; regions are read, never the whole unless asked. */
export interface ImageSource {
  readonly info: SourceInfo;
  /**
   * The pixels of a block, C order over [t, c, z, y, x], in the file's own type.
   * @param region in pixels of the level
   * @throws CorruptFileError where the file is truncated or breaks its format
   */
  read(region: Region, options?: { level?: number; signal?: AbortSignal }): Promise<PixelArray>;
  /**
   * Which pixels of a block the file holds, from its directory alone; what it does not hold reads as 0 and is no
   * measurement. Absent: the format holds all pixels of its images.
   * @param region in pixels of the level
   */
  coverage?(region: Region, options?: { level?: number }): Coverage;
  /** The same image with what `read` leaves out, a channel of transparency, or with indices instead of a palette's colours. */
  withHidden?(): ImageSource;
  close(): Promise<void>;
}

/** What a writer must know before the first row. */
export interface WriteInfo {
  shape: Shape5;
  dtype: DType;
  channels: Channel[];
  pixelSize: PixelSize | null;
  scale?: number;
  acquisition?: Acquisition;
  /** what the image is called in an OME file; absent: as the file */
  name?: string;
  /** pixels that the image it is copied from does not hold; kept where the format has a place for it */
  uncovered?: number;
  compression?: Compression;
  /** side of square tiles, a multiple of 16; absent: strips of whole rows */
  tile?: number;
  /** smaller versions beside the image: mean of 2 x 2 pixels for intensities, nearest pixel for labels and masks */
  pyramid?: 'mean' | 'nearest';
  /** pixels are numbers of objects; said where the format has a place for it, OME-Zarr's `image-label`, with the image they are of */
  labels?: boolean | { of: string };
  /** leaves out blocks of zeros, which read as zeros again; for files that only this library reads */
  sparse?: boolean;
}

export const COMPRESSIONS = ['deflate', 'none', 'zstd'] as const;
export type Compression = (typeof COMPRESSIONS)[number];

/** Takes an image row by row in C order (x fastest, then y, z, c, t); the file appears whole on `finish`. */
export interface ImageWriter {
  /** Whole rows, in order, any number at a time; what belongs to an unfinished strip or row of tiles is kept. */
  write(rows: PixelArray): Promise<void>;
  /** Completes the file and gives it its name. @throws when rows are missing */
  finish(): Promise<void>;
  /** Removes what was written; safe at any time. */
  abort(): Promise<void>;
}

/** What a read of a source may be asked beside its region. */
export interface ReadOptions {
  /** of the pyramid (0) */
  level?: number;
  signal?: AbortSignal;
}

/**
 * Checks what is asked of a source before anything is read.
 * @param path of the file, for messages
 * @returns the shape of the level
 * @throws InvalidInputError for a level or a block that the image does not have; CancelledError
 */
export function checkRead(
  { levels }: Pick<SourceInfo, 'levels'>,
  region: Region,
  { level = 0, signal }: ReadOptions,
  path: string,
): Shape5 {
  throwIfCancelled(signal, 'reading');
  const shape = levels[level];
  if (!shape) throw new InvalidInputError('level', `an integer below ${levels.length}`, level);
  if (contains(shape, region)) return shape;
  throw new InvalidInputError('region', `a block inside [${shape}] of ${path}`, region);
}
