import { browseFolder } from '../../samples/browse-folder';
import { withinTime } from '../../storage/outside-files';
import type { JobImplementation } from '../protocol';

/** Someone waits for the answer, and so do others in the queue. */
const LIMIT_MS = 10_000;

/** What a folder holds, for a person who chooses from it. Results and models in folders of the program are none of it. */
export const browseFolderJob: JobImplementation<'browse-folder'> = ({ path, of, filter }, { settings, signal }) =>
  withinTime(
    LIMIT_MS,
    path ?? 'the allowed folders',
    signal,
    () => browseFolder(path, settings.roots, { of, filter }),
    'listing it',
  );
