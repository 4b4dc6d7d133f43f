import { parseMask } from '../../curation/mask';
import { checkMaskShape, maskIndex } from '../../curation/planes';
import { rasteriser } from '../../curation/rasterise';
import type { PixelArray } from '../../image/dtype';
import type { Shape5 } from '../../image/region';
import type { JobFiles } from './job-files';
import { type PlaneIndex, readPlane } from './planes';

/** Planes of a mask, for going through an image: non-zero is inside. Not to be written to. */
export type MaskPlanes = (plane: PlaneIndex) => Promise<PixelArray>;

/**
 * Opens a mask, an image or polygons, for an image of a shape.
 * @param value as it came with the message; null and undefined: no mask, returns null
 * @param shape [t, c, z, y, x] of the image the mask is for
 * @throws SegmenterError `invalid-input` where it is no mask or does not fit; what opening an image throws
 */
export async function openMask(
  files: JobFiles,
  value: unknown,
  name: string,
  shape: Shape5,
  signal: AbortSignal,
): Promise<MaskPlanes | null> {
  const mask = parseMask(value, name);
  if (!mask) return null;
  if (mask.kind === 'regions') {
    const planes = rasteriser(mask.regions, shape[2], shape[3], shape[4]);
    return async ({ z }) => planes(z) as Uint8Array<ArrayBuffer>;
  }
  const reader = await files.open(mask.image, name);
  checkMaskShape(reader.shape, name, shape, 'the image');
  const [times, , depth] = reader.shape;
  return ({ t, z }) => readPlane(reader, { t: maskIndex(times, t), c: 0, z: maskIndex(depth, z) }, signal);
}
