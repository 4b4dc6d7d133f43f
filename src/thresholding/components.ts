import { InvalidInputError } from '../base/errors';
import type { Runs } from './runs';

/** Which voxels touch: those that share a face (4 in 2D, 6 in 3D), or also an edge or corner (8, 26). */
export type Connectivity = 'faces' | 'full';

/** The objects of a volume. */
export interface Objects {
  runs: Runs;
  /** number of objects; their labels are 1 to this, by first appearance in C order as in `skimage.measure.label` */
  count: number;
  /** label of each run */
  label: Int32Array;
  /** voxels of each object, by label; element 0 is unused */
  size: Float64Array;
}

/**
 * The connected components of a volume; a volume of one plane is labelled in 2D.
 * Two passes of union-find over runs (Rosenfeld and Pfaltz, 1966; He, Chao and Suzuki, 2008).
 */
export function labelRuns(runs: Runs, connectivity: Connectivity): Objects {
  const parent = runs.start.map((_, i) => i);
  const [depth, height] = runs.shape;
  for (let z = 0; z < depth; z++) {
    for (let y = 0; y < height; y++) {
      const row = z * height + y;
      if (runs.rowStart[row] === runs.rowStart[row + 1]) continue;
      if (y > 0) joinRows(runs, parent, row - 1, row, connectivity);
      if (z === 0) continue;
      joinRows(runs, parent, row - height, row, connectivity);
      if (connectivity === 'faces') continue;
      if (y > 0) joinRows(runs, parent, row - height - 1, row, connectivity);
      if (y + 1 < height) joinRows(runs, parent, row - height + 1, row, connectivity);
    }
  }
  return numberObjects(runs, parent);
}

/**
 * Planes z to z + planes of the label image.
 * @param out receives them, `planes` whole planes; background is 0
 * @throws InvalidInputError when there are more objects than the type of `out` can number
 */
export function paintLabels(
  { runs, label, count }: Objects,
  z: number,
  planes: number,
  out: Uint16Array | Int32Array | Uint32Array,
): void {
  if (out instanceof Uint16Array && count > 65535)
    throw new InvalidInputError('labels', 'at most 65535 objects in a uint16 label image', count);
  const [, height, width] = runs.shape;
  out.fill(0);
  for (let row = z * height; row < (z + planes) * height; row++) {
    const offset = (row - z * height) * width;
    for (let i = runs.rowStart[row]; i < runs.rowStart[row + 1]; i++)
      out.fill(label[i], offset + runs.start[i], offset + runs.end[i]);
  }
}

/** Joins the runs of two rows that touch; both rows are sorted, so each run is looked at once. */
function joinRows(runs: Runs, parent: Int32Array, rowA: number, rowB: number, connectivity: Connectivity): void {
  const { start, end, rowStart } = runs;
  // Diagonal neighbours touch when one run ends where the other starts.
  const reach = connectivity === 'full' ? 1 : 0;
  let a = rowStart[rowA];
  let b = rowStart[rowB];
  while (a < rowStart[rowA + 1] && b < rowStart[rowB + 1]) {
    if (start[a] < end[b] + reach && start[b] < end[a] + reach) join(parent, a, b);
    if (end[a] < end[b]) a++;
    else b++;
  }
}

/** The smaller root becomes the root of both, so that a root is its object's first run. */
function join(parent: Int32Array, a: number, b: number): void {
  const rootA = rootOf(parent, a);
  const rootB = rootOf(parent, b);
  if (rootA < rootB) parent[rootB] = rootA;
  else parent[rootA] = rootB;
}

function rootOf(parent: Int32Array, run: number): number {
  let i = run;
  while (parent[i] !== i) {
    parent[i] = parent[parent[i]];
    i = parent[i];
  }
  return i;
}

/** Turns parents into labels in place: a parent comes before its child, so it is numbered already. */
function numberObjects(runs: Runs, parent: Int32Array): Objects {
  let count = 0;
  for (let i = 0; i < parent.length; i++) parent[i] = parent[i] === i ? ++count : parent[parent[i]];
  const size = new Float64Array(count + 1);
  for (let i = 0; i < parent.length; i++) size[parent[i]] += runs.end[i] - runs.start[i];
  return { runs, count, label: parent, size };
}
