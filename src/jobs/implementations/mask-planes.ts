import { checkMaskShape, maskIndex } from '../../curation/planes';
import { rasteriser } from '../../curation/rasterise';
import type { PixelArray } from '../../image/dtype';
import type { Shape5 } from '../../image/region';
import { loadMask } from '../../samples/load-mask';
import type { JobFiles } from './job-files';
import { type PlaneIndex, readPlane } from './planes';

/** Planes of a mask, for going through an image: non-zero is inside. Not to be written to. */
export type MaskPlanes = (plane: PlaneIndex) => Promise<PixelArray>;

/**
 * Opens a mask for an image of a shape: an image, polygons, or the path of a file of either.
 * @param value as it came with the message; null and undefined: no mask, returns null
 * @param shape [t, c, z, y, x] of the image the mask is for
 * @throws SegmenterError `invalid-input` where it is no mask or does not fit, `not-allowed` for a path outside the
 *   roots; what opening an image throws
 */
export async function openMask(
  files: JobFiles,
  value: unknown,
  name: string,
  shape: Shape5,
  signal: AbortSignal,
): Promise<MaskPlanes | null> {
  const mask = await loadMask(value, { name, id: name, roots: files.roots });
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
