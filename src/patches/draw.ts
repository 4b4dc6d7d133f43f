import type { Random } from '../base/random';
import type { PatchPlan } from '../samples/sample';
import { centredOffset, centredStart, gridStarts } from './grid';
import { patchSize, type Zyx } from './plan';
import { hasIncluded, type SamplingIndex, unflatten } from './sampling-index';

/** Draws before a patch is put on a voxel with weight instead. */
const TRIES = 32;

/**
 * The start [z, y, x] of one patch. It never lies on excluded voxels alone.
 * @param onForeground centre it on a foreground voxel with weight, where the image has one
 * @param random a stream of this patch's own
 */
export function drawPatch(
  index: SamplingIndex,
  plan: Pick<PatchPlan, 'sizeZ' | 'sizeY' | 'sizeX' | 'sampling' | 'overlap'>,
  onForeground: boolean,
  random: Random,
): Zyx {
  const size = patchSize(plan);
  const { shape, foreground, included } = index;
  if (onForeground && foreground.length > 0) {
    return centredStart(unflatten(foreground[random.integer(foreground.length)], shape), shape, size);
  }
  const grid = plan.sampling === 'grid' ? gridStarts(shape, size, plan.overlap) : null;
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const start = grid ? grid[random.integer(grid.length)] : uniformStart(shape, size, random);
    if (hasIncluded(index, start, size)) return start;
  }
  const fallback = included && included.length > 0 ? included[random.integer(included.length)] : 0;
  return centredStart(unflatten(fallback, shape), shape, size);
}

/** Every start inside the image is equally likely, the last one included. */
function uniformStart(shape: Readonly<Zyx>, size: Readonly<Zyx>, random: Random): Zyx {
  const along = (axis: 0 | 1 | 2): number => {
    if (size[axis] >= shape[axis]) return centredOffset(shape[axis], size[axis]);
    return random.integer(shape[axis] - size[axis] + 1);
  };
  return [along(0), along(1), along(2)];
}
