import { bytesOf } from '../image/dtype';
import { SpillFile } from '../storage/spill-file';

/** Some rows of every plane of a ring: C order over [plane, row, x]. */
interface SumRows {
  sums: Int32Array<ArrayBuffer>;
  first: number;
  count: number;
}

/** Where the sums of a ring of planes are kept. */
export interface Accumulator {
  /** Sums that hold at least these rows, to be added to until the next call. */
  rows(first: number, end: number): SumRows;
  /** Copies the sums of a plane's rows `first` to before `end` to `target` and makes them zero. */
  takeRows(plane: number, first: number, end: number, target: Int32Array<ArrayBuffer>): void;
  close(): void;
}

/** Keeps all sums in memory. @param depth planes in the ring */
export function sumsInMemory(depth: number, height: number, width: number): Accumulator {
  const all: SumRows = { sums: new Int32Array(depth * height * width), first: 0, count: height };
  return {
    rows: () => all,
    takeRows(plane, first, end, target) {
      const [from, to] = [(plane * height + first) * width, (plane * height + end) * width];
      target.set(all.sums.subarray(from, to));
      all.sums.fill(0, from, to);
    },
    close: () => undefined,
  };
}

/**
 * Keeps sums for one plane at a time that is gone through from its first row to its last: only the rows between the
 * last one taken and the last one that can be added to.
 * @param count rows held
 * @param height rows of a plane
 */
export function sumsInRows(count: number, height: number, width: number): Accumulator {
  const held: SumRows = { sums: new Int32Array(count * width), first: 0, count };
  return {
    rows(first, end) {
      if (first < held.first || end > held.first + count) {
        throw new RangeError(`internal: rows ${first} to ${end} of sums, held are ${count} from ${held.first}`);
      }
      return held;
    },
    takeRows(_plane, first, end, target) {
      if (first !== held.first) throw new RangeError(`internal: row ${first} taken, the next is ${held.first}`);
      target.set(held.sums.subarray(0, (end - first) * width));
      held.sums.copyWithin(0, (end - first) * width);
      held.sums.fill(0, Math.max(0, count - (end - first)) * width);
      held.first = end === height ? 0 : end;
    },
    close: () => undefined,
  };
}

/**
 * Keeps sums for rings larger than memory: all in a file, only the rows that are added to in memory.
 * @param folder for the file, which is gone after `close`
 */
export function sumsInFile(folder: string, depth: number, height: number, width: number): Accumulator {
  const file = new SpillFile(folder);
  let current: SumRows | null = null;
  const at = (plane: number, row: number) => 4 * (plane * height + row) * width;
  /** Moves the rows between file and memory, plane by plane. */
  const swap = (rows: SumRows, move: (bytes: Uint8Array, position: number) => void) => {
    for (let plane = 0; plane < depth; plane++) {
      const pixels = rows.sums.subarray(plane * rows.count * width, (plane + 1) * rows.count * width);
      move(bytesOf(pixels), at(plane, rows.first));
    }
  };
  const putBack = () => {
    if (current) swap(current, (bytes, position) => file.write(bytes, position));
    current = null;
  };
  return {
    rows(first, end) {
      if (current && first >= current.first && end <= current.first + current.count) return current;
      putBack();
      current = { sums: new Int32Array(depth * (end - first) * width), first, count: end - first };
      swap(current, (bytes, position) => file.read(bytes, position));
      return current;
    },
    takeRows(plane, first, end, target) {
      putBack();
      file.read(bytesOf(target), at(plane, first));
      file.write(new Uint8Array(4 * (end - first) * width), at(plane, first));
    },
    close: () => file.close(),
  };
}
