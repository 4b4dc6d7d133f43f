import { listTables, tablesAt } from '../../review/import-tables';
import type { JobImplementation } from '../protocol';
import { JobFiles } from './job-files';

/** What samples Segmenter ML's tables name; no image is opened. */
export const listTablesJob: JobImplementation<'list-tables'> = ({ tables }, context) =>
  JobFiles.use(context, async ({ roots }) => listTables(await tablesAt(tables, roots), roots));
