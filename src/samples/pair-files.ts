import { SegmenterError } from '../base/errors';
import { type Affix, commonRawSuffix, findAffix, stripAffix } from './affixes';
import { compareNames, listNames, tellApart } from './names';
import type { FileRole } from './request';

/** A file under the id its name gives. */
export interface NamedFile {
  id: string;
  path: string;
}

/** The files of one role besides raw. */
export interface RoleFiles {
  role: Exclude<FileRole, 'raw'>;
  files: NamedFile[];
  /** one file that was named itself */
  single: boolean;
}

export interface Pairing {
  /** for each raw image, in order, its id and the files that belong to it */
  samples: { id: string; files: { raw: string } & Partial<Record<FileRole, string>> }[];
  /** what was stripped from names to pair them */
  remarks: string[];
}

/** Ids of each role in an error. */
const MOST_TOLD = 1000;

/** A role's file by the id of the raw image it belongs to. */
type ById = Map<string, string>;

/**
 * Pairs raw images with the files of the other roles by id. Where plain ids do not pair, one affix that all names of a
 * role share (`_seg`, `excluding_mask_`), and an ending such as `_raw` of all raw names, is stripped and told of.
 * Every raw image needs its segmentations; masks may be missing. A single raw image picks its files from a folder.
 * @throws SegmenterError `invalid-input` listing every file on either side that does not pair
 */
export function pairFiles(raw: readonly NamedFile[], roles: readonly RoleFiles[], rawSingle: boolean): Pairing {
  checkUnique('raw', raw);
  // A single raw image only looks for its own files; what else a folder holds is not its concern.
  if (!rawSingle) for (const { role, files } of roles) checkUnique(role, files);
  const plain = attempt(raw, roles, rawSingle);
  if (plain.orphans.length === 0) return plain.pairing;
  const ending = commonRawSuffix(raw.map(({ id }) => id));
  if (ending !== null) {
    const shorter = raw.map(({ id, path }) => ({ id: id.slice(0, -ending.length), path }));
    const stripped = attempt(shorter, roles, rawSingle);
    if (stripped.orphans.length === 0) {
      const remarks = [`raw: "${ending}" stripped from file names to pair them`, ...stripped.pairing.remarks];
      return { ...stripped.pairing, remarks };
    }
  }
  const text = `raw images and their files do not pair by name: ${plain.orphans.map(({ text }) => text).join('; ')}`;
  throw new SegmenterError('invalid-input', text, {
    orphans: plain.orphans.map(({ role, ids }) => ({ role, ids: ids.slice(0, MOST_TOLD) })),
  });
}

interface Orphans {
  role: string;
  ids: string[];
  text: string;
}

function attempt(
  raw: readonly NamedFile[],
  roles: readonly RoleFiles[],
  rawSingle: boolean,
): { pairing: Pairing; orphans: Orphans[] } {
  const ids = new Set(raw.map(({ id }) => id));
  const orphans: Orphans[] = [];
  const remarks: string[] = [];
  const matched = new Map<FileRole, ById>();
  for (const role of roles) {
    const { byId, affix } = matchRole(role, ids, rawSingle);
    matched.set(role.role, byId);
    if (affix) remarks.push(`${role.role}: "${affix.prefix || affix.suffix}" stripped from file names to pair them`);
    orphans.push(...orphansOf(role, ids, byId, rawSingle));
  }
  const samples = raw.map(({ id, path }) => {
    const files: Pairing['samples'][number]['files'] = { raw: path };
    for (const [role, byId] of matched) {
      const file = byId.get(id);
      if (file !== undefined) files[role] = file;
    }
    return { id, files };
  });
  samples.sort((a, b) => compareNames(a.id, b.id));
  return { pairing: { samples, remarks }, orphans };
}

function matchRole(
  { files, single }: RoleFiles,
  ids: ReadonlySet<string>,
  rawSingle: boolean,
): { byId: ById; affix?: Affix } {
  const [onlyId] = ids;
  if (rawSingle && single) return { byId: new Map([[onlyId, files[0].path]]) };
  if (rawSingle) return pick(files, onlyId);
  const plain = files.filter(({ id }) => ids.has(id));
  if (plain.length === files.length) return { byId: byIdOf(plain) };
  const affix = findAffix(
    files.map(({ id }) => id),
    ids,
  );
  if (!affix) return { byId: byIdOf(plain) };
  const stripped = files.flatMap(({ id, path }) => {
    const shorter = stripAffix(id, affix);
    return shorter !== null && ids.has(shorter) ? [{ id: shorter, path }] : [];
  });
  return stripped.length > plain.length ? { byId: byIdOf(stripped), affix } : { byId: byIdOf(plain) };
}

function byIdOf(files: readonly NamedFile[]): ById {
  return new Map(files.map(({ id, path }) => [id, path]));
}

/** The one file of a folder that belongs to a single raw image, wherever below the folder it lies. */
function pick(files: readonly NamedFile[], wanted: string): { byId: ById; affix?: Affix } {
  const names = files.map(({ id, path }) => ({ id: id.slice(id.lastIndexOf('/') + 1), path }));
  const same = names.filter(({ id }) => id === wanted);
  if (same.length > 1) throw ambiguous(wanted, same);
  if (same.length === 1) return { byId: new Map([[wanted, same[0].path]]) };
  const similar = names.flatMap(({ id, path }) => {
    const affix = findAffix([id], new Set([wanted]));
    return affix ? [{ id, path, affix }] : [];
  });
  if (similar.length > 1) throw ambiguous(wanted, similar);
  if (similar.length === 0) return { byId: new Map() };
  return { byId: new Map([[wanted, similar[0].path]]), affix: similar[0].affix };
}

function orphansOf({ role, files }: RoleFiles, ids: ReadonlySet<string>, byId: ById, rawSingle: boolean): Orphans[] {
  const used = new Set(byId.values());
  const missing = isMask(role) ? [] : [...ids].filter((id) => !byId.has(id)).sort(compareNames);
  const extra = rawSingle
    ? []
    : files
        .filter(({ path }) => !used.has(path))
        .map(({ id }) => id)
        .sort(compareNames);
  const rawText = `raw without ${role}: ${listNames(tellApart(missing, extra))}`;
  const roleText = `${role} without raw: ${listNames(tellApart(extra, missing))}`;
  return [
    ...(missing.length > 0 ? [{ role: 'raw', ids: missing, text: rawText }] : []),
    ...(extra.length > 0 ? [{ role, ids: extra, text: roleText }] : []),
  ];
}

function checkUnique(role: FileRole, files: readonly NamedFile[]): void {
  const first = new Map<string, string>();
  for (const { id, path } of files) {
    const other = first.get(id);
    if (other !== undefined) {
      const text = `${role}: two files have the id "${id}": ${other} and ${path}`;
      throw new SegmenterError('invalid-input', text, { role, id, paths: [other, path] });
    }
    first.set(id, path);
  }
}

function ambiguous(id: string, files: readonly NamedFile[]): SegmenterError {
  const paths = files.map(({ path }) => path);
  return new SegmenterError('invalid-input', `several files may belong to "${id}": ${listNames(paths)}`, { id, paths });
}

function isMask(role: FileRole): boolean {
  return role === 'mergeMask' || role === 'excludeMask';
}
