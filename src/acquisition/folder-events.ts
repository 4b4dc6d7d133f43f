import { type FSWatcher, type Stats, watch } from 'node:fs';
import { statfs } from 'node:fs/promises';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { SegmenterError } from '../base/errors';
import { walkSource } from '../samples/listing/find-files';
import { isPassedOver, type Walked } from '../samples/listing/walk-folder';
import { lookAt, lstat } from '../storage/outside-files';
import { isInside } from '../storage/paths';

/** What file systems tell of at most; a folder with more is looked at as a whole now and then. */
const MOST_FOLDERS = 4000;
/** Milliseconds from an event to what is told of it, and between two tellings. */
const [GATHER_MS, PAUSE_MS] = [3, 20];
/** A file that was renamed, and not written to for so many milliseconds after, was whole when it got its name. */
const RENAMED_MS = 30;
/** How often it is asked whether the folder is still the one that is watched, and a sign of life is given, in milliseconds. */
const VERIFY_MS = 2000;
/** A walk for new folders comes so many times as long after the one before as that took. */
const WALK_SHARE = 10;
/** Names of which it is known how they came. */
const MOST_NAMES = 20_000;

/** File systems of Linux that tell of all that happens in them: nobody but this machine writes there. */
const LOCAL: ReadonlySet<number> = new Set([
  0xef53, // ext2 to ext4
  0x58465342, // XFS
  0x9123683e, // Btrfs
  0x01021994, // tmpfs
  0x2fc12fc1, // ZFS
  0xf2f52010, // F2FS
  0xca451a4e, // bcachefs
  0x794c7630, // overlay
]);

/** What happened in a watched folder. */
export interface FolderNews {
  /** names of files below it that came or changed; null: look at everything */
  names: string[] | null;
  /** of files that were written under another name, and renamed when they were whole */
  renamed: string[];
  /** whether all that happens is told */
  isSure: boolean;
}

/** A name that came, and of whose change no event has told since. */
interface Arrival {
  timer?: NodeJS.Timeout;
}

/**
 * Tells of what happens in a watched folder and its subfolders, until it is told to end, or the folder is another one. At
 * first, and now and then, it tells of nothing, as a sign of life.
 * @throws SegmenterError where the folder is away, `changed` where it is not the one that it was, `unsupported` where it has too
 *   many folders or the system does not tell
 */
export async function tellOfFolder(
  { watched, roots }: { watched: string; roots: readonly string[] },
  tell: (news: FolderNews) => void,
  signal: AbortSignal,
): Promise<void> {
  const walked = await walkSource(watched, roots);
  const events = new FolderEvents(watched, roots, tell);
  try {
    await events.begin(walked);
    await events.lasts(walked.root, signal);
  } finally {
    events.end();
  }
}

class FolderEvents {
  private readonly watchers = new Map<string, FSWatcher>();
  private readonly arrivals = new Map<string, Arrival>();
  private names = new Set<string>();
  private renamed = new Set<string>();
  private isWhole = false;
  private isSure = false;
  private isOver = false;
  private timer: NodeJS.Timeout | null = null;
  private walking: NodeJS.Timeout | null = null;
  private walkPause = PAUSE_MS;
  private toldAt = 0;
  private ended: (error: unknown) => void = () => undefined;
  private verify: () => void = () => undefined;

  constructor(
    private readonly watched: string,
    private readonly roots: readonly string[],
    private readonly tell: (news: FolderNews) => void,
  ) {}

  async begin({ root, folders }: Walked & { root: string }): Promise<void> {
    for (const folder of folders) this.add(folder);
    this.isSure = await isLocal(root, folders);
    // What came while the watchers did.
    this.isWhole = true;
    this.send();
  }

  /** Resolves when it shall end. @throws as {@link tellOfFolder} */
  async lasts(root: string, signal: AbortSignal): Promise<void> {
    const before = await lookAt(root);
    const verify = async () => {
      const now = await lookAt(root);
      if (before && now?.ino === before.ino && now.dev === before.dev) this.send();
      else this.ended(new SegmenterError('changed', `${root}: is not the folder that it was`, { path: root }));
    };
    await new Promise<void>((resolve, reject) => {
      this.verify = () => void verify().catch(reject);
      const timer = setInterval(this.verify, VERIFY_MS);
      this.ended = (error) => {
        clearInterval(timer);
        if (error) reject(error);
        else resolve();
      };
      if (signal.aborted) this.ended(null);
      signal.addEventListener('abort', () => this.ended(null), { once: true });
    });
  }

  end(): void {
    for (const watcher of this.watchers.values()) watcher.close();
    for (const { timer } of this.arrivals.values()) clearTimeout(timer);
    for (const timer of [this.timer, this.walking]) if (timer) clearTimeout(timer);
    [this.timer, this.walking] = [null, null];
    this.isOver = true;
  }

  private add({ path: folder, relative }: Walked['folders'][number]): void {
    if (this.isOver || this.watchers.has(folder)) return;
    if (this.watchers.size >= MOST_FOLDERS) {
      const text = `${this.watched}: has more than ${MOST_FOLDERS} folders, of which the system is not asked to tell`;
      throw new SegmenterError('unsupported', text, { path: this.watched });
    }
    try {
      const watcher = watch(folder, { persistent: false }, (type, name) => {
        if (name !== null)
          void this.happens(path.posix.join(relative, name), path.join(folder, name), type === 'rename');
        else this.wholly();
      });
      // One that is gone, or another has its place now: its own folder tells.
      watcher.on('error', () => this.forget(folder));
      this.watchers.set(folder, watcher);
    } catch (error) {
      const text = `${folder}: the system does not tell of what happens in it (${(error as Error).message})`;
      throw new SegmenterError('unsupported', text, { path: folder });
    }
  }

  /** With all below it: under another name these are others. */
  private forget(folder: string): void {
    for (const [each, watcher] of this.watchers) {
      if (!isInside(folder, each)) continue;
      watcher.close();
      this.watchers.delete(each);
    }
    this.wholly();
  }

  /** @param isNamed whether the name came or went, and did not change what it holds */
  private async happens(name: string, place: string, isNamed: boolean): Promise<void> {
    if (isPassedOver(path.posix.basename(name))) return;
    if (!isNamed) {
      this.touched(name);
      this.gather(name);
      return;
    }
    this.comes(name);
    const status = await lstat(place).catch(() => null);
    if (!status) {
      clearTimeout(this.arrivals.get(name)?.timer);
      this.arrivals.delete(name);
      // The folder itself may have been moved: it is told by its own name.
      if (!name.includes('/')) this.verify();
      // A folder that went takes its watcher with it; one that has its name now is another.
      if (this.watchers.has(place)) this.forget(place);
    } else if (status.isDirectory()) {
      this.forget(place);
      this.walking ??= setTimeout(() => void this.walk(), this.walkPause);
    } else {
      this.gather(name);
      if (status.isFile() && status.size > 0 && status.nlink === 1) this.mayBeWhole(name, place, status);
    }
  }

  /** Takes in folders that came, with all below them. */
  private async walk(): Promise<void> {
    const begin = performance.now();
    this.walking = null;
    try {
      for (const folder of (await walkSource(this.watched, this.roots)).folders) this.add(folder);
    } catch (error) {
      this.ended(error);
    }
    this.walkPause = Math.max(PAUSE_MS, WALK_SHARE * (performance.now() - begin));
    this.wholly();
  }

  private comes(name: string): void {
    clearTimeout(this.arrivals.get(name)?.timer);
    this.arrivals.delete(name);
    this.arrivals.set(name, {});
    for (const oldest of this.arrivals.keys()) {
      if (this.arrivals.size <= MOST_NAMES) break;
      this.arrivals.delete(oldest);
    }
  }

  private touched(name: string): void {
    const arrival = this.arrivals.get(name);
    if (!arrival) return;
    clearTimeout(arrival.timer);
    this.arrivals.delete(name);
  }

  /** Of what is written under its last name, changes are told after it came; only Linux keeps that order. */
  private mayBeWhole(name: string, place: string, before: Stats): void {
    const arrival = this.arrivals.get(name);
    if (!arrival || arrival.timer || !this.isSure) return;
    const isSo = async () => {
      const now = await lstat(place).catch(() => null);
      // Events that came while this process had no turn are told before.
      await setImmediate();
      const isSame = now?.ino === before.ino && now.size === before.size && now.mtimeMs === before.mtimeMs;
      if (!isSame || this.arrivals.get(name) !== arrival) return;
      this.arrivals.delete(name);
      this.renamed.add(name);
      this.gather(name);
    };
    arrival.timer = setTimeout(() => void isSo(), RENAMED_MS).unref();
  }

  private wholly(): void {
    this.isWhole = true;
    this.plan();
  }

  private gather(name: string): void {
    this.names.add(name);
    this.plan();
  }

  private plan(): void {
    if (this.isOver) return;
    const wait = Math.max(GATHER_MS, this.toldAt + PAUSE_MS - performance.now());
    this.timer ??= setTimeout(() => this.send(), wait).unref();
  }

  private send(): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    this.toldAt = performance.now();
    const isWhole = this.isWhole || this.names.size > MOST_NAMES;
    const { isSure } = this;
    this.tell({ names: isWhole ? null : [...this.names], renamed: [...this.renamed], isSure });
    this.isWhole = false;
    this.names = new Set();
    this.renamed = new Set();
  }
}

/** Whether nobody but this machine writes into a folder, as far as the system says, nor into one below that lies on another disk. */
async function isLocal(root: string, folders: Walked['folders']): Promise<boolean> {
  if (process.platform !== 'linux') return false;
  const [system, status] = await Promise.all([statfs(root).catch(() => null), lookAt(root)]);
  if (!system || !status || !LOCAL.has(system.type)) return false;
  for (const { path: folder } of folders) {
    const each = await lookAt(folder);
    if (each && each.dev !== status.dev) return false;
  }
  return true;
}
