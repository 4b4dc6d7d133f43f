import { Envelope } from './envelope';
import type { SurfaceVoxels, Zyx } from './surface-voxels';

/** Planes after which others have their turn take about so many steps. */
const STEPS_A_TURN = 2 ** 22;

/**
 * Measures how far each voxel of one surface is from the nearest of another, exactly, in the order of neither.
 *
 * It is the Euclidean distance transform by lower envelopes of parabolas (Felzenszwalb and Huttenlocher, Theory of
 * Computing 2012), axis by axis and linear in the voxels of the box around both surfaces. Nothing of it has the size of the
 * image: the longest axis is gone through plane by plane, with each column's voxels of that axis at hand, so that the
 * memory is 4 bytes for each surface voxel, 8 for each result, and some numbers for each pixel across the longest axis.
 * @param shape of the volume that the positions lie in
 * @param spacing of voxels along z, y and x; the distances have its unit
 * @returns Infinity for each voxel where there is no other surface
 */
export function* surfaceDistances(
  from: SurfaceVoxels,
  to: SurfaceVoxels,
  shape: Zyx,
  spacing: Zyx,
): Generator<void, Float64Array> {
  const distances = new Float64Array(from.length);
  if (from.length === 0) return distances;
  if (to.length === 0) return distances.fill(Number.POSITIVE_INFINITY);
  const axes = axesOf(boxAround([from, to], shape), spacing);
  const [slow, middle, fast] = axes;
  const asked = new Columns(from, shape, axes);
  const near = new Columns(to, shape, axes);
  const plane = middle.size * fast.size;
  const alongSlow = new Float64Array(plane);
  const alongMiddle = middle.size > 1 ? new Float64Array(plane) : alongSlow;
  const envelope = new Envelope(Math.max(middle.size, fast.size));
  let found = 0;
  let steps = 0;
  for (let at = 0; at < slow.size; at++) {
    steps += plane;
    if (steps > STEPS_A_TURN) {
      steps = 0;
      yield;
    }
    const queries = asked.at(at);
    if (queries.length === 0) continue;
    near.squaredDistances(at, slow.spacing, alongSlow);
    if (middle.size > 1) {
      for (let x = 0; x < fast.size; x++) {
        envelope.build(alongSlow, x, fast.size, middle.size, middle.spacing);
        envelope.evaluateAll(alongMiddle, x, fast.size, middle.size);
      }
    }
    let row = -1;
    for (const column of queries) {
      const its = Math.floor(column / fast.size);
      if (its !== row) {
        row = its;
        envelope.build(alongMiddle, row * fast.size, 1, fast.size, fast.spacing);
      }
      distances[found++] = Math.sqrt(envelope.next(column - row * fast.size));
    }
  }
  return distances;
}

interface Axis {
  /** which of z, y and x */
  of: 0 | 1 | 2;
  /** the first index of the box */
  start: number;
  size: number;
  spacing: number;
}

interface Box {
  start: [number, number, number];
  size: [number, number, number];
}

function boxAround(surfaces: readonly SurfaceVoxels[], [, height, width]: Zyx): Box {
  const low: Box['start'] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  const high: Box['start'] = [-1, -1, -1];
  for (const { positions, length } of surfaces) {
    for (let i = 0; i < length; i++) {
      const row = Math.floor(positions[i] / width);
      const z = Math.floor(row / height);
      const place = [z, row - z * height, positions[i] - row * width];
      for (let axis = 0; axis < 3; axis++) {
        if (place[axis] < low[axis]) low[axis] = place[axis];
        if (place[axis] > high[axis]) high[axis] = place[axis];
      }
    }
  }
  return { start: low, size: [0, 1, 2].map((axis) => high[axis] - low[axis] + 1) as Box['size'] };
}

/** The longest axis first; the others stay in order. */
function axesOf({ start, size }: Box, spacing: Zyx): [Axis, Axis, Axis] {
  const axes = ([0, 1, 2] as const).map((of) => ({ of, start: start[of], size: size[of], spacing: spacing[of] }));
  const longest = axes.reduce((a, b) => (b.size > a.size ? b : a));
  const [middle, fast] = axes.filter((axis) => axis !== longest);
  return [longest, middle, fast];
}

/** The voxels of a surface by column along the slow axis; of each column they ascend, as positions do. */
class Columns {
  /** where each column begins in `indices`, and the end of the last */
  private readonly starts: Uint32Array;
  /** along the slow axis */
  private readonly indices: Int32Array;
  /** the first of each column that is not before the plane */
  private readonly cursor: Uint32Array;

  constructor({ positions, length }: SurfaceVoxels, [, height, width]: Zyx, [slow, middle, fast]: [Axis, Axis, Axis]) {
    const columns = middle.size * fast.size;
    this.starts = new Uint32Array(columns + 1);
    this.indices = new Int32Array(length);
    const place = [0, 0, 0];
    const columnOf = (position: number): number => {
      const row = Math.floor(position / width);
      place[0] = Math.floor(row / height);
      place[1] = row - place[0] * height;
      place[2] = position - row * width;
      return (place[middle.of] - middle.start) * fast.size + place[fast.of] - fast.start;
    };
    for (let i = 0; i < length; i++) this.starts[columnOf(positions[i]) + 1]++;
    for (let column = 0; column < columns; column++) this.starts[column + 1] += this.starts[column];
    this.cursor = this.starts.slice(0, columns);
    for (let i = 0; i < length; i++) {
      const column = columnOf(positions[i]);
      this.indices[this.cursor[column]++] = place[slow.of] - slow.start;
    }
    this.cursor.set(this.starts.subarray(0, columns));
  }

  /** Lists the columns that have a voxel in a plane; planes are asked for in order. */
  at(plane: number): number[] {
    const { starts, indices, cursor } = this;
    const columns: number[] = [];
    for (let column = 0; column < cursor.length; column++) {
      let i = cursor[column];
      while (i < starts[column + 1] && indices[i] < plane) i++;
      cursor[column] = i;
      if (i < starts[column + 1] && indices[i] === plane) columns.push(column);
    }
    return columns;
  }

  /** Gives the squared distance from each pixel of a plane to the nearest voxel of its column; planes come in order. */
  squaredDistances(plane: number, spacing: number, out: Float64Array): void {
    const { starts, indices, cursor } = this;
    for (let column = 0; column < cursor.length; column++) {
      const end = starts[column + 1];
      let i = cursor[column];
      while (i < end && indices[i] < plane) i++;
      cursor[column] = i;
      const after = i < end ? indices[i] - plane : Number.POSITIVE_INFINITY;
      const before = i > starts[column] ? plane - indices[i - 1] : Number.POSITIVE_INFINITY;
      out[column] = (Math.min(after, before) * spacing) ** 2;
    }
  }
}
