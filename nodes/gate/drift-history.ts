import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { validate } from '../../src/base/schema';
import { fileNameOf } from '../../src/storage/portable-names';
import { RotatingLog, type RotatingLogOptions } from '../../src/storage/rotating-log';
import {
  addResult,
  type DriftCharts,
  type DriftEvent,
  type DriftGroup,
  type DriftPoint,
  DriftPointSchema,
} from '../../src/trust/drift';
import type { Observed } from '../../src/trust/verdict';

/** Pairs of model and instrument that a gate keeps; the least recently used go. */
const MOST_GROUPS = 200;
/** Of one pair: some 3,000 results, or a year. */
const [MOST_BYTES, DAYS] = [2 * 2 ** 20, 366];
const LOG_NAME = 'points';

/** The charts of one pair as they go on, and where its results are written. */
interface Kept {
  log: RotatingLog;
  charts: DriftCharts;
}

/**
 * The results of a gate as its charts show them, in a bounded log of its own for each model and instrument. The charts go
 * on from the last result on disk, so that a restart or a kill changes nothing.
 */
export class DriftHistory {
  /** the least recently used first */
  private readonly kept = new Map<string, Kept>();
  /** one result at a time: what makes room for one pair must not meet another that begins */
  private last: Promise<unknown> = Promise.resolve();

  /**
   * @param folder of this gate
   * @param onProblem told why a disk does not take results, or what it holds cannot be read: charts then begin anew
   * @param now milliseconds since 1970; replaced in tests
   */
  constructor(
    private readonly folder: string,
    private readonly onProblem: (text: string) => void,
    private readonly now: () => number = Date.now,
  ) {}

  /** Adds a result to the charts of its model and instrument. @returns what is to be told */
  add(group: DriftGroup, sample: string | null, observed: Observed): Promise<DriftEvent[]> {
    const added = this.last.then(async () => {
      const kept = await this.keptOf(group);
      const { charts, values, events } = addResult(kept.charts, group, observed);
      kept.charts = charts;
      kept.log.note({ sample, ...group, values, charts } satisfies Omit<DriftPoint, 'at'>);
      return events;
    });
    this.last = added.catch(() => undefined);
    return added;
  }

  /** Resolves when all is on the disk, or the disk has not taken it. */
  async close(): Promise<void> {
    await this.last;
    await this.idle();
  }

  private async idle(): Promise<void> {
    for (const { log } of this.kept.values()) await log.idle();
  }

  private async keptOf(group: DriftGroup): Promise<Kept> {
    const key = keyOf(group);
    const kept = this.kept.get(key) ?? (await this.open(key));
    this.kept.delete(key);
    this.kept.set(key, kept);
    const [[oldest, { log }]] = this.kept;
    if (this.kept.size > MOST_GROUPS) {
      // Opened again, it is read from the disk.
      await log.idle();
      this.kept.delete(oldest);
    }
    return kept;
  }

  private async open(key: string): Promise<Kept> {
    const log = this.logOf(key);
    const [last] = await log.last(1);
    if (!last) await this.makeRoom();
    const point = last && pointOf(last);
    if (last && !point) this.onProblem('what was usual before is not known any more, the charts begin anew');
    return { log, charts: point?.charts ?? {} };
  }

  /** Before a new pair is begun: the one that nothing came of for the longest goes. */
  private async makeRoom(): Promise<void> {
    // A pair that has begun a moment ago looks as if nothing had come of it until its first result is on the disk.
    await this.idle();
    const keys = await keysIn(this.folder);
    if (keys.length < MOST_GROUPS) return;
    const lasts = await Promise.all(keys.map(async (key) => pointOf((await this.logOf(key).last(1))[0])?.at ?? ''));
    const oldest = keys[lasts.indexOf(lasts.toSorted()[0])];
    // One that is removed behind its own log's back would be written to in a folder that is gone.
    await (this.kept.get(oldest)?.log ?? this.logOf(oldest)).remove();
    this.kept.delete(oldest);
  }

  private logOf(key: string): RotatingLog {
    const { folder, now } = this;
    const onProblem = (text: string) => this.onProblem(`what is usual is not kept over a restart: ${text}`);
    return new RotatingLog({ ...whereOf(folder, key), now, onProblem });
  }
}

/** Gives the folder of a gate's histories. @param node its id */
export function historyFolder(userDir: string, node: string): string {
  return path.join(userDir, 'segmenter', 'gate', fileNameOf(node));
}

/** Lists what a gate has charted: the last result of each model and instrument. */
export async function lastPoints(folder: string): Promise<Array<{ key: string; point: DriftPoint }>> {
  const found = await Promise.all(
    (await keysIn(folder)).map(async (key) => ({ key, point: (await points(folder, key, 1)).at(-1) })),
  );
  return found.flatMap(({ key, point }) => (point ? [{ key, point }] : []));
}

/** Reads the last results of one model and instrument, the oldest first; none where nobody knows it. */
export async function points(folder: string, key: string, count: number): Promise<DriftPoint[]> {
  if (!KEY.test(key)) return [];
  const records = await new RotatingLog(whereOf(folder, key)).last(count);
  return records.flatMap((record) => pointOf(record) ?? []).reverse();
}

const KEY = /^[0-9a-f]{16}$/;

function keyOf({ model, instrument }: DriftGroup): string {
  return createHash('sha256')
    .update(JSON.stringify([model, instrument]))
    .digest('hex')
    .slice(0, 16);
}

async function keysIn(folder: string): Promise<string[]> {
  return (await readdir(folder).catch(() => [])).filter((name) => KEY.test(name));
}

function whereOf(folder: string, key: string): RotatingLogOptions {
  return { folder: path.join(folder, key), name: LOG_NAME, mostBytes: MOST_BYTES, days: DAYS };
}

function pointOf(record: object | undefined): DriftPoint | null {
  try {
    return validate(DriftPointSchema, record, 'result of a gate');
  } catch {
    return null;
  }
}
