import path from 'node:path';
import { InvalidInputError, SegmenterError, toErrorRecord } from '../../base/errors';
import { passTimeouts, realpath } from '../../storage/outside-files';
import { isInside, toPath } from '../../storage/paths';
import { isWebAddress, resolveInRoots } from '../../storage/roots';
import { readManifest } from '../manifest';
import { composed } from '../names';
import { isRegionsFile } from '../regions-file';
import {
  FILE_ROLES,
  type FileRole,
  isMask,
  type OtherRole,
  type SampleEntry,
  type SampleListing,
  type SampleRequest,
} from '../request';
import { idOfName, idOfSegmentation } from '../sample-id';
import { type FoundFiles, findFiles, singleFile } from './find-files';
import { countPairs, type NamedFile, pairFiles, type RoleFiles, type RolePairs, type UnreadFolder } from './pair-files';

/**
 * The samples that a request stands for, without opening any image: one file, a folder, a glob, an upload or a manifest
 * CSV; the files of the other roles pair by id. The order is that of names (of rows for a manifest). An entry that cannot
 * be opened, or not be paired for certain, says why and stops no other.
 * @param roots folders that reading is confined to
 * @returns entries, and remarks on what was passed over or stripped from names
 * @throws SegmenterError `invalid-input` listing all that does not pair, `not-found`, `not-allowed`
 */
export async function listSamples(request: SampleRequest, roots: readonly string[]): Promise<SampleListing> {
  const { raw, manifest, scene } = request;
  if ((raw === undefined) === (manifest === undefined)) {
    throw new InvalidInputError('raw and manifest', 'exactly one of the two', { raw, manifest });
  }
  if (manifest !== undefined) {
    const { entries, problems } = await readManifest(manifest, roots);
    const above = await foldersAbove(path.dirname(path.resolve(toPath(manifest))), request, roots);
    const placed = entries.map((entry) => ({ ...entry, id: above + entry.id, scene: entry.scene ?? scene }));
    refuseSameImages(placed, request);
    return { entries: placed, problems };
  }
  const { rawFound, found, ...files } = await filesOf(request, roots);
  const pairing = pairFiles(files.raw, files.roles, request.leaveOut);
  const above = typeof raw === 'string' ? await foldersAbove(rawFound.root, request, roots) : '';
  const entries = pairing.samples.map(({ id, ...files }) => ({ id: above + id, scene, ...files }));
  refuseSameImages(entries, request);
  const passedOver = [rawFound, ...found.values()].flatMap(({ problems }) => problems);
  return { entries, problems: [...passedOver, ...pairing.remarks] };
}

/**
 * Counts how the files of a request pair with its raw images, also where listing would refuse them.
 * @throws SegmenterError `not-found`, `not-allowed`
 */
export async function describePairing(request: SampleRequest, roots: readonly string[]): Promise<PairingCount> {
  const { raw, roles } = await filesOf(request, roots);
  return { raw: raw.files.length, roles: countPairs(raw, roles) };
}

/** How many raw images there are, and what of each other role pairs with them. */
export interface PairingCount {
  raw: number;
  roles: RolePairs[];
}

interface RequestFiles {
  raw: RoleFiles<'raw'>;
  roles: RoleFiles[];
  rawFound: FoundFiles;
  found: Map<OtherRole, FoundFiles>;
}

async function filesOf(request: SampleRequest, roots: readonly string[]): Promise<RequestFiles> {
  const rawFound = await findRaw(request.raw ?? '', roots);
  const found = new Map<OtherRole, FoundFiles>();
  for (const role of FILE_ROLES) {
    const source = role === 'raw' ? undefined : request[role];
    if (role !== 'raw' && source !== undefined) found.set(role, await findFiles(source, role, roots));
  }
  const roles = [...found].map(([role, files]) => roleFiles(role, files, rawFound, request));
  return { raw: rawFiles(rawFound, found, roles, request), roles, rawFound, found };
}

async function findRaw(raw: NonNullable<SampleRequest['raw']>, roots: readonly string[]): Promise<FoundFiles> {
  if (typeof raw === 'string') return findFiles(raw, 'raw', roots);
  const file = await resolveInRoots(raw.bytesFile, roots);
  // An upload may be named with folders of another machine, in either style.
  const name = (raw.filename ?? '').split(/[\\/]/).pop() || path.basename(file);
  return singleFile(file, name, path.dirname(file));
}

/**
 * What goes before the ids of images that were found in a folder: the folders between the one that ids count from and
 * this one, each with its `/`. Images that lie elsewhere keep their ids.
 */
async function foldersAbove(found: string, { idsFrom }: SampleRequest, roots: readonly string[]): Promise<string> {
  if (idsFrom === undefined || isWebAddress(found)) return '';
  // A watched folder may be named through a link, and a file in it by its real path, or the other way round.
  const tops = [path.resolve(toPath(idsFrom)), await resolveInRoots(idsFrom, roots)];
  const folders = [found, await realpath(found).catch(passTimeouts(found))];
  const between = folders.flatMap((folder) =>
    tops.flatMap((top) => (isInside(top, folder) ? [path.relative(top, folder)] : [])),
  );
  return between.length === 0 || between[0] === '' ? '' : `${composed(between[0].split(path.sep).join('/'))}/`;
}

/** The files of a role under their ids; in a folder that raw shares, only those that are told apart from raw images. */
function roleFiles(role: OtherRole, found: FoundFiles, raw: FoundFiles, request: SampleRequest): RoleFiles {
  const suffix = suffixOf(role, request);
  const shared = sharesFolder(found, raw);
  const named = namedFiles(found, idOfSegmentation);
  const own = named.filter(({ id, path: file }) => {
    if (!shared) return true;
    if (suffix) return id.endsWith(suffix);
    if (isMask(role)) return isRegionsFile(file);
    return raw.kind !== 'file' || file !== raw.files[0].path || !isSameChannel(role, request);
  });
  if (own.length === 0) {
    const text = `${role}: of the files in ${found.root}, which are raw images too, none ${suffix ? `ends in "${suffix}"` : 'is told apart'}`;
    throw new SegmenterError('not-found', text, { role, suffix });
  }
  return { role, files: strip(own, suffix), unread: unreadFolders(found), single: found.kind === 'file' };
}

/** Raw images under their ids: what other roles claim in the same folder, or in folders below, is not raw. */
function rawFiles(
  raw: FoundFiles,
  found: ReadonlyMap<OtherRole, FoundFiles>,
  roles: readonly RoleFiles[],
  request: SampleRequest,
): RoleFiles<'raw'> {
  const named = namedFiles(raw, idOfName);
  const suffix = suffixOf('raw', request);
  if (raw.kind === 'file') return { role: 'raw', files: strip(named, suffix), unread: [], single: true };
  const claimed = new Set<string>();
  for (const { role, files } of roles) {
    const other = found.get(role);
    // All of them twice over: raw and segmentation are channels of the same files.
    const whole = other !== undefined && sameFiles(other, raw) && !suffixOf(role, request);
    if (!whole) for (const file of files) claimed.add(file.path);
  }
  const below = [...found.values()]
    .filter(({ kind, root }) => kind !== 'file' && root !== raw.root)
    .map(({ root }) => root);
  const isOthers = (file: string) => below.some((root) => isInside(raw.root, root) && isInside(root, file));
  const own = named.filter(({ path: file }) => !claimed.has(file) && !isOthers(file));
  const unread = unreadFolders(raw).filter(({ id }) => !isOthers(path.join(raw.root, id)));
  if (own.length > 0) return { role: 'raw', files: strip(own, suffix), unread, single: false };
  throw new SegmenterError('not-found', `raw: every image in ${raw.root} belongs to another role`, {
    folder: raw.root,
  });
}

function namedFiles({ files }: FoundFiles, idOf: (relative: string) => string): NamedFile[] {
  return files.map(({ path: file, relative, error }) => ({ id: idOf(relative), path: file, ...(error && { error }) }));
}

function unreadFolders({ unread }: FoundFiles): UnreadFolder[] {
  return unread.map(({ relative, error }) => ({ id: composed(relative), error }));
}

function suffixOf(role: FileRole, { suffixes }: SampleRequest): string | undefined {
  return suffixes?.[role] === undefined ? undefined : composed(suffixes[role]);
}

function strip(files: NamedFile[], suffix: string | undefined): NamedFile[] {
  if (!suffix) return files;
  return files.map((file) => {
    const ends = file.id.endsWith(suffix) && file.id.length > suffix.length;
    return ends ? { ...file, id: file.id.slice(0, -suffix.length) } : file;
  });
}

/** One file may hold the raw image and its segmentation, but not in the same channel. @throws where all of them do */
function refuseSameImages(entries: SampleEntry[], request: SampleRequest): void {
  const errors = entries.map((entry) => sameImageError(entry, request));
  const first = errors.find((error) => error !== null);
  if (first && !errors.includes(null)) throw first;
  for (const [i, error] of errors.entries()) if (error) entries[i].error ??= toErrorRecord(error);
}

function sameImageError(entry: SampleEntry, request: SampleRequest): SegmenterError | null {
  const role = (['seg1', 'seg2'] as const).find((each) => entry[each] === entry.raw && isSameChannel(each, request));
  if (role === undefined) return null;
  const channel = request[`${role}Channel`] ?? 'all';
  const text = `${role} is the same image as raw (${entry.raw}, channel ${channel}); give it a channel or a suffix of its own`;
  return new SegmenterError('invalid-input', text, { role, path: entry.raw });
}

function isSameChannel(role: OtherRole, request: SampleRequest): boolean {
  if (role !== 'seg1' && role !== 'seg2') return false;
  return JSON.stringify(request[`${role}Channel`]) === JSON.stringify(request.rawChannel);
}

function sameFiles(a: FoundFiles, b: FoundFiles): boolean {
  const paths = new Set(b.files.map((file) => file.path));
  return a.files.length === b.files.length && a.files.every((file) => paths.has(file.path));
}

function sharesFolder(role: FoundFiles, raw: FoundFiles): boolean {
  return role.kind !== 'file' && (role.root === raw.root ? role.kind === 'folder' : sameFiles(role, raw));
}
