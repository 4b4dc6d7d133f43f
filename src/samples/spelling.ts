import path from 'node:path';
import { SegmenterError } from '../base/errors';
import { listFolder, lookAt } from '../storage/outside-files';
import { toPath } from '../storage/paths';
import { isWebAddress, resolveInRoots } from '../storage/roots';
import { composed } from './names';

/** Names that can be spelt in one way only. */
const ASCII = /^\p{ASCII}*$/u;

/**
 * The absolute path that a text means, as its disk spells it. A table made on a Mac and files on a server may compose `ü`
 * differently, so what is not there by its own characters is looked for among the names of its folder; and a text may
 * have white space around it. What is not there either way stays as given, as does an http(s) address.
 * @throws SegmenterError `invalid-input` for what is no path, `not-allowed` outside the roots, `timeout`
 */
export async function asOnDisk(pathOrUri: string, roots: readonly string[]): Promise<string> {
  if (isWebAddress(pathOrUri)) return pathOrUri;
  const given = path.resolve(toPath(pathOrUri.trimStart()));
  const trimmed = path.resolve(toPath(pathOrUri.trim()));
  if (ASCII.test(given) && given === trimmed) return given;
  // No disk outside the roots is asked.
  await resolveInRoots(given, roots);
  if (await lookAt(given)) return given;
  const { root } = path.parse(trimmed);
  const parts = trimmed.slice(root.length).split(path.sep);
  let place = root;
  for (const [i, part] of parts.entries()) {
    const known = ASCII.test(part) || (await lookAt(path.join(place, part))) ? part : await entry(place, part, roots);
    if (known === null) return path.join(place, ...parts.slice(i));
    place = path.join(place, known);
  }
  return place;
}

/** The real path of what a text means. @throws as {@link asOnDisk} */
export async function resolveSpelt(pathOrUri: string, roots: readonly string[]): Promise<string> {
  return resolveInRoots(await asOnDisk(pathOrUri, roots), roots);
}

/** What a folder calls the entry of a name; null where it has none, or may not be listed. */
async function entry(folder: string, name: string, roots: readonly string[]): Promise<string | null> {
  try {
    const entries = await listFolder(await resolveInRoots(folder, roots));
    return entries.find((each) => composed(each.name) === composed(name))?.name ?? null;
  } catch (error) {
    if (error instanceof SegmenterError && error.code === 'timeout') throw error;
    return null;
  }
}
