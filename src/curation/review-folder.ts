import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { InvalidInputError, SegmenterError, toErrorRecord } from '../base/errors';
import { eventLoopTurn, forEachConcurrently } from '../base/long-work';
import { OneByOne } from '../base/one-by-one';
import { canonicalJson } from '../base/plain-json';
import { validate } from '../base/schema';
import { checkSameExtent } from '../masks/planes';
import { compareNames } from '../samples/names';
import { SampleSchema } from '../samples/sample';
import { fileError } from '../storage/file-error';
import { listFolder } from '../storage/outside-files';
import { fileNameOf } from '../storage/portable-names';
import { replaceExclusively } from '../storage/replace-exclusively';
import { checkDecision } from './check-decision';
import type { Decision } from './decision';
import { maskFilesMatch, writeMaskFiles } from './mask-files';
import {
  changed,
  formatRecord,
  newRecord,
  RECORD_ENDING,
  type ReadRecord,
  type RecordSummary,
  type ReviewRecord,
  readRecordFile,
  stampOf,
  stampOfFile,
} from './record';
import { claimReview } from './review-mark';

/** Files read at a time. */
const AT_ONCE = 32;

/** A save on a revision that is no longer the latest: code `exists`, with the record as it is now. */
export class ConflictError extends SegmenterError {
  override readonly name = 'ConflictError';

  constructor(
    readonly record: ReviewRecord,
    revision: number,
  ) {
    const { id, by } = record;
    const who = by === null ? 'someone else' : by;
    const message = `sample ${id} was changed by ${who} in between: it has revision ${record.revision}, the save was made on ${revision}`;
    super('exists', message, { id, revision: record.revision, by });
  }
}

interface Known {
  summary: RecordSummary;
  /** tells a changed file from the one that was read */
  stamp: string;
}

/**
 * A folder with the review of samples: `NAME.json` a sample, its drawings beside it as GeoJSON. Each record is written
 * whole or not at all, and only on its latest revision, whoever writes: other sessions of this process, or others.
 * Records are read once; a list of them touches no disk.
 */
export class ReviewFolder {
  /** Files that are no record of this version, each with what is wrong. They stay as they are. */
  readonly problems = new Map<string, string>();
  /** what else lies in the folder: it stays untouched */
  others: readonly string[] = [];
  private readonly known = new Map<string, Known>();
  /** ids as {@link list} gives them; null where one has come or gone */
  private order: string[] | null = null;
  /** ids by their file names in lower case: some disks tell no case apart */
  private readonly idOfName = new Map<string, string>();
  /** Work on one record after another: what waits here asks no disk for its turn. */
  private readonly turns = new OneByOne();

  private constructor(
    readonly folder: string,
    private readonly now: () => Date,
  ) {}

  /**
   * Opens the folder, makes it where it is missing, and mends what a crash left of drawings.
   * @throws SegmenterError `not-allowed`, `not-found` by the system; `exists` for a folder with files of somebody else
   */
  static async open(folder: string, { now = () => new Date() }: { now?: () => Date } = {}): Promise<ReviewFolder> {
    const review = new ReviewFolder(path.resolve(folder), now);
    try {
      await mkdir(review.folder, { recursive: true });
    } catch (error) {
      throw fileError(error, 'make', review.folder);
    }
    await review.refresh();
    review.others = await claimReview(review.folder, new Set([...review.known.keys()].map(fileNameOf)));
    return review;
  }

  /** Takes note of what other processes changed: reads the files that are not as they were. */
  async refresh(): Promise<void> {
    const names = new Set(await this.fileNames());
    const files = [...names].filter((name) => name.endsWith(RECORD_ENDING));
    this.problems.clear();
    for (const [id] of this.known) if (!names.has(fileNameOf(id) + RECORD_ENDING)) this.forget(id);
    await forEachConcurrently(files, AT_ONCE, async (name) => {
      const file = path.join(this.folder, name);
      try {
        await this.look(file, names);
      } catch (error) {
        this.problems.set(name, toErrorRecord(error).message);
      }
    });
  }

  /** Lists all records, in the order of their ids' names. */
  list(): RecordSummary[] {
    this.order ??= [...this.known.keys()].sort(compareNames);
    return this.order.flatMap((id) => this.summary(id) ?? []);
  }

  /** Says what a list shows of a record; null where there is none. */
  summary(id: string): RecordSummary | null {
    return this.known.get(id)?.summary ?? null;
  }

  has(id: string): boolean {
    return this.known.has(id);
  }

  /** Reads the record as it is on disk. @throws SegmenterError `not-found`, `corrupt-file` or `unsupported` */
  async get(id: string): Promise<ReviewRecord> {
    const record = await this.read(this.fileOf(id));
    if (!record) throw this.unknown(id);
    return record;
  }

  /** Reads all records as they are on disk, one at a time, in the order of {@link list}. @throws as {@link get} */
  async *records(): AsyncGenerator<ReviewRecord> {
    for (const { id } of this.list()) yield await this.get(id);
  }

  /**
   * Puts a sample up for review. What was decided on a sample of the same id stays, on the sample as it is now.
   * @returns the record, and whether it was there
   * @throws SegmenterError `invalid-input` where the sample does not fit, or differs in extent from the one decided on
   */
  async add(value: unknown): Promise<{ record: ReviewRecord; wasThere: boolean }> {
    const sample = validate(SampleSchema, value, 'sample');
    let wasThere = true;
    const record = await this.exclusively(sample.id, async (before) => {
      wasThere = before !== null;
      if (!before) return newRecord(sample, this.now());
      if (canonicalJson(before.sample) === canonicalJson(sample)) return before;
      const what = `sample ${sample.id} that was reviewed in ${this.folder}`;
      checkSameExtent(sample.raw.shape, `raw of sample ${sample.id}`, before.sample.raw.shape, what);
      const { decision: brought } = newRecord(sample, this.now());
      const decision = before.revision === 0 ? brought : before.decision;
      checkDecision(decision, sample, `decision on sample ${sample.id}`);
      return changed(before, { sample, decision }, null, this.now());
    });
    return { record, wasThere };
  }

  /**
   * Saves a decision that was made on a revision.
   * @param by who decided; null where the editor has no login
   * @throws ConflictError where the record has another revision by now
   * @throws SegmenterError `not-found`, or `invalid-input` naming what of the decision does not fit
   */
  async save(
    id: string,
    { revision, decision }: { revision: number; decision: unknown },
    by: string | null,
  ): Promise<ReviewRecord> {
    if (by !== null && (by.length === 0 || by.length > 200)) {
      throw new InvalidInputError('who decided', '1 to 200 characters', by);
    }
    return this.exclusively(id, async (before) => {
      if (!before) throw this.unknown(id);
      if (before.revision !== revision) throw new ConflictError(before, revision);
      // Large decisions take some 30 ms each to be read, checked and written: others have their turn between.
      await eventLoopTurn();
      const checked: Decision = checkDecision(decision, before.sample);
      await eventLoopTurn();
      return changed(before, { decision: checked }, by, this.now());
    });
  }

  /** Gives the path of the files of a sample, without their endings (`.json`, `.merge.geojson`, ...). */
  pathOf(id: string): string {
    return path.join(this.folder, fileNameOf(id));
  }

  private fileOf(id: string): string {
    return this.pathOf(id) + RECORD_ENDING;
  }

  private unknown(id: string): SegmenterError {
    this.forget(id);
    return new SegmenterError('not-found', `${this.folder}: no review of a sample ${id}`, { id });
  }

  /**
   * Changes a record so that no change of anybody in any process is lost.
   * @param change is given the record as it is, null where there is none, and gives the one to keep
   */
  private async exclusively(
    id: string,
    change: (before: ReviewRecord | null) => Promise<ReviewRecord>,
  ): Promise<ReviewRecord> {
    const file = this.fileOf(id);
    const name = fileNameOf(id).toLowerCase();
    const other = this.idOfName.get(name);
    if (other !== undefined && other !== id) {
      const expected = `an id that differs from that of sample ${other} by more than case`;
      throw new InvalidInputError('sample id', expected, id);
    }
    return this.turns.do(name, async () => {
      const { value: record, written } = await replaceExclusively(file, async () => {
        const before = await this.read(file);
        const next = await change(before);
        return { text: next === before ? null : formatRecord(next), value: next };
      });
      if (!written) return record;
      const stamp = stampOf(written);
      this.remember(record, stamp);
      await this.draw(file, { record, stamp });
      return record;
    });
  }

  /**
   * Makes the drawings what the record says. Another process may save meanwhile, and its drawings come first: whoever
   * writes last makes those of the latest record.
   */
  private async draw(file: string, latest: ReadRecord): Promise<void> {
    for (let drawn: ReadRecord | null = latest; drawn; ) {
      for (const name of await writeMaskFiles(baseOf(file), drawn.record.decision)) {
        this.problems.set(name, 'was made or changed by another program: it stays as it is');
      }
      drawn = await this.readIfNot(drawn.stamp, file);
    }
  }

  /** @returns null where there is no such file */
  private async read(file: string): Promise<ReviewRecord | null> {
    return (await this.readIfNot(null, file))?.record ?? null;
  }

  /** @returns null where the file has that stamp, or there is none */
  private async readIfNot(stamp: string | null, file: string): Promise<ReadRecord | null> {
    if (stamp !== null && (await stampOfFile(file)) === stamp) return null;
    const read = await readRecordFile(file);
    if (read) this.remember(read.record, read.stamp);
    return read;
  }

  /** Reads a file where it has changed, and makes its drawings what it says. */
  private async look(file: string, names: ReadonlySet<string>): Promise<void> {
    const id = this.idOfName.get(path.basename(file, RECORD_ENDING).toLowerCase());
    const known = id === undefined ? undefined : this.known.get(id);
    const read = await this.readIfNot(known?.stamp ?? null, file);
    if (!read || (await maskFilesMatch(baseOf(file), read.record.decision, names))) return;
    await this.turns.do(fileNameOf(read.record.id).toLowerCase(), () => this.draw(file, read));
  }

  private remember({ id, decision: { state, reason }, by, at, revision }: ReviewRecord, stamp: string): void {
    if (!this.known.has(id)) this.order = null;
    this.known.set(id, { summary: { id, state, reason, by, at, revision }, stamp });
    this.idOfName.set(fileNameOf(id).toLowerCase(), id);
  }

  private forget(id: string): void {
    if (this.known.delete(id)) this.order = null;
    this.idOfName.delete(fileNameOf(id).toLowerCase());
  }

  private async fileNames(): Promise<string[]> {
    try {
      return (await listFolder(this.folder)).map(({ name }) => name);
    } catch (error) {
      throw fileError(error, 'read', this.folder);
    }
  }
}

function baseOf(file: string): string {
  return file.slice(0, -RECORD_ENDING.length);
}
