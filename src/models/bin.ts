import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { SegmenterError } from '../base/errors';
import { existsError } from '../storage/atomic-file';
import { fileError } from '../storage/file-error';
import { listFolder, passTimeouts } from '../storage/outside-files';
import { clearPartial, partialPath } from '../storage/partial';
import { folderBytes } from './folder-bytes';
import { listVersions, modelFolder } from './layout';
import { clearEmptyModel, moveFolder, onDisk, requireIdle } from './moving';
import { versionNumber } from './version-name';

/** Below the models folder; a leading dot keeps it out of every listing. */
const BIN = '.bin';
/** `nuclei@v3@1764460800000`: the name tells all, so that one step moves a folder into the bin and out of it. */
const ENTRY = /^(?<name>[A-Za-z0-9][A-Za-z0-9._-]{0,99})@(?<what>v[1-9][0-9]{0,8}|all)@(?<time>[0-9]{1,15})$/;

/** What was deleted and can come back. */
export interface BinEntry {
  /** its folder's name */
  id: string;
  name: string;
  /** null: the model with all its versions */
  version: string | null;
  /** ISO 8601 */
  deleted: string;
  bytes: number;
}

/** Lists what lies in the bin, the newest first. */
export async function listBin(modelsFolder: string): Promise<BinEntry[]> {
  const bin = path.join(modelsFolder, BIN);
  const found: BinEntry[] = [];
  for (const { name: id } of await listFolder(bin).catch(passTimeouts([]))) {
    const entry = parseEntry(id);
    if (entry) found.push({ id, ...entry, bytes: await folderBytes(path.join(bin, id)) });
  }
  return found.sort((a, b) => b.deleted.localeCompare(a.deleted));
}

/** The numbers of a model's versions in the bin: no later version gets one of these, or a restored one had no place. */
export async function binnedVersions(modelsFolder: string, name: string): Promise<number[]> {
  const entries = await listFolder(path.join(modelsFolder, BIN)).catch(passTimeouts([]));
  return entries.flatMap(({ name: id }) => {
    const entry = parseEntry(id);
    return entry?.name === name && entry.version !== null ? [versionNumber(entry.version) ?? 0] : [];
  });
}

/**
 * Moves a version of a model, or all of it, into the bin.
 * @param version null: the model with all its versions, and what a training of it saved
 * @throws SegmenterError `not-found`; `busy` where all of it is to go while it is being trained
 */
export async function moveToBin(modelsFolder: string, name: string, version: string | null): Promise<BinEntry> {
  const versions = await listVersions(modelsFolder, name);
  if (version === null ? versions.length === 0 : !versions.includes(version)) {
    const called = version === null ? name : `${name}@${version}`;
    throw new SegmenterError('not-found', `${called} is not in ${modelsFolder}`, { name, version });
  }
  if (version === null) await requireIdle(modelsFolder, name);
  const bin = path.join(modelsFolder, BIN);
  await onDisk(bin, 'making it', () => mkdir(bin, { recursive: true })).catch(raise('make', bin));
  const folder = path.join(modelFolder(modelsFolder, name), version ?? '');
  for (let time = Date.now(); ; time++) {
    const id = `${name}@${version ?? 'all'}@${time}`;
    if (!(await moveFolder(folder, path.join(bin, id)))) continue;
    const bytes = await folderBytes(path.join(bin, id));
    return { id, name, version, deleted: new Date(time).toISOString(), bytes };
  }
}

/**
 * Brings back what was deleted, under the name that it had.
 * @throws SegmenterError `not-found`; `exists` where something has taken its place
 */
export async function restore(modelsFolder: string, id: string): Promise<void> {
  const { name, version } = requireEntry(id);
  const model = modelFolder(modelsFolder, name);
  const target = path.join(model, version ?? '');
  if (version === null) await clearEmptyModel(modelsFolder, name);
  else await onDisk(model, 'making it', () => mkdir(model, { recursive: true })).catch(raise('make', model));
  if (!(await moveFolder(path.join(modelsFolder, BIN, id), target))) throw existsError(target);
}

/**
 * Removes for good what was deleted.
 * @param ids null: all
 */
export async function emptyBin(modelsFolder: string, ids: readonly string[] | null): Promise<void> {
  const bin = path.join(modelsFolder, BIN);
  for (const id of ids ?? (await listBin(modelsFolder)).map((entry) => entry.id)) {
    requireEntry(id);
    const folder = path.join(bin, id);
    // What is half gone is none to restore.
    const going = await partialPath(folder);
    await moveFolder(folder, going);
    await onDisk(going, 'removing', () => rm(going, { recursive: true, force: true })).catch(raise('remove', going));
  }
  await clearPartial(bin).catch(() => undefined);
}

function parseEntry(id: string): Omit<BinEntry, 'id' | 'bytes'> | null {
  const { name, what, time } = ENTRY.exec(id)?.groups ?? {};
  if (name === undefined) return null;
  return { name, version: what === 'all' ? null : what, deleted: new Date(Number(time)).toISOString() };
}

function requireEntry(id: string): Omit<BinEntry, 'id' | 'bytes'> {
  const entry = parseEntry(id);
  if (!entry) throw new SegmenterError('not-found', `${id} is nothing that was deleted`, { id });
  return entry;
}

function raise(action: string, place: string): (error: unknown) => never {
  return (error) => {
    throw fileError(error, action, place);
  };
}
