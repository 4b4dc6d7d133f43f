import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf, toErrorRecord } from '../../src/base/errors';
import { type DiskLevel, diskLevel } from '../../src/storage/disk-level';
import type { DiskSpace } from '../../src/storage/file-error';

/** What is known of a disk is not asked anew for so long, in milliseconds. */
const KEEP_MS = 10_000;
/** Who asks for disks waits this long at most, and hears what was known before. */
const WAIT_MS = 5000;
/** A disk that has not answered for so long is asked beside the others; one that answers is asked alone, by one process. */
const NEXT_MS = 500;
const GB = 1e9;

/** A folder of this program, on its disk. */
export interface Disk {
  /** what the folder is for: scratch, models, user */
  place: string;
  path: string;
  /** null: not known */
  freeBytes: number | null;
  sizeBytes: number | null;
  /** silent: it did not answer; unknown: not asked yet, or the system does not tell */
  level: DiskLevel | 'silent' | 'unknown';
  /** in words; null: none */
  problem: string | null;
}

interface DiskWatchOptions {
  /** by what they are for */
  folders: Readonly<Record<string, string>>;
  ask: (folder: string) => Promise<DiskSpace | null>;
  /** told once of a disk that became worse, ... */
  warn: (message: string) => void;
  /** ... and of one that recovered */
  info: (message: string) => void;
  now?: () => number;
  waitMs?: number;
}

/** Knows how much room the disks of some folders have, and warns before they are full, once until they have room again. */
export class DiskWatch {
  private readonly disks: Disk[];
  private looking: Promise<void> | null = null;
  /** when the last look began */
  private looked = Number.NEGATIVE_INFINITY;

  constructor(private readonly options: DiskWatchOptions) {
    this.disks = Object.entries(options.folders).map(([place, path]) => ({
      ...{ place, path, freeBytes: null, sizeBytes: null, level: 'unknown', problem: null },
    }));
  }

  /** Tells what is known, some seconds old at most where the disks answer; waits for none longer than some seconds. */
  async look(): Promise<readonly Disk[]> {
    const { now = () => performance.now(), waitMs = WAIT_MS } = this.options;
    if (!this.looking && now() - this.looked >= KEEP_MS) {
      this.looked = now();
      this.looking = this.askAll().finally(() => {
        this.looking = null;
      });
    }
    if (this.looking) await atMost(waitMs, this.looking);
    return this.disks.map((disk) => ({ ...disk }));
  }

  private async askAll(): Promise<void> {
    const asked: Array<Promise<void>> = [];
    for (const disk of this.disks) {
      const asking = this.ask(disk);
      asked.push(asking);
      await atMost(NEXT_MS, asking);
    }
    await Promise.all(asked);
  }

  private async ask(disk: Disk): Promise<void> {
    const { level: before, problem: toldBefore } = disk;
    try {
      const space = await this.options.ask(disk.path);
      const known = before === 'low' || before === 'full' ? before : undefined;
      Object.assign(disk, {
        freeBytes: space?.free ?? null,
        sizeBytes: space?.size ?? null,
        level: space ? diskLevel(space, known) : 'unknown',
      });
      disk.problem = problemOf(disk);
    } catch (error) {
      disk.level = toErrorRecord(error).code === 'timeout' ? 'silent' : 'unknown';
      disk.problem = messageOf(error);
    }
    if (disk.level === before) return;
    if (disk.problem !== null && isWorse(disk.level, before)) this.options.warn(`segmenter: ${disk.problem}`);
    else if (disk.level === 'enough' && toldBefore !== null) {
      this.options.info(`segmenter: the disk of the ${disk.place} folder ${disk.path} answers and has room again`);
    }
  }
}

async function atMost(ms: number, work: Promise<void>): Promise<void> {
  const done = new AbortController();
  const late = sleep(ms, undefined, { signal: done.signal, ref: false }).catch(() => undefined);
  await Promise.race([work, late]);
  done.abort();
}

const GRAVITY: Record<Disk['level'], number> = { unknown: 0, enough: 0, low: 1, full: 2, silent: 3 };

function isWorse(level: Disk['level'], before: Disk['level']): boolean {
  return GRAVITY[level] > GRAVITY[before];
}

function problemOf({ place, path, level, freeBytes }: Disk): string | null {
  if (freeBytes === null || (level !== 'low' && level !== 'full')) return null;
  const left = `the disk of the ${place} folder ${path} has ${(freeBytes / GB).toFixed(1)} GB left`;
  return level === 'full' ? `${left}: results are refused, or soon will be` : `${left}: make room before it is full`;
}
