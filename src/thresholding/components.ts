import { InvalidInputError, UnsupportedError } from '../base/errors';
import type { Zyx } from '../image/region';
import { FOREGROUND } from './apply';
import type { LabelledRows, LabelledVolume } from './labelled-volume';
import { type Connectivity, grown, type LabelledRow, type LabelRule, RowLabeller } from './row-labeller';
import type { RowRuns, Runs } from './runs';

export type { Connectivity, LabelledRow } from './row-labeller';

/** Objects beyond this are noise, and their numbers would take more than a GB of memory. */
const MOST_LABELS = 2 ** 26;
/** Runs after which work pauses, a few milliseconds apart. */
const PAUSE = 2 ** 18;

/** The components of a volume, as found by one pass over its rows. */
export interface Components {
  /** the label of each provisional one, in the order in which runs came that touched none before them */
  label: Int32Array<ArrayBuffer>;
  /** number of components; their labels are 1 to this, by first appearance in C order as in `skimage.measure.label` */
  count: number;
}

/**
 * Makes the first of two passes of union-find over runs (Rosenfeld and Pfaltz, 1966; He, Chao and Suzuki, 2008); a
 * volume of one plane is labelled in 2D. It pauses now and then.
 * @param see is told of each run and the provisional label it gets
 * @throws UnsupportedError for more than 2^26 provisional labels
 */
export function* findComponents(
  rows: Iterable<RowRuns>,
  shape: Readonly<Zyx>,
  connectivity: Connectivity,
  see: (provisional: number, start: number, end: number, row: number) => void,
): Generator<void, Components, void> {
  const labels = new ProvisionalLabels();
  const labeller = new RowLabeller(shape, connectivity, labels);
  let row = 0;
  for (const runs of withPauses(rows)) {
    if (runs === null) {
      yield;
      continue;
    }
    const { data, count } = labeller.next(runs);
    for (let i = 0; i < 3 * count; i += 3) see(data[i + 2], data[i], data[i + 1], row);
    row++;
  }
  return labels.numbered();
}

/**
 * Makes the second pass: each row again with the runs' final labels.
 * @param rows the same as in the first pass
 */
export function* relabelled(
  rows: Iterable<RowRuns>,
  shape: Readonly<Zyx>,
  connectivity: Connectivity,
  { label }: Components,
): Generator<LabelledRow, void, void> {
  let next = 0;
  // Runs that touch have one final label, so nothing is left to join.
  const labeller = new RowLabeller(shape, connectivity, { fresh: () => label[next++], join: () => undefined });
  for (const row of rows) yield labeller.next(row);
}

/**
 * Finds the objects of a volume that have at least `minSize` voxels (`skimage.morphology.remove_small_objects`, its
 * former `min_size`); the others have the label 0. Pauses now and then.
 * @throws InvalidInputError when minSize is negative or not a number
 */
export function* labelObjects(
  runs: Runs,
  connectivity: Connectivity,
  minSize = 0,
): Generator<void, LabelledVolume, void> {
  if (!(minSize >= 0)) throw new InvalidInputError('minSize', 'a number of pixels, 0 or more', minSize);
  let sizes = new Float64Array(1024);
  const { label, count } = yield* findComponents(runs.rows(), runs.shape, connectivity, (provisional, start, end) => {
    sizes = grown(sizes, provisional);
    sizes[provisional] += end - start;
  });
  const size = new Float64Array(count + 1);
  for (let i = 0; i < label.length; i++) size[label[i]] += sizes[i];
  const kept = keepLarge(size, minSize);
  for (let i = 0; i < label.length; i++) label[i] = kept.label[label[i]];
  const components: Components = { label, count: kept.count };
  return {
    shape: runs.shape,
    count: kept.count,
    size: size.slice(0, kept.count + 1),
    rows: () => relabelled(runs.rows(), runs.shape, connectivity, components),
    close: () => runs.close(),
  };
}

/** New numbers for the components that stay, by old number; moves their sizes to the new places. */
function keepLarge(size: Float64Array, minSize: number): Components {
  const label = new Int32Array(size.length);
  let count = 0;
  for (let old = 1; old < size.length; old++) {
    if (size[old] < minSize) continue;
    label[old] = ++count;
    size[count] = size[old];
  }
  return { label, count };
}

/** Labels as runs come, and which of them turn out to be one object's. */
class ProvisionalLabels implements LabelRule {
  private parent = new Int32Array(1024);
  private count = 0;

  fresh(): number {
    if (this.count === MOST_LABELS) {
      throw new UnsupportedError(
        'mask',
        `has more than ${MOST_LABELS} separate pieces, as noise has; expected objects: smooth the image or choose another threshold`,
      );
    }
    this.parent = grown(this.parent, this.count);
    this.parent[this.count] = this.count;
    return this.count++;
  }

  /** The smaller root becomes the root of both, so that a root is its object's first run. */
  join(a: number, b: number): void {
    const rootA = this.rootOf(a);
    const rootB = this.rootOf(b);
    if (rootA < rootB) this.parent[rootB] = rootA;
    else this.parent[rootA] = rootB;
  }

  /** Turns parents into labels in place: a parent comes before its child, so it is numbered already. */
  numbered(): Components {
    const label = this.parent.slice(0, this.count);
    this.parent = new Int32Array(0);
    let count = 0;
    for (let i = 0; i < label.length; i++) label[i] = label[i] === i ? ++count : label[label[i]];
    return { label, count };
  }

  private rootOf(label: number): number {
    const { parent } = this;
    let i = label;
    while (parent[i] !== i) {
      parent[i] = parent[parent[i]];
      i = parent[i];
    }
    return i;
  }
}

/** Goes through the rows, with null in between where others may have their turn. */
export function* withPauses(rows: Iterable<RowRuns>): Generator<RowRuns | null, void, void> {
  let work = 0;
  for (const row of rows) {
    yield row;
    work += 1 + row.count;
    if (work < PAUSE) continue;
    work = 0;
    yield null;
  }
}

/** The pixels of objects, some rows of the volume after the other, as a mask or as labels. */
export class ObjectPainter {
  private readonly rows: Generator<LabelledRow, void, void>;
  private row = 0;

  constructor(private readonly objects: LabelledRows) {
    this.rows = objects.rows();
  }

  /**
   * Paints the next rows as a mask.
   * @param out receives them, whole rows; 255 in objects, 0 elsewhere
   * @param see is shown each row: its runs, and its number in the volume
   */
  mask(out: Uint8Array, see: (runs: LabelledRow, row: number) => void = () => undefined): void {
    this.paint(out, () => FOREGROUND, see);
  }

  /**
   * Paints the next rows with the label of each object; background is 0.
   * @throws InvalidInputError when there are more objects than the type of `out` can number
   */
  labels(out: Uint16Array | Int32Array | Uint32Array | Float64Array): void {
    const { count } = this.objects;
    if (out instanceof Uint16Array && count > 65535)
      throw new InvalidInputError('labels', 'at most 65535 objects in a uint16 label image', count);
    this.paint(
      out,
      (label) => label,
      () => undefined,
    );
  }

  private paint(
    out: Uint8Array | Uint16Array | Int32Array | Uint32Array | Float64Array,
    valueFor: (label: number) => number,
    see: (runs: LabelledRow, row: number) => void,
  ): void {
    const { shape } = this.objects;
    const [depth, height, width] = shape;
    const rows = out.length / width;
    if (!Number.isInteger(rows) || this.row + rows > depth * height)
      throw new InvalidInputError('rows to paint', `whole rows of a volume of z, y, x = ${shape}`, out.length);
    out.fill(0);
    for (let offset = 0; offset < out.length; offset += width) {
      const step = this.rows.next();
      if (step.done) return;
      const { data, count } = step.value;
      for (let i = 0; i < 3 * count; i += 3) {
        if (data[i + 2] !== 0) out.fill(valueFor(data[i + 2]), offset + data[i], offset + data[i + 1]);
      }
      see(step.value, this.row++);
    }
  }
}
