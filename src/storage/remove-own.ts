import { readdir, rmdir, unlink } from 'node:fs/promises';
import path from 'node:path';

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
