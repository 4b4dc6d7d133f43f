import { openSample } from '../../samples/open-sample';
import { JobFiles } from '../io/job-files';
import type { JobImplementation } from '../protocol';

/** Describes the images of one entry and reads its polygons; one sample for each scene. */
export const openSampleJob: JobImplementation<'open-sample'> = ({ entry, request }, context) =>
  JobFiles.use(context, (files) => openSample(entry, request, files.roots));
