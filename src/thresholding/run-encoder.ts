import { InvalidInputError } from '../base/errors';
import { Constancy, STRETCH } from '../image/blocks';
import type { Zyx } from '../image/region';
import { RunList, type RunRoom, type Runs } from './runs';

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
   * The next whole rows, non-zero is foreground.
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
