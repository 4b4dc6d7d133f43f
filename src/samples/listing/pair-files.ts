import { groupBy } from '../../base/collections';
import { type ErrorRecord, SegmenterError, toErrorRecord } from '../../base/errors';
import { pathOfId } from '../../storage/portable-names';
import { compareNames, lastName, listNames, tellApart } from '../names';
import { type FileRole, isMask, type OtherRole, type SampleEntry, type SceneFiles } from '../request';
import { type Affix, commonRawSuffix, findAffix, ownerOf, sceneNamed } from './affixes';

/** A file under the id its name gives. */
export interface NamedFile {
  id: string;
  path: string;
  /** why it cannot be taken */
  error?: SegmenterError;
}

/** A folder that could not be looked into, by what the ids below it begin with. */
export interface UnreadFolder {
  id: string;
  error: SegmenterError;
}

/** The files of one role. */
export interface RoleFiles<R extends FileRole = OtherRole> {
  role: R;
  files: NamedFile[];
  unread: UnreadFolder[];
  /** one file that was named itself */
  single: boolean;
}

/** An entry of a listing before its scene is chosen. */
export type PairedEntry = Omit<SampleEntry, 'scene'>;

export interface Pairing {
  /** raw images, in the order of their ids, with the files that belong to them */
  samples: PairedEntry[];
  /** what was stripped from names to pair them */
  remarks: string[];
}

/** Ids of each role in an error. */
const MOST_TOLD = 1000;

/** The files of a role that belong to each raw image, in their order. */
type ByOwner = Map<string, OwnedFile[]>;

interface OwnedFile extends NamedFile {
  /** of one scene of the raw image only */
  scene: number | null;
}

/**
 * Pairs raw images with the files of the other roles by id; a file named as a scene of one (`slide_s1`) belongs to that
 * scene. Where plain ids do not pair, one affix that all names of a role share (`_seg`, `excluding_mask_`), and an ending
 * such as `_raw` of all raw names, is stripped and told of. Every raw image needs its segmentations; masks may be missing.
 * A single raw image picks its files from a folder. What is wrong with single files (two of one id, links that lead
 * outside, folders that cannot be read) is the error of the samples it concerns.
 * @param leaveOut raw images that lack one of their segmentations are left out and counted, but for a single one
 * @throws SegmenterError `invalid-input` listing every file on either side that does not pair
 */
export function pairFiles(raw: RoleFiles<'raw'>, roles: readonly RoleFiles[], leaveOut = false): Pairing {
  const { pairing, orphans, remarks } = bestAttempt(raw, roles, leaveOut && !raw.single);
  const told = { samples: pairing.samples, remarks: [...remarks, ...pairing.remarks] };
  if (orphans.length === 0) return told;
  const missing = orphans.filter(({ role }) => role === 'raw');
  if (leaveOut && !raw.single && missing.length === orphans.length) return withoutMissing(told, missing);
  const text = `raw images and their files do not pair by name: ${orphans.map(({ text }) => text).join('; ')}`;
  throw new SegmenterError('invalid-input', text, {
    orphans: orphans.map(({ role, ids }) => ({ role, ids: ids.slice(0, MOST_TOLD) })),
  });
}

function withoutMissing({ samples, remarks }: Pairing, missing: readonly Orphans[]): Pairing {
  const lacking = new Set(missing.flatMap(({ ids }) => ids));
  const of = [...new Set(missing.map(({ of }) => of))].join(' or ');
  const names = listNames([...lacking].sort(compareNames));
  const remark = `raw: ${lacking.size} of ${samples.length} images left out, which have no ${of}: ${names}`;
  return { samples: samples.filter(({ id }) => !lacking.has(id)), remarks: [...remarks, remark] };
}

/** How the files of a role fit to the raw images. */
export interface RolePairs {
  role: OtherRole;
  files: number;
  pairs: number;
  /** ids of raw images that need one and have none */
  rawWithout: string[];
  /** ids of files that belong to no raw image */
  withoutRaw: string[];
}

/** Counts what pairs, also where not all does. */
export function countPairs(raw: RoleFiles<'raw'>, roles: readonly RoleFiles[]): RolePairs[] {
  const { pairing, orphans } = bestAttempt(raw, roles, false);
  return roles.map(({ role, files }) => ({
    role,
    files: files.length,
    pairs: pairing.samples.filter((each) => each[role] ?? each.ofScenes?.some((scene) => scene[role])).length,
    rawWithout: orphans.find((each) => each.role === 'raw' && each.of === role)?.ids ?? [],
    withoutRaw: orphans.find((each) => each.role === role)?.ids ?? [],
  }));
}

/** @param missingIsFine raw images without a file are no reason to strip names */
function bestAttempt(
  raw: RoleFiles<'raw'>,
  roles: readonly RoleFiles[],
  missingIsFine: boolean,
): Attempt & { remarks: string[] } {
  const isFine = ({ orphans }: Attempt) => orphans.every(({ role }) => missingIsFine && role === 'raw');
  const plain = attempt(raw, roles);
  if (isFine(plain)) return { ...plain, remarks: [] };
  const ending = commonRawSuffix(raw.files.map(({ id }) => id));
  if (ending !== null) {
    const shorter = raw.files.map((file) => ({ ...file, id: file.id.slice(0, -ending.length) }));
    const stripped = attempt({ ...raw, files: shorter }, roles);
    if (isFine(stripped)) return { ...stripped, remarks: [`raw: "${ending}" stripped from file names to pair them`] };
  }
  return { ...plain, remarks: [] };
}

interface Attempt {
  pairing: Pairing;
  orphans: Orphans[];
}

/** Files that found no other: raw images without one of a role, or files of a role without a raw image. */
interface Orphans {
  role: FileRole;
  of: OtherRole;
  ids: string[];
  text: string;
}

function attempt(raw: RoleFiles<'raw'>, roles: readonly RoleFiles[]): Attempt {
  const images = groupBy(raw.files, ({ id }) => id);
  const wanted = namesOf(images.keys());
  // Of an image that fails anyway nothing more is wanted.
  const sound = [...images].flatMap(([id, files]) => (files.length === 1 && !files[0].error ? [id] : []));
  const orphans: Orphans[] = [];
  const remarks: string[] = [];
  const matched = new Map<RoleFiles, ByOwner>();
  for (const role of roles) {
    const { byOwner, affix } = raw.single ? pick(role, raw.files[0].id, wanted) : matchRole(role.files, wanted);
    matched.set(role, byOwner);
    if (affix) remarks.push(`${role.role}: "${affix.prefix || affix.suffix}" stripped from file names to pair them`);
    orphans.push(...orphansOf(role, sound, byOwner, raw));
  }
  const samples = [...images].map(([id, files]) => entryOf(id, files, matched));
  samples.push(...raw.unread.map(({ id, error }) => ({ id, raw: '', error: toErrorRecord(error) })));
  samples.sort((a, b) => compareNames(a.id, b.id));
  return { pairing: { samples, remarks }, orphans };
}

/** Ids by the names that stand for them: themselves, and what a saved file of theirs is called where a disk refuses some sign. */
function namesOf(ids: Iterable<string>): Map<string, string> {
  const names = new Map<string, string>();
  for (const id of ids) names.set(id, id);
  for (const id of [...names.keys()]) {
    const saved = savedName(id);
    if (saved !== null && !names.has(saved)) names.set(saved, id);
  }
  return names;
}

function savedName(id: string): string | null {
  try {
    return pathOfId(id);
  } catch {
    return null;
  }
}

/** A raw image with all that belongs to it, or with why that cannot be told. */
function entryOf(id: string, raw: readonly NamedFile[], matched: ReadonlyMap<RoleFiles, ByOwner>): PairedEntry {
  const entry: PairedEntry = { id, raw: raw[0].path };
  const ofScenes = new Map<number, SceneFiles>();
  const fail = (error: ErrorRecord): void => {
    entry.error ??= error;
  };
  if (raw.length > 1) fail(toErrorRecord(twice('raw', id, raw)));
  if (raw[0].error) fail(toErrorRecord(raw[0].error));
  for (const [{ role, unread }, byOwner] of matched) {
    const files = byOwner.get(id) ?? [];
    if (files.length === 0 && !isMask(role)) {
      const folder = unread.find((each) => isBelow(id, each.id));
      if (folder) fail(aboutRole(role, folder.error));
    }
    for (const [scene, ofScene] of groupBy(files, ({ scene }) => scene)) {
      const [file] = ofScene;
      if (ofScene.length > 1) fail(toErrorRecord(twice(role, scene === null ? id : `${id}_s${scene}`, ofScene)));
      if (file.error) fail(aboutRole(role, file.error));
      if (scene === null) entry[role] = file.path;
      else ofScenes.set(scene, { scene, ...ofScenes.get(scene), [role]: file.path });
    }
  }
  if (ofScenes.size > 0) entry.ofScenes = [...ofScenes.values()].sort((a, b) => a.scene - b.scene);
  return entry;
}

function matchRole(
  files: readonly NamedFile[],
  wanted: ReadonlyMap<string, string>,
): { byOwner: ByOwner; affix?: Affix } {
  const plain = owned(files, null, wanted);
  if (plain.count === files.length) return plain;
  const affix = findAffix(
    files.map(({ id }) => id),
    wanted,
  );
  if (!affix) return plain;
  const stripped = owned(files, affix, wanted);
  return stripped.count > plain.count ? { ...stripped, affix } : plain;
}

/** The files whose names belong to a wanted id, with or without an affix. */
function owned(
  files: readonly NamedFile[],
  affix: Affix | null,
  wanted: ReadonlyMap<string, string>,
): { byOwner: ByOwner; count: number } {
  const belonging = files.flatMap((file) => {
    const owner = ownerOf(file.id, affix, wanted);
    return owner ? [{ ...file, scene: owner.scene, owner: owner.id }] : [];
  });
  return { byOwner: groupBy(belonging, ({ owner }) => owner), count: belonging.length };
}

/** The files of a folder that belong to a single raw image, wherever below the folder they lie. */
function pick(
  { files, single }: RoleFiles,
  id: string,
  wanted: ReadonlyMap<string, string>,
): { byOwner: ByOwner; affix?: Affix } {
  if (single) {
    const [file] = files;
    return { byOwner: new Map([[id, [{ ...file, scene: sceneNamed(lastName(file.id), lastName(id)) }]]]) };
  }
  const names = files.map((file) => ({ ...file, id: lastName(file.id) }));
  const same = owned(names, null, wanted);
  if (same.count > 0) return { byOwner: same.byOwner };
  let affix: Affix | undefined;
  const similar = names.flatMap((file): OwnedFile[] => {
    const own = findAffix([file.id], wanted);
    const owner = own && ownerOf(file.id, own, wanted);
    if (own) affix ??= own;
    return owner ? [{ ...file, scene: owner.scene }] : [];
  });
  for (const [, ofScene] of groupBy(similar, ({ scene }) => scene)) {
    if (ofScene.length > 1) throw ambiguous(id, ofScene);
  }
  return similar.length === 0 ? { byOwner: new Map() } : { byOwner: new Map([[id, similar]]), affix };
}

function orphansOf(
  { role, files, unread }: RoleFiles,
  ids: readonly string[],
  byOwner: ByOwner,
  raw: RoleFiles<'raw'>,
): Orphans[] {
  const isUnread = (id: string, folders: readonly UnreadFolder[]) => folders.some((folder) => isBelow(id, folder.id));
  const used = new Set([...byOwner.values()].flat().map(({ path }) => path));
  const missing = isMask(role) ? [] : ids.filter((id) => !byOwner.has(id) && !isUnread(id, unread)).sort(compareNames);
  const extra = raw.single
    ? []
    : files
        .filter(({ path, id }) => !used.has(path) && !isUnread(id, raw.unread))
        .map(({ id }) => id)
        .sort(compareNames);
  const rawText = `raw without ${role}: ${listNames(tellApart(missing, extra))}`;
  const roleText = `${role} without raw: ${listNames(tellApart(extra, missing))}`;
  return [
    ...(missing.length > 0 ? [{ role: 'raw' as const, of: role, ids: missing, text: rawText }] : []),
    ...(extra.length > 0 ? [{ role, of: role, ids: extra, text: roleText }] : []),
  ];
}

function isBelow(id: string, folder: string): boolean {
  return id.startsWith(`${folder}/`);
}

function twice(role: FileRole, id: string, files: readonly NamedFile[]): SegmenterError {
  const paths = files.map(({ path }) => path);
  const text = `${role}: ${paths.length} files have the id "${id}", expected one: ${listNames(tellApart(paths, paths))}; rename or move the others`;
  return new SegmenterError('invalid-input', text, { role, id, paths });
}

function ambiguous(id: string, files: readonly NamedFile[]): SegmenterError {
  const paths = files.map(({ path }) => path);
  return new SegmenterError('invalid-input', `several files may belong to "${id}": ${listNames(paths)}`, { id, paths });
}

function aboutRole(role: FileRole, error: SegmenterError): ErrorRecord {
  const record = toErrorRecord(error);
  return { ...record, message: `${role}: ${record.message}` };
}
