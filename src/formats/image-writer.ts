import { InvalidInputError } from '../base/errors';
import type { AtomicFileOptions } from '../storage/atomic-file';
import { createPngWriter } from './bitmap/png-writer';
import type { WriteFormat } from './extensions';
import type { ImageWriter, WriteInfo } from './source';
import { createTiffWriter } from './tiff/writing/tiff-writer';
import { createZarrWriter } from './zarr/zarr-writer';

type CreateWriter = (path: string, info: WriteInfo, options: AtomicFileOptions) => Promise<ImageWriter>;

const WRITERS: Readonly<Record<WriteFormat, CreateWriter>> = {
  'ome-tiff': (path, info, options) => createTiffWriter(path, info, 'ome', options),
  tiff: (path, info, options) => createTiffWriter(path, info, 'imagej', options),
  'ome-zarr': (path, info, options) => createZarrWriter(path, info, '0.5', options),
  'ome-zarr-v2': (path, info, options) => createZarrWriter(path, info, '0.4', options),
  png: createPngWriter,
};

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
  const create = WRITERS[format];
  if (!create) throw new InvalidInputError('format', Object.keys(WRITERS).join(', '), format);
  if (!info.shape.every((n) => Number.isSafeInteger(n) && n > 0)) {
    throw new InvalidInputError('shape', 'five positive integers [t,c,z,y,x]', info.shape);
  }
  if (info.channels.length !== info.shape[1]) {
    throw new InvalidInputError('channels', `${info.shape[1]} channels as in the shape`, info.channels.length);
  }
  return create(path, info, options);
}
