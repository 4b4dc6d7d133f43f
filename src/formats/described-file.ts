import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { InvalidInputError, SegmenterError } from '../base/errors';
import { canonicalHash } from '../base/plain-json';
import type { FileVersion, ImageDescription } from '../image/description';
import { lookAt } from '../storage/outside-files';
import { isWebAddress } from '../storage/roots';
import type { SourceInfo } from './source';

/**
 * Gives the file or folder that a description's pixels are in, or the http(s) address of it.
 * @throws InvalidInputError for any other URI
 */
export function pathOfImage({ id, uri }: Pick<ImageDescription, 'id' | 'uri'>): string {
  if (isWebAddress(uri)) return uri;
  try {
    return fileURLToPath(uri);
  } catch {
    throw new InvalidInputError(`uri of image ${id}`, 'a file:// URI of this machine or an http(s) address', uri);
  }
}

/** What describes a Zarr image; whoever writes one anew writes these anew. */
const ZARR_METADATA = ['zarr.json', '.zgroup', '.zattrs', '.zarray'] as const;

/**
 * Looks up which version of an image is at a place: size in bytes and time of change of its file, of a Zarr folder those
 * of its metadata. To be asked before what is described is read, so that a change in between shows.
 * @returns undefined where nothing tells: on a server, and where nothing is
 * @throws SegmenterError `timeout`
 */
export async function fileVersion(place: string): Promise<FileVersion | undefined> {
  if (isWebAddress(place)) return undefined;
  const status = await lookAt(place);
  if (!status) return undefined;
  if (!status.isDirectory()) return { size: status.size, modified: Math.round(status.mtimeMs) };
  const metadata = await Promise.all(ZARR_METADATA.map((name) => lookAt(path.join(place, name))));
  const files = metadata.filter((file) => file !== null);
  if (files.length === 0) return undefined;
  return {
    size: files.reduce((sum, { size }) => sum + size, 0),
    modified: Math.max(...files.map(({ mtimeMs }) => Math.round(mtimeMs))),
  };
}

/**
 * Sees that a described file is the one that was described; images without a version pass, and files that are gone: who
 * has one open reads on. A Zarr image that is gone has missing chunks, which read as empty.
 * @throws SegmenterError `changed`, `timeout`
 */
export async function checkUnchanged(image: ImageDescription): Promise<void> {
  const { id, file: described } = image;
  if (described === undefined) return;
  const place = pathOfImage(image);
  const found = await fileVersion(place);
  const isSame = found
    ? found.size === described.size && found.modified === described.modified
    : image.format !== 'ome-zarr';
  if (isSame) return;
  const message =
    `${place} has changed since it was loaded as ${id}: expected ${words(described)}, found ${found ? words(found) : 'nothing'}. ` +
    'Load it again; where acquisitions follow each other, give each a file name of its own';
  throw new SegmenterError('changed', message, { path: place, id, described, found });
}

function words({ size, modified }: FileVersion): string {
  const time = new Date(modified);
  return `${size} bytes of ${Number.isNaN(time.getTime()) ? `${modified} ms` : time.toISOString()}`;
}

/** Digits of a hash that tell versions of one set apart. */
const DIGITS = 16;

/** Gives what stands for the other files of an image's set, as they were when it was opened. */
export function versionOfSet({ others }: Pick<SourceInfo, 'others'>): Pick<FileVersion, 'set'> {
  if (others === undefined) return {};
  const versions = others.map(({ path: file, size, modified }) => [path.basename(file), size, modified].join());
  return { set: canonicalHash(versions.sort()).slice(0, DIGITS) };
}

/**
 * Sees that the files of an opened set are those that were described; descriptions without a version of them pass.
 * @throws SegmenterError `changed` naming the file that was written last
 */
export function checkSet({ id, file, ...image }: ImageDescription, info: SourceInfo): void {
  if (file?.set === undefined || file.set === versionOfSet(info).set) return;
  const place = pathOfImage({ id, ...image });
  const others = info.others ?? [];
  const last = others.reduce((latest, part) => (part.modified > latest.modified ? part : latest), others[0]);
  const found = last ? `; last written is ${last.path}, ${new Date(last.modified).toISOString()}` : '';
  const message = `a file of the set of ${place} has changed since it was loaded as ${id}${found}. Load it again`;
  throw new SegmenterError('changed', message, { path: last?.path ?? place, id });
}

/**
 * Does what looks at the pixels of images; what it says of these (NaN, nothing that counts) names the files, too.
 * @throws what the work throws
 */
export async function aboutImages<T>(
  images: ReadonlyArray<Pick<ImageDescription, 'id' | 'uri'>>,
  work: () => T | Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof SegmenterError) || error.code !== 'invalid-input') throw error;
    const files = images.map((image) => (image.uri.startsWith('file:') ? pathOfImage(image) : image.uri));
    const unsaid = files.filter((file) => !error.message.includes(file));
    if (unsaid.length === 0) throw error;
    const message = `${images[0].id} (${unsaid.join(', ')}): ${error.message}`;
    throw new SegmenterError(error.code, message, { ...error.details, image: images[0].id, files }, { cause: error });
  }
}
