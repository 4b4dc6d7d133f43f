import type { Zyx } from '../image/region';
import type { RowRuns } from './runs';

/** Which voxels touch: those that share a face (4 in 2D, 6 in 3D), or also an edge or corner (8, 26). */
export const CONNECTIVITIES = ['faces', 'full'] as const;
export type Connectivity = (typeof CONNECTIVITIES)[number];

/** The runs of one row with their labels: start, end and label of run i at data[3 i], data[3 i + 1] and data[3 i + 2]. */
export interface LabelledRow {
  data: Int32Array<ArrayBuffer>;
  count: number;
}

/** Where labels come from. */
export interface LabelRule {
  /** The label of a run that touches none before it. */
  fresh(): number;
  /** Two different labels are found to be of one object. */
  join(a: number, b: number): void;
}

const UNKNOWN = -1;

/**
 * Labels the runs of a volume row by row: a run takes the label of one it touches in an earlier row. In memory are the
 * rows that later ones can touch: the last one of a plane, the last plane of a stack.
 */
export class RowLabeller {
  private readonly ring: LabelledRow[];
  private row = 0;
  private readonly reach: 0 | 1;

  constructor(
    private readonly shape: Readonly<Zyx>,
    private readonly connectivity: Connectivity,
    private readonly rule: LabelRule,
  ) {
    const [depth, height] = shape;
    this.ring = Array.from({ length: depth === 1 ? 2 : height + 2 }, () => ({ data: new Int32Array(0), count: 0 }));
    // Diagonal neighbours touch when one run ends where the other starts.
    this.reach = connectivity === 'full' ? 1 : 0;
  }

  /** Labels the next row, and gives it with its labels; valid until the next call, and not to be written to. */
  next({ data, from, count }: RowRuns): LabelledRow {
    const { row } = this;
    const labelled = this.at(row);
    labelled.data = grown(labelled.data, 3 * count - 1);
    labelled.count = count;
    for (let i = 0; i < count; i++) {
      labelled.data[3 * i] = data[from + 2 * i];
      labelled.data[3 * i + 1] = data[from + 2 * i + 1];
      labelled.data[3 * i + 2] = UNKNOWN;
    }
    if (count > 0) this.touchEarlier(labelled);
    for (let i = 2; i < 3 * count; i += 3) {
      if (labelled.data[i] === UNKNOWN) labelled.data[i] = this.rule.fresh();
    }
    this.row++;
    return labelled;
  }

  private at(row: number): LabelledRow {
    return this.ring[row % this.ring.length];
  }

  private touchEarlier(labelled: LabelledRow): void {
    const { row, connectivity } = this;
    const [, height] = this.shape;
    const y = row % height;
    if (y > 0) this.touch(this.at(row - 1), labelled);
    if (row < height) return;
    this.touch(this.at(row - height), labelled);
    if (connectivity === 'faces') return;
    if (y > 0) this.touch(this.at(row - height - 1), labelled);
    if (y + 1 < height) this.touch(this.at(row - height + 1), labelled);
  }

  /** Both rows are sorted, so each run is looked at once. */
  private touch({ data: a, count: countA }: LabelledRow, { data: b, count: countB }: LabelledRow): void {
    const { reach, rule } = this;
    let i = 0;
    let j = 0;
    while (i < 3 * countA && j < 3 * countB) {
      if (a[i] < b[j + 1] + reach && b[j] < a[i + 1] + reach) {
        if (b[j + 2] === UNKNOWN) b[j + 2] = a[i + 2];
        else if (b[j + 2] !== a[i + 2]) rule.join(a[i + 2], b[j + 2]);
      }
      if (a[i + 1] < b[j + 1]) i += 3;
      else j += 3;
    }
  }
}

type Growing = Int32Array<ArrayBuffer> | Float64Array<ArrayBuffer> | Uint8Array<ArrayBuffer>;

/** Gives the array, or one twice as long with the same beginning, such that it has an element `index`. */
export function grown<T extends Growing>(array: T, index: number): T {
  if (index < array.length) return array;
  const larger = new (array.constructor as new (length: number) => T)(Math.max(2 * array.length, index + 1));
  larger.set(array);
  return larger;
}
