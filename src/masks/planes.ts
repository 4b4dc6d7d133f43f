import { InvalidInputError } from '../base/errors';
import type { PixelArray } from '../image/dtype';
import type { Shape5 } from '../image/region';

/** Foreground of a merged segmentation. */
const FOREGROUND = 255;

/**
 * Merges a plane of two segmentations, or some rows of one: the base, overwritten by the other inside the merging mask.
 * Any non-zero pixel is foreground.
 * @param other null where there is nothing to merge: the base alone
 * @param inside non-zero where the other counts; null: nowhere
 * @param target receives 0 or 255
 * @throws InvalidInputError where lengths differ or a segmentation holds NaN
 */
export function mergePlane(
  base: PixelArray,
  other: PixelArray | null,
  inside: PixelArray | null,
  target: Uint8Array,
): void {
  checkLength('target', target.length, base.length);
  if (!other || !inside) {
    binarise(base, target, 'base segmentation');
    return;
  }
  checkLength('other segmentation', other.length, base.length);
  checkLength('merging mask', inside.length, base.length);
  for (let i = 0; i < base.length; i++) {
    const value = inside[i] !== 0 ? other[i] : base[i];
    if (Number.isNaN(value)) throw notANumber(inside[i] !== 0 ? 'other segmentation' : 'base segmentation', i);
    target[i] = value !== 0 ? FOREGROUND : 0;
  }
}

/** Non-zero becomes 255. @throws InvalidInputError where the plane holds NaN */
function binarise(plane: PixelArray, target: Uint8Array, name: string): void {
  for (let i = 0; i < plane.length; i++) {
    const value = plane[i];
    if (Number.isNaN(value)) throw notANumber(name, i);
    target[i] = value !== 0 ? FOREGROUND : 0;
  }
}

/**
 * Weights of a plane, or of some rows of one: 0 inside the excluding mask, 1 elsewhere.
 * @param inside non-zero is inside
 * @param weight receives 0 or 1
 */
export function weightPlane(inside: PixelArray, weight: Uint8Array): void {
  checkLength('weight', weight.length, inside.length);
  for (let i = 0; i < inside.length; i++) weight[i] = inside[i] !== 0 ? 0 : 1;
}

/**
 * Checks that a mask image fits the image it is for: Y and X equal, one channel, Z and T equal or 1.
 * @throws InvalidInputError naming both shapes
 */
export function checkMaskShape(mask: Shape5, maskName: string, image: Shape5, imageName: string): void {
  const [t, c, z, y, x] = mask;
  const fits =
    y === image[3] && x === image[4] && c === 1 && (z === 1 || z === image[2]) && (t === 1 || t === image[0]);
  if (fits) return;
  throw new InvalidInputError(
    `${maskName} (shape T,C,Z,Y,X)`,
    `Y and X equal, Z and T equal or 1 and one channel, to fit ${imageName} of shape ${image.join(', ')}`,
    mask,
  );
}

/**
 * Checks that two segmentations, or a segmentation and its image, have the same T, Z, Y and X.
 * @throws InvalidInputError naming both shapes
 */
export function checkSameExtent(a: Shape5, aName: string, b: Shape5, bName: string): void {
  if (a.every((n, axis) => axis === 1 || n === b[axis])) return;
  throw new InvalidInputError(
    `${aName} (shape T,C,Z,Y,X)`,
    `the same T, Z, Y and X as ${bName} of shape ${b.join(', ')}`,
    a,
  );
}

/** The position in a mask along an axis for a position in the image: a mask of size 1 goes through all. */
export function maskIndex(maskSize: number, index: number): number {
  return maskSize === 1 ? 0 : index;
}

function checkLength(name: string, length: number, expected: number): void {
  if (length !== expected) throw new InvalidInputError(`${name}, pixels`, String(expected), length);
}

function notANumber(name: string, at: number): InvalidInputError {
  return new InvalidInputError(`${name}, pixel ${at} of its rows`, 'a number (zero or not)', 'NaN');
}
