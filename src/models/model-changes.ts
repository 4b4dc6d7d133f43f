import { type Static, Type } from '@sinclair/typebox';
import { emptyBin, moveToBin, restore } from './bin';
import { renameModel } from './rename';

const closed = { additionalProperties: false };
const name = Type.String({ minLength: 1, maxLength: 100 });

/** What a person may do with the models of the folder; each either happens as a whole or not at all. */
export const ModelChangeSchema = Type.Union([
  Type.Object({ do: Type.Literal('rename'), name, to: name }, closed),
  /** version null: the model with all its versions */
  Type.Object({ do: Type.Literal('delete'), name, version: Type.Union([name, Type.Null()]) }, closed),
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
    case 'restore':
      await restore(modelsFolder, change.id);
      break;
    case 'empty':
      await emptyBin(modelsFolder, change.ids);
      break;
  }
  return { warnings: [] };
}
