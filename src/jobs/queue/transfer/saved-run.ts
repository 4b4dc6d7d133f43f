import path from 'node:path';
import { type Static, Type } from '#typebox';
import { SegmenterError } from '../../../base/errors';
import { validate } from '../../../base/schema';
import { isNameInRun } from '../../../models/layout';
import { writeFileAtomic } from '../../../storage/atomic-file';
import { readText } from '../../../storage/outside-files';
import { removeOwn } from '../../../storage/partial';
import type { ReceivedFiles } from './received-files';

const FILE = 'run.json';
const RUN_FOLDER = /^[0-9a-f]{64}$/;

/** What a training that runs on another machine has saved: the files of its folder, by what they hold. */
const SavedRunSchema = Type.Object({
  /** how often the job had begun on a worker: who was taken for gone, and wakes, has a lower number */
  attempt: Type.Integer({ minimum: 0 }),
  /** name of the run's folder */
  run: Type.String({ pattern: '^[0-9a-f]{8,64}$' }),
  files: Type.Array(
    Type.Object({
      name: Type.String({ maxLength: 200 }),
      size: Type.Integer({ minimum: 0 }),
      sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
    }),
    { maxItems: 10_000 },
  ),
});
export type SavedRun = Static<typeof SavedRunSchema>;

/** Checks what was sent as a saved run: its names are those of a training's folder. @throws SegmenterError `invalid-input` */
export function checkSavedRun(given: unknown): SavedRun {
  const saved = validate(SavedRunSchema, given, 'saved run');
  const foreign = saved.files.find(({ name }) => !isNameInRun(name) || name.split('/').includes('..'));
  if (!foreign) return saved;
  throw new SegmenterError('invalid-input', `saved run: ${foreign.name} is no file of a training`);
}

/** Keeps the newest saved run of a training, with its files. */
export class RunKeeper {
  private newest = 0;

  constructor(private readonly received: ReceivedFiles) {}

  /** Gives what was saved last; null: nothing, or it is damaged, and the training begins anew. */
  async read(): Promise<SavedRun | null> {
    try {
      return checkSavedRun(JSON.parse(await readText(path.join(this.received.folder, FILE))));
    } catch {
      return null;
    }
  }

  /**
   * Keeps a run whose files are all here in place of the one before, whose files go.
   * @throws SegmenterError `changed` where another worker has the job by now; `not-found` where a file is not here
   */
  async keep(saved: SavedRun): Promise<void> {
    if (saved.attempt < this.newest) {
      throw new SegmenterError(
        'changed',
        'another worker has this training by now: what this one saved does not count',
      );
    }
    this.newest = saved.attempt;
    for (const { name, sha256 } of saved.files) {
      if (!(await this.received.pathOf(sha256))) {
        throw new SegmenterError('not-found', `saved run: ${name} (${sha256}) was not sent`);
      }
    }
    const before = await this.read();
    await writeFileAtomic(path.join(this.received.folder, FILE), JSON.stringify(saved));
    const kept = new Set(saved.files.map(({ sha256 }) => sha256));
    await this.received.remove((before?.files ?? []).map(({ sha256 }) => sha256).filter((one) => !kept.has(one)));
  }

  /** Lets workers begin to count anew: the job is another one. */
  renew(): void {
    this.newest = 0;
  }

  /** Removes all that was saved. */
  async clear(): Promise<void> {
    await removeOwn(this.received.folder, isNameOfSavedRun);
    await this.received.clear();
  }
}

/** Tells whether a file of this name is one of a saved run's folder. */
export function isNameOfSavedRun(name: string): boolean {
  return name === FILE || /^[0-9a-f]{64}(\.part)?$/.test(name);
}

/** Tells whether a folder of this name holds a saved run. */
export function isSavedRunFolder(name: string): boolean {
  return RUN_FOLDER.test(name);
}
