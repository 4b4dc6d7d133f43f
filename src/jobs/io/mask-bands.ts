import type { Band } from '../../image/bands';
import type { PixelArray } from '../../image/dtype';
import type { Shape5 } from '../../image/region';
import { checkMaskShape, maskIndex } from '../../masks/planes';
import { checkPlanes, partOfBand, rasteriser } from '../../masks/rasterise';
import { loadMask } from '../../samples/regions-file';
import type { SegmentationReader } from '../../samples/segmentation';
import type { JobFiles } from './job-files';

/** A mask, for going through an image. */
export interface MaskBands {
  /** A band of it: non-zero is inside; null: nothing of it is. Not to be written to. */
  read(band: Band): Promise<PixelArray | null>;
  /** where it is an image */
  reader: SegmentationReader | null;
}

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
): Promise<MaskBands | null> {
  const mask = await loadMask(value, { name, id: name, roots: files.roots });
  if (!mask) return null;
  if (mask.kind === 'regions') {
    checkPlanes(mask.regions, shape[2]);
    const rasterised = rasteriser(mask.regions);
    return { reader: null, read: async (band) => rasterised(partOfBand(band, shape[4])) };
  }
  const reader = await files.openSegmentation(mask.image, { name, purpose: 'mask', signal });
  checkMaskShape(reader.shape, name, shape, 'the image');
  const [times, , depth] = reader.shape;
  const read = ({ t, z, y, rows }: Band) =>
    reader.readRows({ t: maskIndex(times, t), c: 0, z: maskIndex(depth, z), y, rows }, { signal });
  return { reader, read };
}
