import { InvalidInputError } from '../../base/errors';
import type { WriteInfo } from '../../formats';
import { checkSameExtent } from '../../masks/planes';
import { makeTarget, NOTHING_DRAWN, targetMeaning, targetRoles } from '../../masks/target';
import type { Sample } from '../../samples/sample';
import type { SegmentationReader } from '../../samples/segmentation';
import { forEachBand, openMask, rowsOfBands } from '../io/bands';
import { JobFiles } from '../io/job-files';
import type { JobImplementation } from '../protocol';

/**
 * Merges the two segmentations of a sample band by band; without regions the target is the base alone.
 * The result is uint8 [t, 1, z, y, x], 255 in the foreground, `UNKNOWN` where nobody said what there is.
 */
export const mergeMasksJob: JobImplementation<'merge-masks'> = ({ sample, base, regions }, context) =>
  JobFiles.use(context, async (files) => {
    const { signal } = context;
    const baseReader = await openSegmentation(files, sample, base, signal);
    const { shape } = baseReader;
    const inside = await openMask(files, regions, 'merging mask', shape, signal);
    const { other: otherRole } = targetRoles(base, inside !== null);
    const other = otherRole && (await openSegmentation(files, sample, otherRole, signal));
    if (other) checkSameExtent(other.shape, otherRole, shape, base);

    const { pixelSize, acquisition } = sample.raw;
    const channels = [{ index: 0, name: 'target' }];
    const info: WriteInfo = { shape, dtype: 'uint8', channels, pixelSize, acquisition };
    const meaning = targetMeaning([baseReader.desc, other?.desc]);
    const result = await files.create(`${sample.id}-target`, info, meaning);
    const readers = [baseReader, other, inside?.reader].filter((reader) => !!reader);
    await forEachBand(shape, rowsOfBands(readers, shape, context), context, 'merging', async (band) => {
      const sources = {
        base: await baseReader.readRows(band, { signal }),
        other: other && (await other.readRows(band, { signal })),
        mergeMask: inside && (await inside.read(band)),
      };
      await result.writer.write(makeTarget(sources, NOTHING_DRAWN));
    });
    const notes = [baseReader, other, inside?.reader].flatMap((reader) => reader?.notes ?? []);
    return result.finish(sample.id, notes);
  });

async function openSegmentation(
  files: JobFiles,
  sample: Sample,
  role: 'seg1' | 'seg2',
  signal: AbortSignal,
): Promise<SegmentationReader> {
  const name = `${role} of sample ${sample.id}`;
  if (!sample[role]) throw new InvalidInputError(name, 'a segmentation to merge', sample[role]);
  const reader = await files.openSegmentation(sample[role], { name, gives: 'target', signal });
  checkSameExtent(reader.shape, name, sample.raw.shape, 'raw');
  return reader;
}
