import { InvalidInputError } from '../base/errors';
import { Constancy, STRETCH } from '../image/blocks';
import { bytesOf } from '../image/dtype';
import type { Zyx } from '../image/region';
import { SpillFile } from '../storage/spill-file';

/** The runs of one row: run i reaches from data[from + 2 i] to before data[from + 2 i + 1] along x, in ascending order. */
export interface RowRuns {
  data: Int32Array<ArrayBuffer>;
  from: number;
  count: number;
}

/**
 * A binary volume as runs of foreground along x, in C order, to be gone through row by row as often as wanted. A mask of
 * smooth objects takes a small part of its pixels' room, and labelling, filling and measuring cost by the run, not by
 * the voxel.
 */
export interface Runs {
  readonly shape: Readonly<Zyx>;
  /** The rows, y fastest, then z; each is valid until the next. */
  rows(): Generator<RowRuns, void, void>;
  /** Frees what they take. */
  close(): void;
}

/** Where the runs of several volumes are kept: in memory up to a number of bytes, what is beyond in a file. */
export class RunRoom {
  private held = 0;
  private end = 0;
  private readonly file: SpillFile;

  /** @param folder for the file; it is gone after `close` */
  constructor(
    private readonly bytes: number,
    folder: string,
  ) {
    this.file = new SpillFile(folder);
  }

  /** Tells whether so many bytes more may be kept in memory; if so they count until they are released. */
  hold(bytes: number): boolean {
    if (this.held + bytes > this.bytes) return false;
    this.held += bytes;
    return true;
  }

  release(bytes: number): void {
    this.held -= bytes;
  }

  /** @returns where they are in the file */
  append(bytes: Uint8Array): number {
    const at = this.end;
    this.file.write(bytes, at);
    this.end += bytes.byteLength;
    return at;
  }

  read(bytes: Uint8Array, position: number): void {
    this.file.read(bytes, position);
  }

  close(): void {
    this.file.close();
  }
}

const FIRST_CHUNK = 2 ** 12;
const CHUNK = 2 ** 20;

/**
 * A growing list of runs, row after row. Stored are chunks of whole rows, each row as the number of its runs, then first x
 * and x after the last of each.
 */
export class RunList {
  /** in memory, or where in the file */
  private chunks: Array<Int32Array<ArrayBuffer> | number> = [];
  private readonly lengths: number[] = [];
  private current = new Int32Array(FIRST_CHUNK);
  private used = 1;
  /** where the current row's number of runs stands */
  private rowAt = 0;
  private row = 0;

  /** @param room null: all stays in memory */
  constructor(
    private readonly shape: Readonly<Zyx>,
    private readonly room: RunRoom | null = null,
  ) {}

  /** Appends a run to the current row, behind its last one; a run that touches the last one lengthens it. */
  push(start: number, end: number): void {
    if (this.current[this.rowAt] > 0 && this.current[this.used - 1] === start) {
      this.current[this.used - 1] = end;
      return;
    }
    this.makeRoom(2);
    this.current[this.used++] = start;
    this.current[this.used++] = end;
    this.current[this.rowAt]++;
  }

  nextRow(): void {
    this.row++;
    this.rowAt = this.used;
    this.makeRoom(1);
    this.current[this.used++] = 0;
  }

  rows(): number {
    return this.row;
  }

  /** Frees what the list takes. */
  close(): void {
    for (const chunk of this.chunks) if (typeof chunk !== 'number') this.room?.release(chunk.byteLength);
    this.chunks = [];
  }

  /** Gives the volume, once every row is closed. */
  finish(): Runs {
    this.closeChunk();
    this.current = new Int32Array(0);
    return { shape: this.shape, rows: () => this.read(), close: () => this.close() };
  }

  private *read(): Generator<RowRuns, void, void> {
    const row: RowRuns = { data: new Int32Array(0), from: 0, count: 0 };
    for (const [i, chunk] of this.chunks.entries()) {
      const length = this.lengths[i];
      row.data = typeof chunk === 'number' ? this.readBack(chunk, length) : chunk;
      for (let at = 0; at < length; at += 1 + 2 * row.count) {
        row.from = at + 1;
        row.count = row.data[at];
        yield row;
      }
    }
  }

  private makeRoom(numbers: number): void {
    if (this.used + numbers <= this.current.length) return;
    // The row that is being written goes on in the next chunk; one that is longer than a chunk gets a longer one.
    if (this.rowAt > 0 && this.current.length >= CHUNK) {
      const begun = this.current.slice(this.rowAt, this.used);
      this.closeChunk();
      this.current = new Int32Array(Math.max(CHUNK, 2 * begun.length));
      this.current.set(begun);
      this.used = begun.length;
      this.rowAt = 0;
    } else {
      const larger = new Int32Array(2 * this.current.length);
      larger.set(this.current);
      this.current = larger;
    }
  }

  private closeChunk(): void {
    const chunk = this.current.slice(0, this.rowAt);
    this.lengths.push(chunk.length);
    const { room } = this;
    this.chunks.push(room === null || room.hold(chunk.byteLength) ? chunk : room.append(bytesOf(chunk)));
  }

  private readBack(position: number, length: number): Int32Array<ArrayBuffer> {
    const chunk = new Int32Array(length);
    this.room?.read(bytesOf(chunk), position);
    return chunk;
  }
}

/** Takes a mask some rows at a time and gives its runs, so that the mask need never be in memory as a whole. */
export class RunEncoder {
  private readonly list: RunList;

  constructor(
    private readonly shape: Readonly<Zyx>,
    room: RunRoom | null = null,
  ) {
    this.list = new RunList(shape, room);
  }

  /**
   * Takes the next whole rows, non-zero is foreground.
   * @throws InvalidInputError when they are not whole rows or more than the volume has
   */
  add(mask: Uint8Array): void {
    const [z, y, x] = this.shape;
    const rows = mask.length / x;
    if (!Number.isInteger(rows) || this.list.rows() + rows > z * y)
      throw new InvalidInputError('mask', `whole rows of a volume of z, y, x = ${this.shape}`, mask.length);
    const constancy = new Constancy(mask);
    for (let row = 0; row < rows; row++) {
      this.addRow(mask, constancy, row * x, (row + 1) * x);
      this.list.nextRow();
    }
  }

  /** @throws InvalidInputError when rows are missing */
  finish(): Runs {
    const [z, y] = this.shape;
    if (this.list.rows() < z * y) throw new InvalidInputError('mask', `${z * y} rows`, this.list.rows());
    return this.list.finish();
  }

  /** Frees what they take, finished or not. */
  close(): void {
    this.list.close();
  }

  private addRow(mask: Uint8Array, constancy: Constancy, first: number, end: number): void {
    for (let stretch = first; stretch < end; stretch += STRETCH) {
      const last = Math.min(end, stretch + STRETCH);
      if (constancy.isZero(stretch, last)) continue;
      for (let i = stretch; i < last; ) {
        while (i < last && mask[i] === 0) i++;
        if (i === last) break;
        const start = i;
        while (i < last && mask[i] !== 0) i++;
        // A run that goes on in the next stretch is lengthened there.
        this.list.push(start - first, i - first);
      }
    }
  }
}
