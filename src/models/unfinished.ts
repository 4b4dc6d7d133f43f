import { lstat, readdir } from 'node:fs/promises';
import path from 'node:path';
import { removeOwn } from '../storage/own-files';
import { idleTime } from '../storage/partial';
import { isWriterGone, newWriterTag, WRITER_TAG } from '../storage/writer-tag';
import { MODEL_FILES } from './layout';

/** A leading dot keeps the unfinished folder out of every listing. */
const BEGINNING = '.publish-';
const NAME = new RegExp(`^\\.publish-(${WRITER_TAG.source})$`);

/** A folder in that of a model for a version that is being made; its name tells who makes it. Nothing is created yet. */
export async function unfinishedFolder(parent: string): Promise<string> {
  return path.join(parent, BEGINNING + (await newWriterTag()));
}

/** Removes what publishers of a model left that were killed, as far as they wrote it. */
export async function clearUnfinished(parent: string): Promise<void> {
  for (const name of await readdir(parent).catch(() => [])) {
    const [, tag] = NAME.exec(name) ?? [];
    const folder = path.join(parent, name);
    const there = tag === undefined ? null : await lstat(folder).catch(() => null);
    if (!there?.isDirectory() || !(await isWriterGone(tag, () => idleTime(folder)))) continue;
    await removeOwn(folder, isNameInModel).catch(() => false);
  }
}

function isNameInModel(name: string): boolean {
  const { card, network, metrics, checkpoints, weights, moments } = MODEL_FILES;
  return [card, network, metrics, `${checkpoints}/${weights}`, `${checkpoints}/${moments}`].includes(name);
}
