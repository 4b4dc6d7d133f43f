import { createHash } from 'node:crypto';
import { utimes } from 'node:fs/promises';
import path from 'node:path';
import { type Static, Type } from '#typebox';
import { SegmenterError, throwIfCancelled } from '../../base/errors';
import { contentHash } from '../../provenance/content-hash';
import { copyFileAtomic } from '../../storage/atomic-file';
import { passTimeouts, readPieces, stat } from '../../storage/outside-files';

/** What is looked at of a file: enough to tell a wrong mount, and quick over any network. */
const HEAD_BYTES = 2 ** 20;
/** What says how a Zarr folder is read. */
const METADATA = ['zarr.json', '.zgroup', '.zattrs', '.zarray'];

/** A file as one machine saw it: another that sees something else in its place has a wrong mount. */
export const FileMarkSchema = Type.Object({
  place: Type.String(),
  /** bytes; of a folder, of its metadata */
  size: Type.Integer({ minimum: 0 }),
  /** sha256 of the first megabyte */
  head: Type.String(),
});
export type FileMark = Static<typeof FileMarkSchema>;

/** @throws SegmenterError `not-found`, `timeout` */
export async function markOf(place: string): Promise<FileMark> {
  const status = await stat(place).catch((error: NodeJS.ErrnoException) => {
    if (error instanceof SegmenterError || error.code !== 'ENOENT') throw error;
    throw new SegmenterError('not-found', `${place}: no such file or folder`, { path: place });
  });
  const files = status.isDirectory() ? METADATA.map((name) => path.join(place, name)) : [place];
  const hash = createHash('sha256');
  let size = 0;
  for (const file of files) {
    const { size: bytes } = status.isDirectory()
      ? ((await stat(file).catch(passTimeouts(null))) ?? { size: 0 })
      : status;
    size += bytes;
    if (bytes > 0) for await (const piece of readPieces(file, 0, Math.min(bytes, HEAD_BYTES))) hash.update(piece);
  }
  return { place, size, head: hash.digest('hex') };
}

/**
 * Copies a file that never changes to where others reach it, named by what it holds; once, however often it is asked for.
 * @returns the path of the copy
 */
export async function shareFile(file: string, inbox: string, signal: AbortSignal): Promise<string> {
  throwIfCancelled(signal, 'sharing files');
  const { sha256 } = await contentHash(file, Number.POSITIVE_INFINITY, signal);
  const extension = /(\.ome)?\.[A-Za-z0-9]+$/.exec(path.basename(file))?.[0] ?? '';
  const copy = path.join(inbox, `${sha256}${extension}`);
  const now = new Date();
  // What is needed again is not among the oldest.
  if (
    await utimes(copy, now, now).then(
      () => true,
      () => false,
    )
  )
    return copy;
  await copyFileAtomic(file, copy);
  return copy;
}
