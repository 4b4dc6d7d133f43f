import { rename, rm, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { SegmenterError } from '../base/errors';
import { fileError } from '../storage/file-error';
import { TAKEN } from '../storage/folder-draft';
import { listFolder, lookAt, lstat, passTimeouts, timeLimit, withinTime } from '../storage/outside-files';
import { idleTime, isPartialName, removeOwn } from '../storage/partial';
import { isWriterGone, isWriterTag } from '../storage/writer-tag';
import { isNameInModel, listVersions, MODEL_FILES, modelFolder, RUNS } from './layout';

/** A training saves its state more often than this, in milliseconds. */
const STILL_MS = 60_000;
const TAG_LENGTH = 28;

/**
 * Gives a folder of the models folder another name, in one step: whoever looks sees it in one of the two places.
 * @returns false where something has the name already; an empty folder does not count
 * @throws SegmenterError `not-found` where it is gone, `not-allowed`, `timeout`
 */
export async function moveFolder(from: string, to: string): Promise<boolean> {
  try {
    await onDisk(from, 'renaming', () => rename(from, to));
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const isTaken = code === 'ENOTDIR' || (TAKEN.has(code) && (await lookAt(to)) !== null);
    if (!isTaken) throw fileError(error, 'rename', from);
    return false;
  }
}

/**
 * Refuses where a model is being trained or published, by this process or another.
 * @throws SegmenterError `busy`
 */
export async function requireIdle(modelsFolder: string, name: string): Promise<void> {
  const folder = modelFolder(modelsFolder, name);
  for (const entry of await namesIn(folder)) {
    if (!isDraft(entry)) continue;
    const gone = await isWriterGone(entry.slice(-TAG_LENGTH), () => idleTime(path.join(folder, entry)));
    if (!gone) throw busy(`a version of ${name} is being published`, name);
  }
  const runs = path.join(folder, RUNS);
  for (const run of await namesIn(runs)) {
    const status = await lstat(path.join(runs, run)).catch(passTimeouts(null));
    const seconds = status ? Math.round((Date.now() - status.mtimeMs) / 1000) : STILL_MS;
    if (seconds * 1000 < STILL_MS) throw busy(`a training of ${name} saved its state ${seconds} s ago`, name);
  }
}

/**
 * Removes what a publisher had begun in a folder that was moved away under it: it makes it anew in the former place, and
 * would be taken for at work here.
 */
export async function clearDrafts(folder: string): Promise<void> {
  for (const entry of await namesIn(folder)) {
    const draft = path.join(folder, entry);
    if (isDraft(entry)) {
      await onDisk(draft, 'removing', () => removeOwn(draft, isNameInModel)).catch(passTimeouts(false));
    }
  }
}

/** Removes the folder of a model that has no versions where nothing else is in it: nobody sees it, and it would be in the way. */
export async function clearEmptyModel(modelsFolder: string, name: string): Promise<void> {
  if ((await listVersions(modelsFolder, name)).length > 0) return;
  const folder = modelFolder(modelsFolder, name);
  const current = path.join(folder, MODEL_FILES.current);
  await onDisk(current, 'removing', () => rm(current, { force: true })).catch(passTimeouts(undefined));
  for (const one of [path.join(folder, RUNS), folder]) {
    await onDisk(one, 'removing', () => rmdir(one)).catch(passTimeouts(undefined));
  }
}

/** Does what changes a disk, within a time limit. @throws SegmenterError `timeout` */
export function onDisk<T>(place: string, doing: string, work: () => Promise<T>): Promise<T> {
  return withinTime(timeLimit(0), place, undefined, work, doing);
}

/** Whether a publisher gave this name: what comes near it is somebody else's. */
function isDraft(name: string): boolean {
  return name.startsWith('.publish.') && isPartialName(name) && isWriterTag(name.slice(-TAG_LENGTH));
}

async function namesIn(folder: string): Promise<string[]> {
  const entries = await listFolder(folder).catch(passTimeouts([]));
  return entries.map(({ name }) => name);
}

function busy(what: string, name: string): SegmenterError {
  return new SegmenterError('busy', `${what}: it can be moved when that is over`, { name });
}
