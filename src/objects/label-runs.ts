import { bytesOf } from '../image/dtype';
import type { Zyx } from '../image/region';
import type { LabelledRow } from '../thresholding/row-labeller';
import type { RunRoom } from '../thresholding/runs';

const CHUNK = 2 ** 20;

/** The rows of labels of a volume as runs, in memory as far as there is room, for label images of any size. */
export class LabelRuns {
  /** in memory, or where in the room's file */
  private chunks: Array<Int32Array<ArrayBuffer> | number> = [];
  private readonly lengths: number[] = [];
  private current = new Int32Array(CHUNK);
  private used = 0;

  constructor(private readonly room: RunRoom) {}

  /** Appends a row of labels, [x]. */
  add(row: Int32Array): void {
    const most = 1 + 3 * row.length;
    if (this.used + most > this.current.length) {
      this.closeChunk();
      if (most > this.current.length) this.current = new Int32Array(most);
    }
    const { current } = this;
    const countAt = this.used++;
    let count = 0;
    for (let x = 0; x < row.length; ) {
      const label = row[x];
      const start = x;
      while (x < row.length && row[x] === label) x++;
      if (label === 0) continue;
      current[this.used++] = start;
      current[this.used++] = x;
      current[this.used++] = label;
      count++;
    }
    current[countAt] = count;
  }

  /** Ends the list. */
  finish(): this {
    this.closeChunk();
    this.current = new Int32Array(0);
    return this;
  }

  /** Goes through the rows in C order; each is valid until the next. */
  *rows(): Generator<LabelledRow, void, void> {
    for (const [i, chunk] of this.chunks.entries()) {
      const length = this.lengths[i];
      const data = typeof chunk === 'number' ? this.readBack(chunk, length) : chunk;
      for (let at = 0; at < length; at += 1 + 3 * data[at]) {
        yield { data: data.subarray(at + 1, at + 1 + 3 * data[at]), count: data[at] };
      }
    }
  }

  /** Frees what they take. */
  close(): void {
    for (const chunk of this.chunks) if (typeof chunk !== 'number') this.room.release(chunk.byteLength);
    this.chunks = [];
  }

  private closeChunk(): void {
    const chunk = this.current.slice(0, this.used);
    this.lengths.push(chunk.length);
    this.chunks.push(this.room.hold(chunk.byteLength) ? chunk : this.room.append(bytesOf(chunk)));
    this.used = 0;
  }

  private readBack(position: number, length: number): Int32Array<ArrayBuffer> {
    const chunk = new Int32Array(length);
    this.room.read(bytesOf(chunk), position);
    return chunk;
  }
}

/** The objects of a volume, to be gone through row by row as often as wanted. */
export interface LabelledVolume {
  readonly shape: Readonly<Zyx>;
  /** number of objects; their labels are 1 to this, by first appearance in C order */
  readonly count: number;
  /** voxels of each object, by label; element 0 is unused */
  readonly size: Float64Array<ArrayBuffer>;
  /** The rows, y fastest, then z; each is valid until the next. */
  rows(): Generator<LabelledRow, void, void>;
  /** Frees what they take. */
  close(): void;
}
