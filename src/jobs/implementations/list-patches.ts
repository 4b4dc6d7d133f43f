import { validate } from '../../base/validate';
import { checkSameExtent } from '../../curation/planes';
import type { ImageReader } from '../../formats';
import { validatePlan, type Zyx } from '../../patches/plan';
import { patchRegions } from '../../patches/regions';
import { type SamplingIndex, SamplingIndexBuilder } from '../../patches/sampling-index';
import { SampleSchema, truthRole } from '../../samples/sample';
import type { JobImplementation } from '../protocol';
import { JobFiles } from './job-files';
import { forEachPlane, readPlane, requireOneChannel } from './planes';

/** Where the patches of a sample lie, as regions of `raw`; looks at its target (else seg1) and weight where there are any. */
export const listPatchesJob: JobImplementation<'list-patches'> = ({ sample, plan }, context) =>
  JobFiles.use(context.settings, async (files) => {
    const { raw, weight } = validate(SampleSchema, sample, 'sample');
    validatePlan(plan, plan.sizeZ === null ? 2 : 3);
    const open = async (image: unknown, name: string): Promise<ImageReader | null> => {
      if (!image) return null;
      const reader = await files.open(image, name);
      requireOneChannel(reader.shape, name);
      checkSameExtent(reader.shape, name, raw.shape, 'raw');
      return reader;
    };
    const target = await open(sample[truthRole(sample)], `target of sample ${sample.id}`);
    const weights = await open(weight, `weight of sample ${sample.id}`);

    const [times, , depth, height, width] = raw.shape;
    const zyx: Zyx = [depth, height, width];
    const builders = Array.from({ length: times }, () => new SamplingIndexBuilder(zyx));
    const none = new Uint8Array(height * width);
    await forEachPlane([times, 1, ...zyx], context, 'looking at the segmentation', async (at) => {
      const plane = target ? await readPlane(target, at, context.signal) : none;
      builders[at.t].addPlane(at.z, plane, weights && (await readPlane(weights, at, context.signal)));
    });
    const indices: SamplingIndex[] = builders.map((builder) => builder.build());
    return patchRegions(raw.shape, plan, (t) => indices[t]);
  });
