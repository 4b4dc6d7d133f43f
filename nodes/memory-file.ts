import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Node, NodeAPI } from 'node-red';
import type { Static, TSchema } from '#typebox';
import { messageOf } from '../src/base/errors';
import { validate } from '../src/base/schema';
import { writeFileAtomic } from '../src/storage/atomic-file';
import { fileNameOf } from '../src/storage/portable-names';

/** What is remembered is written at most this often, in milliseconds: a kill loses so much of it. */
const SAVE_EVERY_MS = 5000;

/** What is told where the file cannot be read, or not be written: before the reason. */
export interface MemoryTexts {
  unread: string;
  unwritten: string;
}

/** Says where a node keeps what it remembers across restarts: below Node-RED's user folder. */
export function memoryPath(RED: NodeAPI, node: Pick<Node, 'id'>, folder: string): string {
  const { userDir = process.cwd() } = RED.settings as { userDir?: string };
  return path.join(userDir, 'segmenter', folder, `${fileNameOf(node.id)}.json`);
}

/** A file of JSON in which a node keeps what it remembers across restarts. */
export class MemoryFile<S extends TSchema> {
  private timer: NodeJS.Timeout | null = null;
  private saving: Promise<void> = Promise.resolve();
  private now: (() => Static<S>) | null = null;

  /** @param onProblem told why the file cannot be read or written: the node then begins anew, or remembers in memory only */
  constructor(
    private readonly file: string,
    private readonly schema: S,
    private readonly texts: MemoryTexts,
    private readonly onProblem: (text: string) => void,
  ) {}

  /** Gives what was remembered; null where there is nothing, or nothing that can be read. */
  async load(): Promise<Static<S> | null> {
    try {
      return validate(this.schema, JSON.parse(await readFile(this.file, 'utf8')), this.file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
        this.onProblem(`${this.texts.unread}: ${messageOf(error)}`);
      return null;
    }
  }

  /** Has what is remembered written soon. @param now gives it as it is then */
  changed(now: () => Static<S>): void {
    this.now = now;
    this.timer ??= setTimeout(() => void this.save(), SAVE_EVERY_MS).unref();
  }

  /** Writes what is not written yet. */
  async close(): Promise<void> {
    if (this.timer) await this.save();
    await this.saving;
  }

  private save(): Promise<void> {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    const text = JSON.stringify(this.now?.());
    this.saving = this.saving
      .then(() => mkdir(path.dirname(this.file), { recursive: true }))
      .then(() => writeFileAtomic(this.file, text))
      .catch((error: unknown) => this.onProblem(`${this.texts.unwritten}: ${messageOf(error)}`));
    return this.saving;
  }
}
