import path from 'node:path';
import { LruCache } from '../base/collections';
import { toErrorRecord } from '../base/errors';
import { isRecord } from '../base/plain-json';
import { lookAt } from '../storage/outside-files';
import { type BinEntry, listBin } from './bin';
import type { ModelCard } from './card';
import { type Choice, chosenOf, readChoices, versionBefore } from './current';
import { folderBytes } from './folder-bytes';
import { listModels, MODEL_FILES, modelFolder } from './layout';
import { readCard } from './read-card';

/** What a person wants to know of a version before choosing it. */
export interface CardFacts extends Pick<ModelCard, 'created' | 'dimensions' | 'pixelSize' | 'threshold' | 'patch'> {
  /** images that it was trained on and judged by; null: its card does not say */
  images: number | null;
  channels: string[];
  /** Dice of new images, and the interval that it most likely lies in */
  expected: { dice: number; low: number; high: number } | null;
  validationDice: number | null;
  /** of a model that tells objects apart: their average precision, null where nothing was held out; absent: it does not */
  objects?: { averagePrecision: number | null };
  /** name@version of the model that it was trained from */
  startedFrom: string | null;
  /** what it came as, and what its makers call it; null: it was trained here */
  imported: { format: string; title: string | null } | null;
  /** its name alone does not mean this version where there is a better one */
  isWorse: boolean;
}

export interface VersionFacts {
  version: string;
  bytes: number;
  /** null: its card cannot be read, for the reason that is the problem */
  card: CardFacts | null;
  problem: string | null;
}

/** A model and its versions, the newest first. */
export interface ModelFacts {
  name: string;
  /** the version that the name alone means */
  means: string;
  /** that somebody chose it, and why; null: nobody did */
  chosen: Choice | null;
  /** what it meant before; null: nothing that is still there */
  before: string | null;
  versions: VersionFacts[];
}

/** All that a models folder holds. */
export interface ModelInventory {
  folder: string;
  models: ModelFacts[];
  bin: BinEntry[];
}

/** Cards are large, and published versions do not change: what was read of a card is kept while its file is as it was. */
const known = new LruCache<string, { stamp: string; facts: VersionFacts }>(5000);

/**
 * Lists the models of a folder with what their cards say, and what was deleted. What is wrong with one is told of it and
 * keeps none of the others.
 * @param roots folders that reading is confined to, the models folder among them
 */
export async function listInventory(modelsFolder: string, roots: readonly string[]): Promise<ModelInventory> {
  const models: ModelFacts[] = [];
  for (const { name, versions } of await listModels(modelsFolder)) {
    const folder = modelFolder(modelsFolder, name);
    const facts = await Promise.all(
      [...versions].reverse().map((version) => factsOf(path.join(folder, version), version, roots)),
    );
    // What is wrong with the choice is told where the model is used; a list shows all there is.
    const choices = await readChoices(modelsFolder, name, roots).catch((): Choice[] => []);
    const chosen = chosenOf(choices, versions);
    const means = chosen?.version ?? meantVersion(facts);
    models.push({ name, means, chosen, before: versionBefore(choices, versions), versions: facts });
  }
  return { folder: modelsFolder, models, bin: await listBin(modelsFolder) };
}

/** As `resolve.ts` takes a name. @param versions newest first */
function meantVersion(versions: readonly VersionFacts[]): string {
  const [newest] = versions;
  const better = newest.card?.isWorse ? versions.find(({ card }) => card && !card.isWorse) : newest;
  return (better ?? newest).version;
}

async function factsOf(folder: string, version: string, roots: readonly string[]): Promise<VersionFacts> {
  const status = await lookAt(path.join(folder, MODEL_FILES.card));
  const stamp = `${status?.mtimeMs} ${status?.size} ${status?.ino}`;
  const kept = known.get(folder);
  if (kept?.stamp === stamp) return kept.facts;
  const facts: VersionFacts = { version, bytes: await folderBytes(folder), card: null, problem: null };
  try {
    facts.card = cardFacts(await readCard(folder, roots));
  } catch (error) {
    facts.problem = toErrorRecord(error).message;
  }
  known.set(folder, { stamp, facts }, 1);
  return facts;
}

function cardFacts(card: ModelCard): CardFacts {
  const {
    created,
    dimensions,
    pixelSize,
    threshold,
    patch,
    channels,
    expected,
    metrics,
    recipe,
    comparison,
    data,
    imported,
  } = card;
  const { validationDice, objects } = metrics;
  const averagePrecision = isRecord(objects) ? objects.averagePrecision : null;
  const images = data.filter(({ split }) => split !== 'failed' && split !== 'test').length;
  return {
    ...{ created, dimensions, pixelSize, threshold, patch },
    images: images > 0 ? images : null,
    channels: channels.map(({ index, name }) => name ?? String(index)),
    expected: expected ? { dice: expected.dice, low: expected.low, high: expected.high } : null,
    validationDice: typeof validationDice === 'number' ? validationDice : null,
    ...(card.outputs
      ? { objects: { averagePrecision: typeof averagePrecision === 'number' ? averagePrecision : null } }
      : {}),
    startedFrom: isRecord(recipe) && typeof recipe.startedFrom === 'string' ? recipe.startedFrom : null,
    imported: imported ? { format: imported.format, title: imported.title ?? null } : null,
    isWorse: comparison?.isWorse ?? false,
  };
}
