import path from 'node:path';
import { InvalidInputError, SegmenterError, toErrorRecord } from '../base/errors';
import { existsError, writeFileAtomic } from '../storage/atomic-file';
import { lstat } from '../storage/outside-files';
import { listVersions, MODEL_FILES, modelFolder } from './layout';
import { checkModelName } from './model-name';
import { clearDrafts, clearEmptyModel, moveFolder, requireIdle } from './moving';
import { readCard } from './read-card';

/**
 * Gives a model another name, with all its versions, in one step. Then their cards say the new name, and the former one
 * beside it, so that what refers to them by name, version and hash still finds them.
 * @param roots folders that reading is confined to, the models folder among them
 * @returns what could not be written into the cards, for people
 * @throws SegmenterError `not-found`; `busy` while it is being trained; `exists` where another model has the name
 */
export async function renameModel(
  modelsFolder: string,
  name: string,
  to: string,
  roots: readonly string[],
): Promise<string[]> {
  const target = modelFolder(modelsFolder, checkModelName(to));
  if (name === to) throw new InvalidInputError('new name', 'another name than it has', to);
  if ((await listVersions(modelsFolder, name)).length === 0) {
    throw new SegmenterError('not-found', `model "${name}" is not in ${modelsFolder}`, { name });
  }
  await requireIdle(modelsFolder, name);
  await clearEmptyModel(modelsFolder, to);
  if (!(await moveFolder(modelFolder(modelsFolder, name), target))) throw existsError(target);
  await clearDrafts(target);
  const warnings: string[] = [];
  for (const version of await listVersions(modelsFolder, to)) {
    try {
      await renameCard(path.join(target, version), to, roots);
    } catch (error) {
      warnings.push(`${to}@${version} keeps its former name in its card: ${toErrorRecord(error).message}`);
    }
  }
  return warnings;
}

async function renameCard(folder: string, to: string, roots: readonly string[]): Promise<void> {
  const file = path.join(folder, MODEL_FILES.card);
  // What lies elsewhere is shared with others.
  if ((await lstat(folder)).isSymbolicLink() || (await lstat(file)).isSymbolicLink()) return;
  const card = await readCard(folder, roots);
  const formerNames = [...new Set([...(card.formerNames ?? []), card.name])].filter((name) => name !== to);
  await writeFileAtomic(file, `${JSON.stringify({ ...card, name: to, formerNames }, null, 2)}\n`);
}
