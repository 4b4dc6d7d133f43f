import path from 'node:path';
import { isDynamicPattern } from 'tinyglobby';
import { SegmenterError } from '../base/errors';
import { IMAGE_EXTENSIONS, imageExtension } from '../formats/extensions';
import { isZarrFolder, zarrFolderAbove } from '../formats/zarr/zarr-folder';
import { fileError } from '../storage/file-error';
import { listFolder, lookAt, realpath, stat } from '../storage/outside-files';
import { toPath } from '../storage/paths';
import { resolveInRoots } from '../storage/roots';
import { missingFileError } from '../storage/scratch-names';
import { isWebAddress, pathOnServer } from '../storage/servers';
import { compareNames, listNames } from './names';
import { patientGlob } from './patient-glob';
import { isRegionsFile } from './regions-file';
import type { FileRole } from './request';

/** A file below the place that was searched. */
export interface FoundFile {
  /** real path, links resolved */
  path: string;
  /** the name by which it was found, below the searched folder, with `/` */
  relative: string;
}

export interface FoundFiles {
  kind: 'file' | 'folder' | 'glob';
  /** the folder that names count from: the searched one; that of a single file */
  root: string;
  files: FoundFile[];
  /** remarks on files that were passed over */
  problems: string[];
}

/** Endings of images that this package does not read; a folder's listing tells of them. */
const OTHER_IMAGES =
  /\.(nd2|lif|lsm|oib|oif|zvi|ims|h5|hdf5|mrc|dv|stk|vsi|svs|ndpi|dcm|nii|nii\.gz|bmp|gif|webp|jp2|npy|npz|btf|tf8)$/i;
const UNFINISHED = /\.partial(-[0-9a-f]+)?$/i;

/**
 * The files that a role's text stands for: one file, a folder with its subfolders, a glob pattern, or an http(s)
 * address. A Zarr image is a folder that counts as one file, as does a group in it.
 * Hidden and unfinished (`.partial`) files are passed over, as are files of other kinds; images of formats that are
 * not read are told of. A single file is taken whatever its name.
 * @param role decides which files count: masks may also be polygons (.npy, .json, .geojson)
 * @throws SegmenterError `not-found` where nothing is there, `not-allowed` where a file lies outside the roots
 */
export async function findFiles(source: string, role: FileRole, roots: readonly string[]): Promise<FoundFiles> {
  if (isWebAddress(source)) return onServer(source, roots);
  const given = path.resolve(toPath(source));
  const real = await resolveInRoots(given, roots);
  const status = await stat(real).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
    throw fileError(error, 'read', given);
  });
  if (status?.isDirectory() && !(await isZarrFolder(real))) return inFolder(real, role, roots);
  if (status) {
    const files = [{ path: real, relative: nameOf(given) }];
    return { kind: 'file', root: path.dirname(zarrFolderAbove(given) ?? given), files, problems: [] };
  }
  if (!isDynamicPattern(withSlashes(given))) throw missingFileError(given);
  return byPattern(given, role, roots);
}

/** One image on a server; its listing is not looked at. */
async function onServer(source: string, roots: readonly string[]): Promise<FoundFiles> {
  const address = await resolveInRoots(source, roots);
  const place = pathOnServer(address);
  const files = [{ path: address, relative: nameOf(place) }];
  return { kind: 'file', root: path.posix.dirname(place), files, problems: [] };
}

/** The last name of a path; in a Zarr image all from the image's own name on. */
function nameOf(given: string): string {
  const above = zarrFolderAbove(given);
  return above === null ? path.basename(given) : path.relative(path.dirname(above), given);
}

async function inFolder(root: string, role: FileRole, roots: readonly string[]): Promise<FoundFiles> {
  const found: string[] = [];
  await walk(root, '', found, new Set());
  return choose('folder', root, root, found, role, roots);
}

/** Collects files, and folders that are images (.zarr), below `folder`; a folder met again through a link is left. */
async function walk(root: string, below: string, found: string[], seen: Set<string>): Promise<void> {
  const folder = path.join(root, below);
  const real = await realpath(folder);
  if (seen.has(real)) return;
  seen.add(real);
  const entries = await listFolder(folder).catch((error) => {
    throw fileError(error, 'list', folder);
  });
  for (const entry of entries) {
    if (entry.name.startsWith('.')) continue;
    const relative = path.posix.join(below, entry.name);
    const status = entry.isSymbolicLink() ? await lookAt(path.join(root, relative)) : entry;
    if (status?.isDirectory() && imageExtension(entry.name) === null) await walk(root, relative, found, seen);
    else if (status?.isFile() || status?.isDirectory()) found.push(relative);
  }
}

async function byPattern(given: string, role: FileRole, roots: readonly string[]): Promise<FoundFiles> {
  const { root, pattern } = await splitPattern(given);
  await resolveInRoots(root, roots);
  // A Zarr image may hold as many files as it has chunks: none of them is looked at.
  const options = { cwd: root, onlyFiles: false, expandDirectories: false, ignore: ['**/*.zarr/*'] };
  const matches = await patientGlob(pattern, options);
  const folders = new Set(matches.filter((match) => match.endsWith('/')));
  const found = matches
    .map((match) => match.replace(/\/$/, ''))
    .filter((match) => !folders.has(`${match}/`) || imageExtension(match) !== null);
  return choose('glob', given, root, found, role, roots);
}

/** The deepest existing folder, whose name may hold any character, and the pattern below it. */
async function splitPattern(given: string): Promise<{ root: string; pattern: string }> {
  const { root: drive } = path.parse(given);
  const parts = withSlashes(given.slice(drive.length)).split('/');
  let root = drive;
  let depth = 0;
  for (; depth < parts.length - 1; depth++) {
    const next = path.join(root, parts[depth]);
    const status = await lookAt(next);
    if (!status?.isDirectory()) break;
    root = next;
  }
  return { root, pattern: parts.slice(depth).join('/') };
}

async function choose(
  kind: 'folder' | 'glob',
  given: string,
  root: string,
  found: string[],
  role: FileRole,
  roots: readonly string[],
): Promise<FoundFiles> {
  const visible = found.filter((name) => !UNFINISHED.test(name));
  const wanted = visible.filter((name) => isWanted(name, role));
  const others = visible.filter((name) => !isWanted(name, role) && OTHER_IMAGES.test(name));
  const files: FoundFile[] = [];
  for (const relative of wanted.sort(compareNames)) {
    files.push({ path: await resolveInRoots(path.join(root, relative), roots), relative });
  }
  if (files.length === 0) throw nothingFound(given, role, others);
  const problems = others.length === 0 ? [] : [`${role}: passed over, format not read: ${listNames(others)}`];
  return { kind, root, files, problems };
}

function isWanted(name: string, role: FileRole): boolean {
  const isMask = role === 'mergeMask' || role === 'excludeMask';
  return imageExtension(name) !== null || (isMask && isRegionsFile(name));
}

function nothingFound(given: string, role: FileRole, others: string[]): SegmenterError {
  const also = others.length > 0 ? `; there are images of formats that are not read: ${listNames(others)}` : '';
  const text = `${role}: no images found in ${given} (${IMAGE_EXTENSIONS.join(', ')})${also}`;
  return new SegmenterError('not-found', text, { role, path: given });
}

function withSlashes(text: string): string {
  return path.sep === '\\' ? text.replaceAll('\\', '/') : text;
}
