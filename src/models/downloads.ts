import path from 'node:path';
import { SegmenterError } from '../base/errors';
import { lookAt } from '../storage/outside-files';
import { resolveInRoots } from '../storage/roots';
import { listVersions, MODEL_FILES, modelFolder } from './layout';

/** The files of a version that are of use elsewhere. */
export const MODEL_DOWNLOADS = [MODEL_FILES.network, MODEL_FILES.card] as const;

/**
 * Finds a file of a version.
 * @param roots folders that it may lie in, the models folder among them
 * @returns its real path
 * @throws SegmenterError `not-found`, `not-allowed`
 */
export async function findModelFile(
  modelsFolder: string,
  { name, version, file }: { name: string; version: string; file: (typeof MODEL_DOWNLOADS)[number] },
  roots: readonly string[],
): Promise<string> {
  const versions = await listVersions(modelsFolder, name);
  const place = path.join(modelFolder(modelsFolder, name), versions.includes(version) ? version : '', file);
  const real = await resolveInRoots(place, roots);
  if ((await lookAt(real))?.isFile()) return real;
  throw new SegmenterError('not-found', `${name}@${version} has no ${file}`, { name, version, file });
}
