import path from 'node:path';
import { SegmenterError } from '../base/errors';
import type { FileVersion, ImageDescription } from '../image/description';
import { lookAt } from '../storage/outside-files';
import { isWebAddress } from '../storage/servers';
import { pathOfImage } from './path-of-image';

/** What describes a Zarr image; whoever writes one anew writes these anew. */
const ZARR_METADATA = ['zarr.json', '.zgroup', '.zattrs', '.zarray'] as const;

/**
 * Which version of an image is at a place: size in bytes and time of change of its file, of a Zarr folder those of its
 * metadata. To be asked before what is described is read, so that a change in between shows.
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
