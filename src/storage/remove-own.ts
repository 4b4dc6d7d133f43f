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
