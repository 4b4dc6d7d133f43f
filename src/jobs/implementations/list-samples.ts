import { listSamples } from '../../samples/list-samples';
import { JobFiles } from '../io/job-files';
import type { JobImplementation } from '../protocol';

/** What samples a request stands for; no image is opened. */
export const listSamplesJob: JobImplementation<'list-samples'> = (request, context) =>
  JobFiles.use(context, (files) => listSamples(request, files.roots));
