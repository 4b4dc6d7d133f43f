import { lstat, open, opendir, readdir, rename, rm, rmdir, unlink } from 'node:fs/promises';
import path from 'node:path';
import { isScratchPath } from './scratch-names';
import { isWriterGone, newWriterTag, WRITER_TAG } from './writer-tag';

const PARTIAL = new RegExp(`^(?<target>.+)\\.partial-(?<tag>${WRITER_TAG.source})$`);
/** An older folder while a new one takes its place: `NAME.before.partial-TAG`. */
const BEFORE = '.before';
/** Folders whose leftovers were looked for remain known up to this many. */
const MOST_KNOWN = 10_000;

const known = new Set<string>();

/** Gives the path beside its place of what is being written: `NAME.partial-TAG`, whose tag tells the writer. */
export async function partialPath(target: string): Promise<string> {
  return `${target}.partial-${await newWriterTag()}`;
}

/** Says where a folder waits while another takes its place. */
export function pathOfBefore(target: string): Promise<string> {
  return partialPath(target + BEFORE);
}

/** Tells whether a name is one that {@link partialPath} gives. */
export function isPartialName(name: string): boolean {
  return PARTIAL.test(name);
}

/**
 * Removes from a folder what writers left that were killed, once in the life of this process and beside other work: a
 * process that was killed has a new one after it.
 */
export function clearPartialOnce(folder: string): void {
  // The scratch store looks after its own.
  if (known.has(folder) || isScratchPath(path.join(folder, 'any_1-0123456789abcdef'))) return;
  if (known.size >= MOST_KNOWN) known.clear();
  known.add(folder);
  void clearPartial(folder).catch(() => undefined);
}

/**
 * Removes from a folder what writers left that have ended, known by the names that they gave. A folder that was to be
 * replaced comes back where its place is empty.
 * @param mayHold where folders may be taken for somebody's: of them only files of these names go, as `removeOwn` says
 * @returns names of what was removed or came back
 */
export async function clearPartial(folder: string, mayHold?: (name: string) => boolean): Promise<string[]> {
  const cleared: string[] = [];
  for await (const { name } of await opendir(folder, { bufferSize: 1024 })) {
    const { target, tag } = PARTIAL.exec(name)?.groups ?? {};
    if (tag === undefined) continue;
    const file = path.join(folder, name);
    if (!(await isWriterGone(tag, () => idleTime(file)))) continue;
    const there = await lstat(file).catch(() => null);
    if (there?.isFile()) await unlink(file);
    else if (there?.isDirectory() && mayHold) await removeOwn(file, mayHold);
    else if (there?.isDirectory()) await clearFolder(file, path.join(folder, target));
    else continue;
    cleared.push(name);
  }
  return cleared;
}

/**
 * Tells for how many milliseconds nothing was written to a file or folder, by the clock of its disk; null where that
 * cannot be told.
 */
export async function idleTime(file: string): Promise<number | null> {
  const [now, there] = await Promise.all([diskTime(path.dirname(file)), lstat(file).catch(() => null)]);
  return now === null || there === null ? null : now - there.mtimeMs;
}

/**
 * Reads what the disk's clock shows, which may be that of another machine, in milliseconds; null where nothing can be
 * written.
 */
export async function diskTime(folder: string): Promise<number | null> {
  const file = await partialPath(path.join(folder, '.time'));
  const handle = await open(file, 'wx').catch(() => null);
  if (!handle) return null;
  try {
    return (await handle.stat()).mtimeMs;
  } finally {
    await handle.close();
    await unlink(file).catch(() => undefined);
  }
}

async function clearFolder(folder: string, target: string): Promise<void> {
  if (target.endsWith(BEFORE)) {
    const place = target.slice(0, -BEFORE.length);
    if ((await lstat(place).catch(isMissing)) === true) return rename(folder, place);
  }
  await rm(folder, { recursive: true, force: true });
}

/** Whether an error says that nothing is there; all else is no answer. */
function isMissing(error: NodeJS.ErrnoException): boolean {
  if (error.code !== 'ENOENT') throw error;
  return true;
}

/**
 * Removes from a folder the files that are named as this package names them, and folders that are empty then, itself
 * among them. All else stays, and no link is followed.
 * @param isOwn is given names below the folder, with `/` between folders
 * @returns whether nothing is left
 */
export async function removeOwn(folder: string, isOwn: (name: string) => boolean, below = ''): Promise<boolean> {
  let isEmpty = true;
  for (const entry of await entriesOf(path.join(folder, below))) {
    const name = below + entry.name;
    if (entry.isDirectory()) isEmpty = (await removeOwn(folder, isOwn, `${name}/`)) && isEmpty;
    else if (entry.isFile() && isOwn(name)) await unlink(path.join(folder, name));
    else isEmpty = false;
  }
  if (isEmpty) await rmdir(path.join(folder, below)).catch(() => undefined);
  return isEmpty;
}

async function entriesOf(folder: string) {
  return readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
}

/** What desktops leave in any folder that is looked at. */
const MADE_BY_SYSTEM = /^(\.DS_Store|\._.+|Thumbs\.db|desktop\.ini|\.directory)$/i;
/** What disks and servers keep in a folder of their own, and what people write to say what it is. */
const HARMLESS =
  /^(lost\+found|@eaDir|\.snapshot|\$RECYCLE\.BIN|System Volume Information|\.nfs.+|README(\.\w+)?|\.gitkeep)$/i;

/** Tells whether a file of this name holds nothing that anybody would miss. */
export function isMadeBySystem(name: string): boolean {
  return MADE_BY_SYSTEM.test(name);
}

/** Tells whether something of this name says nothing of what a folder is for. It is nobody's business to remove it. */
export function isHarmless(name: string): boolean {
  return isMadeBySystem(name) || HARMLESS.test(name);
}
