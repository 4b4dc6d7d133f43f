import { open, readdir, readFile, unlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SegmenterError, throwIfCancelled } from '../base/errors';
import { fileError } from './file-error';
import { isWriterGone, newWriterTag } from './writer-tag';

/** Names of leases: the highest number counts. */
const NAME = /^lease-(?<number>\d{8})$/;

export interface LeaseTimes {
  /** between two signs of life */
  beatMs: number;
  /** without a sign of life for so long, by the clock of who waits, a lease is taken from who has it */
  patienceMs: number;
}
const LEASE_TIMES: LeaseTimes = { beatMs: 5000, patienceMs: 25_000 };

/** Tells whether a file of this name is a lease. */
export function isLeaseName(name: string): boolean {
  return NAME.test(name);
}

/**
 * A folder that one process works in at a time, on whichever machine. Each lease has a number, higher than all before: who was
 * thought to be gone, and was only slow, finds a higher one and ends before it changes anything more (fencing). No clock of
 * another machine has a say: a lease counts as long as its file changes.
 */
export class Lease {
  private isLost = false;
  private beats = 0;
  private timer: NodeJS.Timeout | null = null;

  private constructor(
    private readonly folder: string,
    private readonly number: number,
    private readonly tag: string,
    times: LeaseTimes,
  ) {
    this.timer = setInterval(() => void this.beat(), times.beatMs).unref();
  }

  /**
   * Waits until nobody works in the folder, and takes it.
   * @throws CancelledError; SegmenterError by the system
   */
  static async take(folder: string, signal?: AbortSignal, times: LeaseTimes = LEASE_TIMES): Promise<Lease> {
    const tag = await newWriterTag();
    const seen = { content: '', since: performance.now() };
    for (;;) {
      throwIfCancelled(signal, 'waiting for a training elsewhere');
      const highest = await highestIn(folder);
      const free = highest === 0 || (await isFree(fileOf(folder, highest), seen, times.patienceMs));
      if (free && (await create(fileOf(folder, highest + 1), contentOf(tag, 0)))) {
        // What is lower counts no more.
        if (highest > 0) await unlink(fileOf(folder, highest)).catch(() => undefined);
        return new Lease(folder, highest + 1, tag, times);
      }
      if (!free) await sleep(Math.min(200, times.beatMs));
    }
  }

  /** @throws SegmenterError `busy` where another has the folder by now: nothing in it is to be changed any more */
  async check(): Promise<void> {
    if (!this.isLost && (await highestIn(this.folder)) === this.number) return;
    this.isLost = true;
    const message = `${this.folder}: another process works here by now, as this one did not move for long; it ends`;
    throw new SegmenterError('busy', message, { path: this.folder });
  }

  /** Lets others have the folder. */
  async release(): Promise<void> {
    if (this.timer) clearInterval(this.timer);
    if (!this.isLost) await unlink(fileOf(this.folder, this.number)).catch(() => undefined);
  }

  private async beat(): Promise<void> {
    try {
      // Not made anew, where another removed it.
      const file = await open(fileOf(this.folder, this.number), 'r+');
      await file.writeFile(contentOf(this.tag, ++this.beats)).finally(() => file.close());
    } catch {
      // The next check says whether it is lost.
    }
  }
}

/** As long at every beat: it is written in place. */
function contentOf(tag: string, beat: number): string {
  return `${tag} ${String(beat).padStart(12, '0')}`;
}

async function isFree(file: string, seen: { content: string; since: number }, patienceMs: number): Promise<boolean> {
  const content = await readFile(file, 'utf8').catch(() => '');
  if (content !== seen.content) Object.assign(seen, { content, since: performance.now() });
  const [tag = ''] = content.split(' ');
  return performance.now() - seen.since > patienceMs || (await isWriterGone(tag, async () => null));
}

async function create(file: string, content: string): Promise<boolean> {
  try {
    await writeFile(file, content, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw fileError(error, 'write', file);
  }
}

async function highestIn(folder: string): Promise<number> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw fileError(error, 'read', folder);
  });
  return Math.max(0, ...names.map((name) => Number(NAME.exec(name)?.groups?.number ?? 0)));
}

function fileOf(folder: string, number: number): string {
  return path.join(folder, `lease-${String(number).padStart(8, '0')}`);
}
