import { mkdir, rmdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { messageOf } from '../../../base/errors';
import type { Engine } from '../../../engines/engine';
import { knownNetwork } from '../../../inference/sessions';
import { findRequested } from '../../../models/find-requested';
import { clearAbandonedRuns, MODEL_FILES, runFolder } from '../../../models/layout';
import { specOf } from '../../../models/network-identity';
import { publishModel } from '../../../models/publish';
import type { ModelRequest } from '../../../models/wanted';
import { readMoments, readWeights } from '../../../models/weights';
import { buildPredictor, momentCount, parameterCount } from '../../../network';
import type { Sample } from '../../../samples/sample';
import { fileError } from '../../../storage/file-error';
import { Lease } from '../../../storage/lease';
import { trainedCard, trainingMetrics } from '../../../training/card';
import { removeTraining } from '../../../training/checkpoints/checkpoint-files';
import { overwrittenImages } from '../../../training/data/data-hash';
import { numbersOf } from '../../../training/data/object-numbers';
import { hasForeground } from '../../../training/data/open-part';
import type { StartModel } from '../../../training/fine-tuning';
import { metricsCsv } from '../../../training/history';
import { withPlannedNetwork } from '../../../training/network-size';
import { type Preparation, prepareTraining } from '../../../training/prepare';
import type { TrainingResult } from '../../../training/result';
import { readStarters } from '../../../training/starters';
import type { HostSettings, JobInput, JobOutput, TrainMetrics } from '../../job-types';
import type { JobFiles } from '../job-files';
import { findModel } from '../model-and-engine';
import { judgeImages } from './judged-images';
import { TrainingLog } from './training-log';
import { finalScores, reportOfTraining } from './training-report';

/** A training that is decided: what it is, and where it keeps its checkpoints. */
export interface PreparedRun {
  preparation: Preparation;
  folder: string;
  /** that this process alone works in the folder */
  lease: Lease;
  log: TrainingLog;
  /** stands for what asked; null: who asks again gets a new version */
  request: string | null;
}

/**
 * Checks samples and settings, finds the run's folder and waits until nobody else works in it. The same input gives the same
 * folder, so a run that was interrupted is found again, on whichever machine.
 */
export async function prepareRun(
  files: JobFiles,
  host: HostSettings,
  { samples, settings, request }: JobInput<'train'>,
  signal?: AbortSignal,
): Promise<PreparedRun> {
  const checked: Sample[] = [];
  for (const sample of samples) checked.push(sample.failed ? sample : await checkSample(files, sample));
  const start = settings.startFrom ? await startModel(files, host, settings.startFrom) : null;
  const starters = start || settings.starter === 'never' ? [] : await readStarters();
  const preparation = await prepareTraining({ samples: checked, settings, start, starters, hasForeground, numbersOf });
  const folder = runFolder(host.modelsFolder, settings.model, preparation.key);
  await clearAbandonedRuns(host.modelsFolder, settings.model, folder);
  await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw fileError(error, 'write', folder);
  });
  const lease = await Lease.take(folder, signal);
  return { preparation, folder, lease, log: await TrainingLog.open(folder, preparation), request: request ?? null };
}

/** Lets others have the run's folder; one that holds nothing goes. */
export async function leaveRun({ folder, lease }: PreparedRun): Promise<void> {
  await lease.release();
  await rmdir(folder).catch(() => undefined);
}

/**
 * Finds what the request of a run was answered with before: its process was lost between publishing and telling. What is left
 * of the run is removed.
 */
export async function givenBefore(
  { modelsFolder, roots }: HostSettings,
  { preparation, folder, request }: PreparedRun,
): Promise<JobOutput<'train'> | null> {
  const { model: name } = preparation.settings;
  const model = request && (await findRequested(modelsFolder, name, request, [...roots, modelsFolder]));
  if (!model) return null;
  await removeTraining(folder);
  const report = path.join(model.folder, MODEL_FILES.report);
  const hasReport = (await stat(report).catch(() => null))?.isFile() ?? false;
  return {
    model: model.reference,
    // as publishRun wrote them
    metrics: model.card.metrics as unknown as TrainMetrics,
    ...(hasReport ? { report } : {}),
  };
}

/** Publishes what a training gave as a new version, and removes the run: the same training asked for again starts anew. */
export async function publishRun(
  jobFiles: JobFiles,
  { modelsFolder, language = 'en' }: HostSettings,
  { preparation: asked, folder, lease, log, request }: PreparedRun,
  result: TrainingResult,
  engine: Engine,
): Promise<JobOutput<'train'>> {
  const preparation = withPlannedNetwork(asked, result.plan);
  const { name, device, threads } = engine;
  const warnings = [...(result.facts.warnings ?? []), ...(await overwrittenImages(preparation.samples))];
  const metrics = { ...trainingMetrics(preparation, result), warnings, engine: name, device, threads };
  const moments = result.moments ? { moments: result.moments } : {};
  const lost: string[] = [];
  const place = { folder, scratch: jobFiles.scratch.folder };
  const judged = await judgeImages(preparation, result, place).catch((error: unknown) => {
    // What goes wrong with a report costs no model.
    lost.push(`no report of the training: ${messageOf(error)}`);
    return null;
  });
  const files = await log.filesOf(result, judged ? finalScores(result, judged.scores) : new Map());
  const report =
    judged && reportOfTraining(preparation, result, { judged, warnings, language }, (why) => lost.push(why));
  await lease.check();
  const { reference, folder: published } = await publishModel(modelsFolder, {
    card: { ...trainedCard(preparation, result), metrics, ...(request ? { request } : {}) },
    onnx: buildPredictor(preparation.spec, result.parameters, undefined, moments),
    metricsCsv: metricsCsv(result.history),
    log: files,
    ...(report ? { report } : {}),
    weights: result.parameters.slice(),
    ...moments,
  });
  await removeTraining(folder);
  return {
    model: reference,
    metrics: { ...metrics, warnings: [...warnings, ...lost] },
    ...(lost.length > 0 ? {} : { report: path.join(published, MODEL_FILES.report) }),
  };
}

/** Every image that a training reads, checked against the allowed folders and kept in the scratch store. */
async function checkSample(files: JobFiles, sample: Sample): Promise<Sample> {
  const checked = { ...sample };
  for (const role of ['raw', 'seg1', 'target', 'weight'] as const) {
    const image = sample[role];
    if (image) checked[role] = await files.image(image);
  }
  return checked;
}

async function startModel(files: JobFiles, host: HostSettings, request: ModelRequest): Promise<StartModel> {
  const model = await findModel(files, host, request);
  const { card } = model;
  const spec = specOf(card);
  // A model from elsewhere has no weights that could be a start; the preparation says so.
  if (!spec) return { card, parameters: new Float32Array(0), warnings: model.warnings };
  const parameters = await readWeights(model, parameterCount(spec));
  const moments = await readMoments(model, momentCount(spec));
  // What model.onnx was made of needs no hash of its own.
  const isChecked = card.weightsSha256 !== undefined || (await knownNetwork(model)) !== null;
  const start = { card, parameters, moments };
  if (isChecked) return { ...start, warnings: model.warnings };
  const warning = `${model.weights}: the card of ${card.name}@${card.version} has no hash of these weights, so that they could not be checked`;
  return { ...start, warnings: [...model.warnings, warning] };
}
