import { pathToFileURL } from 'node:url';
import { openEngine } from '../../engines';
import type { Engine } from '../../engines/engine';
import { findWanted } from '../../models/find-wanted';
import { parseModelQuery } from '../../models/names';
import { type ResolvedModel, resolveModel } from '../../models/resolve';
import type { ModelRequest } from '../../models/wanted';
import type { ComputeSettings, HostSettings } from '../job-types';
import type { JobFiles } from './job-files';

/**
 * Opens the engine that compute settings ask for.
 * @throws EngineUnavailableError where engine or device are not available
 */
export function chooseEngine({ engine, device, threads, precision }: ComputeSettings): Promise<Engine> {
  return openEngine({ engine, device, threads, precision });
}

/**
 * Finds a model by name, name@version or folder, or by a reference; its folder and every file of it must lie within the
 * allowed ones.
 * @throws SegmenterError `not-found` listing the known models, `not-allowed`, `corrupt-file`
 */
export async function findModel(
  files: JobFiles,
  { modelsFolder }: HostSettings,
  request: ModelRequest,
): Promise<ResolvedModel> {
  if (typeof request !== 'string') return findWanted(modelsFolder, request, files.roots);
  const parsed = parseModelQuery(request);
  if (parsed.kind === 'name') return resolveModel(modelsFolder, request, files.roots);
  return resolveModel(modelsFolder, pathToFileURL(await files.path(parsed.folder)).href, files.roots);
}
