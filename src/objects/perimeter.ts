import type { LabelledRow } from '../thresholding/row-labeller';

/**
 * The length of a border pixel by what of its eight neighbours is border (Benkrid and Crookes, 2000; `perimeter` of scikit-image
 * with its default of 4 neighbours): 1 + 2 for each neighbour over an edge + 10 for each over a corner is looked up.
 */
const LENGTHS = new Float64Array(50);
for (const code of [5, 7, 15, 17, 25, 27]) LENGTHS[code] = 1;
for (const code of [21, 33]) LENGTHS[code] = Math.SQRT2;
for (const code of [13, 23]) LENGTHS[code] = (1 + Math.SQRT2) / 2;

/** Measures the perimeters of the objects of a plane, in pixels, row by row; some rows are in memory. */
export class PerimeterMeter {
  private readonly lengths: Float64Array;
  /** labels of the last rows, by row number modulo their number, with a pixel of background on both sides */
  private readonly labels: Int32Array[];
  /** the same where a pixel is border, else 0 */
  private readonly borders: Int32Array[];
  private row = 0;

  /**
   * @param count of objects
   * @param width of the plane
   */
  constructor(
    count: number,
    private readonly width: number,
  ) {
    this.lengths = new Float64Array(count + 1);
    const rows = () => Array.from({ length: 3 }, () => new Int32Array(width + 2));
    this.labels = rows();
    this.borders = rows();
  }

  /** Takes the next row. */
  add({ data, count }: LabelledRow): void {
    const labels = this.labels[this.row % 3].fill(0);
    for (let i = 0; i < 3 * count; i += 3) labels.fill(data[i + 2], data[i] + 1, data[i + 1] + 1);
    // A row's border is known with the row after it, its lengths with the border after it.
    if (this.row >= 1) this.findBorder(this.row - 1);
    if (this.row >= 2) this.addLengths(this.row - 2);
    this.row++;
  }

  /** Gives the perimeters by label, once all rows are taken. */
  finish(): Float64Array {
    const empty = { data: new Int32Array(0), count: 0 };
    this.add(empty);
    this.add(empty);
    return this.lengths;
  }

  private findBorder(row: number): void {
    const [above, here, below] = [row + 2, row, row + 1].map((r) => this.labels[r % 3]);
    const border = this.borders[row % 3];
    const isFirst = row === 0;
    for (let x = 1; x <= this.width; x++) {
      const label = here[x];
      const inside =
        label !== 0 &&
        !isFirst &&
        above[x] === label &&
        below[x] === label &&
        here[x - 1] === label &&
        here[x + 1] === label;
      border[x] = inside ? 0 : label;
    }
  }

  private addLengths(row: number): void {
    const [above, here, below] = [row + 2, row, row + 1].map((r) => this.borders[r % 3]);
    for (let x = 1; x <= this.width; x++) {
      const label = here[x];
      if (label === 0) continue;
      let code = 1;
      const is = (border: Int32Array, at: number, value: number) => {
        if (border[at] === label) code += value;
      };
      is(here, x - 1, 2);
      is(here, x + 1, 2);
      is(above, x, 2);
      is(below, x, 2);
      is(above, x - 1, 10);
      is(above, x + 1, 10);
      is(below, x - 1, 10);
      is(below, x + 1, 10);
      this.lengths[label] += LENGTHS[code];
    }
  }
}
