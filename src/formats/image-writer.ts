import { InvalidInputError } from '../base/errors';
import type { AtomicFileOptions } from '../storage/atomic-file';
import { createPngWriter } from './png-writer';
import type { ImageWriter, WriteInfo } from './source';
import { createTiffWriter } from './tiff/tiff-writer';
import { createZarrWriter } from './zarr/zarr-writer';

type CreateWriter = (path: string, info: WriteInfo, options: AtomicFileOptions) => Promise<ImageWriter>;

/** How a format is written. */
interface WriteRow {
  /** that a name may have; the first is given to one that has none */
  endings: readonly [string, ...string[]];
  /** an image is a folder of many files */
  isFolder?: true;
  create: CreateWriter;
}

const ZARR_ENDINGS = ['.ome.zarr', '.zarr'] as const;

/** Every format that is written; a new one is a row. */
const ROWS = {
  'ome-tiff': {
    endings: ['.ome.tiff', '.ome.tif'],
    create: (path, info, options) => createTiffWriter(path, info, 'ome', options),
  },
  tiff: {
    endings: ['.tiff', '.tif'],
    create: (path, info, options) => createTiffWriter(path, info, 'imagej', options),
  },
  'ome-zarr': {
    endings: ZARR_ENDINGS,
    isFolder: true,
    create: (path, info, options) => createZarrWriter(path, info, '0.5', options),
  },
  'ome-zarr-v2': {
    endings: ZARR_ENDINGS,
    isFolder: true,
    create: (path, info, options) => createZarrWriter(path, info, '0.4', options),
  },
  png: { endings: ['.png'], create: createPngWriter },
} as const satisfies Record<string, WriteRow>;
export type WriteFormat = keyof typeof ROWS;
export const WRITE_FORMATS: Readonly<Record<WriteFormat, WriteRow>> = ROWS;

/**
 * Starts an image file that appears whole on `finish` or not at all; a failed write removes what there is.
 * Missing folders are made.
 * @param options.existing 'error' (default) refuses to replace a file, at the start and again at the end
 * @throws InvalidInputError for a shape or channels that do not fit; UnsupportedError for what a format cannot hold;
 *   SegmenterError `exists`, `not-allowed`, `disk-full`
 */
export async function createImageWriter(
  path: string,
  info: WriteInfo,
  format: WriteFormat,
  options: AtomicFileOptions = {},
): Promise<ImageWriter> {
  const row = WRITE_FORMATS[format];
  if (!row) throw new InvalidInputError('format', Object.keys(WRITE_FORMATS).join(', '), format);
  if (!info.shape.every((n) => Number.isSafeInteger(n) && n > 0)) {
    throw new InvalidInputError('shape', 'five positive integers [t,c,z,y,x]', info.shape);
  }
  if (info.channels.length !== info.shape[1]) {
    throw new InvalidInputError('channels', `${info.shape[1]} channels as in the shape`, info.channels.length);
  }
  return row.create(path, info, options);
}
