import { readSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { CorruptFileError, SegmenterError, throwIfCancelled } from '../base/errors';
import { fileError } from '../storage/file-error';
import { closeFile, LEAST_MS, openFile, withinTime } from '../storage/outside-files';

/** Directories of neighbouring pages usually lie within this many bytes of each other. */
const WINDOW = 16 * 1024;
/** Some writers put a directory's values just before it. */
const LEAD = 2 * 1024;
/** One `read` call may take at most 2 GiB; smaller pieces let a cancel be seen. */
const PIECE = 64 * 2 ** 20;

/** A file that changed so lately may change again without its times telling of it: some disks count in two seconds. */
const UNSETTLED_MS = 2000;

interface OpenedFile {
  handle: FileHandle;
  size: number;
  modified: number;
  /** differs where a file was changed or replaced */
  identity: string;
  settled: boolean;
}

/**
 * An open file that is read by position; every access is checked against the file's size. Several may use it: each of
 * them opens it and closes it once.
 */
export class RandomAccessFile {
  /** while the file is open */
  private window: Buffer | null = null;
  private windowStart = 0;
  private windowEnd = 0;

  private handle: FileHandle | null;
  private users = 1;
  readonly size: number;
  /** time of change in milliseconds since 1970 */
  readonly modified: number;
  /** whether a later change is sure to be seen by {@link reopen} */
  readonly settled: boolean;
  private readonly identity: string;

  private constructor(
    readonly path: string,
    { handle, size, modified, identity, settled }: OpenedFile,
  ) {
    this.handle = handle;
    this.size = size;
    this.modified = modified;
    this.identity = identity;
    this.settled = settled;
  }

  /** @throws SegmenterError `not-found`, `not-allowed`, `invalid-input` (a folder, a pipe, a device), `timeout` */
  static async open(path: string): Promise<RandomAccessFile> {
    return new RandomAccessFile(path, await openWithIdentity(path));
  }

  /**
   * Opens the file for one more user.
   * @returns false where another file has its name by now, or it was changed
   * @throws SegmenterError as {@link open}
   */
  async reopen(): Promise<boolean> {
    const { handle, identity } = await openWithIdentity(this.path);
    if (identity !== this.identity) {
      await closeFile(handle);
      return false;
    }
    this.users++;
    if (this.handle === null) this.handle = handle;
    else await closeFile(handle);
    return true;
  }

  /**
   * Reads a few bytes of structure (headers, directories), through a small window that is read at once. The view is
   * valid until the next call. Synchronous on purpose: a call takes about 2 µs where a promise takes 50, and thousands
   * of directories are read; callers yield between batches.
   * @param what named in the error when the file ends before
   */
  peek(offset: number, length: number, what: string): DataView {
    this.check(offset, length, what);
    if (length > WINDOW - LEAD) {
      const bytes = Buffer.allocUnsafeSlow(length);
      this.fill(bytes, length, offset, what);
      return new DataView(bytes.buffer, bytes.byteOffset, length);
    }
    if (offset < this.windowStart || offset + length > this.windowEnd) {
      this.windowStart = Math.max(0, offset - LEAD);
      this.windowEnd = this.windowStart;
      const size = Math.min(WINDOW, this.size - this.windowStart);
      this.window ??= Buffer.allocUnsafeSlow(WINDOW);
      this.fill(this.window, size, this.windowStart, what);
      this.windowEnd = this.windowStart + size;
    }
    const { buffer, byteOffset } = this.window as Buffer;
    return new DataView(buffer, byteOffset + offset - this.windowStart, length);
  }

  /** Fills `into` with the bytes from `offset` on. */
  async read(offset: number, into: Uint8Array, what: string, signal?: AbortSignal): Promise<void> {
    this.check(offset, into.byteLength, what);
    for (let done = 0; done < into.byteLength; ) {
      throwIfCancelled(signal, 'reading');
      const length = Math.min(PIECE, into.byteLength - done);
      const { bytesRead } = await this.opened()
        .read(into, done, length, offset + done)
        .catch((error) => {
          throw fileError(error, 'read', this.path);
        });
      if (bytesRead === 0) throw this.truncated(what, offset, into.byteLength);
      done += bytesRead;
    }
  }

  /** @throws CorruptFileError unless `offset .. offset + length` lies within the file */
  check(offset: number, length: number, what: string): void {
    const inside = Number.isSafeInteger(offset) && offset >= 0 && length >= 0 && offset + length <= this.size;
    if (!inside) throw this.truncated(what, offset, length);
  }

  /** Ends one user's use; the last one's closes the file. */
  async close(): Promise<void> {
    if (--this.users > 0) return;
    const { handle } = this;
    this.handle = null;
    this.window = null;
    this.windowStart = 0;
    this.windowEnd = 0;
    if (handle) await closeFile(handle);
  }

  private opened(): FileHandle {
    if (this.handle) return this.handle;
    throw new SegmenterError('internal', `${this.path} is read after it was closed`);
  }

  private fill(into: Buffer, length: number, offset: number, what: string): void {
    for (let done = 0; done < length; ) {
      const read = readSync(this.opened().fd, into, done, length - done, offset + done);
      if (read === 0) throw this.truncated(what, offset, length);
      done += read;
    }
  }

  private truncated(what: string, offset: number, length: number): CorruptFileError {
    return new CorruptFileError(
      this.path,
      `${what} should be at bytes ${offset} to ${offset + length}, but the file has ${this.size} bytes: truncated or damaged`,
      { offset, length, size: this.size },
    );
  }
}

async function openWithIdentity(path: string): Promise<OpenedFile> {
  let handle: FileHandle | undefined;
  try {
    const opened = await openFile(path);
    handle = opened.handle;
    const look = () => opened.handle.stat({ bigint: true });
    const { dev, ino, size, mtimeNs, ctimeNs } = await withinTime(LEAST_MS, path, undefined, look, 'looking it up');
    const age = Date.now() - Number(ctimeNs / 1_000_000n);
    return {
      handle,
      size: Number(size),
      modified: Math.round(Number(mtimeNs) / 1e6),
      identity: [dev, ino, size, mtimeNs, ctimeNs].join(),
      settled: Math.abs(age) > UNSETTLED_MS,
    };
  } catch (error) {
    if (handle) await closeFile(handle);
    throw fileError(error, 'read', path);
  }
}
