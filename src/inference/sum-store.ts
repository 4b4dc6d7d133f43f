import { closeSync, ftruncateSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import path from 'node:path';
import { bytesOf } from '../image/dtype';
import { fileError } from '../storage/file-error';

/** Some rows of every plane of a ring: C order over [plane, row, x]. */
export interface SumRows {
  sums: Int32Array<ArrayBuffer>;
  first: number;
  count: number;
}

/** Where the sums of a ring of planes are kept. */
export interface SumStore {
  /** Sums that hold at least these rows, to be added to until the next call. */
  rows(first: number, end: number): SumRows;
  /** Copies a whole plane's sums to `target` and makes them zero. */
  takePlane(plane: number, target: Int32Array<ArrayBuffer>): void;
  close(): void;
}

/** @param depth planes in the ring */
export function sumsInMemory(depth: number, height: number, width: number): SumStore {
  const all: SumRows = { sums: new Int32Array(depth * height * width), first: 0, count: height };
  const planePixels = height * width;
  return {
    rows: () => all,
    takePlane(plane, target) {
      const start = plane * planePixels;
      target.set(all.sums.subarray(start, start + planePixels));
      all.sums.fill(0, start, start + planePixels);
    },
    close: () => undefined,
  };
}

/**
 * For rings larger than memory: all in a file, only the rows that are added to in memory. Calls are synchronous: this
 * runs in a compute process, between two calls of a network that block it far longer.
 * @param folder for the file, which is gone after `close`
 */
export function sumsInFile(folder: string, depth: number, height: number, width: number): SumStore {
  let scratch: string | null = null;
  let file: number | null = null;
  let current: SumRows | null = null;
  const at = (plane: number, row: number) => 4 * (plane * height + row) * width;
  const guarded = <T>(work: (file: number) => T): T => {
    try {
      if (scratch === null) scratch = mkdtempSync(path.join(folder, 'blend-'));
      if (file === null) {
        file = openSync(path.join(scratch, 'sums'), 'w+');
        ftruncateSync(file, at(depth, 0));
      }
      return work(file);
    } catch (error) {
      throw fileError(error, 'keep sums in', scratch ?? folder);
    }
  };
  /** Moves the rows between file and memory, plane by plane. */
  const swap = (rows: SumRows, move: typeof readAll) => {
    for (let plane = 0; plane < depth; plane++) {
      const pixels = rows.sums.subarray(plane * rows.count * width, (plane + 1) * rows.count * width);
      guarded((open) => move(open, bytesOf(pixels), at(plane, rows.first)));
    }
  };
  const putBack = () => {
    if (current) swap(current, writeAll);
    current = null;
  };
  return {
    rows(first, end) {
      if (current && first >= current.first && end <= current.first + current.count) return current;
      putBack();
      current = { sums: new Int32Array(depth * (end - first) * width), first, count: end - first };
      swap(current, readAll);
      return current;
    },
    takePlane(plane, target) {
      putBack();
      guarded((open) => {
        readAll(open, bytesOf(target), at(plane, 0));
        writeAll(open, new Uint8Array(target.byteLength), at(plane, 0));
      });
    },
    close() {
      if (file !== null) closeSync(file);
      if (scratch !== null) rmSync(scratch, { recursive: true, force: true });
      file = null;
      scratch = null;
    },
  };
}

function readAll(file: number, bytes: Uint8Array, position: number): void {
  transfer(bytes, (offset, length) => readSync(file, bytes, offset, length, position + offset));
}

function writeAll(file: number, bytes: Uint8Array, position: number): void {
  transfer(bytes, (offset, length) => writeSync(file, bytes, offset, length, position + offset));
}

/** One system call moves at most 2 GiB. */
function transfer(bytes: Uint8Array, call: (offset: number, length: number) => number): void {
  for (let done = 0; done < bytes.byteLength; ) {
    const moved = call(done, Math.min(2 ** 30, bytes.byteLength - done));
    if (moved === 0) throw new RangeError('internal: the file of sums is too short');
    done += moved;
  }
}
