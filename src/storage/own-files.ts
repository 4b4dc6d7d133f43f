import { appendFile, mkdir, readdir, rmdir, unlink } from 'node:fs/promises';
import path from 'node:path';
import { writeFileAtomic } from './atomic-file';
import { fileError } from './file-error';
import { lstat, readText } from './outside-files';

/** Tells which files of a folder this package made, a name a line. */
const LIST = '.segmenter-files';

/** Notes that a file of this name is about to be made in a folder, which is made too where it is missing. */
export async function noteOwnFile(folder: string, name: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    await appendFile(path.join(folder, LIST), `${name}\n`);
  } catch (error) {
    throw fileError(error, 'write', path.join(folder, LIST));
  }
}

/** Notes which of the files of a folder are this package's from now on. */
export async function setOwnFiles(folder: string, names: Iterable<string>): Promise<void> {
  await writeFileAtomic(path.join(folder, LIST), [...names].map((name) => `${name}\n`).join(''));
}

/** Reads the names of the files that this package made in a folder. What lies behind a link is somebody else's. */
export async function ownFiles(folder: string): Promise<Set<string>> {
  const there = await lstat(folder).catch(() => null);
  if (!there?.isDirectory()) return new Set();
  const text = await readText(path.join(folder, LIST)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw fileError(error, 'read', path.join(folder, LIST));
  });
  return new Set(text.split('\n').filter((name) => name !== '' && name === path.basename(name)));
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
