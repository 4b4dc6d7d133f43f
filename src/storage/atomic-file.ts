import { constants } from 'node:fs';
import { copyFile, type FileHandle, link, mkdir, open, rename, stat, unlink } from 'node:fs/promises';
import path from 'node:path';
import { SegmenterError } from '../base/errors';
import { fileError, isDiskFull } from './file-error';
import { timeLimit, withinTime } from './outside-files';
import { clearPartialOnce, partialPath } from './partial';

/** What happens to a file that is already there: it stays and the new one is refused, or it is replaced. */
export type ExistingRule = 'error' | 'replace';

/** Who answers for the room of a file while it is written: the scratch store for its own. */
export interface FileRoom {
  /** Called before the file becomes larger than it ever was; may wait, or refuse with a SegmenterError. */
  grow(size: number): Promise<void>;
  /** The disk took no more, and `missing` bytes are still to be written. @returns whether trying again is worth it */
  make(missing: number): Promise<boolean>;
  /** The file has this size for good; 0 where it was given up. */
  settle(size: number): Promise<void>;
}

export interface AtomicFileOptions {
  existing?: ExistingRule;
  /** false for what need not survive a power cut, only the end of the process (default true) */
  sync?: boolean;
  room?: FileRoom;
  /** milliseconds that the disk may take for so many bytes (default {@link timeLimit}) */
  limit?: (bytes: number) => number;
}

/** One `write` call may take at most 2 GiB; smaller pieces also keep a cancelled write short. */
const PIECE = 256 * 2 ** 20;
/** Tidying up waits no longer for a disk: what stays is removed by the next process that writes there. */
const TIDY_MS = 5000;

/**
 * A file that appears whole under its name or not at all: written beside its place as `NAME.partial-TAG`,
 * synced to disk and renamed by `commit`. A crash leaves at most the partial file, which the next process removes that
 * writes there; an older file stays whole until the very rename.
 */
export class AtomicFile {
  private open = true;
  private size = 0;
  private settled = false;

  private constructor(
    readonly path: string,
    private readonly partial: string,
    private readonly handle: FileHandle,
    private readonly options: AtomicFileOptions,
  ) {}

  /**
   * Makes missing folders and opens the partial file.
   * @throws SegmenterError `exists` when a file is there and must stay, `not-allowed`, `not-found` or `disk-full` by the
   *   system, `timeout` where the disk does not answer
   */
  static async create(target: string, options: AtomicFileOptions = {}): Promise<AtomicFile> {
    const full = path.resolve(target);
    const partial = await partialPath(full);
    try {
      const { limit = timeLimit } = options;
      const handle = await withRoom(options.room, 0, () =>
        withinTime(limit(0), full, undefined, (late) => begin(full, partial, options, late), 'opening'),
      );
      clearPartialOnce(path.dirname(full));
      return new AtomicFile(full, partial, handle, options);
    } catch (error) {
      await options.room?.settle(0).catch(() => undefined);
      throw fileError(error, 'write', full);
    }
  }

  /** Writes all the bytes at the position, however many system calls that takes. */
  async write(bytes: Uint8Array, position: number): Promise<void> {
    const { room } = this.options;
    const total = bytes.byteLength;
    let done = 0;
    try {
      if (position + total > this.size) {
        this.size = position + total;
        await room?.grow(this.size);
      }
      while (done < total) {
        const length = Math.min(PIECE, total - done);
        done += await withRoom(room, total - done, async () => {
          const writing = () => this.handle.write(bytes, done, length, position + done);
          return (await this.inTime(length, 'writing', writing)).bytesWritten;
        });
      }
    } catch (error) {
      throw fileError(error, 'write', this.path, total - done);
    }
  }

  /** Syncs the file, unless it need not be, and gives it its name; on failure the partial file is removed and an older file is untouched. */
  async commit(): Promise<void> {
    const { existing, sync = true, room } = this.options;
    try {
      if (sync) await this.inTime(this.size, 'writing', () => this.handle.sync());
      await this.inTime(this.size, 'writing', () => this.close());
      const name = () =>
        existing === 'replace' ? rename(this.partial, this.path) : renameToNew(this.partial, this.path);
      await withRoom(room, 0, () => this.inTime(0, 'naming', name));
      if (sync) await this.inTime(0, 'naming', () => syncFolder(path.dirname(this.path)));
    } catch (error) {
      await this.abort();
      throw fileError(error, 'write', this.path);
    }
    await this.settle(this.size);
  }

  /** Removes the partial file; safe at any time, does nothing after `commit`. */
  async abort(): Promise<void> {
    const tidy = async () => {
      await this.close().catch(() => undefined);
      await unlink(this.partial);
    };
    await withinTime(TIDY_MS, this.partial, undefined, tidy, 'removing').catch(() => undefined);
    await this.settle(0);
  }

  private inTime<T>(bytes: number, doing: string, work: () => Promise<T>): Promise<T> {
    const { limit = timeLimit } = this.options;
    return withinTime(limit(bytes), this.path, undefined, work, doing);
  }

  /** The file stands or is gone, whatever becomes of the account of it. */
  private async settle(size: number): Promise<void> {
    if (this.settled) return;
    this.settled = true;
    await this.options.room?.settle(size).catch(() => undefined);
  }

  private async close(): Promise<void> {
    if (!this.open) return;
    this.open = false;
    await this.handle.close();
  }
}

/** @param late set when nobody waits any more */
async function begin(
  full: string,
  partial: string,
  { existing }: AtomicFileOptions,
  late: AbortSignal,
): Promise<FileHandle> {
  await mkdir(path.dirname(full), { recursive: true });
  const there = await stat(full).catch(() => null);
  if (there?.isDirectory()) throw Object.assign(new Error('folder'), { code: 'EISDIR' });
  if (there && existing !== 'replace') throw existsError(full);
  const handle = await open(partial, 'wx');
  if (!late.aborted) return handle;
  await handle.close();
  await unlink(partial);
  throw new SegmenterError('timeout', `${full}: was opened too late`, { path: full });
}

/**
 * Writes a small file whole or not at all.
 * @param data text is written as UTF-8
 */
export async function writeFileAtomic(
  target: string,
  data: string | Uint8Array,
  options: AtomicFileOptions = { existing: 'replace' },
): Promise<void> {
  const file = await AtomicFile.create(target, options);
  try {
    await file.write(typeof data === 'string' ? Buffer.from(data, 'utf8') : data, 0);
  } catch (error) {
    await file.abort();
    throw error;
  }
  await file.commit();
}

/** Does something on a disk, again as long as room is made where it is full. */
export async function withRoom<T>(
  room: Pick<FileRoom, 'make'> | undefined,
  missing: number,
  work: () => Promise<T>,
): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!room || !isDiskFull(error) || !(await room.make(missing))) throw error;
    }
  }
}

/** Copies a file whole or not at all, in place of one that is there. @throws SegmenterError by the system */
export async function copyFileAtomic(from: string, target: string): Promise<void> {
  const partial = await partialPath(path.resolve(target));
  try {
    await mkdir(path.dirname(target), { recursive: true });
    clearPartialOnce(path.dirname(partial));
    // Some disks share the bytes of a copy.
    await copyFile(from, partial, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
    const handle = await open(partial, 'r+');
    await handle.sync().finally(() => handle.close());
    await rename(partial, target);
    await syncFolder(path.dirname(target));
  } catch (error) {
    await unlink(partial).catch(() => undefined);
    throw isDiskFull(error) ? fileError(error, 'write', target) : fileError(error, 'copy', from);
  }
}

/** `rename` would replace a file made meanwhile; a hard link refuses to, in one step. */
async function renameToNew(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') throw existsError(to);
    // Disks without hard links (exFAT, some network shares): the check comes just before the rename.
    if (await stat(to).catch(() => null)) throw existsError(to);
    await rename(from, to);
    return;
  }
  await unlink(from);
}

/** Makes the error of a place that is taken. */
export function existsError(target: string): SegmenterError {
  return new SegmenterError('exists', `${target}: exists already and shall not be replaced`, { path: target });
}

/** What disks answer that cannot sync a folder, network shares among them. */
const NO_FOLDER_SYNC = new Set(['EINVAL', 'ENOTSUP', 'EPERM', 'EBADF', 'EISDIR']);

/**
 * Syncs a folder to disk: a new name itself must survive a power cut. Windows has no such call on folders.
 * @throws Error of the system where the disk failed
 */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => null);
  if (!handle) return;
  try {
    await handle.sync();
  } catch (error) {
    if (!NO_FOLDER_SYNC.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
  } finally {
    await handle.close();
  }
}
