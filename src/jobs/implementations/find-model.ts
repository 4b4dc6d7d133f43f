import { pathToFileURL } from 'node:url';
import { parseModelQuery } from '../../models/names';
import { type ResolvedModel, resolveModel } from '../../models/resolve';
import type { HostSettings } from '../job-types';
import type { JobFiles } from './job-files';

/**
 * Finds a model by name, name@version or folder; its folder and every file of it must lie within the allowed ones.
 * @throws SegmenterError `not-found` listing the known models, `not-allowed`, `corrupt-file`
 */
export async function findModel(
  files: JobFiles,
  { modelsFolder }: HostSettings,
  query: string,
): Promise<ResolvedModel> {
  const parsed = parseModelQuery(query);
  if (parsed.kind === 'name') return resolveModel(modelsFolder, query, files.roots);
  return resolveModel(modelsFolder, pathToFileURL(await files.path(parsed.folder)).href, files.roots);
}
