import { randomBytes } from 'node:crypto';
import { mkdir, readdir, realpath, rename, rm, stat, unlink, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { InvalidInputError, SegmenterError } from '../base/errors';
import { writeFileAtomic } from './atomic-file';
import { fileError } from './file-error';
import { isAlive } from './live-process';
import { defaultCacheFolder, toPath } from './paths';
import { keyedScratchName, missingFileError, newScratchName, parseScratchName, SCRATCH_FOLDER } from './scratch-names';
import { ScratchPins } from './scratch-pins';

/** An unfinished file whose writer cannot be known goes after a day. */
const PARTIAL_AGE_MS = 24 * 3600 * 1000;
const MB = 2 ** 20;
/** After so many bytes that were handed over the quota is looked at again. */
const BYTES_BETWEEN_LOOKS = 64 * MB;
/** How often, and how long each time, a file that another process has moved aside is waited for. */
const WAITS = 100;
const WAIT_MS = 10;

export interface ScratchOptions {
  /** null or blank: the system's cache folder */
  folder?: string | null;
  quotaMB: number;
}

/** One finished file of the store. */
interface ScratchFile {
  name: string;
  bytes: number;
  /** the later of last read, last touch and last write */
  usedMs: number;
}

/**
 * Results between the nodes: image files in one folder, bounded by a quota. The least recently used go first;
 * what a running job has pinned never goes. Any number of processes of one machine may share the folder.
 */
export class Scratch {
  private handedOver = 0;

  private constructor(
    /** the folder the files lie in */
    readonly folder: string,
    readonly quotaMB: number,
    private readonly pins: ScratchPins,
    private readonly trash: string,
  ) {}

  /**
   * Makes the folder if need be and clears what dead processes left unfinished.
   * @throws SegmenterError `not-allowed` where the folder cannot be made
   */
  static async open({ folder, quotaMB }: ScratchOptions): Promise<Scratch> {
    if (!(quotaMB > 0)) throw new InvalidInputError('scratch quota', 'megabytes above 0', quotaMB);
    const wanted = path.join(path.resolve(folder || defaultCacheFolder()), SCRATCH_FOLDER);
    // Paths come back from messages with their links resolved, so the store is known by its real path.
    const home = await mkdir(path.join(wanted, '.trash'), { recursive: true })
      .then(() => realpath(wanted))
      .catch((cause: Error) => {
        const text = `scratch folder ${wanted} cannot be made: ${cause.message}`;
        throw new SegmenterError('not-allowed', text, { path: wanted }, { cause });
      });
    const trash = path.join(home, '.trash');
    const scratch = new Scratch(home, quotaMB, new ScratchPins(path.join(home, '.pins')), trash);
    await scratch.clearLeftovers();
    return scratch;
  }

  /**
   * A path that no other file has, for a result that is about to be written (nothing is created yet);
   * older files make room for it.
   * @param hint becomes the beginning of the name, for people who look into the folder
   * @param extension with its dot, for example `.ome.tiff`
   * @param bytes the size to come, where it is known
   * @throws SegmenterError `busy` where pinned files leave no room, `invalid-input` where it exceeds the quota alone
   */
  async newFile(hint: string, extension: string, bytes = 0): Promise<string> {
    await this.makeRoom(bytes);
    return path.join(this.folder, newScratchName(hint, extension));
  }

  /**
   * Makes room for what a file that is being written has become: one that is compressed has no size beforehand.
   * @param file from `newFile`
   * @throws SegmenterError as {@link newFile}
   */
  async makeRoomForGrowing(file: string): Promise<void> {
    const beginning = `${path.basename(file)}.partial`;
    const names = (await readdir(this.folder)).filter((name) => name.startsWith(beginning));
    const sizes = await Promise.all(
      names.map((name) =>
        stat(path.join(this.folder, name)).then(
          ({ size }) => size,
          () => 0,
        ),
      ),
    );
    await this.makeRoom(Math.max(0, ...sizes));
  }

  /** Stores bytes that came with a message. @returns their path */
  async saveBytes(bytes: Uint8Array, hint: string, extension: string): Promise<string> {
    const file = await this.newFile(hint, extension, bytes.byteLength);
    await writeFileAtomic(file, bytes);
    return file;
  }

  /**
   * Bytes for another process that removes the file as soon as it has read it. The file is not synced, and the quota is
   * looked at now and then: what nobody fetches is evicted like all else. @returns its path
   */
  async handOver(bytes: Uint8Array, hint: string, extension: string): Promise<string> {
    this.handedOver += bytes.byteLength;
    if (this.handedOver > BYTES_BETWEEN_LOOKS) {
      this.handedOver = 0;
      await this.makeRoom(bytes.byteLength);
    }
    const file = path.join(this.folder, newScratchName(hint, extension));
    try {
      await writeFile(file, bytes, { flag: 'wx' });
    } catch (error) {
      await unlinkQuietly(file);
      throw fileError(error, 'write', file);
    }
    return file;
  }

  /** The file of what was made under a key, marked as used now; null where it was not made yet, or is evicted. */
  async find(hint: string, key: string, extension: string): Promise<string | null> {
    const file = path.join(this.folder, keyedScratchName(hint, key, extension));
    return (await touch(file)) ? file : null;
  }

  /** Where a file belongs that {@link find} finds under the key; as {@link newFile}. */
  async newFileFor(hint: string, key: string, extension: string, bytes: number): Promise<string> {
    await this.makeRoom(bytes);
    return path.join(this.folder, keyedScratchName(hint, key, extension));
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
    if (names.length === 0) return async () => undefined;
    const release = await this.pins.add(names);
    try {
      for (const name of names) await this.waitUntilThere(name);
    } catch (error) {
      await release();
      throw error;
    }
    return release;
  }

  /** Whether the path is that of a file in this store, there or gone. */
  owns(file: string): boolean {
    return path.dirname(path.resolve(file)) === this.folder && parseScratchName(path.basename(file)) !== null;
  }

  /** Evicts the least recently used files until `bytes` more fit into the quota. */
  async makeRoom(bytes = 0): Promise<void> {
    const quota = this.quotaMB * MB;
    if (bytes > quota) throw this.tooLarge(bytes);
    const files = await this.files();
    let used = files.reduce((sum, file) => sum + file.bytes, 0);
    if (used + bytes <= quota) return;
    const pinned = await this.pins.names();
    files.sort((a, b) => a.usedMs - b.usedMs);
    for (const file of files) {
      if (used + bytes <= quota) return;
      if (!pinned.has(file.name) && (await this.evict(file.name))) used -= file.bytes;
    }
    if (bytes > 0 && used + bytes > quota) throw this.full(used, bytes);
  }

  /**
   * Other processes may pin the file at any moment. It is first moved aside, then the pins are read: a pin written
   * before the move is seen here and the file goes back; one written later finds the file gone and reports that.
   */
  private async evict(name: string): Promise<boolean> {
    const aside = path.join(this.trash, `${name}.${randomBytes(4).toString('hex')}`);
    try {
      await rename(path.join(this.folder, name), aside);
    } catch (error) {
      // Gone already; or, on Windows, open in another process.
      return (error as NodeJS.ErrnoException).code === 'ENOENT';
    }
    if ((await this.pins.names()).has(name)) {
      await rename(aside, path.join(this.folder, name));
      return false;
    }
    await rm(aside, { force: true });
    return true;
  }

  /** Marks the file as used now and sees that it is there; waits while another process has moved it aside. */
  private async waitUntilThere(name: string): Promise<void> {
    const file = path.join(this.folder, name);
    for (let wait = 0; ; wait++) {
      if (await touch(file)) return;
      const aside = (await readdir(this.trash)).some((entry) => entry.startsWith(name));
      // Once more after the trash was looked at: the file may have come back in between.
      if (!aside && !(await touch(file))) throw missingFileError(file);
      if (wait === WAITS) throw missingFileError(file);
      await sleep(WAIT_MS);
    }
  }

  private async files(): Promise<ScratchFile[]> {
    const names = (await readdir(this.folder)).filter((name) => parseScratchName(name)?.partial === false);
    const files = await Promise.all(
      names.map(async (name): Promise<ScratchFile | null> => {
        const status = await stat(path.join(this.folder, name)).catch(() => null);
        return status?.isFile() ? { name, bytes: status.size, usedMs: Math.max(status.atimeMs, status.mtimeMs) } : null;
      }),
    );
    return files.filter((file) => file !== null);
  }

  private async clearLeftovers(): Promise<void> {
    await this.pins.names();
    for (const name of await readdir(this.folder)) {
      const file = path.join(this.folder, name);
      const made = parseScratchName(name);
      if (made?.partial && (await isAbandoned(file, made.pid))) await unlinkQuietly(file);
    }
    for (const name of await readdir(this.trash)) {
      const file = path.join(this.trash, name);
      const status = await stat(file).catch(() => null);
      if (status && Date.now() - status.ctimeMs > 60_000) await unlinkQuietly(file);
    }
  }

  private tooLarge(bytes: number): SegmenterError {
    const text = `a result of ${inMB(bytes)} MB is larger than the scratch quota of ${this.quotaMB} MB; raise the quota`;
    return new SegmenterError('invalid-input', text, { bytes, quotaMB: this.quotaMB });
  }

  private full(used: number, bytes: number): SegmenterError {
    const text =
      `scratch store ${this.folder} is full: running jobs hold ${inMB(used)} of ${this.quotaMB} MB and ` +
      `${inMB(bytes)} MB more are needed; raise the quota or run fewer jobs at a time`;
    return new SegmenterError('busy', text, { used, bytes, quotaMB: this.quotaMB });
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

async function isAbandoned(file: string, pid: number): Promise<boolean> {
  if (pid !== process.pid && !(await isAlive({ pid, started: null }))) return true;
  const status = await stat(file).catch(() => null);
  return status !== null && Date.now() - status.mtimeMs > PARTIAL_AGE_MS;
}

async function unlinkQuietly(file: string): Promise<void> {
  // Another process may clear the same leftovers.
  await unlink(file).catch(() => undefined);
}

function inMB(bytes: number): number {
  return Math.ceil(bytes / MB);
}
