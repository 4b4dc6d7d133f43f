import path from 'node:path';
import { SegmenterError } from '../../base/errors';
import { IMAGE_EXTENSIONS, imageExtension, isCompanion, isUnreadImage, refusalOf } from '../../formats/extensions';
import { isZarrFolder, zarrFolderAbove } from '../../formats/zarr/folder-store';
import { fileError } from '../../storage/file-error';
import { lookAt, stat } from '../../storage/outside-files';
import { isWebAddress, pathOnServer, resolveInRoots } from '../../storage/roots';
import { missingFileError } from '../../storage/scratch-names';
import { compareNames, listNames } from '../names';
import { isRegionsFile } from '../regions-file';
import type { FileRole } from '../request';
import { asOnDisk } from '../spelling';
import { filesOfSet, withoutPartsOfSets } from './file-sets';
import { globPattern, isPattern } from './glob-pattern';
import { type Walked, type WalkedFile, walkFolder, walkNames } from './walk-folder';

export interface FoundFiles {
  kind: 'file' | 'folder' | 'glob';
  /** the folder that names count from: the searched one; that of a single file */
  root: string;
  files: WalkedFile[];
  /** folders below the searched one that could not be looked into */
  unread: Walked['unread'];
  /** remarks on files that were passed over */
  problems: string[];
}

/**
 * The files that a role's text stands for: one file, a folder with its subfolders, a glob pattern, or an http(s)
 * address. A Zarr image is a folder that counts as one file, as does a group in it, and a set of several files as its
 * first. What {@link walkFolder} passes over does not count, nor do files of other kinds; images of formats that are not
 * read are told of. A single file is taken whatever its name.
 * @param role decides which files count: masks may also be polygons (.npy, .json, .geojson)
 * @throws SegmenterError `not-found` where nothing is there, `not-allowed` where it lies outside the roots
 */
export async function findFiles(source: string, role: FileRole, roots: readonly string[]): Promise<FoundFiles> {
  if (isWebAddress(source)) return onServer(source, roots);
  const given = await asOnDisk(source, roots);
  const real = await resolveInRoots(given, roots);
  const status = await stat(real).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
    throw fileError(error, 'read', given);
  });
  if (status?.isDirectory() && !(await isZarrFolder(real))) {
    return choose('folder', real, real, await walkFolder(real, roots), role);
  }
  if (status && isCompanion(real)) return ofCompanion(real);
  if (status) return singleFile(real, nameOf(given), path.dirname(zarrFolderAbove(given) ?? given));
  if (!isPattern(withSlashes(given))) throw missingFileError(given);
  const { root, pattern } = await splitPattern(given);
  await resolveInRoots(root, roots);
  return choose('glob', given, root, await walkFolder(root, roots, globPattern(pattern)), role);
}

/** One image on a server; its listing is not looked at. */
async function onServer(source: string, roots: readonly string[]): Promise<FoundFiles> {
  const address = await resolveInRoots(source, roots);
  const place = pathOnServer(address);
  return singleFile(address, nameOf(place), path.posix.dirname(place));
}

/** A file that was named itself. */
export function singleFile(file: string, relative: string, root: string): FoundFiles {
  return { kind: 'file', root, files: [{ path: file, relative }], unread: [], problems: [] };
}

/** The images of the set whose metadata a file holds. */
async function ofCompanion(file: string): Promise<FoundFiles> {
  const files = await filesOfSet(file);
  if (files.length === 0) {
    const text = `${file} holds the metadata of a set of TIFF files; of the files that it names none is in its folder`;
    throw new SegmenterError('not-found', text, { path: file });
  }
  return { kind: files.length === 1 ? 'file' : 'folder', root: path.dirname(file), files, unread: [], problems: [] };
}

/** The last name of a path; in a Zarr image all from the image's own name on. */
function nameOf(given: string): string {
  const above = zarrFolderAbove(given);
  return above === null ? path.basename(given) : path.relative(path.dirname(above), given);
}

/**
 * Walks the folder or pattern that a text stands for: every image in it, each file of a set by itself. Nothing there is no
 * error, for it may come.
 * @returns `refusals`: why some of what lies there is not read, a sentence for each format
 * @param names below the root, to look at these alone; null: all
 * @throws SegmenterError `not-found` where the folder is away, `not-allowed` outside the roots, `timeout`
 */
export async function walkSource(
  source: string,
  roots: readonly string[],
  names: readonly string[] | null = null,
): Promise<{ root: string; refusals: string[] } & Walked> {
  const given = await asOnDisk(source, roots);
  const status = await lookAt(await resolveInRoots(given, roots));
  const isFolder = status?.isDirectory() ?? false;
  if (!isFolder && !isPattern(withSlashes(given))) throw missingFileError(given);
  const { root, pattern } = isFolder ? { root: given, pattern: null } : await splitPattern(given);
  const real = await resolveInRoots(root, roots);
  const glob = pattern === null ? null : globPattern(pattern);
  const walked = await (names ? walkNames(real, roots, glob, names) : walkFolder(real, roots, glob));
  const wanted = walked.found.filter((file) => isWanted(file, 'raw'));
  const refusals = new Set(walked.found.flatMap(({ relative }) => refusalOf(relative) ?? []));
  return { ...walked, root: real, found: wanted, refusals: [...refusals] };
}

/** The deepest existing folder that is no image, whose name may hold any character, and the pattern below it. */
async function splitPattern(given: string): Promise<{ root: string; pattern: string }> {
  const { root: drive } = path.parse(given);
  const parts = withSlashes(given.slice(drive.length)).split('/');
  let root = drive;
  let depth = 0;
  for (; depth < parts.length - 1; depth++) {
    const next = path.join(root, parts[depth]);
    const status = await lookAt(next);
    if (!status?.isDirectory() || zarrFolderAbove(next) !== null) break;
    root = next;
  }
  return { root, pattern: parts.slice(depth).join('/') };
}

async function choose(
  kind: 'folder' | 'glob',
  given: string,
  root: string,
  { found, unread }: Walked,
  role: FileRole,
): Promise<FoundFiles> {
  const wanted = found.filter((file) => isWanted(file, role));
  const others = found.flatMap((file) =>
    !isWanted(file, role) && isUnreadImage(file.relative) ? [file.relative] : [],
  );
  if (wanted.length === 0) throw unread[0]?.error ?? nothingFound(given, role, others);
  wanted.sort((a, b) => compareNames(a.relative, b.relative));
  const files = await withoutPartsOfSets(wanted);
  const problems = others.length === 0 ? [] : [`${role}: passed over, format not read: ${listNames(others)}`];
  return { kind, root, files, unread, problems };
}

/** A Zarr image is known by what it holds, whatever its name. */
function isWanted({ relative, isZarr }: WalkedFile, role: FileRole): boolean {
  const isMask = role === 'mergeMask' || role === 'excludeMask';
  return isZarr || imageExtension(relative) !== null || (isMask && isRegionsFile(relative));
}

function nothingFound(given: string, role: FileRole, others: string[]): SegmenterError {
  const also = others.length > 0 ? `; there are images of formats that are not read: ${listNames(others)}` : '';
  const text = `${role}: no images found in ${given} (${IMAGE_EXTENSIONS.join(', ')})${also}`;
  return new SegmenterError('not-found', text, { role, path: given });
}

function withSlashes(text: string): string {
  return path.sep === '\\' ? text.replaceAll('\\', '/') : text;
}
