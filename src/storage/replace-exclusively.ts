import type { Stats } from 'node:fs';
import { mkdir, open, readdir, rename, rm, rmdir, unlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SegmenterError } from '../base/errors';
import { syncFolder } from './atomic-file';
import { fileError } from './file-error';
import { TAKEN } from './folder-draft';
import { idleTime, partialPath } from './partial';
import { isWriterGone, newWriterTag, WRITER_TAG } from './writer-tag';

/** Between two looks at a turn that another has, milliseconds. */
const PAUSE = 10;
const TURN = new RegExp(`^${WRITER_TAG.source}$`);

/** Of the folder of a turn, behind the name of its file. */
export const TURN_ENDING = '.saving';

/** What a change of a file gives: its new text, null where it stays as it is, and what the caller wants to know. */
interface FileChange<T> {
  text: string | null;
  value: T;
  /** of a file that means the same as before: the time of change that it keeps */
  modified?: Date;
}

/**
 * Replaces a small file by what `change` makes of it, so that no other process replaces it between the reading and the
 * writing. Who has the turn has a folder `FILE.saving` with one file in it, named by a tag of its own. That file becomes
 * the new one: it is renamed to its place, which ends the turn in the same step. A turn is taken from its owner, be it dead
 * or slow, by removing that file, and then the owner's rename fails: of taking and replacing only one happens, whatever
 * clocks show. A folder takes the place of an empty one or of none, never of one with a file in it.
 * @param change reads the file itself
 * @param options.patience milliseconds after which a turn is taken from who has it
 * @returns what the change gave, and the new file's state as it was before its rename; null where it stays
 * @throws SegmenterError `busy` where another took the turn: nothing has changed
 */
export async function replaceExclusively<T>(
  file: string,
  change: () => Promise<FileChange<T>>,
  { patience = 10_000 }: { patience?: number } = {},
): Promise<{ value: T; written: Stats | null }> {
  const place = file + TURN_ENDING;
  const turn = await takeTurn(place, patience);
  try {
    const { text, value, modified } = await change();
    if (text === null) return { value, written: null };
    return { value, written: await write(turn, file, text, modified) };
  } finally {
    // Work is done; a turn that cannot be given back is found later.
    await unlink(turn).catch(() => undefined);
    await rmdir(place).catch(() => undefined);
  }
}

/** Removes a turn whose owner has ended, with its folder. @returns whether there was one */
export async function endAbandonedTurn(place: string): Promise<boolean> {
  const [tag, ...more] = await readdir(place).catch(() => []);
  if (tag === undefined || more.length > 0 || !TURN.test(tag)) return false;
  const file = path.join(place, tag);
  if (!(await isWriterGone(tag, () => idleTime(file)))) return false;
  await unlink(file).catch(() => undefined);
  await rmdir(place).catch(() => undefined);
  return true;
}

/** @returns the path of the turn's file */
async function takeTurn(place: string, patience: number): Promise<string> {
  const tag = await newWriterTag();
  const prepared = await partialPath(place);
  try {
    await mkdir(prepared, { recursive: true });
    await writeFile(path.join(prepared, tag), '', { flag: 'wx' });
    const seen: Seen = { tag: '', since: performance.now() };
    const end = performance.now() + 6 * patience;
    while (!(await rename(prepared, place).then(() => true, isTaken))) {
      if (performance.now() > end)
        throw new SegmenterError('busy', `${place}: is in use for too long`, { path: place });
      await makeWay(place, seen, patience);
    }
    return path.join(place, tag);
  } catch (error) {
    await rm(prepared, { recursive: true, force: true }).catch(() => undefined);
    throw fileError(error, 'write', place);
  }
}

function isTaken(error: NodeJS.ErrnoException): false {
  if (!TAKEN.has(error.code)) throw error;
  return false;
}

/** A turn, and since when this process has seen it. */
interface Seen {
  tag: string;
  since: number;
}

/** Takes the turn of one that ended or has it for too long; else waits a moment. */
async function makeWay(place: string, seen: Seen, patience: number): Promise<void> {
  const names = await readdir(place).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (names === null) return;
  const other = names.find((name) => !TURN.test(name));
  if (other !== undefined) {
    const message = `${place}: holds ${other}, which this program did not make; move it elsewhere`;
    throw new SegmenterError('exists', message, { path: place });
  }
  const [tag] = names;
  // Not every system lets a folder take the place of an empty one.
  if (tag === undefined) return rmdir(place).catch(() => undefined);
  if (seen.tag !== tag) Object.assign(seen, { tag, since: performance.now() });
  const waited = performance.now() - seen.since;
  if (waited > patience || (await isWriterGone(tag, async () => null)))
    await unlink(path.join(place, tag)).catch(() => undefined);
  else await sleep(PAUSE * (0.5 + Math.random()));
}

async function write(turn: string, file: string, text: string, modified?: Date): Promise<Stats> {
  try {
    const handle = await open(turn, 'r+');
    let written: Stats;
    try {
      await handle.writeFile(text);
      if (modified) await handle.utimes(modified, modified);
      await handle.sync();
      written = await handle.stat();
    } finally {
      await handle.close();
    }
    await rename(turn, file);
    await syncFolder(path.dirname(file));
    return written;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw fileError(error, 'write', file);
    throw new SegmenterError('busy', `${file}: another process took its turn; nothing was saved, try again`, {
      path: file,
    });
  }
}
