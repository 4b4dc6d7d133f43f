import { rm } from 'node:fs/promises';
import path from 'node:path';
import { CancelledError } from '../../base/errors';
import { validate } from '../../base/validate';
import type { Engine } from '../../engines/engine';
import { clearAbandonedRuns, runFolder } from '../../models/layout';
import { publishModel } from '../../models/publish';
import { readWeights, writeWeights } from '../../models/weights';
import { buildPredictor, parameterCount } from '../../network';
import { type Sample, SampleSchema } from '../../samples/sample';
import { trainedCard, trainingMetrics } from '../../training/card';
import type { StartModel } from '../../training/fine-tuning';
import { metricsCsv } from '../../training/history';
import { type Preparation, prepareTraining } from '../../training/prepare';
import { TRAINING_FILES, type TrainingResult } from '../../training/result';
import type { HostSettings, JobInput, JobOutput } from '../job-types';
import { findModel } from './find-model';
import type { JobFiles } from './job-files';

/** A training that is decided: what it is, and where it keeps its checkpoints. */
export interface PreparedRun {
  preparation: Preparation;
  folder: string;
}

/**
 * Checks samples and settings and finds the run's folder. The same input gives the same folder, so a run that was
 * interrupted is found again.
 */
export async function prepareRun(
  files: JobFiles,
  host: HostSettings,
  { samples, settings }: JobInput<'train'>,
): Promise<PreparedRun> {
  const checked: Sample[] = [];
  for (const sample of samples) checked.push(sample.failed ? sample : await checkSample(files, sample));
  const start = settings.startFrom ? await startModel(files, host, settings.startFrom) : null;
  const preparation = await prepareTraining({ samples: checked, settings, start });
  const folder = runFolder(host.modelsFolder, settings.model, preparation.key);
  await clearAbandonedRuns(host.modelsFolder, settings.model, folder);
  return { preparation, folder };
}

/**
 * Publishes what a training gave as a new version, and removes the run: the same training asked for again starts anew.
 * @throws CancelledError where it was stopped before its first step: there is nothing to keep
 */
export async function publishRun(
  { modelsFolder }: HostSettings,
  { preparation, folder }: PreparedRun,
  result: TrainingResult,
  engine: Engine,
): Promise<JobOutput<'train'>> {
  if (result.steps === 0) throw new CancelledError('the training, before its first step,');
  const checkpointsFolder = path.join(folder, TRAINING_FILES.published);
  await writeWeights(path.join(checkpointsFolder, 'best.bin'), result.parameters.slice());
  const { name, device, threads } = engine;
  const metrics = { ...trainingMetrics(preparation, result), engine: name, device, threads };
  const { reference } = await publishModel(modelsFolder, {
    card: { ...trainedCard(preparation, result), metrics },
    onnx: buildPredictor(preparation.spec, result.parameters),
    metricsCsv: metricsCsv(result.history),
    checkpointsFolder,
  });
  await rm(folder, { recursive: true, force: true });
  return { model: reference, metrics };
}

/** Every image that a training reads, checked against the allowed folders and kept in the scratch store. */
async function checkSample(files: JobFiles, sample: Sample): Promise<Sample> {
  const checked = { ...validate(SampleSchema, sample, 'sample') };
  for (const role of ['raw', 'seg1', 'target', 'weight'] as const) {
    const image = sample[role];
    if (image) checked[role] = await files.image(image, `${role} of sample ${sample.id}`);
  }
  return checked;
}

async function startModel(files: JobFiles, host: HostSettings, query: string): Promise<StartModel> {
  const { card, folder } = await findModel(files, host, query);
  const { filters } = card.architecture;
  // A model from elsewhere has no weights that could be a start; the preparation says so.
  if (!filters) return { card, parameters: new Float32Array(0) };
  const spec = { dimensions: card.dimensions, inChannels: card.channels.length, filters };
  return { card, parameters: await readWeights(folder, parameterCount(spec)) };
}
