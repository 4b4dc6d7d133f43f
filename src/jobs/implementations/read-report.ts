import path from 'node:path';
import { SegmenterError } from '../../base/errors';
import { MODEL_FILES, modelFolder } from '../../models/layout';
import { versionNumber } from '../../models/version-name';
import { readReport } from '../../reports/report-file';
import { JobFiles } from '../io/job-files';
import type { JobImplementation } from '../protocol';

/** Hands a report over for being shown: of nothing but what this package wrote. */
export const readReportJob: JobImplementation<'read-report'> = (input, context) =>
  JobFiles.use(context, async (files) => {
    const file = 'file' in input ? input.file : reportOfModel(context.settings.modelsFolder, input.model);
    const bytes = await readReport(await files.path(file));
    return { path: await files.scratch.handOver(bytes, 'report', '.html') };
  });

function reportOfModel(modelsFolder: string, { name, version }: { name: string; version: string }): string {
  if (versionNumber(version) === null) {
    throw new SegmenterError('not-found', `model ${name}: expected a version such as v3, got ${version}`, {
      name,
      version,
    });
  }
  return path.join(modelFolder(modelsFolder, name), version, MODEL_FILES.report);
}
