import { appendFile, mkdir } from 'node:fs/promises';
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
