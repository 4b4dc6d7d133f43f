import { lookInto } from '../../samples/look-into';
import { JobFiles } from '../io/job-files';
import type { JobImplementation } from '../protocol';

/** What an image file holds, for the editor; no pixel is read. */
export const lookIntoJob: JobImplementation<'look-into'> = ({ raw, pages }, context) =>
  JobFiles.use(context, (files) => lookInto(raw, files.roots, pages));
