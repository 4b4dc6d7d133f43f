import { readSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { CorruptFileError, throwIfCancelled } from '../base/errors';
import { fileError } from '../storage/file-error';
import { closeFile, openFile } from '../storage/outside-files';

/** Directories of neighbouring pages usually lie within this many bytes of each other. */
const WINDOW = 16 * 1024;
/** Some writers put a directory's values just before it. */
const LEAD = 2 * 1024;
/** One `read` call may take at most 2 GiB; smaller pieces let a cancel be seen. */
const PIECE = 64 * 2 ** 20;

/** An open file that is read by position; every access is checked against the file's size. */
export class RandomAccessFile {
  private readonly window = Buffer.allocUnsafeSlow(WINDOW);
  private windowStart = 0;
  private windowEnd = 0;

  private constructor(
    readonly path: string,
    readonly size: number,
    private readonly handle: FileHandle,
  ) {}

  /** @throws SegmenterError `not-found`, `not-allowed`, `invalid-input` (a folder, a pipe, a device), `timeout` */
  static async open(path: string): Promise<RandomAccessFile> {
    try {
      const { handle, status } = await openFile(path);
      return new RandomAccessFile(path, status.size, handle);
    } catch (error) {
      throw fileError(error, 'read', path);
    }
  }

  /**
   * A few bytes of structure (headers, directories), through a small window that is read at once.
   * The view is valid until the next call. Synchronous on purpose: a call takes about 2 µs where a promise takes 50,
   * and thousands of directories are read; callers yield between batches.
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
      this.fill(this.window, size, this.windowStart, what);
      this.windowEnd = this.windowStart + size;
    }
    return new DataView(this.window.buffer, this.window.byteOffset + offset - this.windowStart, length);
  }

  /** Fills `into` with the bytes from `offset` on. */
  async read(offset: number, into: Uint8Array, what: string, signal?: AbortSignal): Promise<void> {
    this.check(offset, into.byteLength, what);
    for (let done = 0; done < into.byteLength; ) {
      throwIfCancelled(signal, 'reading');
      const length = Math.min(PIECE, into.byteLength - done);
      const { bytesRead } = await this.handle.read(into, done, length, offset + done).catch((error) => {
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

  async close(): Promise<void> {
    await closeFile(this.handle);
  }

  private fill(into: Buffer, length: number, offset: number, what: string): void {
    for (let done = 0; done < length; ) {
      const read = readSync(this.handle.fd, into, done, length - done, offset + done);
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
