import { throwIfCancelled } from '../../base/errors';
import { checkSamples, gatherFacts, type SampleFacts } from '../../curation/checks';
import { ReviewFolder } from '../../curation/review-folder';
import { openDescription } from '../../formats';
import type { ImageDescription } from '../../image/description';
import { JobFiles } from '../io/job-files';
import type { JobImplementation } from '../protocol';

/** Looks at all samples of a review folder, image by image, and reports what training should not meet. */
export const checkSamplesJob: JobImplementation<'check-samples'> = ({ folder }, context) =>
  JobFiles.use(context, async (files) => {
    const review = await ReviewFolder.open(await files.path(folder));
    const { signal } = context;
    const ids = review.list().map(({ id }) => id);
    const facts: SampleFacts[] = [];
    for (const [i, id] of ids.entries()) {
      throwIfCancelled(signal, 'checking');
      const { sample } = await review.get(id);
      const open = async (image: ImageDescription) => openDescription(await files.image(image));
      facts.push(await gatherFacts(sample, { open, signal }));
      context.progress({ done: i + 1, total: ids.length, text: 'checking' });
    }
    return checkSamples(facts, new Date());
  });
