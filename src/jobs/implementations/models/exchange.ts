import path from 'node:path';
import { SegmenterError } from '../../../base/errors';
import type { Engine } from '../../../engines/engine';
import { EXPORT_ENDINGS } from '../../../exchange/export-formats';
import { exportModel } from '../../../exchange/export-model';
import { importModel } from '../../../exchange/import-model';
import { readModelFile } from '../../../models/model-file';
import { publishModel } from '../../../models/publish';
import { JobFiles } from '../../io/job-files';
import { chooseEngine, findModel } from '../../io/model-and-engine';
import type { JobImplementation } from '../../protocol';

/** Writes a model in a form that other programs read, into a file that whoever asked removes. */
export const exportModelJob: JobImplementation<'export-model'> = ({ model, format, origin }, context) =>
  JobFiles.use(context, async (files) => {
    const found = await findModel(files, context.settings, model);
    const onnx = await readModelFile(found.network, files.roots);
    if (!onnx) throw new SegmenterError('not-found', `${found.network}: the model's network is missing`);
    const { bytes, notes } = await exportModel(found, onnx, format, { engine: onCpu, origin });
    const { name, version } = found.card;
    const ending = EXPORT_ENDINGS[format];
    const file = await files.scratch.handOver(bytes, name, path.extname(ending));
    return {
      path: file,
      bytes: bytes.length,
      filename: `${name}-${version}${ending}`,
      notes: [...found.warnings, ...notes],
    };
  });

/** Takes a model from elsewhere as the next version of its name. What is run of it is run here, in a process that may die. */
export const importModelJob: JobImplementation<'import-model'> = ({ file, called, settings }, context) =>
  JobFiles.use(context, async (files) => {
    const { card, onnx, warnings } = await importModel(
      await files.path(file),
      settings,
      await onCpu(),
      files.roots,
      called,
    );
    const { reference } = await publishModel(context.settings.modelsFolder, { card, onnx, metricsCsv: '' });
    return { model: reference, warnings, tested: card.imported?.tested ?? null };
  });

/** What a test output is compared with is to be the same on each machine, as far as it can. */
function onCpu(): Promise<Engine> {
  return chooseEngine({ engine: 'onnx', device: 'cpu', threads: 0, precision: 'float32', memoryMB: 0, queue: 1 });
}
