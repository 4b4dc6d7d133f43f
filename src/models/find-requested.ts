import path from 'node:path';
import { listVersions, modelFolder } from './layout';
import { readCard } from './read-card';
import { publishedModel, type ResolvedModel } from './resolve';

/** Versions that are looked at: what is asked twice is asked soon. */
const NEWEST = 20;

/**
 * Finds the version that was published for a request.
 * @param roots folders that reading is confined to
 * @returns null where there is none
 */
export async function findRequested(
  modelsFolder: string,
  name: string,
  request: string,
  roots: readonly string[],
): Promise<ResolvedModel | null> {
  for (const version of (await listVersions(modelsFolder, name)).slice(-NEWEST).reverse()) {
    const folder = path.join(modelFolder(modelsFolder, name), version);
    // A card that cannot be read is no answer to this request.
    const card = await readCard(folder, roots).catch(() => null);
    if (card?.request === request) return publishedModel(folder, card);
  }
  return null;
}
