import { mkdir, readdir, realpath, stat, unlink, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { InvalidInputError, SegmenterError } from '../base/errors';
import { type AtomicFileOptions, withRoom, writeFileAtomic } from './atomic-file';
import { fileError, isDiskFull } from './file-error';
import { LEAST_MS, withinTime } from './outside-files';
import { defaultCacheFolder, toPath } from './paths';
import { ScratchEviction } from './scratch-eviction';
import { ScratchLedger } from './scratch-ledger';
import { keyedScratchName, missingFileError, newScratchName, parseScratchName, SCRATCH_FOLDER } from './scratch-names';
import { ScratchPins } from './scratch-pins';
import { ScratchRoom } from './scratch-room';

const MB = 2 ** 20;
/** What was handed over is noted in lumps of so many bytes. */
const HANDED_OVER = 64 * MB;
/** How often, and how long each time, a file that another process has moved aside is waited for. */
const WAITS = 100;
const WAIT_MS = 10;
/** How long a result may wait for its room: an eviction goes through all files, after that of another process. */
const ROOM_MS = 110_000;

interface ScratchOptions {
  /** null or blank: the system's cache folder */
  folder?: string | null;
  quotaMB: number;
  /**
   * false for a process that shall do little beside its work: it clears nothing on opening, and evicts only where a file
   * of its own has no room (default true)
   */
  housekeeping?: boolean;
}

/** A file to come: where it belongs, and how it is to be written, with `AtomicFile` or an image writer. */
export interface NewScratchFile {
  readonly path: string;
  readonly options: AtomicFileOptions;
}

/**
 * Results between the nodes: image files in one folder, bounded by a quota and by what is free on the disk. The least
 * recently used go first; what a running job has pinned never goes. Any number of processes of one machine may share the
 * folder, be killed at any moment, and find it removed: it is made again.
 *
 * What holds:
 * - A result, a pin, a look-up cost the same however many files there are. All of them are listed and looked at only by
 *   an eviction, which makes room for a twentieth of the quota at least, and once for a store that was never counted or a
 *   ledger of 1 MB.
 * - What is in the store is known from a ledger that all processes append to (`scratch-ledger.ts`), before they write. It
 *   may say too much: what was removed by hand, taken by processes that were killed, or handed over and removed by whoever
 *   read it. That never costs a file: before any goes all are counted. It may say too little: what other processes were
 *   writing at the last count, until these files are finished; what was put there by hand; up to 64 KB of headers a file
 *   that is being written; where a ledger of 1 MB is begun anew, what is noted in that instant; and all of a store whose
 *   ledger was removed, until the first count has ended, seconds later.
 * - So the files hold at most the quota and what it says too little. Beyond 95 % of what the store may hold the least
 *   recently used files go in the background, down to 90 %, but none that was used within five minutes; a result that does
 *   not fit waits until there is room, and takes it from those, too, the oldest first.
 * - Only files with names that the store gives are counted, moved or removed.
 * - An eviction that is killed leaves files aside, 64 at most; the next one, or the next opening, brings back what is pinned.
 * - A disk that does not answer is a `timeout` within two minutes, whatever is asked of the store.
 */
export class Scratch {
  private handedOver = 0;
  private tidying: Promise<void> = Promise.resolve();

  private constructor(
    /** the folder the files lie in */
    readonly folder: string,
    readonly quotaMB: number,
    private readonly pins: ScratchPins,
    private readonly eviction: ScratchEviction,
    private readonly room: ScratchRoom,
  ) {}

  /**
   * Makes the folder if need be; what dead processes left unfinished is cleared in the background.
   * @throws SegmenterError `not-allowed`, `disk-full` where the folder cannot be made, `timeout`
   */
  static async open({ folder, quotaMB, housekeeping = true }: ScratchOptions): Promise<Scratch> {
    if (!(quotaMB > 0)) throw new InvalidInputError('scratch quota', 'megabytes above 0', quotaMB);
    const wanted = path.join(path.resolve(folder || defaultCacheFolder()), SCRATCH_FOLDER);
    // Paths come back from messages with their links resolved, so the store is known by its real path.
    const make = () => mkdir(wanted, { recursive: true }).then(() => realpath(wanted));
    const home = await inTime(wanted, LEAST_MS, make).catch((cause: Error) => {
      if (cause instanceof SegmenterError) throw cause;
      const text = `scratch folder ${wanted} cannot be made: ${cause.message}`;
      throw new SegmenterError(isDiskFull(cause) ? 'disk-full' : 'not-allowed', text, { path: wanted }, { cause });
    });
    const ledger = new ScratchLedger(home);
    const pins = new ScratchPins(path.join(home, '.pins'));
    const eviction = new ScratchEviction(home, pins, ledger);
    const room = new ScratchRoom({ folder: home, quotaMB, housekeeping }, ledger, eviction);
    const scratch = new Scratch(home, quotaMB, pins, eviction, room);
    // Leftovers that cannot be cleared now are found at the next opening.
    if (housekeeping) scratch.tidying = eviction.clearLeftovers().catch(() => undefined);
    return scratch;
  }

  /** Sees that the folder is there, and begins an eviction where the store is nearly full. @throws SegmenterError */
  async look(): Promise<void> {
    await inTime(this.folder, LEAST_MS, () => this.room.note(0));
  }

  /** Resolves when nothing is cleared or evicted in the background. */
  async idle(): Promise<void> {
    await this.tidying;
    await this.room.idle();
  }

  /**
   * Names a file as no other is named, for a result that is about to be written (nothing is created yet); older files
   * make room for it.
   * @param hint becomes the beginning of the name, for people who look into the folder
   * @param extension with its dot, for example `.ome.tiff`
   * @param bytes the size to come, as far as it is known
   * @throws SegmenterError `busy` where pinned files leave no room, `invalid-input` where it exceeds the quota alone,
   *   `disk-full`
   */
  newFile(hint: string, extension: string, bytes = 0): Promise<NewScratchFile> {
    return this.fileNamed(newScratchName(hint, extension), bytes);
  }

  /** Stores bytes that came with a message. @returns their path */
  async saveBytes(bytes: Uint8Array, hint: string, extension: string): Promise<string> {
    const { path, options } = await this.newFile(hint, extension, bytes.byteLength);
    await writeFileAtomic(path, bytes, options);
    return path;
  }

  /**
   * Keeps bytes for another process that removes the file as soon as it has read it: what nobody fetches is evicted like
   * all else. @returns its path
   */
  handOver(bytes: Uint8Array, hint: string, extension: string): Promise<string> {
    return inTime(this.folder, ROOM_MS, () => this.writeForOne(bytes, hint, extension));
  }

  private async writeForOne(bytes: Uint8Array, hint: string, extension: string): Promise<string> {
    this.handedOver += bytes.byteLength;
    if (this.handedOver > HANDED_OVER) {
      const noted = this.handedOver;
      this.handedOver = 0;
      // Most of it is gone already; what is not shows in the count that so much noted brings about.
      await this.room.note(noted);
    }
    const file = path.join(this.folder, newScratchName(hint, extension));
    try {
      await this.withRoom(bytes.byteLength, () => writeWhole(file, bytes));
    } catch (error) {
      throw fileError(error, 'write', file, bytes.byteLength);
    }
    return file;
  }

  /** Finds the file of what was made under a key, marked as used now; null where it was not made yet, or is evicted. */
  async find(hint: string, key: string, extension: string): Promise<string | null> {
    const file = path.join(this.folder, keyedScratchName(hint, key, extension));
    return (await inTime(this.folder, LEAST_MS, () => touch(file))) ? file : null;
  }

  /** Names the file that {@link find} finds under the key when it is written; as {@link newFile}. */
  newFileFor(hint: string, key: string, extension: string, bytes: number): Promise<NewScratchFile> {
    return this.fileNamed(keyedScratchName(hint, key, extension), bytes, 'replace');
  }

  /**
   * Keeps files from eviction until the returned function is called or this process ends. Paths and URIs outside
   * the store are left alone.
   * @throws SegmenterError `not-found` where a file of the store is gone already
   */
  async pin(pathsOrUris: readonly string[]): Promise<() => Promise<void>> {
    const names = [
      ...new Set(
        pathsOrUris
          .map(toPath)
          .filter((file) => this.owns(file))
          .map((file) => path.basename(file)),
      ),
    ];
    return names.length === 0 ? async () => undefined : inTime(this.folder, ROOM_MS, () => this.pinNames(names));
  }

  private async pinNames(names: readonly string[]): Promise<() => Promise<void>> {
    const release = await this.withRoom(MB, () => this.pins.add(names));
    try {
      for (const name of names) await this.waitUntilThere(name);
    } catch (error) {
      await release();
      throw error;
    }
    return release;
  }

  /** Tells whether the path is that of a file in this store, there or gone. */
  owns(file: string): boolean {
    return path.dirname(path.resolve(file)) === this.folder && parseScratchName(path.basename(file)) !== null;
  }

  /** Marks the file as used now and sees that it is there; waits while another process has moved it aside. */
  private async waitUntilThere(name: string): Promise<void> {
    const file = path.join(this.folder, name);
    for (let wait = 0; ; wait++) {
      if (await touch(file)) return;
      const aside = (await readdir(this.eviction.trash).catch(() => [])).some((entry) => entry.startsWith(name));
      // Once more after the trash was looked at: the file may have come back in between.
      if (!aside && !(await touch(file))) throw missingFileError(file);
      if (wait === WAITS) throw missingFileError(file);
      await sleep(WAIT_MS);
    }
  }

  private async fileNamed(name: string, bytes: number, existing?: 'replace'): Promise<NewScratchFile> {
    const room = await inTime(this.folder, ROOM_MS, () => this.room.forFile(name, bytes));
    return { path: path.join(this.folder, name), options: { existing, sync: false, room } };
  }

  private withRoom<T>(bytes: number, work: () => Promise<T>): Promise<T> {
    return withRoom({ make: (missing) => this.room.makeOnDisk(missing) }, bytes, work);
  }
}

function inTime<T>(folder: string, limitMs: number, work: () => Promise<T>): Promise<T> {
  return withinTime(limitMs, folder, undefined, work, 'using the scratch store');
}

/** Writes a file that nobody else sees yet; one that is not whole is removed. */
async function writeWhole(file: string, bytes: Uint8Array): Promise<void> {
  try {
    await writeFile(file, bytes, { flag: 'wx' });
  } catch (error) {
    await unlink(file).catch(() => undefined);
    throw error;
  }
}

/** Sets the time of last use; false where the file is gone. */
async function touch(file: string): Promise<boolean> {
  const status = await stat(file).catch(() => null);
  if (!status) return false;
  // The time of writing stays. A file system that refuses (read-only mounts) only loses the order of use.
  const gone = await utimes(file, new Date(), status.mtime).then(
    () => false,
    (error: NodeJS.ErrnoException) => error.code === 'ENOENT',
  );
  return !gone;
}
