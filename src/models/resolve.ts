import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { canonicalHash } from '../base/canonical-hash';
import { CorruptFileError, SegmenterError } from '../base/errors';
import { resolveInRoots } from '../storage/roots';
import type { ModelCard, ModelReference } from './card';
import { checkExternalData } from './external-data';
import { listModels, listVersions, MODEL_FILES, modelFolder, weightsPath } from './layout';
import { hashBytes, readModelFile } from './model-file';
import { parseModelQuery } from './names';
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
}

/**
 * Finds a model and checks it: the card fits its schema, the network has the card's hashes, and no file of it leads out of
 * the roots.
 * @param query `name` (its newest version), `name@v3`, or a folder with a model in it
 * @param roots folders that reading is confined to, the models folder among them
 * @throws SegmenterError `not-found`, listing the models there are, `not-allowed`; CorruptFileError; InvalidInputError
 */
export async function resolveModel(
  modelsFolder: string,
  query: string,
  roots: readonly string[],
): Promise<ResolvedModel> {
  const parsed = parseModelQuery(query);
  const folder =
    parsed.kind === 'folder' ? parsed.folder : await findVersion(modelsFolder, parsed.name, parsed.version);
  const card = await readCard(folder, roots);
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
  return { ...publishedModel(folder, card), weights, content };
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
  };
}

/** What `msg.model` holds for a model in a folder. */
function referenceTo(folder: string, card: ModelCard): ModelReference {
  return { name: card.name, version: card.version, uri: pathToFileURL(folder).href, sha256: card.sha256 };
}

async function findVersion(modelsFolder: string, name: string, version: string | null): Promise<string> {
  const versions = await listVersions(modelsFolder, name);
  if (versions.length === 0) {
    const known = (await listModels(modelsFolder)).map((model) => model.name);
    const hint = known.length > 0 ? `known models: ${known.join(', ')}` : 'there are no models yet';
    throw new SegmenterError('not-found', `model "${name}" is not in ${modelsFolder}; ${hint}`, { name, known });
  }
  const wanted = version ?? versions[versions.length - 1];
  if (!versions.includes(wanted)) {
    const message = `model "${name}" has no version ${wanted}; it has ${versions.join(', ')}`;
    throw new SegmenterError('not-found', message, { name, version: wanted, versions });
  }
  return path.join(modelFolder(modelsFolder, name), wanted);
}
