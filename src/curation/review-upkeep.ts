import { mkdir, rename, unlink } from 'node:fs/promises';
import path from 'node:path';
import { SegmenterError, throwIfCancelled } from '../base/errors';
import { fileError } from '../storage/file-error';
import { listFolder, lstat, readText } from '../storage/outside-files';
import { ownFiles } from '../storage/own-files';
import { clearPartial, diskTime } from '../storage/partial';
import { endAbandonedTurn, TURN_ENDING } from '../storage/replace-exclusively';
import { ownMaskFiles } from './mask-files';
import { RECORD_ENDING } from './record';
import type { ReviewFolder } from './review-folder';
import { REVIEW_FOLDERS } from './review-mark';

/**
 * Moves the records of a review, with the drawings that were made from them, into a folder of its archive that is named by
 * the time. All else stays where it is.
 */
export async function archiveRecords(review: ReviewFolder, now = new Date()): Promise<void> {
  const archive = path.join(review.folder, REVIEW_FOLDERS.archive, now.toISOString().replaceAll(':', '-'));
  for (const { id } of review.list()) {
    const record = await review.get(id).catch((error: unknown) => {
      if (error instanceof SegmenterError && error.code === 'not-found') return null;
      throw error;
    });
    if (!record) continue;
    const base = review.pathOf(id);
    const names = [...(await ownMaskFiles(base, record.decision)), path.basename(base) + RECORD_ENDING];
    try {
      await mkdir(archive, { recursive: true });
      // The record last: where this ends between, its drawings are made again.
      for (const name of names) await rename(path.join(review.folder, name), path.join(archive, name));
    } catch (error) {
      throw fileError(error, 'archive', base + RECORD_ENDING);
    }
  }
  await review.refresh();
}

/** What a flow still reads of an image that its record no longer names, it reads within this time. */
const IMAGE_AGE = 24 * 3600 * 1000;
const { images, archive, run, tables, targets } = REVIEW_FOLDERS;
/** Names of copies, in records and tables: those of the scratch store need no escapes. */
const COPY = new RegExp(`${images}[\\\\/]([A-Za-z0-9._-]+)`, 'g');

/**
 * Removes from a review's folder what nobody needs: partial files and folders of writers that ended, and copies of images
 * that no record and no table names any more, in the archive neither. Only what was made for the review goes, by the names
 * and lists that say so; where it cannot be told what is named, nothing does.
 * @param options.now by the clock of the disk, in milliseconds
 * @returns paths below the folder
 */
export async function clearLeftovers(
  review: ReviewFolder,
  { now, signal }: { now?: number; signal?: AbortSignal } = {},
): Promise<string[]> {
  const cleared: string[] = [];
  for (const folder of ['.', images, targets, run]) {
    throwIfCancelled(signal, 'clearing the review folder');
    const there = await lstat(path.join(review.folder, folder)).catch(() => null);
    if (!there?.isDirectory()) continue;
    const names = await clearPartial(path.join(review.folder, folder));
    cleared.push(...names.map((name) => path.join(folder, name)));
  }
  for (const name of await namesIn(review.folder)) {
    if (!name.endsWith(TURN_ENDING)) continue;
    if (await endAbandonedTurn(path.join(review.folder, name))) cleared.push(name);
  }
  const time = now ?? (await diskTime(review.folder));
  const old = time === null ? [] : await oldCopies(path.join(review.folder, images), time - IMAGE_AGE);
  const named = old.length > 0 ? await namedCopies(review.folder, signal) : new Set<string>();
  throwIfCancelled(signal, 'clearing the review folder');
  for (const name of old.filter((copy) => !named.has(copy))) {
    await unlink(path.join(review.folder, images, name));
    cleared.push(path.join(images, name));
  }
  return cleared;
}

/** Names of the copies that were made before a time, and came to this disk before it. */
async function oldCopies(folder: string, time: number): Promise<string[]> {
  const old: string[] = [];
  for (const name of await ownFiles(folder)) {
    const there = await lstat(path.join(folder, name)).catch(() => null);
    if (there?.isFile() && Math.max(there.mtimeMs, there.ctimeMs) < time) old.push(name);
  }
  return old;
}

/** Names of the copies that records and tables name, those of the archive too. */
async function namedCopies(folder: string, signal?: AbortSignal): Promise<Set<string>> {
  const named = new Set<string>();
  const runs = (await namesIn(path.join(folder, archive))).map((name) => path.join(folder, archive, name));
  for (const place of [folder, path.join(folder, tables), ...runs]) {
    for (const name of await namesIn(place)) {
      throwIfCancelled(signal, 'clearing the review folder');
      if (!/\.(json|csv)$/.test(name)) continue;
      // Also a record that this version cannot read keeps its images.
      const text = await readText(path.join(place, name)).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'EISDIR' || error.code === 'ENOENT') return '';
        throw error;
      });
      for (const [, copy] of text.matchAll(COPY)) named.add(copy);
    }
  }
  return named;
}

/** None where there is no such folder; all else that keeps it from being read is an error. */
async function namesIn(folder: string): Promise<string[]> {
  const entries = await listFolder(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return [];
    throw error;
  });
  return entries.map(({ name }) => name);
}
