import { readdir, stat, unlink, utimes } from 'node:fs/promises';
import path from 'node:path';
import { type Static, Type } from '#typebox';
import { validate } from '../../base/schema';
import { FolderDraft } from '../../storage/folder-draft';
import { readText } from '../../storage/outside-files';
import { clearPartialOnce, removeOwn } from '../../storage/partial';

const ANSWER = 'answer.json';
const RESULT_NAME = /^[0-9a-f]{64}$/;
const INPUT_NAME = /^[0-9a-f]{64}(\.ome)?\.[A-Za-z0-9]+$/;
/** Below the results: what hosts shared of their own stores. */
export const INPUTS = 'inputs';
/** What was made or asked for just now is in some message. */
const LEAST_AGE_MS = 6 * 3600 * 1000;

const AnswerSchema = Type.Object({
  format: Type.Literal('segmenter-result'),
  formatVersion: Type.Literal(1),
  output: Type.Unknown(),
});

/** A file of a result: its name in the result's folder, and where it is copied from. */
export interface ResultFile {
  name: string;
  from: string;
}

/** Says where a result of this name lies, which stands for all that it depends on. @param name 64 hexadecimal digits */
export function resultPlace(results: string, name: string, file: string): string {
  return path.join(results, name, file);
}

/**
 * Puts a result where all machines reach it: whole or not at all, and where several were made of the same the first one
 * counts, for everybody.
 * @param output what the job answers, its places portable
 * @returns the answer that counts: `output`, or that of who was first
 * @throws SegmenterError by the system, `disk-full` among them
 */
export async function keepResult<T>(
  results: string,
  name: string,
  files: readonly ResultFile[],
  output: T,
): Promise<T> {
  const target = path.join(results, name);
  const draft = await FolderDraft.create(target, { durable: true });
  clearPartialOnce(results);
  try {
    for (const { name: file, from } of files) await draft.copy(file, from, (await stat(from)).size);
    const content: Static<typeof AnswerSchema> = { format: 'segmenter-result', formatVersion: 1, output };
    await draft.write(ANSWER, JSON.stringify(content));
    if (await draft.rename(target)) return output;
  } finally {
    await draft.remove();
  }
  return (await readAnswer(target)) as T;
}

async function readAnswer(folder: string): Promise<unknown> {
  const file = path.join(folder, ANSWER);
  const answer = validate(AnswerSchema, JSON.parse(await readText(file)), file);
  const now = new Date();
  await utimes(folder, now, now).catch(() => undefined);
  return answer.output;
}

/**
 * Removes what was not asked for the longest, until the rest takes no more than so many bytes. What is not a result by its
 * name stays, and so does what is younger than some hours.
 * @returns how many results and inputs went
 */
export async function tidyResults(results: string, mostBytes: number, leastAgeMs = LEAST_AGE_MS): Promise<number> {
  const found = [
    ...(await entriesOf(results, RESULT_NAME)),
    ...(await entriesOf(path.join(results, INPUTS), INPUT_NAME)),
  ].sort((a, b) => b.used - a.used);
  let bytes = 0;
  let removed = 0;
  for (const { place, used, size, isFolder } of found) {
    bytes += size;
    if (bytes <= mostBytes || Date.now() - used < leastAgeMs) continue;
    if (isFolder) await removeOwn(place, (name) => name === ANSWER || /^[a-z]+\.ome\.tiff$/.test(name));
    else await unlink(place).catch(() => undefined);
    removed++;
  }
  return removed;
}

interface Entry {
  place: string;
  isFolder: boolean;
  /** milliseconds since 1970 */
  used: number;
  size: number;
}

async function entriesOf(folder: string, names: RegExp): Promise<Entry[]> {
  const entries: Entry[] = [];
  for (const name of await readdir(folder).catch(() => [])) {
    if (!names.test(name)) continue;
    const place = path.join(folder, name);
    const status = await stat(place).catch(() => null);
    if (!status) continue;
    const isFolder = status.isDirectory();
    const inside = isFolder ? await readdir(place).catch(() => []) : [];
    const sizes = await Promise.all(
      inside.map((file) =>
        stat(path.join(place, file)).then(
          (one) => one.size,
          () => 0,
        ),
      ),
    );
    entries.push({ place, isFolder, used: status.mtimeMs, size: sizes.reduce((sum, one) => sum + one, status.size) });
  }
  return entries;
}
