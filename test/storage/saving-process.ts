import { readFile } from 'node:fs/promises';
import { AtomicFile } from '../../src/storage/atomic-file';
import { replaceExclusively } from '../../src/storage/replace-exclusively';

/** What a process of the tests is told to do with a file. */
export type SavingTask =
  /** one save on a revision, as a curator's */
  | { kind: 'save'; file: string; revision: number; id: string }
  /** saves until it is killed */
  | { kind: 'save-on'; file: string; id: string }
  /** begins to write the file and never ends */
  | { kind: 'begin'; file: string };

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
