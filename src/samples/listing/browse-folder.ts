import path from 'node:path';
import { SegmenterError } from '../../base/errors';
import { imageExtension } from '../../formats/extensions';
import { isNamedZarr } from '../../formats/zarr/folder-store';
import { fileError } from '../../storage/file-error';
import { listUpTo, lookAt } from '../../storage/outside-files';
import { isInside } from '../../storage/paths';
import { resolveInRoots } from '../../storage/roots';
import { compareNames } from '../names';
import { isRegionsFile } from '../regions-file';
import { asOnDisk } from '../spelling';
import type { Browsed, FolderEntry, FolderView } from './folder-view';
import { isPattern } from './glob-pattern';
import { isPassedOver } from './walk-folder';

/** Entries that are looked at in one folder, and those that are shown. */
const MOST_READ = 50_000;
const MOST_SHOWN = 500;

/**
 * Lists a folder for a person who chooses from it: that of a file or pattern, or the nearest one above what is not there.
 * @param asked null: the folders that may be looked into themselves
 * @param filter what names hold, in whatever case
 * @throws SegmenterError `not-allowed` outside the roots, `timeout`, what listing throws
 */
export async function browseFolder(
  asked: string | null,
  roots: readonly string[],
  { of, filter }: { of: Browsed; filter: string },
): Promise<FolderView> {
  if (asked === null) return rootsView(roots);
  const { folder, selected, missing } = await nearestFolder(await asOnDisk(asked, roots), roots);
  const { entries, isAll } = await listUpTo(folder, MOST_READ).catch((error: unknown) => {
    throw fileError(error, 'list', folder);
  });
  const wanted = filter.toLowerCase();
  const found: FolderEntry[] = [];
  let refused = 0;
  for (const entry of entries) {
    if (isPassedOver(entry.name) || !entry.name.toLowerCase().includes(wanted)) continue;
    const place = path.join(folder, entry.name);
    let kind = entry.isDirectory() ? 'folder' : entry.isFile() ? 'file' : null;
    if (entry.isSymbolicLink()) {
      kind = await kindBehind(place, roots);
      if (kind === null) refused++;
    }
    if (kind === 'folder' && isNamedZarr(entry.name)) found.push(entryOf(place, 'zarr'));
    else if (kind === 'folder') found.push(entryOf(place, 'folder'));
    else if (kind === 'file' && isWanted(entry.name, of)) found.push(entryOf(place, 'file'));
  }
  const isFolder = ({ kind }: FolderEntry) => kind === 'folder';
  found.sort((a, b) => Number(isFolder(b)) - Number(isFolder(a)) || compareNames(a.name, b.name));
  const shown = await Promise.all(found.slice(0, MOST_SHOWN).map(withStatus));
  const parent = await parentOf(folder, roots);
  return { path: folder, parent, selected, missing, entries: shown, total: found.length, isAll, refused };
}

async function rootsView(roots: readonly string[]): Promise<FolderView> {
  const known = roots.map((root) => path.resolve(root));
  const top = [...new Set(known)].filter((root) => !known.some((other) => other !== root && isInside(other, root)));
  const there = await Promise.all(
    top.map(async (root) => ((await lookAt(root).catch(() => null))?.isDirectory() ? entryOf(root, 'folder') : null)),
  );
  const entries = there.filter((entry) => entry !== null).map((entry) => ({ ...entry, name: entry.path }));
  entries.sort((a, b) => compareNames(a.name, b.name));
  const nothing = { path: null, parent: null, selected: null, missing: null };
  return { ...nothing, entries, total: entries.length, isAll: true, refused: 0 };
}

/** The folder that is listed for a path, and what of it the path names. */
async function nearestFolder(
  given: string,
  roots: readonly string[],
): Promise<Pick<FolderView, 'selected' | 'missing'> & { folder: string }> {
  let place = given;
  let below: string | null = null;
  let missing: string | null = null;
  for (;;) {
    await resolveInRoots(place, roots);
    const status = await lookAt(place);
    if (status?.isDirectory() && !isNamedZarr(place)) break;
    // What is not there selects nothing.
    below = status ? place : null;
    if (!status && place === given && !isPattern(given.replaceAll(path.sep, '/'))) missing = given;
    const above = path.dirname(place);
    if (above === place) throw new SegmenterError('not-found', `${given}: no such folder`, { path: given });
    place = above;
  }
  return { folder: place, selected: below && path.basename(below), missing };
}

/** The folder above; null where that is not allowed. */
async function parentOf(folder: string, roots: readonly string[]): Promise<string | null> {
  const above = path.dirname(folder);
  if (above === folder) return null;
  return resolveInRoots(above, roots).then(
    () => above,
    () => null,
  );
}

async function kindBehind(link: string, roots: readonly string[]): Promise<'folder' | 'file' | null> {
  try {
    await resolveInRoots(link, roots);
    const status = await lookAt(link);
    return status?.isDirectory() ? 'folder' : status?.isFile() ? 'file' : null;
  } catch (error) {
    if (error instanceof SegmenterError && error.code === 'timeout') throw error;
    return null;
  }
}

function isWanted(name: string, of: Browsed): boolean {
  if (of === 'tables') return /\.csv$/i.test(name);
  return of === 'images' && (imageExtension(name) !== null || isRegionsFile(name));
}

function entryOf(place: string, kind: FolderEntry['kind']): FolderEntry {
  return { name: path.basename(place), path: place, kind, size: null, modified: null };
}

async function withStatus(entry: FolderEntry): Promise<FolderEntry> {
  const status = await lookAt(entry.path).catch(() => null);
  const size = entry.kind === 'file' ? (status?.size ?? null) : null;
  return { ...entry, size, modified: status?.mtimeMs ?? null };
}
