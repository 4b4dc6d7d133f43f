import { InvalidInputError } from '../base/errors';
import { FOREGROUND } from './apply';

/** [z, y, x] of one volume; a plane has z = 1. */
export type Shape3 = readonly [z: number, y: number, x: number];

/**
 * A binary volume as runs of foreground along x, in C order. A mask of smooth objects takes a small part of its pixels' room,
 * and labelling, filling and measuring cost by the run, not by the voxel.
 */
export interface Runs {
  shape: Shape3;
  /** runs of row (z, y) are those from rowStart[z * Y + y] to before rowStart[z * Y + y + 1] */
  rowStart: Int32Array;
  /** first x of each run */
  start: Int32Array;
  /** x after the last of each run */
  end: Int32Array;
}

/** A growing list of runs, row after row. */
export class RunList {
  private start = new Int32Array(1024);
  private end = new Int32Array(1024);
  private length = 0;
  private readonly rowStart: Int32Array;
  private row = 0;

  constructor(private readonly shape: Shape3) {
    this.rowStart = new Int32Array(shape[0] * shape[1] + 1);
  }

  /** Appends a run to the current row, behind its last one; a run that touches the last one lengthens it. */
  push(start: number, end: number): void {
    if (this.length > this.rowStart[this.row] && this.end[this.length - 1] === start) {
      this.end[this.length - 1] = end;
      return;
    }
    if (this.length === this.start.length) {
      this.start = grown(this.start);
      this.end = grown(this.end);
    }
    this.start[this.length] = start;
    this.end[this.length] = end;
    this.length++;
  }

  nextRow(): void {
    this.rowStart[++this.row] = this.length;
  }

  rows(): number {
    return this.row;
  }

  /** The volume, once every row is closed. */
  finish(): Runs {
    return {
      shape: this.shape,
      rowStart: this.rowStart,
      start: this.start.slice(0, this.length),
      end: this.end.slice(0, this.length),
    };
  }
}

function grown(list: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(list.length * 2);
  larger.set(list);
  return larger;
}

/** Takes a mask plane by plane and gives its runs, so that the mask need never be in memory as a whole. */
export class RunEncoder {
  private readonly list: RunList;

  constructor(private readonly shape: Shape3) {
    this.list = new RunList(shape);
  }

  /**
   * The next whole planes, non-zero is foreground.
   * @throws InvalidInputError when they are not whole planes or more than the volume has
   */
  add(planes: Uint8Array): void {
    const [z, y, x] = this.shape;
    const rows = planes.length / x;
    if (rows % y !== 0 || this.list.rows() + rows > z * y)
      throw new InvalidInputError('mask', `whole planes of a volume of z, y, x = ${this.shape}`, planes.length);
    for (let row = 0; row < rows; row++) {
      this.addRow(planes, row * x, (row + 1) * x);
      this.list.nextRow();
    }
  }

  /** @throws InvalidInputError when planes are missing */
  finish(): Runs {
    const [z, y] = this.shape;
    if (this.list.rows() < z * y) throw new InvalidInputError('mask', `${z} planes`, Math.floor(this.list.rows() / y));
    return this.list.finish();
  }

  private addRow(mask: Uint8Array, first: number, end: number): void {
    let i = first;
    while (i < end) {
      while (i < end && mask[i] === 0) i++;
      if (i === end) return;
      const start = i;
      while (i < end && mask[i] !== 0) i++;
      this.list.push(start - first, i - first);
    }
  }
}

/** The runs of a mask in memory; non-zero is foreground. */
export function encodeRuns(mask: Uint8Array, shape: Shape3): Runs {
  const encoder = new RunEncoder(shape);
  encoder.add(mask);
  return encoder.finish();
}

/** The runs of what is not foreground. */
export function complement(runs: Runs): Runs {
  const list = new RunList(runs.shape);
  const width = runs.shape[2];
  for (let row = 0; row + 1 < runs.rowStart.length; row++) {
    let x = 0;
    for (let i = runs.rowStart[row]; i < runs.rowStart[row + 1]; i++) {
      if (runs.start[i] > x) list.push(x, runs.start[i]);
      x = runs.end[i];
    }
    if (x < width) list.push(x, width);
    list.nextRow();
  }
  return list.finish();
}

/**
 * Planes z to z + planes of the volume as a mask.
 * @param out receives it, `planes` whole planes; 255 in the foreground, 0 elsewhere
 */
export function paintMask(runs: Runs, z: number, planes: number, out: Uint8Array): void {
  const [, height, width] = runs.shape;
  out.fill(0);
  for (let row = z * height; row < (z + planes) * height; row++) {
    const offset = (row - z * height) * width;
    for (let i = runs.rowStart[row]; i < runs.rowStart[row + 1]; i++)
      out.fill(FOREGROUND, offset + runs.start[i], offset + runs.end[i]);
  }
}
