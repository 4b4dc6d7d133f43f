import type { Zyx } from '../image/region';
import { partsOf } from './parts';

/** What a network that tells objects apart learns of a patch, each [z, y, x]. */
export interface ObjectTargets {
  /** 1 inside objects, 0 outside */
  foreground: Float32Array;
  /** distance to the object's boundary by the largest of that object: 0 outside and on the boundary, 1 farthest inside */
  boundary: Float32Array;
  /** distance to the object's centre by the largest of that object: 0 at the centre, 1 at the farthest voxel and outside */
  centre: Float32Array;
}

/**
 * Makes the targets of a patch from numbers of objects, as torch-em's PerObjectDistanceTransform does (micro-sam,
 * CochleaNet), whose boundary distance is 1 minus ours. Distances are Euclidean and physical. The boundary is what of an object
 * has a face in common with what is not of it; the centre is the voxel nearest to the middle of all voxels where that lies
 * in the object, else the one that is farthest from the boundary. An object that is all boundary is 1 everywhere:
 * torch-em makes it 0, so that nothing thin could ever be a seed.
 *
 * Of an object that the patch cuts only what lies in the patch counts, there as here: the edge is no boundary, and the centre
 * is that of the visible part. A network sees no more of it, neither in training nor in a tile. Parts of one number that
 * do not touch within the patch, over faces, edges or corners, are objects of their own: so are a mask's connected components,
 * and what an image mirrors of an object beyond its border.
 * @param labels 0 outside, any other number an object, [z, y, x]
 * @param spacing distance between voxels along [z, y, x], in any unit
 */
export function objectTargets(
  labels: Int32Array,
  size: Readonly<Zyx>,
  spacing: Readonly<Zyx>,
  into: ObjectTargets = emptyTargets(labels.length),
): ObjectTargets {
  const { parts, count } = partsOf(labels, size);
  const squared = boundaryDistances(parts, size, spacing);
  const largest = new Float64Array(count + 1);
  const deepest = new Int32Array(count + 1).fill(-1);
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i];
    if (part === 0 || (deepest[part] >= 0 && squared[i] <= largest[part])) continue;
    largest[part] = squared[i];
    deepest[part] = i;
  }
  const centres = centresOf(parts, size, deepest);
  const farthest = farthestFrom(centres, parts, size, spacing);
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i];
    into.foreground[i] = part === 0 ? 0 : 1;
    if (part === 0) into.boundary[i] = 0;
    else {
      // Of an object that is all boundary, or that fills the patch, every voxel is as far inside as any.
      const isEven = largest[part] === 0 || largest[part] === Number.POSITIVE_INFINITY;
      into.boundary[i] = isEven ? 1 : Math.sqrt(squared[i] / largest[part]);
    }
  }
  fillCentreDistances(into.centre, parts, size, spacing, centres, farthest);
  return into;
}

function emptyTargets(length: number): ObjectTargets {
  const map = () => new Float32Array(length);
  return { foreground: map(), boundary: map(), centre: map() };
}

/**
 * The squared distance of each voxel of a part to the part's boundary; infinite where it has none in the patch. One axis after
 * the other (the distance transform is separable), each within the run of the part along it: a run ends with a voxel of the
 * boundary, or at the edge of the patch, so that nothing beyond it is nearer.
 */
function boundaryDistances(parts: Int32Array, size: Readonly<Zyx>, spacing: Readonly<Zyx>): Float64Array {
  const squared = new Float64Array(parts.length);
  const steps = [size[1] * size[2], size[2], 1];
  forEachVoxel(size, (i, at) => {
    if (parts[i] === 0) return;
    let isBoundary = false;
    for (let axis = 0; axis < 3; axis++) {
      if (at[axis] > 0 && parts[i - steps[axis]] !== parts[i]) isBoundary = true;
      if (at[axis] + 1 < size[axis] && parts[i + steps[axis]] !== parts[i]) isBoundary = true;
    }
    squared[i] = isBoundary ? 0 : Number.POSITIVE_INFINITY;
  });
  for (const axis of [2, 1, 0] as const) {
    if (size[axis] > 1) minimiseAlong(squared, parts, size, axis, steps[axis], spacing[axis]);
  }
  return squared;
}

/** Replaces each value by the least of its run's values plus the square of the way to them. */
function minimiseAlong(
  squared: Float64Array,
  parts: Int32Array,
  size: Readonly<Zyx>,
  axis: 0 | 1 | 2,
  step: number,
  spacing: number,
): void {
  const length = size[axis];
  const line = new Float64Array(length);
  forEachVoxel(size, (first, at) => {
    if (at[axis] !== 0) return;
    for (let k = 0; k < length; k++) line[k] = squared[first + k * step];
    for (let from = 0; from < length; ) {
      const part = parts[first + from * step];
      let end = from + 1;
      while (end < length && parts[first + end * step] === part) end++;
      for (let k = from; part !== 0 && k < end; k++) {
        let best = line[k];
        for (let d = 1; (d * spacing) ** 2 < best && (k - d >= from || k + d < end); d++) {
          const way = (d * spacing) ** 2;
          if (k - d >= from) best = Math.min(best, line[k - d] + way);
          if (k + d < end) best = Math.min(best, line[k + d] + way);
        }
        squared[first + k * step] = best;
      }
      from = end;
    }
  });
}

/** The centre of each part, [z, y, x] one after the other. */
function centresOf(parts: Int32Array, size: Readonly<Zyx>, deepest: Int32Array): Float64Array {
  const sums = new Float64Array(3 * deepest.length);
  const voxels = new Float64Array(deepest.length);
  forEachVoxel(size, (i, at) => {
    const part = parts[i];
    if (part === 0) return;
    voxels[part]++;
    for (let axis = 0; axis < 3; axis++) sums[3 * part + axis] += at[axis];
  });
  for (let part = 1; part < deepest.length; part++) {
    const [z, y, x] = [0, 1, 2].map((axis) => Math.round(sums[3 * part + axis] / voxels[part]));
    const middle = (z * size[1] + y) * size[2] + x;
    const centre = parts[middle] === part ? middle : deepest[part];
    sums[3 * part] = Math.floor(centre / (size[1] * size[2]));
    sums[3 * part + 1] = Math.floor(centre / size[2]) % size[1];
    sums[3 * part + 2] = centre % size[2];
  }
  return sums;
}

/** The squared distance of each part's farthest voxel from its centre. */
function farthestFrom(
  centres: Float64Array,
  parts: Int32Array,
  size: Readonly<Zyx>,
  spacing: Readonly<Zyx>,
): Float64Array {
  const farthest = new Float64Array(centres.length / 3);
  forEachVoxel(size, (i, at) => {
    const part = parts[i];
    if (part !== 0) farthest[part] = Math.max(farthest[part], squaredDistance(at, centres, part, spacing));
  });
  return farthest;
}

function fillCentreDistances(
  centre: Float32Array,
  parts: Int32Array,
  size: Readonly<Zyx>,
  spacing: Readonly<Zyx>,
  centres: Float64Array,
  farthest: Float64Array,
): void {
  forEachVoxel(size, (i, at) => {
    const part = parts[i];
    if (part === 0) centre[i] = 1;
    else if (farthest[part] === 0) centre[i] = 0;
    else centre[i] = Math.sqrt(squaredDistance(at, centres, part, spacing) / farthest[part]);
  });
}

function squaredDistance(at: Readonly<Zyx>, centres: Float64Array, part: number, spacing: Readonly<Zyx>): number {
  const z = (at[0] - centres[3 * part]) * spacing[0];
  const y = (at[1] - centres[3 * part + 1]) * spacing[1];
  const x = (at[2] - centres[3 * part + 2]) * spacing[2];
  return z * z + y * y + x * x;
}

/** Calls with each voxel's place in memory and its position, which is used again. */
function forEachVoxel(size: Readonly<Zyx>, visit: (i: number, at: Zyx) => void): void {
  const at: Zyx = [0, 0, 0];
  for (let i = 0; at[0] < size[0]; at[0]++) {
    for (at[1] = 0; at[1] < size[1]; at[1]++) {
      for (at[2] = 0; at[2] < size[2]; at[2]++, i++) visit(i, at);
    }
  }
}
