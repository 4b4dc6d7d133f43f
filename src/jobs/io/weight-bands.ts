import type { Band } from '../../image/bands';
import type { ImageDescription } from '../../image/description';
import type { PixelArray } from '../../image/dtype';
import type { Shape5 } from '../../image/region';
import { checkSameExtent } from '../../masks/planes';
import type { SegmentationReader } from '../../samples/segmentation';
import { whereBoth } from '../../training/data/open-part';
import type { JobFiles } from './job-files';

/** What counts of an image, for going through it. */
export interface WeightBands {
  readers: readonly SegmentationReader[];
  /** what a person should know of how the weight was taken */
  notes: readonly string[];
  /** A band of it: 0 counts for nothing; null: all of it counts. */
  readRows(band: Band): Promise<PixelArray | null>;
}

/**
 * Opens what counts of an image: where its weight is not 0 and each of some segmentations is known.
 * @param weight null or absent: 1 everywhere
 * @param options.name of the weight in errors
 * @param options.shape [t, c, z, y, x] that the weight has but for its channels
 * @throws InvalidInputError where the weight does not fit; what opening a segmentation throws
 */
export async function openWeight(
  files: JobFiles,
  weight: ImageDescription | null | undefined,
  segmentations: readonly ImageDescription[],
  { name, shape, signal }: { name: string; shape: Shape5; signal: AbortSignal },
): Promise<WeightBands> {
  const given = weight ? [await files.openSegmentation(weight, { name, purpose: 'mask', signal })] : [];
  for (const reader of given) checkSameExtent(reader.shape, name, shape, 'the image');
  const readers = [...given];
  for (const image of segmentations) {
    if (image.unknown)
      readers.push(await files.openSegmentation(image, { name: 'segmentation', gives: 'known', signal }));
  }
  return {
    readers,
    notes: given.flatMap(({ notes }) => notes),
    readRows: async (band) => {
      let all: PixelArray | null = null;
      for (const reader of readers) {
        const rows = await reader.readRows({ ...band, c: 0 }, { signal });
        all = all === null ? rows : whereBoth(all, rows);
      }
      return all;
    },
  };
}
