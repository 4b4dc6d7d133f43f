import type { ImageDescription } from '../../../image/description';
import type { Zyx } from '../../../metrics/surface-voxels';
import type { LengthUnit } from '../../results';

/** What lengths in an image are measured in. */
interface Spacing {
  /** of voxels along z, y and x */
  spacing: Zyx;
  unit: LengthUnit;
  /** what a person should know; null: nothing */
  note: string | null;
}

const PIXELS: Spacing = { spacing: [1, 1, 1], unit: 'pixel', note: null };

/**
 * Finds the spacing of voxels, of the first of some images of one extent that states it; where none does, or none the step
 * along z of a stack, lengths are in pixels.
 * @param depth of the images
 */
export function physicalSpacing(images: readonly ImageDescription[], depth: number): Spacing {
  const sizes = images.flatMap(({ pixelSize }) => pixelSize ?? []);
  if (sizes.length === 0) return PIXELS;
  const size = sizes.find(({ z }) => z !== null || depth === 1);
  if (size) return { spacing: [size.z ?? 1, size.y, size.x], unit: 'µm', note: null };
  const note = 'distances between surfaces are in pixels, as no file states the step along z of the stack';
  return { ...PIXELS, note };
}
