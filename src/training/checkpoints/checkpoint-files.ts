import { lstat, readdir, readFile, rename, rm, rmdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { CorruptFileError, SegmenterError, toErrorRecord } from '../../base/errors';
import { isNameInRun, MAPS_FOLDER } from '../../models/layout';
import { PICTURES_FOLDER } from '../../models/training-file';
import { AtomicFile } from '../../storage/atomic-file';
import { fileError } from '../../storage/file-error';
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from './checkpoint';

/** Files in the folder of a training. */
export const TRAINING_FILES = {
  /** state of the training, to go on from */
  checkpoint: 'training.ckpt',
  /** the state before, for when the newest is damaged */
  before: 'training.before.ckpt',
  metrics: 'metrics.csv',
} as const;

/** Failures of the machine, which say nothing about the file. */
const OF_THE_MACHINE = ['EMFILE', 'ENFILE', 'ENOMEM'];

/** What a training can go on from. */
export interface FoundCheckpoint {
  /** null: nothing, it starts anew */
  checkpoint: Checkpoint | null;
  /** which checkpoints were damaged, and what became of them */
  warnings: string[];
}

/** Asks whether the folder is still this training's. @throws SegmenterError where it is another process's by now */
export type Guard = () => Promise<void>;

/**
 * Writes a checkpoint, whole or not at all, and keeps the one before.
 * @param guard asked when all is written, before anything is replaced
 */
export async function keepCheckpoint(folder: string, checkpoint: Checkpoint, guard?: Guard): Promise<void> {
  const newest = path.join(folder, TRAINING_FILES.checkpoint);
  const file = await AtomicFile.create(newest, { existing: 'replace' });
  try {
    await file.write(encodeCheckpoint(checkpoint), 0);
    await guard?.();
    await rename(newest, path.join(folder, TRAINING_FILES.before)).catch(unlessMissing);
  } catch (error) {
    await file.abort();
    throw fileError(error, 'write', newest);
  }
  await file.commit();
}

/**
 * The newest sound checkpoint of a training. A damaged one is set aside under another name and does not stand in the way:
 * the one before is taken, or else the training starts anew.
 * @param key of the training; a checkpoint of another is none
 */
export async function findCheckpoint(folder: string, key: string): Promise<FoundCheckpoint> {
  const damaged: string[] = [];
  for (const name of [TRAINING_FILES.checkpoint, TRAINING_FILES.before]) {
    const file = path.join(folder, name);
    let checkpoint: Checkpoint | null = null;
    try {
      checkpoint = await readCheckpoint(file);
    } catch (error) {
      damaged.push(`${toErrorRecord(error).message}; it was set aside as ${await setAside(file, error)}`);
    }
    if (checkpoint?.key !== key) continue;
    const from = `the training goes on from the checkpoint before it, at step ${checkpoint.state.step}`;
    return { checkpoint, warnings: damaged.map((what) => `${what}; ${from}`) };
  }
  return { checkpoint: null, warnings: damaged.map((what) => `${what}; without another the training starts anew`) };
}

/** Removes what a training keeps in its folder, and the folder itself unless there is something else in it. */
export async function removeTraining(folder: string): Promise<void> {
  for (const below of [PICTURES_FOLDER, MAPS_FOLDER, '.']) {
    const place = path.join(folder, below);
    for (const name of await readdir(place).catch(() => [])) {
      // What stays for whatever reason is in nobody's way: the model is published.
      const isOwn = isNameInRun(path.posix.join(below, name));
      if (isOwn) await rm(path.join(place, name), { force: true }).catch(() => undefined);
    }
    await rmdir(place).catch(() => undefined);
  }
}

/** @returns null where there is none */
async function readCheckpoint(file: string): Promise<Checkpoint | null> {
  const status = await stat(file).catch(unlessMissing);
  if (!status) return null;
  // A pipe, say, would be waited for.
  if (!status.isFile()) throw new CorruptFileError(file, 'is not a file');
  const bytes = await readFile(file).catch(unlessMissing);
  return bytes ? decodeCheckpoint(bytes, file) : null;
}

/** @returns the new name */
async function setAside(file: string, why: unknown): Promise<string> {
  if (!(why instanceof SegmenterError) && OF_THE_MACHINE.includes((why as NodeJS.ErrnoException).code ?? '')) throw why;
  for (let number = 1; ; number++) {
    const place = `${file}.damaged-${number}`;
    if (await lstat(place).catch(() => null)) continue;
    await rename(file, place).catch((error: unknown) => {
      throw fileError(error, 'set aside', file);
    });
    return path.basename(place);
  }
}

function unlessMissing(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT') return null;
  throw error;
}

/** Saves a training one checkpoint after the other, in its turn and where someone asks for it. */
export class Saves {
  private turn: Promise<unknown> = Promise.resolve();
  private waiting: Array<() => void> = [];
  private over = false;

  constructor(
    private readonly folder: string,
    private readonly guard?: Guard,
  ) {}

  /** Whether someone waits for the next save. */
  get areAsked(): boolean {
    return this.waiting.length > 0;
  }

  /** Resolves after the next save, or when there will be none. */
  async next(): Promise<void> {
    if (!this.over) await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  async save(checkpoint: Checkpoint): Promise<void> {
    const saved = this.turn.then(() => keepCheckpoint(this.folder, checkpoint, this.guard));
    this.turn = saved.catch(() => undefined);
    await saved;
    this.letGo();
  }

  /** The training is over. */
  end(): void {
    this.over = true;
    this.letGo();
  }

  private letGo(): void {
    for (const resolve of this.waiting.splice(0)) resolve();
  }
}
