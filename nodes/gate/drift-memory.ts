import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { messageOf } from '../../src/base/errors';
import { validate } from '../../src/base/schema';
import { writeFileAtomic } from '../../src/storage/atomic-file';
import { addResult, type Drift, type DriftEvent, DriftSchema } from '../../src/trust/drift';
import type { Observed } from '../../src/trust/verdict';

/** What is remembered is written at most this often, in milliseconds: a kill loses so much of it. */
const SAVE_EVERY_MS = 5000;

/** Remembers the results of a gate across restarts, in a file below Node-RED's user folder. */
export class DriftMemory {
  private drift: Drift = { groups: [] };
  private loading: Promise<void> | null = null;
  private timer: NodeJS.Timeout | null = null;
  private saving: Promise<void> = Promise.resolve();

  /** @param onProblem told why the file cannot be read or written: charts then begin anew, or are kept in memory */
  constructor(
    private readonly file: string,
    private readonly onProblem: (text: string) => void,
  ) {}

  async add(group: { model: string; instrument: string }, observed: Observed): Promise<DriftEvent[]> {
    this.loading ??= this.load();
    await this.loading;
    const { drift, events } = addResult(this.drift, group, observed);
    this.drift = drift;
    this.timer ??= setTimeout(() => void this.save(), SAVE_EVERY_MS).unref();
    return events;
  }

  /** Writes what is not written yet. */
  async close(): Promise<void> {
    if (this.timer) await this.save();
    await this.saving;
  }

  private async load(): Promise<void> {
    try {
      this.drift = validate(DriftSchema, JSON.parse(await readFile(this.file, 'utf8')), this.file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
      this.onProblem(`what was usual before is not known any more, the charts begin anew: ${messageOf(error)}`);
    }
  }

  private save(): Promise<void> {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    const text = JSON.stringify(this.drift);
    this.saving = this.saving
      .then(() => mkdir(path.dirname(this.file), { recursive: true }))
      .then(() => writeFileAtomic(this.file, text))
      .catch((error: unknown) => this.onProblem(`what is usual is not kept over a restart: ${messageOf(error)}`));
    return this.saving;
  }
}
