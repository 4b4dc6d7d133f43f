import { readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { SegmenterError } from '../../src/base/errors';
import { publishModel } from '../../src/models/publish';
import { AtomicFile } from '../../src/storage/atomic-file';
import { AtomicFolder } from '../../src/storage/atomic-folder';
import { replaceExclusively } from '../../src/storage/replace-exclusively';
import { cardFields, namedOnnx } from '../models/support';

/** What a process of the tests is told to do with a file. */
export type SavingTask =
  /** one save on a revision, as a curator's */
  | { kind: 'save'; file: string; revision: number; id: string }
  /** saves until it is killed */
  | { kind: 'save-on'; file: string; id: string }
  /** replaces a folder of {@link FOLDER_FILES} files, all with the same content, so many times or until it is killed */
  | { kind: 'replace'; folder: string; id: string; times: number }
  /** publishes versions of the model `n` until it is killed */
  | { kind: 'publish'; models: string; id: string }
  /** begins to write the file and never ends */
  | { kind: 'begin'; file: string };

/** Files of a folder that the processes write. */
export const FOLDER_FILES = 5;

/** Who wrote the folder of the tests. @throws Error where it is not whole or not one writer's */
export function readFolder(folder: string): string {
  const names = readdirSync(folder);
  const texts = new Set(names.map((name) => readFileSync(path.join(folder, name), 'utf8')));
  if (names.length !== FOLDER_FILES || texts.size !== 1) throw new Error(`${names.join()}: ${[...texts].join()}`);
  return [...texts][0];
}

/** @returns false where another process was faster */
async function replaceFolder(folder: string, content: string): Promise<boolean> {
  const kind = { mayReplace: async () => true, mayHold: () => true };
  const draft = await AtomicFolder.create(folder, { existing: 'replace', ...kind });
  for (let i = 0; i < FOLDER_FILES; i++) await draft.write(`${i}.txt`, Buffer.from(content));
  return draft.commit().then(
    () => true,
    (error: SegmenterError) => {
      if (error.code !== 'exists') throw error;
      return false;
    },
  );
}

/** The file of the tests: who saved each revision. */
export async function readSaves(file: string): Promise<string[]> {
  return JSON.parse(await readFile(file, 'utf8')) as string[];
}

async function save(file: string, id: string, revision?: number): Promise<boolean> {
  const { value } = await replaceExclusively(file, async () => {
    const saves = await readSaves(file);
    if (revision !== undefined && saves.length !== revision) return { text: null, value: false };
    return { text: JSON.stringify([...saves, id]), value: true };
  });
  return value;
}

async function perform(task: SavingTask): Promise<void> {
  if (task.kind === 'save') {
    process.send?.({ won: await save(task.file, task.id, task.revision) });
  } else if (task.kind === 'save-on') {
    for (let n = 0; ; n++) {
      const id = `${task.id}-${n}`;
      await save(task.file, id);
      await new Promise((resolve) => process.send?.({ saved: id }, resolve));
    }
  } else if (task.kind === 'replace') {
    const won: string[] = [];
    for (let n = 0; n < task.times; n++) {
      const content = `${task.id}-${n}`;
      if (await replaceFolder(task.folder, content)) won.push(content);
    }
    process.send?.({ won });
  } else if (task.kind === 'publish') {
    for (let n = 0; ; n++) {
      const card = cardFields({ name: 'n' });
      const weights = new Float32Array(1000).fill(n);
      const { reference } = await publishModel(task.models, {
        card,
        onnx: namedOnnx(task.id),
        metricsCsv: '',
        weights,
      });
      await new Promise((resolve) => process.send?.({ published: reference.version }, resolve));
    }
  } else {
    const file = await AtomicFile.create(task.file);
    await file.write(Uint8Array.of(1, 2, 3), 0);
    process.send?.({ began: true });
  }
}

if (require.main === module) {
  process.on('message', (task) => {
    perform(task as SavingTask).catch((error: Error) => {
      process.send?.({ error: error.message });
    });
  });
  process.on('disconnect', () => process.exit());
}
