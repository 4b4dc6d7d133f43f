import { listTables, tablesAt } from '../../curation/import-tables';
import { JobFiles } from '../io/job-files';
import type { JobImplementation } from '../protocol';

/** What samples Segmenter ML's tables name; no image is opened. */
export const listTablesJob: JobImplementation<'list-tables'> = ({ tables }, context) =>
  JobFiles.use(context, async ({ roots }) => listTables(await tablesAt(tables, roots), roots));
