import { InvalidInputError } from '../../base/errors';
import { validate } from '../../base/validate';
import type { ImageReader } from '../../formats';
import { aboutImages } from '../../formats/about-images';
import { checkSameExtent, mergePlane } from '../../masks/planes';
import { type Sample, SampleSchema } from '../../samples/sample';
import type { JobImplementation } from '../protocol';
import { forEachBand, requireOneChannel, rowsOfBands } from './bands';
import { JobFiles } from './job-files';
import { openMask } from './mask-bands';

/**
 * Merges the two segmentations of a sample band by band; without regions the target is the base alone.
 * The result is uint8 [t, 1, z, y, x], 255 in the foreground.
 */
export const mergeMasksJob: JobImplementation<'merge-masks'> = ({ sample, base, regions }, context) =>
  JobFiles.use(context, async (files) => {
    validate(SampleSchema, sample, 'sample');
    const { signal } = context;
    const baseReader = await openSegmentation(files, sample, base);
    const { shape } = baseReader;
    const inside = await openMask(files, regions, 'merging mask', shape, signal);
    const otherRole = base === 'seg1' ? 'seg2' : 'seg1';
    const other = inside ? await openSegmentation(files, sample, otherRole) : null;
    if (other) checkSameExtent(other.shape, otherRole, shape, base);

    const { pixelSize, acquisition } = sample.raw;
    const result = await files.create(`${sample.id}-target`, {
      shape,
      dtype: 'uint8',
      channels: [{ index: 0, name: 'target' }],
      pixelSize,
      acquisition,
    });
    const described = [baseReader, ...(other ? [other] : [])].map(({ desc }) => desc);
    const readers = [baseReader, other, inside?.reader].filter((reader) => !!reader);
    await forEachBand(shape, rowsOfBands(readers, shape, context), context, 'merging', async (band) => {
      const rows = await baseReader.readRows(band, { signal });
      const otherRows = other && (await other.readRows(band, { signal }));
      const target = new Uint8Array(rows.length);
      const insideRows = inside && (await inside.read(band));
      await aboutImages(described, () => mergePlane(rows, otherRows, insideRows, target));
      await result.writer.write(target);
    });
    return result.finish(sample.id);
  });

async function openSegmentation(files: JobFiles, sample: Sample, role: 'seg1' | 'seg2'): Promise<ImageReader> {
  const name = `${role} of sample ${sample.id}`;
  if (!sample[role]) throw new InvalidInputError(name, 'a segmentation to merge', sample[role]);
  const reader = await files.open(sample[role], name);
  requireOneChannel(reader.shape, name);
  checkSameExtent(reader.shape, name, sample.raw.shape, 'raw');
  return reader;
}
