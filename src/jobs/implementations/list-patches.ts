import { ofAnyChannel } from '../../image/coverage';
import type { Shape5, Zyx } from '../../image/region';
import { checkSameExtent } from '../../masks/planes';
import { patchRegions } from '../../patches/draw';
import { validatePlan } from '../../patches/plan';
import { type SamplingIndex, SamplingIndexBuilder } from '../../patches/sampling-index';
import { truthRole } from '../../samples/sample';
import { whereHeld } from '../../training/data/open-part';
import { forEachBand, rowsOfBands } from '../io/bands';
import { JobFiles } from '../io/job-files';
import { openWeight } from '../io/weight-bands';
import type { JobImplementation } from '../protocol';

/**
 * Where the patches of a sample lie, as regions of `raw`; looks at its target (else seg1) and weight where there are any, and
 * at what the file of `raw` holds.
 */
export const listPatchesJob: JobImplementation<'list-patches'> = ({ sample, plan }, context) =>
  JobFiles.use(context, async (files) => {
    const { raw, weight } = sample;
    validatePlan(plan, plan.sizeZ === null ? 2 : 3);
    const source = await files.open(raw);
    const truth = sample[truthRole(sample)];
    const name = `target of sample ${sample.id}`;
    const target = truth ? await files.openSegmentation(truth, { name, signal: context.signal }) : null;
    if (target) checkSameExtent(target.shape, name, raw.shape, 'raw');
    const weights = await openWeight(files, weight, truth ? [truth] : [], {
      name: `weight of sample ${sample.id}`,
      shape: raw.shape,
      signal: context.signal,
    });

    const [times, channels, depth, height, width] = raw.shape;
    const zyx: Zyx = [depth, height, width];
    const builders = Array.from({ length: times }, () => new SamplingIndexBuilder(zyx));
    const shape: Shape5 = [times, 1, ...zyx];
    const readers = [...(target ? [target] : []), ...weights.readers];
    const bandHeight = rowsOfBands(readers, shape, context);
    const none = new Uint8Array(bandHeight * width);
    const { signal } = context;
    await forEachBand(shape, bandHeight, context, 'looking at the segmentation', async (band) => {
      const pixels = target ? await target.readRows(band, { signal }) : none.subarray(0, band.rows * width);
      const weight = await weights.readRows(band);
      const { t, z, y, rows } = band;
      const held = ofAnyChannel(source, channels, { start: [t, 0, z, y, 0], size: [1, 1, 1, rows, width] });
      builders[t].addRows(z, y, pixels, whereHeld(weight, held));
    });
    const indices: SamplingIndex[] = builders.map((builder) => builder.build());
    return patchRegions(raw.shape, plan, (t) => indices[t]);
  });
