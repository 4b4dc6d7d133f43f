import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import path from 'node:path';

/**
 * Changes folders of a folder, whole or not at all: they are set aside first and come back where the change fails.
 * @param {string} root
 * @param {string[]} names of the folders
 * @param {() => Promise<void>} change makes them anew
 */
export async function replaceFolders(root, names, change) {
  const aside = (name) => path.join(root, `.before-${name}`);
  // what a change that was killed left
  for (const name of names) {
    if (existsSync(aside(name)) && !existsSync(path.join(root, name))) await rename(aside(name), path.join(root, name));
  }
  const present = names.filter((name) => existsSync(path.join(root, name)));
  for (const name of present) {
    await rm(aside(name), { recursive: true, force: true });
    await rename(path.join(root, name), aside(name));
  }
  try {
    await change();
  } catch (error) {
    for (const name of names) await rm(path.join(root, name), { recursive: true, force: true });
    for (const name of present) await rename(aside(name), path.join(root, name));
    throw error;
  }
  for (const name of present) await rm(aside(name), { recursive: true, force: true });
}
