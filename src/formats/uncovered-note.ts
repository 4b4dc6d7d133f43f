import { percent } from '../base/number-text';
import { count, type Shape5 } from '../image/region';

/**
 * What a person should know of a copy of an image that did not hold all of its pixels: they are zeros among others now.
 * @param uncovered how many; what is no such number was not written by this library and says nothing
 * @param shape [t, c, z, y, x] of the image
 */
export function notesOnUncovered(uncovered: unknown, shape: Readonly<Shape5>): string[] {
  const all = count(shape);
  const isCount = typeof uncovered === 'number' && Number.isSafeInteger(uncovered) && uncovered > 0 && uncovered <= all;
  if (!isCount) return [];
  const share = percent(uncovered / all);
  return [
    `${uncovered} of ${all} pixels (${share}) were not in the file that this is a copy of: they are 0, and count as any`,
  ];
}
