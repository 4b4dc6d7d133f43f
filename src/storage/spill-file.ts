import { randomBytes } from 'node:crypto';
import { closeSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs';
import path from 'node:path';
import { fileError } from './file-error';

/** One system call moves at most 2 GiB. */
const PIECE = 2 ** 30;

/**
 * Working memory on disk, for what is too large for memory. The file has no name once it is open, so it goes with its
 * process whatever happens. Calls are synchronous: they run in compute processes, between pieces of work that take longer.
 */
export class SpillFile {
  private file: number | null = null;
  private readonly path: string;

  /** @param folder for the file, which is made on the first call and is gone after `close` */
  constructor(private readonly folder: string) {
    this.path = path.join(folder, `.spill-${process.pid}-${randomBytes(8).toString('hex')}`);
  }

  /** Fills `bytes` from a position; what was never written there is 0. */
  read(bytes: Uint8Array, position: number): void {
    this.guarded(0, (file) => {
      for (let done = 0; done < bytes.byteLength; ) {
        const read = readSync(file, bytes, done, Math.min(PIECE, bytes.byteLength - done), position + done);
        if (read === 0) {
          bytes.fill(0, done);
          return;
        }
        done += read;
      }
    });
  }

  /** @throws SegmenterError `not-found`, `not-allowed`, `disk-full` naming the folder */
  write(bytes: Uint8Array, position: number): void {
    this.guarded(bytes.byteLength, (file) => {
      for (let done = 0; done < bytes.byteLength; ) {
        done += writeSync(file, bytes, done, Math.min(PIECE, bytes.byteLength - done), position + done);
      }
    });
  }

  /** Closes the file; safe at any time. */
  close(): void {
    if (this.file === null) return;
    closeSync(this.file);
    this.file = null;
    // Where an open file could not lose its name.
    this.unlink();
  }

  private guarded(needed: number, work: (file: number) => void): void {
    try {
      if (this.file === null) {
        this.file = openSync(this.path, 'wx+');
        this.unlink();
      }
      work(this.file);
    } catch (error) {
      throw fileError(error, 'keep working data in', this.folder, needed);
    }
  }

  private unlink(): void {
    try {
      unlinkSync(this.path);
    } catch {
      // Gone already, or to be tried again when it is closed.
    }
  }
}
