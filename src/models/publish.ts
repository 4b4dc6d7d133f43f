import { mkdir, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { validate } from '../base/validate';
import { bytesOf } from '../image/dtype';
import { fileError } from '../storage/file-error';
import { type ModelCard, ModelCardSchema } from './card';
import { listVersions, MODEL_FILES, modelFolder, momentsPath, weightsPath } from './layout';
import { hashBytes } from './model-file';
import { checkModelName } from './model-name';
import { versionName, versionNumber } from './names';
import { checkCard } from './read-card';
import { publishedModel, type ResolvedModel } from './resolve';
import { clearUnfinished, unfinishedFolder } from './unfinished';

/** The fields of a card that its maker knows; the rest is filled in on publishing. */
export type CardFields = Omit<
  ModelCard,
  'format' | 'formatVersion' | 'version' | 'created' | 'sha256' | 'weightsSha256' | 'momentsSha256' | 'externalData'
>;

/** All that makes a model. */
export interface NewModel {
  card: CardFields;
  /** the bytes of `model.onnx` */
  onnx: Uint8Array;
  /** the text of `metrics.csv` */
  metricsCsv: string;
  /** all parameters in the order of `parameterSpecs`, to start a fine-tuning from */
  weights?: Float32Array<ArrayBuffer>;
  /** of norms that do not take those of each tile (`momentCount`) */
  moments?: Float32Array<ArrayBuffer>;
  /** default: now */
  created?: Date;
}

/**
 * Makes the next version of a model. The version appears whole or not at all: it is written to a folder beside it,
 * flushed to the disk and renamed. Any number of publishers may run at once, each gets a version of its own.
 * @throws SegmenterError `invalid-input` where the card does not fit its schema
 */
export async function publishModel(modelsFolder: string, model: NewModel): Promise<ResolvedModel> {
  const name = checkModelName(model.card.name);
  const draft: ModelCard = {
    ...model.card,
    format: 'segmenter-model',
    formatVersion: 1,
    version: versionName(1),
    created: (model.created ?? new Date()).toISOString(),
    sha256: hashBytes(model.onnx),
    ...(model.weights ? { weightsSha256: hashBytes(bytesOf(model.weights)) } : {}),
    ...(model.moments ? { momentsSha256: hashBytes(bytesOf(model.moments)) } : {}),
  };
  checkCard(validate(ModelCardSchema, draft, 'card'));

  const parent = modelFolder(modelsFolder, name);
  const unfinished = await unfinishedFolder(parent);
  await clearUnfinished(parent);
  try {
    await mkdir(unfinished, { recursive: true });
    await writeFlushed(path.join(unfinished, MODEL_FILES.network), model.onnx);
    await writeFlushed(path.join(unfinished, MODEL_FILES.metrics), model.metricsCsv);
    await mkdir(path.join(unfinished, MODEL_FILES.checkpoints));
    if (model.weights) await writeFlushed(weightsPath(unfinished), bytesOf(model.weights));
    if (model.moments) await writeFlushed(momentsPath(unfinished), bytesOf(model.moments));
    await syncPath(path.dirname(weightsPath(unfinished)));
    const { folder, card } = await claimVersion(modelsFolder, unfinished, draft);
    return publishedModel(folder, card);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true }).catch(() => undefined);
    throw fileError(error, 'publish a model in', parent);
  }
}

/** Renames the finished folder to the first free version; another publisher may win the race for one. */
async function claimVersion(
  modelsFolder: string,
  unfinished: string,
  draft: ModelCard,
): Promise<{ folder: string; card: ModelCard }> {
  const parent = path.dirname(unfinished);
  for (;;) {
    const newest = (await listVersions(modelsFolder, draft.name)).at(-1);
    const version = versionName((newest ? (versionNumber(newest) ?? 0) : 0) + 1);
    const card = { ...draft, version };
    await writeFlushed(path.join(unfinished, MODEL_FILES.card), `${JSON.stringify(card, null, 2)}\n`);
    await syncPath(unfinished);
    const folder = path.join(parent, version);
    try {
      // A rename never replaces a folder that has files in it, and no version is without.
      await rename(unfinished, folder);
    } catch (error) {
      if (await lostTheRace(error, modelsFolder, draft.name, version)) continue;
      throw error;
    }
    await syncPath(parent);
    return { folder, card };
  }
}

async function lostTheRace(error: unknown, modelsFolder: string, name: string, version: string): Promise<boolean> {
  const { code } = error as NodeJS.ErrnoException;
  // Windows reports an existing target as EPERM or EACCES, which may also mean a missing permission.
  if (!['ENOTEMPTY', 'EEXIST', 'EPERM', 'EACCES'].includes(code ?? '')) return false;
  return (await listVersions(modelsFolder, name)).includes(version);
}

async function writeFlushed(file: string, content: Uint8Array | string): Promise<void> {
  const handle = await open(file, 'w');
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function syncPath(place: string): Promise<void> {
  try {
    const handle = await open(place, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    // Windows opens no folder and flushes no file opened for reading; the rename is still atomic there.
    if (process.platform !== 'win32') throw error;
  }
}
