import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { CorruptFileError, SegmenterError } from '../base/errors';
import { canonicalHash } from '../base/plain-json';
import { MENDABLE } from '../base/transient';
import { resolveInRoots } from '../storage/roots';
import type { ModelCard, ModelReference } from './card';
import { chosenOf, readChoices } from './current';
import { checkExternalData } from './external-data';
import { listModels, listVersions, MODEL_FILES, modelFolder, weightsPath } from './layout';
import { hashBytes, readModelFile } from './model-file';
import { type ModelQuery, parseModelQuery } from './names';
import { readCard } from './read-card';

/** A model found: what a message carries of it, where it lies, and its card. */
export interface ResolvedModel {
  reference: ModelReference;
  folder: string;
  /** path of `model.onnx` */
  network: string;
  /** path of the weights for fine-tuning, where there are any */
  weights: string;
  /** stands for all that the network computes with: `model.onnx` and the files beside it that it keeps weights in */
  content: string;
  card: ModelCard;
  /** what a person should know of the version that a name was taken to mean */
  warnings: string[];
}

/**
 * Finds a model and checks it: the card fits its schema, the network has the card's hashes, and no file of it leads out of
 * the roots.
 * @param query `name` (the version that was chosen, else its newest that is not worse than the model it was trained from), `name@v3`, `name@latest`
 *   (however it compares), or a folder with a model in it
 * @param roots folders that reading is confined to, the models folder among them
 * @throws SegmenterError `not-found`, listing the models there are, `not-allowed`; CorruptFileError; InvalidInputError
 */
export async function resolveModel(
  modelsFolder: string,
  query: string,
  roots: readonly string[],
): Promise<ResolvedModel> {
  try {
    return await checkedModel(modelsFolder, query, roots);
  } catch (error) {
    // A message is none the worse for a damaged model: it can be done once somebody has brought that back.
    if (error instanceof CorruptFileError) Object.assign(error.details ?? {}, MENDABLE);
    throw error;
  }
}

async function checkedModel(modelsFolder: string, query: string, roots: readonly string[]): Promise<ResolvedModel> {
  const parsed = parseModelQuery(query);
  const { folder, card, warnings } =
    parsed.kind === 'folder'
      ? { folder: parsed.folder, card: await readCard(parsed.folder, roots), warnings: [] }
      : await findVersion(modelsFolder, parsed, roots);
  const network = path.join(folder, MODEL_FILES.network);
  const onnx = await readModelFile(network, roots);
  if (!onnx) throw new SegmenterError('not-found', `${network}: the model's network is missing`, { path: network });
  const [found, expected] = [hashBytes(onnx), card.sha256.toLowerCase()];
  if (found !== expected) {
    throw new CorruptFileError(network, `sha256 is ${found}, its card says ${card.sha256}`, { expected, found });
  }
  const external = await checkExternalData(folder, onnx, card);
  const weights = await resolveInRoots(weightsPath(folder), roots);
  const content = Object.keys(external).length > 0 ? canonicalHash({ onnx: found, external }) : found;
  return { ...publishedModel(folder, card), weights, content, warnings };
}

/** A model whose files are as its card says. */
export function publishedModel(folder: string, card: ModelCard): ResolvedModel {
  return {
    reference: referenceTo(folder, card),
    folder,
    network: path.join(folder, MODEL_FILES.network),
    weights: weightsPath(folder),
    content: card.sha256,
    card,
    warnings: [],
  };
}

/** What `msg.model` holds for a model in a folder. */
function referenceTo(folder: string, card: ModelCard): ModelReference {
  return { name: card.name, version: card.version, uri: pathToFileURL(folder).href, sha256: card.sha256 };
}

interface FoundVersion {
  folder: string;
  card: ModelCard;
  warnings: string[];
}

async function findVersion(
  modelsFolder: string,
  { name, version, isLatest }: Extract<ModelQuery, { kind: 'name' }>,
  roots: readonly string[],
): Promise<FoundVersion> {
  const versions = await listVersions(modelsFolder, name);
  if (versions.length === 0) {
    const known = (await listModels(modelsFolder)).map((model) => model.name);
    const hint = known.length > 0 ? `known models: ${known.join(', ')}` : 'there are no models yet';
    throw new SegmenterError('not-found', `model "${name}" is not in ${modelsFolder}; ${hint}`, { name, known });
  }
  if (version !== null && !versions.includes(version)) {
    const message = `model "${name}" has no version ${version}; it has ${versions.join(', ')}`;
    throw new SegmenterError('not-found', message, { name, version, versions });
  }
  const find = async (wanted: string): Promise<FoundVersion> => {
    const folder = path.join(modelFolder(modelsFolder, name), wanted);
    return { folder, card: await readCard(folder, roots), warnings: [] };
  };
  if (version === null && !isLatest) {
    const choices = await readChoices(modelsFolder, name, roots);
    const chosen = chosenOf(choices, versions);
    const wanted = choices.at(-1)?.version;
    if (chosen) {
      const gone = `${name}@${wanted}, which was chosen, is gone, so that ${name} means ${chosen.version}, which was before it`;
      return { ...(await find(chosen.version)), warnings: wanted === chosen.version ? [] : [gone] };
    }
  }
  const newest = await find(version ?? versions[versions.length - 1]);
  if (version !== null || isLatest || !newest.card.comparison?.isWorse) return newest;
  const worse = worseThanStart(newest.card);
  for (const earlier of versions.slice(0, -1).reverse()) {
    // An old version that is damaged is none to fall back to, and no reason to fail.
    const found = await find(earlier).catch(unlessDamaged);
    if (!found || found.card.comparison?.isWorse) continue;
    const { version: older } = found.card;
    const warning = `${worse}, so that ${name} means ${older}; ${name}@latest or ${name}@${newest.card.version} takes it all the same`;
    return { ...found, warnings: [warning] };
  }
  return { ...newest, warnings: [`${worse}; ${name} has no better version`] };
}

function worseThanStart({ name, version, comparison }: ModelCard): string {
  const dice = `Dice ${comparison?.dice.toFixed(3)}, before ${comparison?.startDice.toFixed(3)}`;
  return `${name}@${version} is worse than ${comparison?.startedFrom}, which it was trained from (${dice})`;
}

function unlessDamaged(error: unknown): null {
  if (error instanceof SegmenterError && ['corrupt-file', 'not-found', 'unsupported'].includes(error.code)) return null;
  throw error;
}
