import path from 'node:path';
import { groupBy } from '../base/collections';
import { SegmenterError } from '../base/errors';
import { onlyScene, readManifest } from '../samples/manifest';
import type { SampleEntry, SampleListing } from '../samples/request';
import { imageId } from '../samples/sample-id';
import { fileError } from '../storage/file-error';
import { listFolder, lookAt } from '../storage/outside-files';
import { isInside } from '../storage/paths';
import { isWebAddress, resolveInRoots } from '../storage/roots';
import type { ReviewRecord } from './record';
import type { ReviewFolder } from './review-folder';

/** What Segmenter ML calls its tables. */
const TABLES = ['train.csv', 'val.csv', 'test.csv'];

/**
 * Lists the tables that a path stands for: itself, or of a folder those that Segmenter ML leaves there.
 * @throws SegmenterError `not-found` for a folder without one, `not-allowed` outside the roots
 */
export async function tablesAt(fileOrFolder: string, roots: readonly string[]): Promise<string[]> {
  const real = await resolveInRoots(fileOrFolder, roots);
  const there = await lookAt(real);
  if (!there?.isDirectory()) return [real];
  const entries = await listFolder(real).catch((error: unknown) => {
    throw fileError(error, 'read', real);
  });
  const names = new Set(entries.map(({ name }) => name));
  const found = TABLES.filter((name) => names.has(name));
  if (found.length > 0) return found.map((name) => path.join(real, name));
  throw new SegmenterError('not-found', `${real}: expected ${TABLES.join(', ')} or some of them in this folder`);
}

/**
 * Lists the samples of Segmenter ML's tables (`train.csv`, `val.csv`, `test.csv`, or any manifest), each raw image once.
 * Ids are those of a manifest; a row that does not fit is an entry with its error; of several tables they count from the
 * deepest folder that holds all raw images. A set that a file's name gives is not taken over: Segmenter ML's val and
 * test are the same rows, and neither keeps what was acquired together apart.
 * @returns entries to be opened, with their polygon files (.npy, plain or of objects), and remarks
 * @throws SegmenterError as reading a manifest does
 */
export async function listTables(files: readonly string[], roots: readonly string[]): Promise<SampleListing> {
  const byRaw = new Map<string, SampleEntry>();
  const problems: string[] = [];
  for (const file of files) {
    const listing = await readManifest(file, roots);
    problems.push(...listing.problems);
    const again: string[] = [];
    for (const entry of listing.entries) {
      // A row that does not fit has no other like it.
      const key = entry.error ? `${file}: ${entry.error.message}` : `${entry.raw}: ${onlyScene(entry)}`;
      const before = byRaw.get(key);
      if (!before) byRaw.set(key, entry);
      else again.push(...differences(before, entry));
    }
    problems.push(...again.map((text) => `${file}: ${text}`));
  }
  const entries = tellScenesApart([...byRaw.values()]);
  if (files.length === 1) return { entries, problems };
  const isLocal = ({ raw, error }: SampleEntry) => error === undefined && !isWebAddress(raw);
  const root = commonFolder(entries.filter(isLocal).map(({ raw }) => raw));
  return {
    entries: entries.map((entry) => (isLocal(entry) ? { ...entry, id: imageId(entry.raw, root) } : entry)),
    problems,
  };
}

/** Of several entries of one raw image each is of its scene, as in one table. */
function tellScenesApart(entries: readonly SampleEntry[]): SampleEntry[] {
  const ofImage = groupBy(entries, ({ raw }) => raw);
  return entries.map((entry) => {
    const isAlone = entry.error !== undefined || ofImage.get(entry.raw)?.length === 1;
    return isAlone ? entry : { ...entry, scene: onlyScene(entry) };
  });
}

/** What two rows of one raw image say differently; the first counts. */
function differences(first: SampleEntry, second: SampleEntry): string[] {
  const fields = ['seg1', 'seg2', 'mergeMask', 'excludeMask', 'base'] as const;
  const differing = fields.filter((field) => first[field] !== second[field]);
  return differing.length === 0 ? [] : [`${second.raw} was listed before with another ${differing.join(', ')}`];
}

function commonFolder(files: readonly string[]): string {
  let folder = path.dirname(files[0] ?? path.sep);
  while (!files.every((file) => isInside(folder, file)) && path.dirname(folder) !== folder)
    folder = path.dirname(folder);
  return folder;
}

/**
 * Takes a sample that was curated elsewhere over as used, with the base and the masks it brought. What people decided
 * here already stays.
 * @returns the record as it is then
 */
export async function adoptRecord(review: ReviewFolder, record: ReviewRecord): Promise<ReviewRecord> {
  const { id, revision, decision, sample } = record;
  if (sample.base === undefined || revision > 0) return record;
  return review.save(id, { revision, decision: { ...decision, state: 'used' } }, null);
}
