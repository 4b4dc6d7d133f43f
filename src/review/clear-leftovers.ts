import { readdir, readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { throwIfCancelled } from '../base/errors';
import type { ReviewFolder } from './review-folder';

/** What is written is written within this time, in milliseconds; a partial file without a change for longer has no writer. */
const PARTIAL_AGE = 3600 * 1000;
/** What a flow still reads of an image that its record no longer names, it reads within this time. */
const IMAGE_AGE = 24 * 3600 * 1000;
const PARTIAL = /\.partial-[0-9a-f]+$/;
const IMAGES = 'images';
const FOLDERS = ['.', IMAGES, 'targets', 'run'];
/** Names in the scratch store, which copies keep, need no escapes in an address. */
const COPY_IN_RECORD = /\/images\/([^"/]+)"/g;

/**
 * Removes from a review's folder what nobody needs: partial files and folders of writers that ended, and copies of images
 * that no record names any more, in the archive neither.
 * @returns paths below the folder
 */
export async function clearLeftovers(
  review: ReviewFolder,
  { now = Date.now(), signal }: { now?: number; signal?: AbortSignal } = {},
): Promise<string[]> {
  const partial: string[] = [];
  for (const folder of FOLDERS) {
    const names = (await namesIn(path.join(review.folder, folder))).filter((name) => PARTIAL.test(name));
    partial.push(...(await older(review.folder, folder, names, now - PARTIAL_AGE)));
  }
  const copies = (await namesIn(path.join(review.folder, IMAGES))).filter((name) => !PARTIAL.test(name));
  const old = await older(review.folder, IMAGES, copies, now - IMAGE_AGE);
  const named = old.length > 0 ? await namedImages(review, signal) : new Set<string>();
  const leftovers = [...partial, ...old.filter((name) => !named.has(path.basename(name)))];
  throwIfCancelled(signal, 'clearing the review folder');
  for (const name of leftovers) await rm(path.join(review.folder, name), { recursive: true, force: true });
  return leftovers;
}

/** Names of the copies that records name, those of the archive too. */
async function namedImages(review: ReviewFolder, signal?: AbortSignal): Promise<Set<string>> {
  const named = new Set<string>();
  const archive = path.join(review.folder, 'archive');
  const folders = [review.folder, ...(await namesIn(archive)).map((name) => path.join(archive, name))];
  for (const folder of folders) {
    for (const name of await namesIn(folder)) {
      throwIfCancelled(signal, 'clearing the review folder');
      if (!name.endsWith('.json')) continue;
      // Also a record that this version cannot read keeps its images.
      const text = await readFile(path.join(folder, name), 'utf8');
      for (const [, copy] of text.matchAll(COPY_IN_RECORD)) named.add(copy);
    }
  }
  return named;
}

async function older(root: string, folder: string, names: readonly string[], time: number): Promise<string[]> {
  const found: string[] = [];
  for (const name of names) {
    const there = await stat(path.join(root, folder, name)).catch(() => null);
    if (there && there.mtimeMs < time) found.push(path.join(folder, name));
  }
  return found;
}

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}
