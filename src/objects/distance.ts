import { count, type Zyx } from '../image/region';
import { Envelope } from '../metrics/envelope';

/** Voxels after which others have their turn. */
const PAUSE = 2 ** 21;

/**
 * Measures the distance of each voxel of a mask to the nearest voxel outside of it, exactly (`distance_transform_edt` of SciPy,
 * its `sampling`); what lies beyond the volume is not outside of the mask.
 * @param mask [z, y, x], non-zero inside
 * @param spacing of voxels along z, y and x; the distances have its unit
 * @returns squared distances: 0 outside of the mask, Infinity where all of the volume is inside
 */
export function* squaredDistances(
  mask: Uint8Array,
  shape: Readonly<Zyx>,
  spacing: Readonly<Zyx>,
): Generator<void, Float64Array<ArrayBuffer>, void> {
  const squared = new Float64Array(mask.length);
  for (let i = 0; i < mask.length; i++) squared[i] = mask[i] === 0 ? 0 : Number.POSITIVE_INFINITY;
  const steps = [shape[1] * shape[2], shape[2], 1];
  const line = new Float64Array(Math.max(...shape));
  const envelope = new Envelope(line.length);
  let work = 0;
  for (const axis of [2, 1, 0] as const) {
    const size = shape[axis];
    if (size === 1) continue;
    for (const first of lineStarts(shape, axis)) {
      envelope.build(squared, first, steps[axis], size, spacing[axis]);
      envelope.evaluateAll(line, 0, 1, size);
      for (let k = 0, i = first; k < size; k++, i += steps[axis]) squared[i] = line[k];
      work += size;
      if (work < PAUSE) continue;
      work = 0;
      yield;
    }
  }
  return squared;
}

/** Where the lines along an axis begin. */
function* lineStarts(shape: Readonly<Zyx>, axis: 0 | 1 | 2): Generator<number, void, void> {
  const step = count(shape.slice(axis + 1));
  const all = count(shape);
  for (let outer = 0; outer < all; outer += step * shape[axis]) {
    for (let inner = 0; inner < step; inner++) yield outer + inner;
  }
}
