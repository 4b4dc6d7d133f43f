import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { type Static, Type } from '#typebox';
import { messageOf } from '../base/errors';
import { validate } from '../base/schema';
import { writeFileAtomic } from '../storage/atomic-file';
import { readUnlinkedText } from '../storage/outside-files';
import { ResultNodeSchema } from './result-entry';

/** Reports that are remembered; the oldest go. */
const MOST = 500;
const FILE = 'reports.json';

const ReportEntrySchema = Type.Object({
  id: Type.String({ minLength: 1 }),
  /** where it was written; the scratch store may have removed it since */
  file: Type.String(),
  /** of the sequence that it is of, as the log of results has it; null: the images came alone */
  run: Type.Union([Type.String(), Type.Null()]),
  node: ResultNodeSchema,
  /** milliseconds since 1970 */
  at: Type.Number(),
  images: Type.Integer({ minimum: 0 }),
  /** mean over the images whose truth has foreground; null: none was compared */
  meanDice: Type.Union([Type.Number(), Type.Null()]),
  /** name@version of the model that found all that was compared; null: several did, or nobody said */
  model: Type.Union([Type.String(), Type.Null()]),
});
/** A report of a sequence of compared images, and where it lies. */
export type ReportEntry = Static<typeof ReportEntrySchema>;
const IndexSchema = Type.Array(ReportEntrySchema);

/** The reports that nodes wrote, over restarts of Node-RED. Whoever notes one never waits, and a disk that fails costs no report. */
export class ReportIndex {
  private entries: ReportEntry[] = [];
  private loading: Promise<void> | null = null;
  private writing: Promise<void> | null = null;
  private isWritten = true;

  /** @param folder null: nothing is kept beyond this process @param onProblem told of a disk that does not take it */
  constructor(
    private readonly folder: string | null,
    private readonly onProblem: (message: string) => void = () => undefined,
  ) {}

  note(entry: Omit<ReportEntry, 'id'>): void {
    this.entries.push({ id: randomBytes(9).toString('base64url'), ...entry });
    this.isWritten = false;
    this.writing ??= this.write();
  }

  /** Lists the reports, the latest first. */
  async list(): Promise<ReportEntry[]> {
    await this.load();
    return [...this.entries].reverse();
  }

  /** Gives the last report that fits; null: there is none. */
  async last(fits: (entry: ReportEntry) => boolean): Promise<ReportEntry | null> {
    await this.load();
    return this.entries.findLast(fits) ?? null;
  }

  /** Resolves when all that was noted is on the disk, or the disk has not taken it. */
  async idle(): Promise<void> {
    while (this.writing) await this.writing;
  }

  private load(): Promise<void> {
    this.loading ??= this.read();
    return this.loading;
  }

  private async read(): Promise<void> {
    if (this.folder === null) return;
    try {
      const text = await readUnlinkedText(path.join(this.folder, FILE));
      this.entries = [...validate(IndexSchema, JSON.parse(text), 'reports'), ...this.entries].slice(-MOST);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') this.onProblem(messageOf(error));
    }
  }

  private async write(): Promise<void> {
    await this.load();
    while (!this.isWritten) {
      this.isWritten = true;
      this.entries = this.entries.slice(-MOST);
      if (this.folder !== null) await this.save(this.folder);
    }
    this.writing = null;
  }

  private async save(folder: string): Promise<void> {
    try {
      await mkdir(folder, { recursive: true });
      await writeFileAtomic(path.join(folder, FILE), `${JSON.stringify(this.entries)}\n`, { existing: 'replace' });
    } catch (error) {
      this.onProblem(messageOf(error));
    }
  }
}
