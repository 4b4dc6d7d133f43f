import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { SegmenterError } from '../base/errors';
import { isRecord } from '../base/plain-json';
import { fileError } from '../storage/file-error';
import { listFolder, readText } from '../storage/outside-files';
import { isHarmless, isPartialName } from '../storage/partial';

/** Folders in the folder of a review. What lies in them is removed only as far as it was made for the review. */
export const REVIEW_FOLDERS = {
  /** copies of images that would be evicted from the scratch store */
  images: 'images',
  /** copies of targets that the tables name */
  targets: 'targets',
  tables: 'tables',
  /** state of the run, and the last report */
  run: 'run',
  /** earlier runs */
  archive: 'archive',
} as const;

const { run, targets } = REVIEW_FOLDERS;

/** Says that a folder was made for a review, and what that means. */
const MARK = '.segmenter-review';
const TEXT = `The curate node of node-red-segmenter keeps a review in this folder. It removes files that it made itself and no
others, but please keep your own in another place.
`;
/** Files that an error or a warning names at most. */
const SHOWN = 5;
const ENDINGS = /(\.json(\.saving)?|\.(merge|exclude|corrections)\.geojson|\.lock)$/;

/**
 * Marks a folder as that of a review where it is empty, or where a version before marks kept one there.
 * @param bases names of the records that were read, without their endings
 * @returns some names of what else lies there; it is never touched
 * @throws SegmenterError `exists` for a folder that has files already and no review
 */
export async function claimReview(folder: string, bases: ReadonlySet<string>): Promise<string[]> {
  const entries = await listFolder(folder).catch((error: unknown) => {
    throw fileError(error, 'read', folder);
  });
  const names = entries.map(({ name }) => name);
  const isMarked = names.includes(MARK);
  const isReview = isMarked || bases.size > 0 || (await hasRunState(folder));
  const own = new Set<string>(isReview ? [MARK, ...Object.values(REVIEW_FOLDERS)] : []);
  const isOwn = (name: string) => own.has(name) || name.endsWith('.json') || bases.has(name.replace(ENDINGS, ''));
  const others = names.filter((name) => !isHarmless(name) && !isPartialName(name) && !(isReview && isOwn(name)));
  if (!isReview && others.length > 0) {
    const text = `${folder}: holds ${shown(others)} and no review; a review needs a folder of its own, choose an empty one`;
    throw new SegmenterError('exists', text, { folder, others: others.slice(0, SHOWN) });
  }
  const led = entries.find((entry) => !entry.isDirectory() && [run, targets].some((name) => name === entry.name));
  if (led) {
    const text = `${path.join(folder, led.name)}: expected a folder of this review, not a file or a link`;
    throw new SegmenterError('exists', text, { folder });
  }
  if (!isMarked) await writeMark(path.join(folder, MARK));
  return others.slice(0, SHOWN);
}

async function writeMark(file: string): Promise<void> {
  await writeFile(file, TEXT, { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
    // Another process was faster.
    if (error.code !== 'EEXIST') throw fileError(error, 'write', file);
  });
}

/** A review that was begun anew has no records, but the state of its run. */
async function hasRunState(folder: string): Promise<boolean> {
  const text = await readText(path.join(folder, run, 'state.json')).catch(() => '');
  try {
    const state: unknown = JSON.parse(text);
    return isRecord(state) && ['failed', 'finished', 'sending', 'sent', 'version'].every((name) => name in state);
  } catch {
    return false;
  }
}

function shown(names: readonly string[]): string {
  const more = names.length - SHOWN;
  return names.slice(0, SHOWN).join(', ') + (more > 0 ? ` and ${more} more` : '');
}
