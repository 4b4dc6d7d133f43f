import path from 'node:path';
import { SegmenterError } from '../base/errors';
import { validate } from '../base/schema';
import { bytesOf } from '../image/dtype';
import { existsError } from '../storage/atomic-file';
import { fileError } from '../storage/file-error';
import { FolderDraft } from '../storage/folder-draft';
import { clearPartial } from '../storage/partial';
import { binnedVersions } from './bin';
import { type ModelCard, ModelCardSchema } from './card';
import { isNameInModel, listVersions, MODEL_FILES, modelFolder, momentsPath, weightsPath } from './layout';
import { hashBytes } from './model-file';
import { checkModelName } from './model-name';
import { isWrittenFrom, networkHash, specOf } from './network-identity';
import { checkCard } from './read-card';
import { publishedModel, type ResolvedModel } from './resolve';
import { versionName, versionNumber } from './version-name';

/** The fields of a card that its maker knows; the rest is filled in on publishing. */
export type CardFields = Omit<
  ModelCard,
  | 'format'
  | 'formatVersion'
  | 'version'
  | 'created'
  | 'sha256'
  | 'weightsSha256'
  | 'momentsSha256'
  | 'networkSha256'
  | 'externalData'
>;

/** All that makes a model. */
export interface NewModel {
  card: CardFields;
  /** the bytes of `model.onnx` */
  onnx: Uint8Array;
  /** the text of `metrics.csv` */
  metricsCsv: string;
  /** what tells of its training, by names that {@link isTrainingLogName} knows */
  log?: ReadonlyMap<string, string | Uint8Array>;
  /** writes `report.html` of the card with its version; null: there is none */
  report?: (card: ModelCard) => string | null;
  /** all parameters in the order of `parameterSpecs`, to start a fine-tuning from */
  weights?: Float32Array<ArrayBuffer>;
  /** of norms that do not take those of each tile (`momentCount`) */
  moments?: Float32Array<ArrayBuffer>;
  /** default: now */
  created?: Date;
}

/**
 * Makes the next version of a model, which appears whole or not at all and survives a power cut. Any number of publishers may run at once, each gets a version of its own.
 * @throws SegmenterError `invalid-input` where the card does not fit its schema
 */
export async function publishModel(modelsFolder: string, model: NewModel): Promise<ResolvedModel> {
  const name = checkModelName(model.card.name);
  const unnumbered: ModelCard = {
    ...model.card,
    format: 'segmenter-model',
    formatVersion: 1,
    version: versionName(1),
    created: (model.created ?? new Date()).toISOString(),
    sha256: hashBytes(model.onnx),
    ...(model.weights ? { weightsSha256: hashBytes(bytesOf(model.weights)) } : {}),
    ...(model.moments ? { momentsSha256: hashBytes(bytesOf(model.moments)) } : {}),
    ...networkIdentity(model),
  };
  checkCard(validate(ModelCardSchema, unnumbered, 'card'));

  const parent = modelFolder(modelsFolder, name);
  for (let attempt = 1; ; attempt++) {
    try {
      return await publishDraft(modelsFolder, parent, unnumbered, model);
    } catch (error) {
      // Somebody renamed or deleted the model meanwhile, and the draft went along; the version is made all the same.
      if (!(error instanceof DraftGoneError) || attempt === MOST_ATTEMPTS) throw error;
    }
  }
}

async function publishDraft(
  modelsFolder: string,
  parent: string,
  unnumbered: ModelCard,
  model: NewModel,
): Promise<ResolvedModel> {
  // What cannot be cleared is in nobody's way.
  await clearPartial(parent, isNameInModel).catch(() => undefined);
  // A leading dot keeps what is unfinished out of every listing.
  const draft = await FolderDraft.create(path.join(parent, '.publish'), {
    durable: true,
    doing: { action: 'publish a model in', path: parent },
  });
  try {
    await draft.write(MODEL_FILES.network, model.onnx);
    await draft.write(MODEL_FILES.metrics, model.metricsCsv);
    for (const [file, content] of model.log ?? []) await draft.write(file, content);
    await draft.addFolder(MODEL_FILES.checkpoints);
    if (model.weights) await draft.write(weightsPath('.'), bytesOf(model.weights));
    if (model.moments) await draft.write(momentsPath('.'), bytesOf(model.moments));
    const { folder, card } = await claimVersion(modelsFolder, draft, unnumbered, model.report);
    return publishedModel(folder, card);
  } catch (error) {
    const problem = fileError(error, 'publish a model in', parent);
    if (!(await draft.isThere())) throw new DraftGoneError(parent, problem);
    await draft.remove();
    throw problem;
  }
}

/** How often the folder of a model may be taken away while a version is made. */
const MOST_ATTEMPTS = 5;

class DraftGoneError extends SegmenterError {
  override readonly name = 'DraftGoneError';

  constructor(parent: string, cause: unknown) {
    super(
      'changed',
      `cannot publish a model in ${parent}: the folder went away meanwhile`,
      { path: parent },
      { cause },
    );
  }
}

/** None where the network is not one of ours, or `model.onnx` is not what is written of these weights. */
function networkIdentity({ card, onnx, weights, moments }: NewModel): Pick<ModelCard, 'networkSha256'> {
  const spec = specOf(card);
  if (!spec || !weights) return {};
  const network = { spec, parameters: weights, moments };
  const sha256 = hashBytes(onnx);
  return isWrittenFrom(network, sha256) ? { networkSha256: networkHash(network, sha256) } : {};
}

/** Gives the finished folder the name of the first free version; another publisher may win the race for one. */
async function claimVersion(
  modelsFolder: string,
  draft: FolderDraft,
  unnumbered: ModelCard,
  reportOf: NewModel['report'],
): Promise<{ folder: string; card: ModelCard }> {
  for (;;) {
    const version = versionName((await lastNumber(modelsFolder, unnumbered.name)) + 1);
    const card = { ...unnumbered, version };
    await draft.write(MODEL_FILES.card, `${JSON.stringify(card, null, 2)}\n`);
    const report = reportOf?.(card) ?? null;
    if (report !== null) await draft.write(MODEL_FILES.report, report);
    const folder = path.join(modelFolder(modelsFolder, unnumbered.name), version);
    if (await draft.rename(folder)) return { folder, card };
    // What has the name and is no version would be met for ever.
    if (!(await listVersions(modelsFolder, unnumbered.name)).includes(version)) throw existsError(folder);
  }
}

/** The highest number that a version has or had: one that lies in the bin may come back. */
async function lastNumber(modelsFolder: string, name: string): Promise<number> {
  // What goes into the bin or comes out of it meanwhile is met in one of the two.
  const before = await binnedVersions(modelsFolder, name);
  const versions = (await listVersions(modelsFolder, name)).map((version) => versionNumber(version) ?? 0);
  return Math.max(0, ...before, ...versions, ...(await binnedVersions(modelsFolder, name)));
}
