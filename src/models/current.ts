import { rm } from 'node:fs/promises';
import path from 'node:path';
import { type Static, Type } from '#typebox';
import { CorruptFileError, messageOf, SegmenterError } from '../base/errors';
import { validate } from '../base/schema';
import { writeFileAtomic } from '../storage/atomic-file';
import { listVersions, MODEL_FILES, modelFolder } from './layout';
import { readModelFile } from './model-file';

/** Choices that are kept, the latest last. */
const MOST_KEPT = 100;

const ChoiceSchema = Type.Object({
  version: Type.String({ minLength: 1 }),
  /** ISO 8601 */
  at: Type.String(),
  /** why it is the one, for people */
  why: Type.String(),
});

/** A version that a model's name was made to mean, since when and why. */
export type Choice = Static<typeof ChoiceSchema>;

/** What a model's name was made to mean, the oldest first: `current.json` beside its versions. */
const CurrentSchema = Type.Object({ choices: Type.Array(ChoiceSchema) });

/**
 * Reads what the name of a model was made to mean, the oldest first, the last one holds; none where nobody chose: then the name
 * means the newest version that is not worse than the one it was trained from.
 * @param roots folders that reading is confined to
 * @throws CorruptFileError: a guess could be a version that nobody has approved of
 */
export async function readChoices(modelsFolder: string, name: string, roots: readonly string[]): Promise<Choice[]> {
  const file = currentFile(modelsFolder, name);
  const bytes = await readModelFile(file, roots);
  if (!bytes) return [];
  try {
    return validate(CurrentSchema, JSON.parse(bytes.toString('utf8')), 'current').choices;
  } catch (error) {
    const found = `it does not say which version is the current one (choose one anew): ${messageOf(error)}`;
    throw new CorruptFileError(file, found, undefined, { cause: error });
  }
}

/**
 * Makes the name of a model mean a version, from the next image on: what is being predicted goes on with the version it began
 * with. That it means that version already changes nothing.
 * @param version null: the newest that is not worse, as long as nobody chooses
 * @param roots folders that reading is confined to
 * @throws SegmenterError `not-found` where the model has no such version
 */
export async function chooseVersion(
  modelsFolder: string,
  { name, version, why }: { name: string; version: string | null; why: string },
  roots: readonly string[],
  now = new Date(),
): Promise<void> {
  const versions = await listVersions(modelsFolder, name);
  const file = currentFile(modelsFolder, name);
  if (version === null) return rm(file, { force: true });
  if (!versions.includes(version)) {
    const has = versions.join(', ') || 'no version';
    throw new SegmenterError('not-found', `model "${name}" has no version ${version}; it has ${has}`, {
      name,
      version,
    });
  }
  // What is damaged says nothing any more; the choice of now does.
  const choices = await readChoices(modelsFolder, name, roots).catch(unlessCorrupt);
  if (choices.at(-1)?.version === version) return;
  const kept = [...choices, { version, at: now.toISOString(), why }].slice(-MOST_KEPT);
  await writeFileAtomic(file, `${JSON.stringify({ choices: kept }, null, 2)}\n`);
}

/** What a name means by choice: the last choice that is still there; null: nobody chose, or all of these are gone. */
export function chosenOf(choices: readonly Choice[], versions: readonly string[]): Choice | null {
  return choices.findLast(({ version }) => versions.includes(version)) ?? null;
}

/** The version that a name meant before the one it means now; null: there is none, or it is gone. */
export function versionBefore(choices: readonly Choice[], versions: readonly string[]): string | null {
  const now = chosenOf(choices, versions)?.version;
  return choices.findLast(({ version }) => version !== now && versions.includes(version))?.version ?? null;
}

function currentFile(modelsFolder: string, name: string): string {
  return path.join(modelFolder(modelsFolder, name), MODEL_FILES.current);
}

function unlessCorrupt(error: unknown): Choice[] {
  if (error instanceof CorruptFileError) return [];
  throw error;
}
