import { InvalidInputError } from '../base/errors';
import { lowerMedian } from '../base/numbers';
import type { Zyx } from '../image/region';
import type { PatchPlan } from '../samples/sample';

/** Patch sizes are multiples of this whatever the network, as in Segmenter ML. */
const PATCH_MULTIPLE = 4;

/** Side of a 2D patch where the image is large enough. */
const SIDE_2D = 256;
/** Voxels of a 3D patch, and its height before what is left is given to z. */
const VOXELS_3D = 32 * 128 * 128;
const HEIGHT_3D = 32;

/** Gives the patch's sizes; z is 1 in 2D, so that a 2D patch is a plane of a stack. */
export function patchSize(plan: Pick<PatchPlan, 'sizeZ' | 'sizeY' | 'sizeX'>): Zyx {
  return [plan.sizeZ ?? 1, plan.sizeY, plan.sizeX];
}

/** Finds the smallest multiple of `divisor` that is not below n. */
export function roundUp(n: number, divisor: number): number {
  return Math.ceil(n / divisor) * divisor;
}

/**
 * Suggests patch sizes for a set of images: 2D up to 256 x 256; 3D about as many voxels as 32 x 128 x 128, shared out
 * so that thin stacks get wide patches and small ones tall patches. Along no axis more than the middle image, rounded
 * up.
 * @param shapes [z, y, x] of the images
 * @param divisor what the network asks sizes to be multiples of
 */
export function suggestPatch(
  shapes: ReadonlyArray<Readonly<Zyx>>,
  dimensions: 2 | 3,
  divisor: number = PATCH_MULTIPLE,
): Pick<PatchPlan, 'sizeZ' | 'sizeY' | 'sizeX'> {
  const multiple = leastCommonMultiple(PATCH_MULTIPLE, divisor);
  const [z, y, x] = [0, 1, 2].map((axis) => roundUp(lowerMedian(shapes.map((shape) => shape[axis])), multiple));
  const down = (n: number) => Math.max(multiple, Math.floor(n / multiple) * multiple);
  if (dimensions === 2) {
    return { sizeZ: null, sizeY: Math.min(y, down(SIDE_2D)), sizeX: Math.min(x, down(SIDE_2D)) };
  }
  const height = Math.min(z, down(HEIGHT_3D));
  const side = down(Math.sqrt(VOXELS_3D / height));
  const [sizeY, sizeX] = shareOut(VOXELS_3D / height, side, y, x, down);
  return { sizeZ: Math.min(z, Math.max(height, down(VOXELS_3D / (sizeY * sizeX)))), sizeY, sizeX };
}

/** Suggests a plan with the defaults of the patch node. */
export function suggestPlan(shapes: ReadonlyArray<Readonly<Zyx>>, dimensions: 2 | 3, divisor?: number): PatchPlan {
  return {
    ...suggestPatch(shapes, dimensions, divisor),
    perImage: 8,
    sampling: 'balanced',
    overlap: 0,
    seed: 0,
  };
}

/**
 * Checks a plan against the number of dimensions and the network.
 * @throws InvalidInputError naming the property, the value and what was expected
 */
export function validatePlan(plan: PatchPlan, dimensions: 2 | 3, divisor: number = PATCH_MULTIPLE): void {
  const multiple = leastCommonMultiple(PATCH_MULTIPLE, divisor);
  if (dimensions === 3 && plan.sizeZ === null) {
    throw new InvalidInputError('patch sizeZ', `a multiple of ${multiple} for a 3D model`, plan.sizeZ);
  }
  if (dimensions === 2 && plan.sizeZ !== null) {
    throw new InvalidInputError('patch sizeZ', 'nothing (blank) for a 2D model', plan.sizeZ);
  }
  const axes = dimensions === 3 ? (['sizeZ', 'sizeY', 'sizeX'] as const) : (['sizeY', 'sizeX'] as const);
  for (const axis of axes) {
    const size = plan[axis];
    if (!Number.isInteger(size) || size === null || size < multiple || size % multiple !== 0) {
      throw new InvalidInputError(`patch ${axis}`, `a multiple of ${multiple}`, size);
    }
  }
  // Instance norm over a single voxel is 0 whatever comes in.
  if (axes.every((axis) => plan[axis] === divisor)) {
    throw new InvalidInputError('patch size', `more than ${divisor} along one axis at least`, patchSize(plan));
  }
  if (!(plan.overlap >= 0 && plan.overlap < 1)) {
    throw new InvalidInputError('patch overlap', 'a fraction from 0 to below 1', plan.overlap);
  }
  if (!Number.isInteger(plan.perImage) || plan.perImage < 1) {
    throw new InvalidInputError('patches per image', 'a whole number of at least 1', plan.perImage);
  }
}

/** A patch's y and x: square where both fit, else what one cannot use goes to the other. */
function shareOut(area: number, side: number, y: number, x: number, down: (n: number) => number): [number, number] {
  if (y < side) return [y, Math.min(x, down(area / y))];
  if (x < side) return [Math.min(y, down(area / x)), x];
  return [side, side];
}

function leastCommonMultiple(a: number, b: number): number {
  let multiple = a;
  while (multiple % b !== 0) multiple += a;
  return multiple;
}
