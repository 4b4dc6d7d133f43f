import { randomBytes } from 'node:crypto';
import { lstat, mkdir, opendir, readdir, readFile, rename, rm, stat, unlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventLoopTurn } from '../base/long-work';
import type { CountStart, ScratchLedger } from './scratch-ledger';
import { parseScratchName } from './scratch-names';
import type { ScratchPins } from './scratch-pins';
import { isAlive, ownMark, type ProcessMark } from './writer-tag';

/** Names that are listed in one go: a listing must not hold a process up. */
const NAMES = 1000;
/**
 * A message that waits in a flow may still need what was used within so many milliseconds: it goes only where a result
 * would have no room otherwise.
 */
const YOUNG_MS = 5 * 60_000;
/** Files that are moved aside before the pins are read again. */
const BATCH = 64;
/** Files that are put in order at a time. */
const SORTED = 4096;
/** An unfinished file whose writer seems to live, or is not told by its name, goes when nothing was written for so long. */
const PARTIAL_AGE_MS = 24 * 3600 * 1000;
const PARTIAL_AGE_UNKNOWN_MS = 3600 * 1000;
/** A count takes seconds; the sign of one that is older is nobody's. */
const SIGN_AGE_MS = 120_000;
const SIGN_WRITTEN_MS = 2000;
const PAUSE_MS = 20;

/** What was moved aside: the name it had, and who moved it. */
const ASIDE = /^(?<name>.+)\.(?<pid>\d+)-[0-9a-f]{8}$/;

/** One finished file of the store. */
interface ScratchFile {
  name: string;
  bytes: number;
  /** the later of last read, last touch and last write */
  usedMs: number;
}

interface EvictionRequest {
  /** how many bytes shall go, of so many in the store */
  excess: (bytes: number) => Promise<number>;
  /** whether files used within the last minutes stay, too */
  sparing: boolean;
}

/**
 * Counts the files of the store and removes those that were used least recently; never what is pinned, being written,
 * or has another name than the store gives. One file at a time is looked at, so that whatever else the process does goes on.
 */
export class ScratchEviction {
  /** where files are moved before they are removed */
  readonly trash: string;
  private readonly sign: string;

  constructor(
    private readonly folder: string,
    private readonly pins: ScratchPins,
    private readonly ledger: ScratchLedger,
  ) {
    this.trash = path.join(folder, '.trash');
    this.sign = path.join(folder, '.counting');
  }

  /**
   * Runs work while no other process counts: two that do so at once do no harm, but each does all the work.
   * @param patienceMs how long another is waited for; afterwards work runs nevertheless, or not at all where it is 0
   */
  async alone(patienceMs: number, work: () => Promise<void>): Promise<void> {
    const end = performance.now() + patienceMs;
    while (!(await this.putUpSign())) {
      if (patienceMs === 0) return;
      if (performance.now() > end) return work();
      await sleep(PAUSE_MS);
    }
    try {
      await work();
    } finally {
      await rm(this.sign, { force: true }).catch(() => undefined);
    }
  }

  /** @returns the bytes that are gone */
  async run({ excess, sparing }: EvictionRequest): Promise<number> {
    await this.clearTrash();
    const start = await this.ledger.beginCount();
    const { files, unfinished } = await this.list(start.writing);
    const taken = [...start.writing.values()].reduce((sum, bytes) => sum + bytes, unfinished);
    const counted = files.reduce((sum, { bytes }) => sum + bytes, taken);
    const wanted = await excess(await this.ledger.endCount(start, counted));
    let freed = 0;
    if (wanted <= 0) return freed;
    const latest = sparing ? Date.now() - YOUNG_MS : Number.POSITIVE_INFINITY;
    const pinned = await this.pins.names();
    let batch: ScratchFile[] = [];
    let bytes = 0;
    for await (const file of leastRecentlyUsed(files)) {
      if (file.usedMs > latest) break;
      if (pinned.has(file.name)) continue;
      batch.push(file);
      bytes += file.bytes;
      if (batch.length < BATCH && freed + bytes < wanted) continue;
      freed += await this.evict(batch);
      if (freed >= wanted) return freed;
      [batch, bytes] = [[], 0];
    }
    return freed + (await this.evict(batch));
  }

  /** Removes what dead processes left unfinished or on its way out. */
  async clearLeftovers(): Promise<void> {
    await this.clearTrash();
    await this.pins.names();
    for await (const name of namesIn(this.folder)) {
      const made = parseScratchName(name);
      if (made?.partial) await this.clearPartial(path.join(this.folder, name), made.pid);
    }
  }

  /**
   * Other processes may pin a file at any moment. Files are first moved aside, then the pins are read: a pin written
   * before the move is seen here and the file goes back; one written later finds the file gone and reports that.
   */
  private async evict(files: readonly ScratchFile[]): Promise<number> {
    if (files.length === 0) return 0;
    await mkdir(this.trash, { recursive: true });
    const moved: Array<ScratchFile & { aside: string }> = [];
    let [freed, gone] = [0, 0];
    for (const file of files) {
      const place = path.join(this.folder, file.name);
      const aside = path.join(this.trash, `${file.name}.${process.pid}-${randomBytes(4).toString('hex')}`);
      const now = await stat(place).catch(() => null);
      // Used since the files were listed.
      if (now && usedMs(now) > file.usedMs) continue;
      try {
        await rename(place, aside);
        moved.push({ ...file, aside });
      } catch (error) {
        // Gone already; or, on Windows, open in another process.
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') gone += file.bytes;
      }
    }
    const pinned = await this.pins.names();
    for (const { name, bytes, aside } of moved) {
      if (pinned.has(name)) await rename(aside, path.join(this.folder, name)).catch(() => undefined);
      else if (await removed(aside)) freed += bytes;
    }
    // Whoever removed what was gone may have noted it.
    await this.ledger.change(-freed);
    return freed + gone;
  }

  /** @param writing files of this process that are counted as what they have taken, whether they get finished meanwhile or not */
  private async list(writing: CountStart['writing']): Promise<{ files: ScratchFile[]; unfinished: number }> {
    const files: ScratchFile[] = [];
    /** by other processes: what they have taken for them is not known here */
    let unfinished = 0;
    for await (const name of namesIn(this.folder)) {
      const made = parseScratchName(name);
      if (!made || writing.has(name)) continue;
      const status = await lstat(path.join(this.folder, name)).catch(() => null);
      if (!status?.isFile()) continue;
      if (!made.partial) files.push({ name, bytes: status.size, usedMs: usedMs(status) });
      else if (made.pid === process.pid) continue;
      else if (!(await this.clearPartial(path.join(this.folder, name), made.pid))) unfinished += status.size;
    }
    return { files, unfinished };
  }

  /** What an eviction that was killed had moved aside: back with what is pinned, away with the rest. */
  private async clearTrash(): Promise<void> {
    const left = (await readdir(this.trash).catch(() => [])).flatMap((entry) => {
      const { name, pid } = ASIDE.exec(entry)?.groups ?? {};
      return name && parseScratchName(name) ? [{ entry, name, pid: Number(pid) }] : [];
    });
    if (left.length === 0) return;
    const pinned = await this.pins.names();
    for (const { entry, name, pid } of left) {
      const aside = path.join(this.trash, entry);
      const status = await stat(aside).catch(() => null);
      // A process of the same number may be another one: what has lain here for minutes is nobody's.
      const old = status !== null && Date.now() - status.ctimeMs > SIGN_AGE_MS;
      if (!old && (await isAlive({ pid, started: null }))) continue;
      if (pinned.has(name)) await rename(aside, path.join(this.folder, name)).catch(() => undefined);
      else await removed(aside);
    }
  }

  /** @returns whether it was nobody's any more */
  private async clearPartial(file: string, pid: number): Promise<boolean> {
    if (pid === process.pid || (await isAlive({ pid, started: null }))) {
      const status = await stat(file).catch(() => null);
      const limit = pid === 0 ? PARTIAL_AGE_UNKNOWN_MS : PARTIAL_AGE_MS;
      if (status === null || Date.now() - status.mtimeMs <= limit) return false;
    }
    return removed(file);
  }

  /** @returns false where another process has it up */
  private async putUpSign(): Promise<boolean> {
    try {
      await writeFile(this.sign, JSON.stringify(await ownMark()), { flag: 'wx' });
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') {
        return !(await isAnyones(this.sign)) && (await removed(this.sign)) && this.putUpSign();
      }
      // A full disk keeps no sign, and needs the eviction most.
      await removed(this.sign);
      return true;
    }
  }
}

function usedMs({ atimeMs, mtimeMs }: { atimeMs: number; mtimeMs: number }): number {
  return Math.max(atimeMs, mtimeMs);
}

async function* namesIn(folder: string): AsyncGenerator<string> {
  const entries = await opendir(folder, { bufferSize: NAMES }).catch(() => null);
  if (!entries) return;
  for await (const { name } of entries) yield name;
}

/** In order, some thousand at a time: sorting all would hold the process up, and few of them are asked for. */
async function* leastRecentlyUsed(files: readonly ScratchFile[]): AsyncGenerator<ScratchFile> {
  const times = Float64Array.from(files, (file) => file.usedMs);
  await eventLoopTurn();
  times.sort();
  let after = Number.NEGATIVE_INFINITY;
  for (let end = SORTED; after < times[times.length - 1]; end += SORTED) {
    const until = times[Math.min(end, times.length) - 1];
    await eventLoopTurn();
    const some = files.filter((file) => file.usedMs > after && file.usedMs <= until);
    yield* some.sort((a, b) => a.usedMs - b.usedMs);
    after = until;
  }
}

async function isAnyones(sign: string): Promise<boolean> {
  const status = await stat(sign).catch(() => null);
  if (!status) return false;
  const age = Date.now() - status.mtimeMs;
  const owner = await ownerOf(sign);
  // One that cannot be read is being written, or whoever did so was killed.
  return owner === null ? age < SIGN_WRITTEN_MS : age < SIGN_AGE_MS && isAlive(owner);
}

async function removed(file: string): Promise<boolean> {
  // Another process may remove the same.
  return unlink(file).then(
    () => true,
    () => false,
  );
}

async function ownerOf(sign: string): Promise<ProcessMark | null> {
  try {
    const { pid, started } = JSON.parse(await readFile(sign, 'utf8')) as ProcessMark;
    return Number.isInteger(pid) ? { pid, started } : null;
  } catch {
    return null;
  }
}
