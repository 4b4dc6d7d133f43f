import { toErrorRecord } from '../../base/errors';
import { listTables, tablesAt } from '../../curation/import-tables';
import { inspectFile } from '../../samples/listing/inspect-file';
import { describePairing, listSamples } from '../../samples/listing/list-samples';
import { openSample } from '../../samples/open-sample';
import { JobFiles } from '../io/job-files';
import type { JobImplementation } from '../protocol';

/** What samples a request stands for; no image is opened. */
export const listSamplesJob: JobImplementation<'list-samples'> = (request, context) =>
  JobFiles.use(context, (files) => listSamples(request, files.roots));

/** What samples Segmenter ML's tables name; no image is opened. */
export const listTablesJob: JobImplementation<'list-tables'> = ({ tables }, context) =>
  JobFiles.use(context, async ({ roots }) => listTables(await tablesAt(tables, roots), roots));

/** What an image file holds, for the editor; no pixel is read. */
export const inspectFileJob: JobImplementation<'inspect-file'> = ({ raw, pages, others }, context) =>
  JobFiles.use(context, async ({ roots }) => {
    const contents = await inspectFile(raw, roots, pages);
    if (!others) return contents;
    const request = { raw, ...others, rawChannel: null, seg1Channel: null, seg2Channel: null, scene: null, time: null };
    const fault = (error: unknown) => ({ fault: toErrorRecord(error).message });
    return { ...contents, pairing: await describePairing(request, roots).catch(fault) };
  });

/** Describes the images of one entry and reads its polygons; one sample for each scene. */
export const openSampleJob: JobImplementation<'open-sample'> = ({ entry, request }, context) =>
  JobFiles.use(context, (files) => openSample(entry, request, files.roots));
