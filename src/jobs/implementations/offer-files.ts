import { offerOfImages, offerOfModel } from '../io/bundle-files';
import { JobFiles } from '../io/job-files';
import { findModel } from '../io/model-and-engine';
import type { JobImplementation } from '../protocol';

/** Lists all files that images and models lie in, with what they hold, to be sent to another machine. */
export const offerFilesJob: JobImplementation<'offer-files'> = ({ images, models, weights }, context) =>
  JobFiles.use(context, async (files) => {
    const { settings, signal } = context;
    const offers = { images: [], models: [] } as Awaited<ReturnType<JobImplementation<'offer-files'>>>;
    for (const group of images) offers.images.push(await offerOfImages(files, group, signal));
    for (const request of models) {
      const found = await findModel(files, settings, request);
      offers.models.push({
        warnings: found.warnings,
        ...(await offerOfModel(files, found, weights, signal)),
      });
    }
    return offers;
  });
