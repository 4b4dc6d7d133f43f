import { InvalidInputError } from '../../base/errors';
import { checkDecision } from '../../curation/check-decision';
import { curatedSample, withDecision } from '../../curation/curated-sample';
import type { ImageReader } from '../../formats';
import type { Band } from '../../image/bands';
import type { ImageDescription } from '../../image/description';
import type { Shape5 } from '../../image/region';
import { NON_ZERO } from '../../masks/foreground';
import { checkMaskShape, checkSameExtent, maskIndex } from '../../masks/planes';
import type { Sample } from '../../samples/sample';
import { forEachBand, rowsOfBands } from '../io/bands';
import { JobFiles } from '../io/job-files';
import type { JobImplementation } from '../protocol';

/**
 * The sample that a decision makes: its base and masks, `target` (uint8, 0 or 255) and, where something is excluded,
 * `weight` (uint8, 0 where excluded, 1 elsewhere), both [t, 1, z, y, x] of the raw image.
 */
export const applyDecisionJob: JobImplementation<'apply-decision'> = ({ sample, decision: decided }, context) =>
  JobFiles.use(context, async (files): Promise<Sample> => {
    const decision = checkDecision(decided, sample);
    const curated = curatedSample(sample, decision);
    const { id, raw } = sample;
    const shape: Shape5 = [raw.shape[0], 1, ...([raw.shape[2], raw.shape[3], raw.shape[4]] as const)];
    const { signal } = context;
    const segmentation = async (role: 'seg1' | 'seg2') => {
      const name = `${role} of sample ${id}`;
      const image = sample[role];
      if (!image) throw new InvalidInputError(name, 'a segmentation to make a target of', image);
      const reader = await files.openSegmentation(image, { name, signal });
      checkSameExtent(reader.shape, name, raw.shape, 'raw');
      return reader;
    };
    const mask = async (image: ImageDescription | null, name: string) => {
      if (!image) return null;
      const reader = await files.openSegmentation(image, { name, purpose: 'mask', signal });
      checkMaskShape(reader.shape, name, raw.shape, 'raw');
      return reader;
    };
    const base = await segmentation(curated.base);
    const other = curated.other && (await segmentation(curated.other));
    const mergeImage = await mask(curated.mergeImage, 'merging mask');
    const excludeImage = await mask(curated.excludeImage, 'excluding mask');

    const create = (role: 'target' | 'weight') => {
      const { pixelSize, acquisition } = raw;
      const channels = [{ index: 0, name: role }];
      return files.create(`${id}-${role}`, { shape, dtype: 'uint8', channels, pixelSize, acquisition }, NON_ZERO);
    };
    const target = await create('target');
    const weight = curated.excludes ? await create('weight') : null;
    const readers = [base, other, mergeImage, excludeImage].filter((reader) => !!reader);
    const rowsOf = (reader: ImageReader | null, band: Band) => reader && maskRows(reader, band, signal);
    await forEachBand(shape, rowsOfBands(readers, shape, context), context, 'curating', async (band) => {
      const rows = {
        base: await base.readRows(band, { signal }),
        other: other && (await other.readRows(band, { signal })),
        mergeImage: await rowsOf(mergeImage, band),
      };
      await target.writer.write(curated.target(band, rows));
      if (weight) await weight.writer.write(curated.weight(band, await rowsOf(excludeImage, band)));
    });
    const notes = [base, other, mergeImage].flatMap((reader) => reader?.notes ?? []);
    const result: Sample = { ...withDecision(sample, decision), target: await target.finish(id, notes) };
    if (weight) result.weight = await weight.finish(id, excludeImage?.notes);
    return result;
  });

/** A mask of one plane or time point goes through all. */
function maskRows(reader: ImageReader, { t, z, y, rows }: Band, signal: AbortSignal) {
  const [times, , depth] = reader.shape;
  return reader.readRows({ t: maskIndex(times, t), c: 0, z: maskIndex(depth, z), y, rows }, { signal });
}
