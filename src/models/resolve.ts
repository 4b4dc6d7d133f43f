import { createHash } from 'node:crypto';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { CorruptFileError, SegmenterError } from '../base/errors';
import { readPieces, requireFile } from '../storage/outside-files';
import type { ModelCard, ModelReference } from './card';
import { listModels, listVersions, MODEL_FILES, modelFolder } from './layout';
import { parseModelQuery } from './names';
import { readCard } from './read-card';

/** A model found: what a message carries of it, where it lies, and its card. */
export interface ResolvedModel {
  reference: ModelReference;
  folder: string;
  /** path of `model.onnx` */
  network: string;
  card: ModelCard;
}

/**
 * Finds a model and checks it: the card fits its schema and the network has the card's hash.
 * @param query `name` (its newest version), `name@v3`, or a folder with a model in it
 * @throws SegmenterError `not-found`, listing the models there are; CorruptFileError; InvalidInputError
 */
export async function resolveModel(modelsFolder: string, query: string): Promise<ResolvedModel> {
  const parsed = parseModelQuery(query);
  const folder =
    parsed.kind === 'folder' ? parsed.folder : await findVersion(modelsFolder, parsed.name, parsed.version);
  const card = await readCard(folder);
  const network = path.join(folder, MODEL_FILES.network);
  await checkHash(network, card.sha256);
  return { reference: referenceTo(folder, card), folder, network, card };
}

/** What `msg.model` holds for a model in a folder. */
export function referenceTo(folder: string, card: ModelCard): ModelReference {
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

async function checkHash(network: string, expected: string): Promise<void> {
  try {
    await requireFile(network);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new SegmenterError('not-found', `${network}: the model's network is missing`, { path: network });
  }
  const found = await hashFile(network);
  if (found !== expected.toLowerCase()) {
    throw new CorruptFileError(network, `sha256 is ${found}, its card says ${expected}`, { expected, found });
  }
}

/** sha256 of a file, hexadecimal. */
async function hashFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of readPieces(file)) hash.update(piece);
  return hash.digest('hex');
}
