import { randomBytes } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { LruCache } from '../base/collections';
import { messageOf, SegmenterError } from '../base/errors';
import { canonicalHash } from '../base/plain-json';
import { type ResultEntry, type ResultRow, readEntry } from './result-entry';
import { type LinePlace, ResultSegments } from './result-segments';

/** Entries that are kept; the oldest go. */
const MOST = 10_000;
/** Characters of a line; beyond, its images are left out. */
const LONGEST_LINE = 64_000;
/** Characters of all lines that no disk has taken; beyond, their images are left out. */
const MOST_UNWRITTEN = 2 ** 25;
/** Samples without a sequence belong to one run while no longer than this, in milliseconds, passes between two. */
const PAUSE_MS = 30 * 60_000;
/** Nodes whose run of single samples may go on. */
const MOST_NODES = 1000;
/** Lines that are read, or written, in one go. */
const AT_ONCE = 100;
/** A disk that did not take a line is tried again after so long. */
const RETRY_MS = 60_000;

/** What passed a node, before the log says which run it belongs to. */
export interface PassedSample extends Omit<ResultEntry, 'id' | 'run' | 'at'> {
  /** id of the sequence that it came in; null: it came alone */
  sequence: string | null;
}

/** The samples that passed one node in one sequence. */
export interface ResultRun {
  run: string;
  node: ResultRow['node'];
  /** milliseconds since 1970 */
  first: number;
  last: number;
  samples: number;
  failed: number;
  /** of the samples that were compared with a truth; null: none */
  meanDice: number | null;
  /** name@version of the models that made what was found, as far as messages said */
  models: string[];
}

interface Kept {
  row: ResultRow;
  /** its line, where it is not on the disk; so it is as good as there */
  line: string | null;
  place: LinePlace | null;
}

/** Samples of one node that came alone. */
interface Singles {
  run: string;
  last: number;
  /** those that are kept */
  samples: Set<string>;
}

interface ResultsLogOptions {
  /** null: nothing is kept beyond this process */
  folder: string | null;
  most?: number;
  /** characters of lines that may wait for a disk with their images */
  mostUnwritten?: number;
  /** told once of a disk that does not take what is noted */
  onProblem?: (message: string) => void;
  /** milliseconds since 1970; replaced in tests */
  now?: () => number;
}

/**
 * What passed the nodes of this Node-RED, for people who want to see it: the last entries, small rows of them in memory,
 * their images on disk. To note one costs a line of JSON; what a disk does not take stays in memory, and nobody waits.
 */
export class ResultsLog {
  private kept: Kept[] = [];
  private byId = new Map<string, Kept>();
  private readonly segments: ResultSegments | null;
  private readonly most: number;
  private readonly mostUnwritten: number;
  /** characters */
  private unwrittenSize = 0;
  private readonly now: () => number;
  private readonly singles = new LruCache<string, Singles>(MOST_NODES);
  private loading: Promise<void> | null = null;
  private writing: Promise<void> | null = null;
  /** when a disk that failed may be tried again; null: it never failed */
  private retryAt: number | null = null;

  constructor(private readonly options: ResultsLogOptions) {
    const { folder, most = MOST, mostUnwritten = MOST_UNWRITTEN, now = Date.now } = options;
    this.most = most;
    this.mostUnwritten = mostUnwritten;
    this.now = now;
    this.segments = folder === null ? null : new ResultSegments(folder, most);
  }

  /** Notes a sample; its run is found by the sequence it came in. */
  note({ sequence, images, ...passed }: PassedSample): void {
    const at = this.now();
    const row: ResultRow = {
      id: randomBytes(9).toString('base64url'),
      run: this.runOf(passed, sequence, at),
      at,
      ...passed,
    };
    const whole = JSON.stringify({ ...row, images });
    const isShort = whole.length <= LONGEST_LINE && this.unwrittenSize + whole.length <= this.mostUnwritten;
    const line = isShort ? whole : JSON.stringify({ ...row, images: {} });
    this.unwrittenSize += line.length;
    this.keep({ row, line, place: null });
    this.writing ??= this.write();
  }

  /** Lists the runs, the latest first. */
  async runs(): Promise<ResultRun[]> {
    await this.load();
    const runs = new Map<string, ResultRow[]>();
    for (const { row } of this.kept) {
      const rows = runs.get(row.run);
      if (rows) rows.push(row);
      else runs.set(row.run, [row]);
    }
    return [...runs.values()].map((rows) => summaryOf(lastOfEach(rows))).sort((a, b) => b.last - a.last);
  }

  /** Lists the samples of a run in the order they came, of each the last; none where nobody knows the run. */
  async samples(run: string): Promise<ResultRow[]> {
    await this.load();
    return lastOfEach(this.kept.flatMap(({ row }) => (row.run === run ? [row] : [])));
  }

  /** Gives what is known of each sample, in the order it came. */
  async bySample(): Promise<Map<string, ResultRow[]>> {
    await this.load();
    const samples = new Map<string, ResultRow[]>();
    for (const { row } of this.kept) {
      const rows = samples.get(row.sample);
      if (rows) rows.push(row);
      else samples.set(row.sample, [row]);
    }
    return samples;
  }

  /** Gives an entry with its images. @throws SegmenterError `not-found` */
  async entry(id: string): Promise<ResultEntry> {
    await this.load();
    const kept = this.byId.get(id);
    if (!kept) throw gone(id);
    const line = kept.line ?? (kept.place && (await this.segments?.line(kept.place).catch(() => null))) ?? null;
    const entry = line === null ? null : readEntry(line);
    if (entry?.id !== id) throw gone(id);
    return entry;
  }

  /** Gives what was noted last, as far as it is known now: what earlier processes noted is read meanwhile. Never waits. */
  latest(): ResultRow | null {
    void this.load();
    return this.kept.at(-1)?.row ?? null;
  }

  /** Resolves when all that was noted is on the disk, or the disk has not taken it. */
  async idle(): Promise<void> {
    while (this.writing) await this.writing;
  }

  private load(): Promise<void> {
    this.loading ??= this.readAll();
    return this.loading;
  }

  private async readAll(): Promise<void> {
    if (!this.segments) return;
    const found: Kept[] = [];
    let read = 0;
    for await (const { line, place } of this.segments.read()) {
      if (++read % AT_ONCE === 0) await nextTurn();
      const entry = readEntry(line);
      if (!entry) continue;
      const { images: _, ...row } = entry;
      found.push({ row, line: null, place });
    }
    const since = this.kept;
    this.kept = [];
    for (const kept of [...found, ...since]) this.keep(kept);
  }

  private keep(kept: Kept): void {
    this.kept.push(kept);
    this.byId.set(kept.row.id, kept);
    // Many at a time: to take the first of a long list costs as much as the list is long.
    if (this.kept.length < this.most * 1.1) return;
    for (const gone of this.kept.splice(0, this.kept.length - this.most)) this.forget(gone);
  }

  private forget({ row: { id, node, run, sample }, line }: Kept): void {
    this.byId.delete(id);
    this.unwrittenSize -= line?.length ?? 0;
    const singles = this.singles.get(node.id);
    if (singles?.run === run) singles.samples.delete(sample);
  }

  private async write(): Promise<void> {
    const { segments } = this;
    try {
      await this.load();
      if (!segments || (this.retryAt ?? 0) > this.now()) return;
      for (let batch = this.unwritten(); batch.length > 0; batch = this.unwritten()) {
        const places = await segments.append(batch.map(({ line }) => line ?? ''));
        for (const [i, kept] of batch.entries()) {
          // One that went meanwhile is not counted any more.
          if (this.byId.get(kept.row.id) === kept) this.unwrittenSize -= kept.line?.length ?? 0;
          Object.assign(kept, { place: places[i], line: null });
        }
      }
    } catch (error) {
      if (this.retryAt === null) this.options.onProblem?.(messageOf(error));
      this.retryAt = this.now() + RETRY_MS;
    } finally {
      this.writing = null;
    }
  }

  /** The oldest that are not on the disk: all after the last that is. */
  private unwritten(): Kept[] {
    const first = this.kept.findLastIndex(({ line }) => line === null) + 1;
    return this.kept.slice(first, first + AT_ONCE);
  }

  /** A sample that came alone goes on with its node's run, until there is a pause or it comes again. */
  private runOf({ node, sample }: Pick<ResultRow, 'node' | 'sample'>, sequence: string | null, at: number): string {
    if (sequence !== null) return runOfSequence(node.id, sequence);
    const known = this.singles.get(node.id);
    const goesOn = known && at - known.last < PAUSE_MS && !known.samples.has(sample);
    const singles = goesOn ? known : { run: randomBytes(8).toString('hex'), last: at, samples: new Set<string>() };
    singles.last = at;
    singles.samples.add(sample);
    this.singles.set(node.id, singles);
    return singles.run;
  }
}

/** Gives the run that a sequence is at a node. */
export function runOfSequence(node: string, sequence: string): string {
  return canonicalHash([node, sequence]).slice(0, 16);
}

/** A sample that came again counts once, as it was last. */
function lastOfEach(rows: readonly ResultRow[]): ResultRow[] {
  return [...new Map(rows.map((row) => [row.sample, row])).values()];
}

function summaryOf(rows: readonly ResultRow[]): ResultRun {
  const dice = rows.flatMap(({ metrics }) => metrics.dice ?? []);
  return {
    run: rows[0].run,
    node: rows[rows.length - 1].node,
    first: rows.reduce((least, { at }) => Math.min(least, at), rows[0].at),
    last: rows.reduce((most, { at }) => Math.max(most, at), rows[0].at),
    samples: rows.length,
    failed: rows.filter(({ failed }) => failed !== null).length,
    meanDice: dice.length > 0 ? dice.reduce((sum, value) => sum + value, 0) / dice.length : null,
    models: [...new Set(rows.flatMap(({ model }) => model ?? []))],
  };
}

function gone(id: string): SegmenterError {
  return new SegmenterError('not-found', `result ${id}: it is no longer in the log, which keeps the last ${MOST}`);
}
