import { findModelFile } from '../../../models/downloads';
import { listInventory } from '../../../models/inventory';
import { changeModels } from '../../../models/model-changes';
import type { HostSettings } from '../../job-types';
import type { JobImplementation } from '../../protocol';

/** Lists the models of the folder, for Node-RED's process, which must not wait for a disk. */
export const listModelsJob: JobImplementation<'list-models'> = (_input, { settings }) =>
  listInventory(settings.modelsFolder, rootsOf(settings));

/** Finds a file of a version, which Node-RED's process then sends. */
export const findModelFileJob: JobImplementation<'find-model-file'> = async (input, { settings }) => ({
  path: await findModelFile(settings.modelsFolder, input, rootsOf(settings)),
});

/** Renames, deletes and brings back models. */
export const changeModelsJob: JobImplementation<'change-models'> = ({ change }, { settings }) =>
  changeModels(settings.modelsFolder, change, rootsOf(settings));

function rootsOf({ roots, modelsFolder }: HostSettings): string[] {
  return [...roots, modelsFolder];
}
