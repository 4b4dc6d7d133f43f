import path from 'node:path';
import { type Static, Type } from '#typebox';
import { SegmenterError } from '../base/errors';
import { emptyBin, moveToBin, restore } from './bin';
import { chooseVersion, readChoices } from './current';
import { listVersions } from './layout';
import { renameModel } from './rename';
import { resolveModel } from './resolve';

const closed = { additionalProperties: false };
const name = Type.String({ minLength: 1, maxLength: 100 });

/** What a person may do with the models of the folder; each either happens as a whole or not at all. */
export const ModelChangeSchema = Type.Union([
  Type.Object({ do: Type.Literal('rename'), name, to: name }, closed),
  /** version null: the model with all its versions */
  Type.Object({ do: Type.Literal('delete'), name, version: Type.Union([name, Type.Null()]) }, closed),
  /** has the name mean a version from now on; null: the newest that is not worse; why: for people */
  Type.Object(
    {
      ...{ do: Type.Literal('choose'), name, version: Type.Union([name, Type.Null()]), why: Type.String() },
      /** that it must mean until now */
      insteadOf: Type.Optional(name),
    },
    closed,
  ),
  /** has the name mean what it means now, however many versions come, where nobody has chosen yet; why: for people */
  Type.Object({ do: Type.Literal('hold'), name, why: Type.String() }, closed),
  /** id of an entry in the bin */
  Type.Object({ do: Type.Literal('restore'), id: Type.String() }, closed),
  /** removes for good; ids null: all that lies in the bin */
  Type.Object({ do: Type.Literal('empty'), ids: Type.Union([Type.Array(Type.String()), Type.Null()]) }, closed),
]);
export type ModelChange = Static<typeof ModelChangeSchema>;

/**
 * Changes the models folder as a person asked for.
 * @param roots folders that reading is confined to, the models folder among them
 * @returns what a person should know of it
 * @throws SegmenterError as renaming, deleting and restoring do
 */
export async function changeModels(
  modelsFolder: string,
  change: ModelChange,
  roots: readonly string[],
): Promise<{ warnings: string[] }> {
  switch (change.do) {
    case 'rename':
      return { warnings: await renameModel(modelsFolder, change.name, change.to, roots) };
    case 'delete':
      await moveToBin(modelsFolder, change.name, change.version);
      break;
    case 'choose':
      await requireMeaning(modelsFolder, change, roots);
      await chooseVersion(modelsFolder, change, roots);
      break;
    case 'hold':
      await holdVersion(modelsFolder, change, roots);
      break;
    case 'restore':
      await restore(modelsFolder, change.id);
      break;
    case 'empty':
      await emptyBin(modelsFolder, change.ids);
      break;
  }
  return { warnings: [] };
}

/** Makes a name go on to mean what it means now, whatever is published, where nobody has chosen yet. None where there is no version. */
async function holdVersion(
  modelsFolder: string,
  { name, why }: { name: string; why: string },
  roots: readonly string[],
): Promise<void> {
  if ((await readChoices(modelsFolder, name, roots)).length > 0) return;
  if ((await listVersions(modelsFolder, name)).length === 0) return;
  const { folder } = await resolveModel(modelsFolder, name, roots);
  await chooseVersion(modelsFolder, { name, version: path.basename(folder), why }, roots);
}

/** A comparison says nothing of another version that somebody has chosen meanwhile. */
async function requireMeaning(
  modelsFolder: string,
  { name, insteadOf }: { name: string; insteadOf?: string },
  roots: readonly string[],
): Promise<void> {
  if (insteadOf === undefined) return;
  const { version } = (await resolveModel(modelsFolder, name, roots)).reference;
  if (version === insteadOf) return;
  const message = `${name} means ${version} by now, not ${insteadOf}, which it was compared with: compare them again`;
  throw new SegmenterError('changed', message, { name, version, insteadOf });
}
