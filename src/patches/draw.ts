import { Random } from '../base/random';
import type { Region, Shape5, Zyx } from '../image/region';
import type { PatchPlan } from '../samples/sample';
import { patchSize } from './plan';
import { hasIncluded, type SamplingIndex, unflatten } from './sampling-index';

/**
 * Finds where the patches of one image lie: for `grid` all of them, else `perImage` for each time point, every second
 * one on foreground for `balanced`. A patch larger than the image is cut to the image. A time point that is excluded as
 * a whole has none.
 * @param shape [t, c, z, y, x] of the image
 * @param indexOf what is known of a time point's target and weight
 */
export function patchRegions(
  shape: Readonly<Shape5>,
  plan: PatchPlan,
  indexOf: (t: number) => SamplingIndex,
): Region[] {
  const [times, channels, ...zyx] = shape;
  const size = patchSize(plan);
  const regions: Region[] = [];
  for (let t = 0; t < times; t++) {
    const index = indexOf(t);
    if (index.includedCount === 0) continue;
    const starts =
      plan.sampling === 'grid'
        ? gridStarts(zyx, size, plan.overlap)
        : Array.from({ length: plan.perImage }, (_, item) =>
            drawPatch(index, plan, plan.sampling === 'balanced' && item % 2 === 0, new Random(plan.seed, t, item)),
          );
    for (const start of starts) regions.push(cutToImage(t, channels, start, size, zyx));
  }
  return regions;
}

function cutToImage(t: number, channels: number, start: Zyx, size: Zyx, shape: readonly number[]): Region {
  const from = start.map((s) => Math.max(0, s));
  const extent = from.map((f, axis) => Math.min(shape[axis], start[axis] + size[axis]) - f);
  return { start: [t, 0, from[0], from[1], from[2]], size: [1, channels, extent[0], extent[1], extent[2]] };
}

/** Draws before a patch is put on a voxel with weight instead. */
const TRIES = 32;
/** Where fewer of an image's voxels have weight, as those of scribbles, a patch anywhere would hold hardly any. */
const SPARSE = 0.25;

/**
 * Draws the start [z, y, x] of one patch. It never lies on excluded voxels alone; where most voxels are excluded or unknown
 * it is centred on one that is not, unless patches lie on a grid.
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
  const isSparse = included !== null && index.includedCount < SPARSE * shape[0] * shape[1] * shape[2];
  if (isSparse && included.length > 0 && plan.sampling !== 'grid') return onIncluded(included, random, shape, size);
  const grid = plan.sampling === 'grid' ? gridStarts(shape, size, plan.overlap) : null;
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const start = grid ? grid[random.integer(grid.length)] : uniformStart(shape, size, random);
    if (hasIncluded(index, start, size)) return start;
  }
  return included && included.length > 0
    ? onIncluded(included, random, shape, size)
    : centredStart(unflatten(0, shape), shape, size);
}

function onIncluded(included: Float64Array, random: Random, shape: Readonly<Zyx>, size: Readonly<Zyx>): Zyx {
  return centredStart(unflatten(included[random.integer(included.length)], shape), shape, size);
}

/** Every start inside the image is equally likely, the last one included. */
function uniformStart(shape: Readonly<Zyx>, size: Readonly<Zyx>, random: Random): Zyx {
  const along = (axis: 0 | 1 | 2): number => {
    if (size[axis] >= shape[axis]) return centredOffset(shape[axis], size[axis]);
    return random.integer(shape[axis] - size[axis] + 1);
  };
  return [along(0), along(1), along(2)];
}

/**
 * Computes the offsets of patches along one axis: every `size * (1 - overlap)`, the last one flush with the end, so
 * that the whole axis is covered. A patch larger than the axis has one offset, 0 or below: the axis lies in its middle.
 */
export function gridOffsets(extent: number, size: number, overlap: number): number[] {
  if (size >= extent) return [centredOffset(extent, size)];
  const step = Math.max(1, Math.floor(size * (1 - overlap)));
  const offsets: number[] = [];
  for (let offset = 0; offset < extent - size; offset += step) offsets.push(offset);
  offsets.push(extent - size);
  return offsets;
}

/** Lists the starts [z, y, x] of all patches of a grid, x fastest. */
export function gridStarts(shape: Readonly<Zyx>, size: Readonly<Zyx>, overlap: number): Zyx[] {
  const [zs, ys, xs] = [0, 1, 2].map((axis) => gridOffsets(shape[axis], size[axis], size[axis] === 1 ? 0 : overlap));
  return zs.flatMap((z) => ys.flatMap((y) => xs.map((x): Zyx => [z, y, x])));
}

/** Finds the start that puts a patch's middle on a position, moved as far as it must to lie inside the image. */
export function centredStart(position: Readonly<Zyx>, shape: Readonly<Zyx>, size: Readonly<Zyx>): Zyx {
  const along = (axis: 0 | 1 | 2): number => {
    if (size[axis] >= shape[axis]) return centredOffset(shape[axis], size[axis]);
    return Math.min(Math.max(position[axis] - Math.floor(size[axis] / 2), 0), shape[axis] - size[axis]);
  };
  return [along(0), along(1), along(2)];
}

/** Finds where a patch starts that is as large as the axis or larger: half of the padding before, half behind. */
function centredOffset(extent: number, size: number): number {
  return 0 - Math.floor((size - extent) / 2);
}
