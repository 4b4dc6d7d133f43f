import type { Zyx } from '../image/region';
import { TallyByNumber } from '../metrics/tally-by-number';
import type { LabelledRow } from '../thresholding/row-labeller';

/** Two labels below it fit into one number. */
const PAIR = 2 ** 26;

/** The 13 directions to a voxel's neighbours, of each pair of opposite ones the one that points back in C order. */
export const DIRECTIONS: readonly Zyx[] = [-1, 0].flatMap((z) =>
  [-1, 0, 1].flatMap((y) =>
    [-1, 0, 1].flatMap((x): Zyx[] => (z < 0 || y < 0 || (y === 0 && x < 0) ? [[z, y, x]] : [])),
  ),
);

/**
 * Finds what touches what, row by row: of each object how many pairs of its voxels lie next to each other along each direction,
 * and which objects touch over faces, edges or corners. In memory are the runs of one plane.
 */
export class RowContacts {
  /** pairs of voxels by object, then direction */
  private readonly pairs: Float64Array;
  private readonly touching = new TallyByNumber();
  private readonly ring: LabelledRow[];
  private row = 0;

  /** @param count of objects */
  constructor(
    private readonly count: number,
    private readonly shape: Readonly<Zyx>,
  ) {
    this.pairs = new Float64Array((count + 1) * DIRECTIONS.length);
    const [depth, height] = shape;
    this.ring = Array.from({ length: depth === 1 ? 2 : height + 2 }, () => ({ data: new Int32Array(0), count: 0 }));
  }

  /** Takes the next row. */
  add({ data, count }: LabelledRow): void {
    const { row } = this;
    const [, height] = this.shape;
    const own = this.at(row);
    if (own.data.length < 3 * count) own.data = new Int32Array(2 * 3 * count);
    own.data.set(data.subarray(0, 3 * count));
    own.count = count;
    const y = row % height;
    for (const [direction, [dz, dy, dx]] of DIRECTIONS.entries()) {
      if (dz === 0 && dy === 0) this.within(own, direction);
      else if (y + dy >= 0 && y + dy < height && row >= -dz * height)
        this.between(this.at(row + dz * height + dy), own, dx, direction);
    }
    this.row++;
  }

  /** Counts the stretches of an object along each of {@link DIRECTIONS}: each begins and ends at its surface. @param size voxels */
  stretches(label: number, size: number): number[] {
    return DIRECTIONS.map((_, direction) => size - this.pairs[label * DIRECTIONS.length + direction]);
  }

  /** Counts by label the objects that touch each. */
  neighbours(): Int32Array {
    const counts = new Int32Array(this.count + 1);
    for (let k = 0; k < this.touching.length; k++) {
      const b = this.touching.number(k) % PAIR;
      counts[b]++;
      counts[(this.touching.number(k) - b) / PAIR]++;
    }
    return counts;
  }

  private at(row: number): LabelledRow {
    return this.ring[row % this.ring.length];
  }

  private within({ data, count }: LabelledRow, direction: number): void {
    for (let i = 0; i < 3 * count; i += 3) {
      this.pairs[data[i + 2] * DIRECTIONS.length + direction] += data[i + 1] - data[i] - 1;
      if (i > 0 && data[i] === data[i - 2]) this.meet(data[i - 1], data[i + 2]);
    }
  }

  /** A voxel at x of `own` has its neighbour at x + dx of `other`. */
  private between(
    { data: a, count: countA }: LabelledRow,
    { data: b, count: countB }: LabelledRow,
    dx: number,
    direction: number,
  ): void {
    let i = 0;
    let j = 0;
    while (i < 3 * countA && j < 3 * countB) {
      const common = Math.min(a[i + 1] - dx, b[j + 1]) - Math.max(a[i] - dx, b[j]);
      if (common > 0) {
        if (a[i + 2] === b[j + 2]) this.pairs[b[j + 2] * DIRECTIONS.length + direction] += common;
        else this.meet(a[i + 2], b[j + 2]);
      }
      if (a[i + 1] - dx < b[j + 1]) i += 3;
      else j += 3;
    }
  }

  private meet(a: number, b: number): void {
    if (a === 0 || b === 0 || a === b) return;
    this.touching.add(Math.min(a, b) * PAIR + Math.max(a, b), 1);
  }
}

/**
 * Weighs the directions for a surface: each by the share of all directions that it is the nearest of, times the area that a line
 * along it stands for (Cauchy and Crofton; as in MorphoLibJ with 13 directions). The surface is the sum of weights times
 * stretches.
 * @param spacing of voxels along z, y and x
 */
export function surfaceWeights(spacing: Readonly<Zyx>): number[] {
  const volume = spacing[0] * spacing[1] * spacing[2];
  const lengths = DIRECTIONS.map((d) => Math.hypot(...d.map((v, axis) => v * spacing[axis])));
  const units = DIRECTIONS.map((d, k) => d.map((v, axis) => (v * spacing[axis]) / lengths[k]));
  const nearest = new Float64Array(DIRECTIONS.length);
  // Directions spread evenly over the sphere by the golden angle.
  const all = 20_000;
  for (let i = 0; i < all; i++) {
    const z = 1 - (2 * i + 1) / all;
    const r = Math.sqrt(1 - z * z);
    const angle = i * Math.PI * (3 - Math.sqrt(5));
    const [y, x] = [r * Math.cos(angle), r * Math.sin(angle)];
    const along = units.map((u) => Math.abs(u[0] * z + u[1] * y + u[2] * x));
    nearest[along.indexOf(Math.max(...along))]++;
  }
  // A stretch crosses the surface twice, and the mean projection of a surface is a quarter of it.
  return lengths.map((length, k) => (4 * (nearest[k] / all) * volume) / length);
}
