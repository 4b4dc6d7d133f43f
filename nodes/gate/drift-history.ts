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
  charts: Promise<DriftCharts>;
}

/**
 * The results of a gate as its charts show them, in a bounded log of its own for each model and instrument. The charts go
 * on from the last result on disk, so that a restart or a kill changes nothing.
 */
export class DriftHistory {
  /** the least recently used first */
  private readonly kept = new Map<string, Kept>();

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
  async add(group: DriftGroup, sample: string | null, observed: Observed): Promise<DriftEvent[]> {
    const kept = this.keptOf(group);
    let told: DriftEvent[] = [];
    kept.charts = kept.charts.then((before) => {
      const { charts, values, events } = addResult(before, group, observed);
      kept.log.note({ sample, ...group, values, charts } satisfies Omit<DriftPoint, 'at'>);
      told = events;
      return charts;
    });
    await kept.charts;
    return told;
  }

  /** Resolves when all is on the disk, or the disk has not taken it. */
  async close(): Promise<void> {
    for (const { log, charts } of this.kept.values()) {
      await charts;
      await log.idle();
    }
  }

  private keptOf(group: DriftGroup): Kept {
    const key = keyOf(group);
    const kept = this.kept.get(key) ?? this.open(key);
    this.kept.delete(key);
    this.kept.set(key, kept);
    const [oldest] = this.kept.keys();
    if (this.kept.size > MOST_GROUPS) this.kept.delete(oldest);
    return kept;
  }

  private open(key: string): Kept {
    const log = this.logOf(key);
    return { log, charts: this.chartsOf(log) };
  }

  private async chartsOf(log: RotatingLog): Promise<DriftCharts> {
    const [last] = await log.last(1);
    if (!last) {
      await this.makeRoom();
      return {};
    }
    const point = pointOf(last);
    if (!point) this.onProblem('what was usual before is not known any more, the charts begin anew');
    return point?.charts ?? {};
  }

  /** Before a new pair is begun: the one that nothing came of for the longest goes. */
  private async makeRoom(): Promise<void> {
    const keys = await keysIn(this.folder);
    if (keys.length < MOST_GROUPS) return;
    const logs = keys.map((key) => this.logOf(key));
    const lasts = await Promise.all(logs.map(async (log) => pointOf((await log.last(1))[0])?.at ?? ''));
    const [oldest] = lasts.toSorted();
    await logs[lasts.indexOf(oldest)].remove();
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
