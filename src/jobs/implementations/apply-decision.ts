import { InvalidInputError } from '../../base/errors';
import { checkDecision } from '../../curation/check-decision';
import { curatedSample, withDecision } from '../../curation/curated-sample';
import { changesObjects } from '../../curation/decision';
import type { Band } from '../../image/bands';
import type { Shape5 } from '../../image/region';
import { NON_ZERO } from '../../masks/foreground';
import { NumberedTarget, numberedMeaning } from '../../masks/numbered-target';
import { PAINTED_NUMBER } from '../../masks/object-names';
import { checkSameExtent } from '../../masks/planes';
import { targetMeaning } from '../../masks/target';
import type { Sample } from '../../samples/sample';
import { forEachBand, openMask, rowsOfBands } from '../io/bands';
import { JobFiles } from '../io/job-files';
import { openNumbers, sharedNumbers } from '../io/objects/numbered-segmentation';
import { settleNumbers } from '../io/objects/settled-numbers';
import type { JobImplementation } from '../protocol';

/**
 * The sample that a decision makes: its base and masks, `target` (uint8, 0, `UNKNOWN` or 255; where a segmentation numbers its
 * objects, or a person does, uint32 with these numbers, those of what was painted and of what touches in a mask behind them) and, where something is excluded,
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
      const reader = await files.openSegmentation(image, { name, gives: 'target', signal });
      checkSameExtent(reader.shape, name, raw.shape, 'raw');
      return reader;
    };
    const base = curated.base === 'none' ? null : await segmentation(curated.base);
    const other = curated.other && (await segmentation(curated.other));
    const mergeMask = await openMask(files, curated.mergeMask, 'merging mask', shape, signal);
    const excludeMask = await openMask(files, curated.excludeMask, 'excluding mask', shape, signal);

    const named = (role: 'seg1' | 'seg2' | null | 'none') => {
      const image = role && role !== 'none' && sample[role];
      return image ? { image, name: `${role} of sample ${id}` } : null;
    };
    const asked = [named(curated.base), named(curated.other)];
    const numbers = await openNumbers(files, asked, shape, context, changesObjects(decision));
    const shared = sharedNumbers(numbers ?? []);
    const numbered = numbers && new NumberedTarget({ base: curated.base, largest: numbers[0]?.largest ?? 0 }, shared);
    const [readBase, readOther] = numbers ?? [base, other];

    const create = (role: 'target' | 'weight') => {
      const { pixelSize, acquisition } = raw;
      const channels = [{ index: 0, name: role }];
      const madeOf = [base?.desc, other?.desc];
      const ofTarget = numbered ? numberedMeaning(madeOf) : targetMeaning(madeOf);
      const meaning = role === 'target' ? ofTarget : { foreground: NON_ZERO };
      const dtype = role === 'target' && numbered ? 'uint32' : 'uint8';
      return files.create(`${id}-${role}`, { shape, dtype, channels, pixelSize, acquisition }, meaning);
    };
    const target = await create('target');
    const weight = curated.excludes ? await create('weight') : null;
    const readers = [base, other, mergeMask?.reader, excludeMask?.reader].filter((reader) => !!reader);
    const sourcesOf = async (band: Band) => ({
      base: (await readBase?.readRows(band, { signal })) ?? new Uint8Array(band.rows * shape[4]),
      other: (await readOther?.readRows(band, { signal })) ?? null,
      mergeMask: mergeMask && (await mergeMask.read(band)),
    });
    const rows = rowsOfBands(readers, shape, context);
    const painted = decision.strokes.length > 0 ? [PAINTED_NUMBER] : [];
    const make = numbered
      ? await settleNumbers(
          async (band) => numbered.make(await sourcesOf(band), curated.drawn(band), { width: shape[4] }),
          { shape, rows, together: [...shared, ...painted] },
          files,
          context,
        )
      : async (band: Band) => curated.target(band, await sourcesOf(band));
    await forEachBand(shape, rows, context, 'curating', async (band) => {
      await target.writer.write(await make(band));
      if (weight) await weight.writer.write(curated.weight(band, excludeMask && (await excludeMask.read(band))));
    });
    const notes = [base, other, mergeMask?.reader, numbered].flatMap((made) => made?.notes ?? []);
    const result: Sample = { ...withDecision(sample, decision), target: await target.finish(id, notes) };
    if (weight) result.weight = await weight.finish(id, excludeMask?.reader?.notes);
    return result;
  });
