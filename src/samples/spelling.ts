import path from 'node:path';
import { SegmenterError } from '../base/errors';
import { listFolder, lookAt } from '../storage/outside-files';
import { resolveInRoots } from '../storage/roots';
import { composed } from './names';

/** Names that can be spelt in one way only. */
const ASCII = /^\p{ASCII}*$/u;

/**
 * A path as its disk spells it. A table made on a Mac and files on a server may compose `ü` differently, so what is not
 * there by its own characters is looked for among the names of its folder. What is not there either way stays as given.
 * @param given absolute
 * @throws SegmenterError `not-allowed` outside the roots, `timeout`
 */
export async function asOnDisk(given: string, roots: readonly string[]): Promise<string> {
  if (ASCII.test(given) || (await lookAt(given))) return given;
  await resolveInRoots(given, roots);
  const { root } = path.parse(given);
  let place = root;
  const parts = given.slice(root.length).split(path.sep);
  for (const [i, part] of parts.entries()) {
    const next = path.join(place, part);
    const known = ASCII.test(part) || (await lookAt(next)) ? part : await entryNamed(place, part, roots);
    if (known === null) return path.join(place, ...parts.slice(i));
    place = path.join(place, known);
  }
  return place;
}

async function entryNamed(folder: string, name: string, roots: readonly string[]): Promise<string | null> {
  try {
    const entries = await listFolder(await resolveInRoots(folder, roots));
    return entries.find((entry) => composed(entry.name) === composed(name))?.name ?? null;
  } catch (error) {
    if (error instanceof SegmenterError && error.code === 'timeout') throw error;
    return null;
  }
}
