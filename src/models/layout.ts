import { lstat, readdir } from 'node:fs/promises';
import path from 'node:path';
import { InvalidInputError } from '../base/errors';
import { isLeaseName } from '../storage/lease';
import { removeOwn } from '../storage/partial';
import { checkModelName } from './model-name';
import { isTrainingLogName } from './training-file';
import { versionName, versionNumber } from './version-name';

/** The files of a model's folder. */
export const MODEL_FILES = {
  card: 'model.json',
  network: 'model.onnx',
  metrics: 'metrics.csv',
  report: 'report.html',
  /** of the last sequence that was compared with a truth, all of it found by this version */
  evaluation: 'evaluation.html',
  /** beside the versions: which of them the name means */
  current: 'current.json',
  checkpoints: 'checkpoints',
  weights: 'best.bin',
  moments: 'norms.bin',
} as const;

/** Beside a model's versions: where its trainings keep what they need to go on. */
export const RUNS = '.runs';

/** Whether a model's folder has a file of this name, with `/` between folders. */
export function isNameInModel(name: string): boolean {
  const { card, network, metrics, report, evaluation, checkpoints, weights, moments } = MODEL_FILES;
  const files: string[] = [
    card,
    network,
    metrics,
    report,
    evaluation,
    `${checkpoints}/${weights}`,
    `${checkpoints}/${moments}`,
  ];
  return files.includes(name) || isTrainingLogName(name);
}

/** A model in the registry; versions oldest first. */
export interface ModelListing {
  name: string;
  versions: string[];
}

export function modelFolder(modelsFolder: string, name: string): string {
  return path.join(modelsFolder, checkModelName(name));
}

const RUN_NAME = /^[0-9a-f]{8,64}$/;
/** What trainings need to go on from. */
const RUN_FILE = /^(training(\.before)?\.ckpt|metrics\.csv|checkpoints\/best\.bin)$/;
/** Ends the names of what was set aside, and of what a kill left half. */
const LEFT = /(\.damaged-\d+|\.partial-[0-9a-f]+)$/;

/** Maps of images that a training judges, until its report is written. */
export const MAPS_FOLDER = 'maps';
const MAP = /^maps\/\d{1,4}-\d{1,6}-(objects|(tile|training)-(patch|large))\.map$/;

/** Whether trainings write files of this name into their folders, with `/` between folders. */
export function isNameInRun(name: string): boolean {
  const whole = name.replace(LEFT, '');
  return RUN_FILE.test(whole) || MAP.test(whole) || isLeaseName(whole) || isTrainingLogName(whole);
}

/** The runs of a model's trainings that go on, or ended without a model: names of their folders. */
export async function listRuns(modelsFolder: string, name: string): Promise<string[]> {
  const runs = await subfolders(path.join(modelFolder(modelsFolder, name), '.runs'));
  return runs.filter((entry) => RUN_NAME.test(entry)).sort();
}

/** All names that a model, or a training of one, has a folder under. */
export async function listModelNames(modelsFolder: string): Promise<string[]> {
  return (await subfolders(modelsFolder)).filter((name) => !name.startsWith('.') && isModelName(name)).sort();
}

/** Where a training in progress keeps what it needs to go on. `hash` stands for its settings and data. */
export function runFolder(modelsFolder: string, name: string, hash: string): string {
  if (!RUN_NAME.test(hash)) throw new InvalidInputError('run hash', '8 to 64 hexadecimal digits', hash);
  return path.join(modelFolder(modelsFolder, name), RUNS, hash);
}

/** Runs of a model that nothing was written to for this long are taken for given up: 30 days. */
const ABANDONED_MS = 30 * 24 * 3600 * 1000;

/**
 * Removes what trainings of a model left that were interrupted and never asked for again; what else lies there stays.
 * @param keep the folder of a run that stays whatever its age
 */
export async function clearAbandonedRuns(modelsFolder: string, name: string, keep: string): Promise<void> {
  const runs = path.join(modelFolder(modelsFolder, name), RUNS);
  for (const entry of await subfolders(runs)) {
    const folder = path.join(runs, entry);
    if (!RUN_NAME.test(entry) || folder === keep) continue;
    if ((await lastWritten(folder)) < Date.now() - ABANDONED_MS) await removeOwn(folder, isNameInRun);
  }
}

/** Milliseconds since 1970; a checkpoint is replaced by renaming, which the folder's time tells. Never for a link. */
async function lastWritten(folder: string): Promise<number> {
  const status = await lstat(folder).catch(() => null);
  return status?.isDirectory() ? status.mtimeMs : Number.POSITIVE_INFINITY;
}

/** Where the float32 weights for fine-tuning lie. */
export function weightsPath(folder: string): string {
  return path.join(folder, MODEL_FILES.checkpoints, MODEL_FILES.weights);
}

/** Where the float32 moments of fixed norms lie. */
export function momentsPath(folder: string): string {
  return path.join(folder, MODEL_FILES.checkpoints, MODEL_FILES.moments);
}

/** The published versions of a model, oldest first; none where the model is unknown. */
export async function listVersions(modelsFolder: string, name: string): Promise<string[]> {
  const numbers: number[] = [];
  for (const entry of await subfolders(modelFolder(modelsFolder, name))) {
    const number = versionNumber(entry);
    // `3` is no version's folder name, though it is accepted in a query.
    if (number !== null && entry === versionName(number)) numbers.push(number);
  }
  return numbers.sort((a, b) => a - b).map(versionName);
}

/** All models that have a published version, by name. */
export async function listModels(modelsFolder: string): Promise<ModelListing[]> {
  const listings: ModelListing[] = [];
  for (const name of await listModelNames(modelsFolder)) {
    const versions = await listVersions(modelsFolder, name);
    if (versions.length > 0) listings.push({ name, versions });
  }
  return listings;
}

async function subfolders(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory() || entry.isSymbolicLink()).map((entry) => entry.name);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw error;
  }
}

function isModelName(name: string): boolean {
  try {
    checkModelName(name);
    return true;
  } catch {
    return false;
  }
}
