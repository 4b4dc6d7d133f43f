import { InvalidInputError } from '../../base/errors';
import type { WriteInfo } from '../../formats';
import type { Band } from '../../image/bands';
import { NumberedTarget, numberedMeaning } from '../../masks/numbered-target';
import { checkSameExtent } from '../../masks/planes';
import { makeTarget, NOTHING_DRAWN, targetMeaning, targetRoles } from '../../masks/target';
import type { Sample } from '../../samples/sample';
import type { SegmentationReader } from '../../samples/segmentation';
import { forEachBand, openMask, rowsOfBands } from '../io/bands';
import { JobFiles } from '../io/job-files';
import { openNumbers, sharedNumbers } from '../io/objects/numbered-segmentation';
import { settleNumbers } from '../io/objects/settled-numbers';
import type { JobImplementation } from '../protocol';

/**
 * Merges the two segmentations of a sample band by band; without regions the target is the base alone.
 * The result is uint8 [t, 1, z, y, x], 255 in the foreground, `UNKNOWN` where nobody said what there is; where a segmentation
 * numbers its objects it is uint32, with the numbers and `UNKNOWN_NUMBER`, and what touches in a mask is an object.
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
    const named = (role: 'seg1' | 'seg2') => {
      const image = sample[role];
      return image ? { image, name: nameOf(sample, role) } : null;
    };
    const numbers = await openNumbers(files, [named(base), other && otherRole && named(otherRole)], shape, context);
    const shared = sharedNumbers(numbers ?? []);
    const numbered = numbers && new NumberedTarget({ base, largest: numbers[0]?.largest ?? 0 }, shared);
    const info: WriteInfo = { shape, dtype: numbered ? 'uint32' : 'uint8', channels, pixelSize, acquisition };
    const madeOf = [baseReader.desc, other?.desc];
    const meaning = numbered ? numberedMeaning(madeOf) : targetMeaning(madeOf);
    const [readBase, readOther] = numbers ?? [baseReader, other];
    const result = await files.create(`${sample.id}-target`, info, meaning);
    const readers = [baseReader, other, inside?.reader].filter((reader) => !!reader);
    const sourcesOf = async (band: Band) => ({
      base: (await readBase?.readRows(band, { signal })) ?? new Uint8Array(band.rows * shape[4]),
      other: (await readOther?.readRows(band, { signal })) ?? null,
      mergeMask: inside && (await inside.read(band)),
    });
    const rows = rowsOfBands(readers, shape, context);
    const make = numbered
      ? await settleNumbers(
          async (band) => numbered.make(await sourcesOf(band), NOTHING_DRAWN, { width: shape[4] }),
          { shape, rows, together: shared },
          files,
          context,
        )
      : async (band: Band) => makeTarget(await sourcesOf(band), NOTHING_DRAWN);
    await forEachBand(shape, rows, context, 'merging', async (band) => result.writer.write(await make(band)));
    const notes = [baseReader, other, inside?.reader, numbered].flatMap((made) => made?.notes ?? []);
    return result.finish(sample.id, notes);
  });

function nameOf({ id }: Sample, role: 'seg1' | 'seg2'): string {
  return `${role} of sample ${id}`;
}

async function openSegmentation(
  files: JobFiles,
  sample: Sample,
  role: 'seg1' | 'seg2',
  signal: AbortSignal,
): Promise<SegmentationReader> {
  const name = nameOf(sample, role);
  if (!sample[role]) throw new InvalidInputError(name, 'a segmentation to merge', sample[role]);
  const reader = await files.openSegmentation(sample[role], { name, gives: 'target', signal });
  checkSameExtent(reader.shape, name, sample.raw.shape, 'raw');
  return reader;
}
