import { InvalidInputError } from '../base/errors';
import type { Shape5 } from '../image/region';

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
