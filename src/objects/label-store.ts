import { count, type Zyx } from '../image/region';
import { SpillFile } from '../storage/spill-file';

/** A part of a volume along z, y and x. */
export interface Box {
  start: Readonly<Zyx>;
  size: Readonly<Zyx>;
}

/** The labels of a volume that is worked on block by block, in memory or in a file; 0 where none was written. */
export class LabelStore {
  private readonly file: SpillFile | null;
  private readonly memory: Int32Array<ArrayBuffer> | null;

  /** @param folder for the file; null: in memory */
  constructor(
    private readonly shape: Readonly<Zyx>,
    folder: string | null,
  ) {
    this.file = folder === null ? null : new SpillFile(folder);
    this.memory = folder === null ? new Int32Array(count(shape)) : null;
  }

  /** Reads a box, [z, y, x]. */
  read({ start, size }: Box): Int32Array<ArrayBuffer> {
    const out = new Int32Array(count(size));
    const width = size[2];
    for (let row = 0; row < size[0] * size[1]; row++) {
      this.readRow(this.at(start, row, size), out.subarray(row * width, (row + 1) * width));
    }
    return out;
  }

  /** Reads so many labels from a place on, in C order. */
  readRow(at: number, out: Int32Array<ArrayBuffer>): void {
    if (this.memory) out.set(this.memory.subarray(at, at + out.length));
    else this.file?.read(new Uint8Array(out.buffer, out.byteOffset, out.byteLength), 4 * at);
  }

  /** Writes a box. @param labels [z, y, x] */
  write({ start, size }: Box, labels: Int32Array<ArrayBuffer>): void {
    const width = size[2];
    for (let row = 0; row < size[0] * size[1]; row++) {
      const from = labels.subarray(row * width, (row + 1) * width);
      const at = this.at(start, row, size);
      if (this.memory) this.memory.set(from, at);
      else this.file?.write(new Uint8Array(from.buffer, from.byteOffset, from.byteLength), 4 * at);
    }
  }

  close(): void {
    this.file?.close();
  }

  private at(start: Readonly<Zyx>, row: number, size: Readonly<Zyx>): number {
    const y = row % size[1];
    const z = (row - y) / size[1];
    return ((start[0] + z) * this.shape[1] + start[1] + y) * this.shape[2] + start[2];
  }
}
