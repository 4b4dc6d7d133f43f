import path from 'node:path';
import { InvalidInputError, SegmenterError } from '../../base/errors';
import { isRecord } from '../../base/plain-json';
import { isInside, toPath, toUri, withHome } from '../../storage/paths';
import { isFolderName, parseNamedFolders } from './named-folders';

/** A folder that several machines reach, each in a place of its own, by a name that they share. */
export interface SharedFolder {
  name: string;
  folder: string;
}

/** How a place is written in a job: `segmenter-file://NAME/relative/path` for a URI, `segmenter-path://...` for a path. */
const PORTABLE = /^segmenter-(?<form>file|path):\/\/(?<name>[^/]+)\/(?<relative>.*)$/s;

/**
 * Reads `NAME=FOLDER`, or several with `;` between.
 * @throws InvalidInputError
 */
export function parseSharedFolders(text: string): SharedFolder[] {
  return parseNamedFolders(text).map(({ name, folder }) => ({ name, folder: path.resolve(withHome(folder)) }));
}

/**
 * Names folders by the last part of their paths; those where that can be no name are left out.
 * @throws InvalidInputError where two have the same one: a job would find the files of one in the other
 */
export function foldersByTheirNames(folders: readonly string[]): SharedFolder[] {
  const named = new Map<string, SharedFolder>();
  for (const folder of folders.map((one) => path.resolve(one))) {
    const name = path.basename(folder);
    const other = named.get(name);
    if (other && other.folder !== folder) {
      const expected = `folders whose paths end in different names, or names for them in the compute node, such as ${name}=${other.folder}; ${name}2=${folder}`;
      throw new InvalidInputError('shared folders', expected, `${other.folder} and ${folder}`);
    }
    if (isFolderName(name)) named.set(name, { name, folder });
  }
  return [...named.values()];
}

/** Gives the portable form of a path or `file://` URI; null where it lies in no shared folder. */
export function toPortable(place: string, folders: readonly SharedFolder[]): string | null {
  const form = place.startsWith('file:') ? 'file' : 'path';
  const full = path.resolve(toPath(place));
  const holding = folders.filter(({ folder }) => isInside(folder, full));
  if (holding.length === 0) return null;
  const { name, folder } = holding.reduce((a, b) => (b.folder.length > a.folder.length ? b : a));
  const relative = path.relative(folder, full).split(path.sep).join('/');
  return `segmenter-${form}://${name}/${relative}`;
}

/**
 * Gives the place here of what {@link toPortable} wrote elsewhere, in the form that it had.
 * @throws SegmenterError `not-allowed` where no folder here has the name, or the path leads out of it
 */
export function fromPortable(place: string, folders: readonly SharedFolder[]): string {
  const { form, name, relative } = PORTABLE.exec(place)?.groups ?? {};
  if (relative === undefined) throw new InvalidInputError('place', 'segmenter-file:// or segmenter-path://', place);
  const shared = folders.find((folder) => folder.name === name);
  if (!shared) {
    const known = folders.map((folder) => folder.name).join(', ') || 'none';
    const message = `${place}: the shared folder "${name}" is not known here (known: ${known}); start the worker with --root ${name}=FOLDER`;
    throw new SegmenterError('not-allowed', message, { folder: name });
  }
  const full = path.resolve(shared.folder, ...relative.split('/'));
  if (!isInside(shared.folder, full)) {
    throw new SegmenterError('not-allowed', `${place}: leads out of the shared folder "${name}"`, { folder: name });
  }
  return form === 'file' ? toUri(full) : full;
}

/** Tells whether a text is a place in the portable form. */
export function isPortable(text: string): boolean {
  return PORTABLE.test(text);
}

/**
 * Makes a copy of a JSON value with texts changed.
 * @param change gives the text in the place of one
 */
export function withTexts<T>(value: T, change: (text: string) => string): T {
  if (typeof value === 'string') return change(value) as T;
  if (Array.isArray(value)) return value.map((item) => withTexts(item as unknown, change)) as T;
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withTexts(item, change)])) as T;
}

/** Tells whether a text is a place of this machine: an absolute path or a `file://` URI, and nothing else. */
export function isPlace(text: string): boolean {
  return text.startsWith('file://') || (path.isAbsolute(text) && !text.includes('\n'));
}
