import { mapConcurrently } from '../../base/long-work';
import { markOf, shareFile } from '../io/file-marks';
import { JobFiles } from '../io/job-files';
import type { JobImplementation } from '../protocol';

/** Files that are looked at at a time. */
const AT_ONCE = 8;

/** Says what files are known by on other machines; results of the scratch store, which no other reaches, are shared first. */
export const markFilesJob: JobImplementation<'mark-files'> = ({ places, inbox }, context) =>
  JobFiles.use(context, async (files) => {
    if (inbox !== null) await files.path(inbox);
    const marks = await mapConcurrently(places, AT_ONCE, async (given) => {
      const file = await files.path(given);
      const isOwn = files.scratch.owns(file) && (await files.keep(file));
      const place = isOwn && inbox !== null ? await shareFile(file, inbox, context.signal) : file;
      return { given, ...(await markOf(place)) };
    });
    return { marks };
  });
