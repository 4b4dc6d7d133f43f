import { ofAnyChannel } from '../../image/coverage';
import type { ImageDescription } from '../../image/description';
import type { Shape5, Zyx } from '../../image/region';
import type { Purpose } from '../../masks/foreground';
import { checkSameExtent } from '../../masks/planes';
import { patchRegions } from '../../patches/draw';
import { validatePlan } from '../../patches/plan';
import { type SamplingIndex, SamplingIndexBuilder } from '../../patches/sampling-index';
import { truthRole } from '../../samples/sample';
import type { SegmentationReader } from '../../samples/segmentation';
import { whereHeld } from '../../training/data/open-part';
import { forEachBand, rowsOfBands } from '../io/bands';
import { JobFiles } from '../io/job-files';
import type { JobImplementation } from '../protocol';

/**
 * Where the patches of a sample lie, as regions of `raw`; looks at its target (else seg1) and weight where there are any, and
 * at what the file of `raw` holds.
 */
export const listPatchesJob: JobImplementation<'list-patches'> = ({ sample, plan }, context) =>
  JobFiles.use(context, async (files) => {
    const { raw, weight } = sample;
    validatePlan(plan, plan.sizeZ === null ? 2 : 3);
    const open = async (
      image: ImageDescription | undefined,
      name: string,
      purpose: Purpose,
    ): Promise<SegmentationReader | null> => {
      if (!image) return null;
      const reader = await files.openSegmentation(image, { name, purpose, signal: context.signal });
      checkSameExtent(reader.shape, name, raw.shape, 'raw');
      return reader;
    };
    const source = await files.open(raw);
    const target = await open(sample[truthRole(sample)], `target of sample ${sample.id}`, 'segmentation');
    const weights = await open(weight, `weight of sample ${sample.id}`, 'mask');

    const [times, channels, depth, height, width] = raw.shape;
    const zyx: Zyx = [depth, height, width];
    const builders = Array.from({ length: times }, () => new SamplingIndexBuilder(zyx));
    const shape: Shape5 = [times, 1, ...zyx];
    const readers = [target, weights].filter((reader) => reader !== null);
    const bandHeight = rowsOfBands(readers, shape, context);
    const none = new Uint8Array(bandHeight * width);
    const { signal } = context;
    await forEachBand(shape, bandHeight, context, 'looking at the segmentation', async (band) => {
      const pixels = target ? await target.readRows(band, { signal }) : none.subarray(0, band.rows * width);
      const weight = weights && (await weights.readRows(band, { signal }));
      const { t, z, y, rows } = band;
      const held = ofAnyChannel(source, channels, { start: [t, 0, z, y, 0], size: [1, 1, 1, rows, width] });
      builders[t].addRows(z, y, pixels, whereHeld(weight, held));
    });
    const indices: SamplingIndex[] = builders.map((builder) => builder.build());
    return patchRegions(raw.shape, plan, (t) => indices[t]);
  });
