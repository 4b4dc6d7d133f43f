import path from 'node:path';
import { SegmenterError, toErrorRecord } from '../base/errors';
import { resolveInRoots } from '../storage/roots';
import { listModels, listVersions, modelFolder } from './layout';
import { parseModelQuery } from './names';
import { readCard } from './read-card';
import { type ResolvedModel, resolveModel } from './resolve';
import { isWanted, type WantedModel, wantedText } from './wanted';

/**
 * Finds the model that a reference means: in its place; where that is not it, or not here, among the versions of its
 * name; and by sha256 among all models. All that the reference says but its place holds for what is found.
 * @param roots folders that reading is confined to, the models folder among them
 * @throws SegmenterError `not-found` saying what was asked for and what is here; what {@link resolveModel} throws
 */
export async function findWanted(
  modelsFolder: string,
  wanted: WantedModel,
  roots: readonly string[],
): Promise<ResolvedModel> {
  const { uri, name, version, sha256 } = wanted;
  const isPinned = sha256 !== undefined || (name !== undefined && version !== undefined);
  if (uri === undefined && name !== undefined && !isPinned) return resolveModel(modelsFolder, name, roots);
  const others: string[] = [];
  /** of a model that should have been it */
  let problem: unknown;
  const ifWanted = async (folder: string, what: string): Promise<ResolvedModel | null> => {
    const card = await readCard(folder, roots);
    if (isWanted(wanted, card, namesOf(folder))) return resolveModel(modelsFolder, folder, roots);
    others.push(`${what} ${wantedText({ ...card, sha256: card.sha256.toLowerCase() })}`);
    return null;
  };
  if (uri !== undefined) {
    try {
      const found = await ifWanted(await folderOf(modelsFolder, uri, roots), `${uri} is`);
      if (found) return found;
    } catch (error) {
      // Its place alone says which model is meant.
      if (!isPinned) throw error;
      others.push(toErrorRecord(error).message);
    }
  }
  for (const { folder, isNamed } of isPinned ? await places(modelsFolder, wanted) : []) {
    try {
      const found = await ifWanted(folder, 'here is');
      if (found) return found;
    } catch (error) {
      // What is wrong with other models is not the matter.
      if (isNamed) problem ??= error;
    }
  }
  if (problem !== undefined) throw problem;
  const known = (await listModels(modelsFolder)).map((model) => model.name);
  const hint = others.length > 0 ? others.slice(0, 20).join('; ') : `models here: ${known.join(', ') || 'none'}`;
  const message = `the model ${wantedText(wanted)} is not in ${modelsFolder}: ${hint}`;
  throw new SegmenterError('not-found', message, { ...wanted, known });
}

/** The folder that a text names. */
async function folderOf(modelsFolder: string, text: string, roots: readonly string[]): Promise<string> {
  const query = parseModelQuery(text);
  if (query.kind === 'folder') return resolveInRoots(query.folder, roots);
  return (await resolveModel(modelsFolder, text, roots)).folder;
}

/** Versions in the models folder, the likeliest first: that of the name and number, others of the name, newest first, then others. */
async function places(
  modelsFolder: string,
  { name, version, sha256 }: WantedModel,
): Promise<Array<{ folder: string; isNamed: boolean }>> {
  const own = name === undefined ? [] : (await listVersions(modelsFolder, name)).reverse().map((of) => ({ name, of }));
  own.sort((a, b) => Number(b.of === version) - Number(a.of === version));
  // By its hash a model is known under another name, too; the card must still say the one that is asked for.
  const models = sha256 === undefined ? [] : await listModels(modelsFolder);
  const rest = models.flatMap((model) =>
    model.name === name ? [] : model.versions.map((of) => ({ name: model.name, of })),
  );
  return [...own, ...rest].map((one) => ({
    folder: path.join(modelFolder(modelsFolder, one.name), one.of),
    isNamed: one.name === name && one.of === version,
  }));
}

function namesOf(folder: string): { name: string; version: string } {
  return { name: path.basename(path.dirname(folder)), version: path.basename(folder) };
}
