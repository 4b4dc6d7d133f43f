import { InvalidInputError } from '../base/errors';
import { lowerMedian } from '../base/numbers';
import type { Zyx } from '../image/region';
import type { PatchPlan } from '../samples/sample';

/** Patch sizes are multiples of this whatever the network, as in Segmenter ML. */
const PATCH_MULTIPLE = 4;
const PREFERRED_MULTIPLE = 16;

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

/** What decides patch sizes beside the images. */
export interface PatchWishes {
  /** [z, y, x] that the network asks for, beside the 4 of every patch */
  required?: Readonly<Zyx>;
  /** where the image is at least twice as large: what carries five levels */
  preferred?: number;
  /** of a 3D patch, about (32 x 128 x 128) */
  voxels?: number;
}

/**
 * Suggests patch sizes for a set of images: 2D up to 256 x 256; 3D as many voxels as are wished, shared out
 * so that thin stacks get wide patches and small ones tall patches. Along no axis more than the middle image, to the
 * nearest preferred multiple; of small images rounded up to the required one.
 * @param shapes [z, y, x] of the images
 */
export function suggestPatch(
  shapes: ReadonlyArray<Readonly<Zyx>>,
  dimensions: 2 | 3,
  wishes: PatchWishes = {},
): Pick<PatchPlan, 'sizeZ' | 'sizeY' | 'sizeX'> {
  const { preferred = PREFERRED_MULTIPLE, voxels = VOXELS_3D } = wishes;
  const [unitZ, unitY, unitX] = requiredMultiples(wishes.required);
  const units: Zyx = [unitZ, leastCommonMultiple(unitY, unitX), leastCommonMultiple(unitY, unitX)];
  const [z, y, x] = units.map((unit, axis) => {
    const middle = lowerMedian(shapes.map((shape) => shape[axis]));
    const wish = leastCommonMultiple(unit, preferred);
    return middle < 2 * wish ? roundUp(middle, unit) : Math.ceil(middle / wish - 0.5) * wish;
  });
  const down = (n: number, unit: number) => {
    const wish = leastCommonMultiple(unit, preferred);
    return n < 2 * wish ? Math.max(unit, Math.floor(n / unit) * unit) : Math.floor(n / wish) * wish;
  };
  const inPlane = (n: number) => down(n, units[1]);
  if (dimensions === 2) {
    return { sizeZ: null, sizeY: Math.min(y, inPlane(SIDE_2D)), sizeX: Math.min(x, inPlane(SIDE_2D)) };
  }
  const height = Math.min(z, down(HEIGHT_3D, unitZ));
  const side = inPlane(Math.sqrt(voxels / height));
  const [sizeY, sizeX] = shareOut(voxels / height, side, y, x, inPlane);
  return { sizeZ: Math.min(z, Math.max(height, down(voxels / (sizeY * sizeX), unitZ))), sizeY, sizeX };
}

/** Suggests a plan with the defaults of the patch node. */
export function suggestPlan(shapes: ReadonlyArray<Readonly<Zyx>>, dimensions: 2 | 3, wishes?: PatchWishes): PatchPlan {
  return {
    ...suggestPatch(shapes, dimensions, wishes),
    perImage: 8,
    sampling: 'balanced',
    overlap: 0,
    seed: 0,
  };
}

/**
 * Checks a plan against the number of dimensions and the network.
 * @param required multiples that the network asks for, [z, y, x]
 * @throws InvalidInputError naming the property, the value and what was expected
 */
export function validatePlan(plan: PatchPlan, dimensions: 2 | 3, required?: Readonly<Zyx>): void {
  const multiples = requiredMultiples(required);
  if (dimensions === 3 && plan.sizeZ === null) {
    throw new InvalidInputError('patch sizeZ', `a multiple of ${multiples[0]} for a 3D model`, plan.sizeZ);
  }
  if (dimensions === 2 && plan.sizeZ !== null) {
    throw new InvalidInputError('patch sizeZ', 'nothing (blank) for a 2D model', plan.sizeZ);
  }
  const axes = (['sizeZ', 'sizeY', 'sizeX'] as const).map((name, axis) => ({ name, multiple: multiples[axis] }));
  const used = axes.slice(3 - dimensions);
  for (const { name, multiple } of used) {
    const size = plan[name];
    if (!Number.isInteger(size) || size === null || size < multiple || size % multiple !== 0) {
      throw new InvalidInputError(`patch ${name}`, `a multiple of ${multiple}`, size);
    }
  }
  // Instance norm over a single voxel is 0 whatever comes in.
  if (used.every(({ name, multiple }) => plan[name] === multiple)) {
    const smallest = used.map(({ multiple }) => multiple).join(' x ');
    throw new InvalidInputError('patch size', `more than ${smallest} along one axis at least`, patchSize(plan));
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

function requiredMultiples(required: Readonly<Zyx> = [1, 1, 1]): Zyx {
  return required.map((n) => leastCommonMultiple(PATCH_MULTIPLE, n)) as Zyx;
}

function leastCommonMultiple(a: number, b: number): number {
  let multiple = a;
  while (multiple % b !== 0) multiple += a;
  return multiple;
}
