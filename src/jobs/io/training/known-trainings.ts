import path from 'node:path';
import { InvalidInputError, SegmenterError } from '../../../base/errors';
import type { ModelCard } from '../../../models/card';
import { listModelNames, listRuns, listVersions, MODEL_FILES, modelFolder, runFolder } from '../../../models/layout';
import { readCard } from '../../../models/read-card';
import { readTrainingFile, type TrainingFile } from '../../../models/training-file';
import { readUnlinkedText } from '../../../storage/outside-files';
import { type EpochRecord, parseMetricsCsv } from '../../../training/history';

/** Trainings that a list has: the newest. */
const MOST_LISTED = 1000;
/** Of a run's key so many digits are in its id. */
const KEY_DIGITS = 16;

/** A training that left something to see. */
export interface KnownTraining {
  /** `name@v3` of a published version, `name@` and 16 digits of the run's key where there is none */
  id: string;
  /** null: it has not made a model */
  version: string | null;
  training: TrainingFile;
}

/** Gives the id of a training that goes on, or that ended without a model. */
export function runId(model: string, key: string): string {
  return `${model}@${key.slice(0, KEY_DIGITS)}`;
}

/**
 * Lists all trainings of the models folder, the newest first: those of each version of a model, and runs that have made none.
 * What cannot be read is left out.
 */
export async function knownTrainings(modelsFolder: string, roots: readonly string[]): Promise<KnownTraining[]> {
  const found: KnownTraining[] = [];
  const take = (known: KnownTraining | null) => {
    if (known) found.push(known);
  };
  for (const name of await listModelNames(modelsFolder)) {
    for (const version of await listVersions(modelsFolder, name)) {
      take(await ofVersion(modelsFolder, name, version, roots).catch(() => null));
    }
    for (const key of await listRuns(modelsFolder, name)) take(await ofRun(modelsFolder, name, key).catch(() => null));
  }
  const timeOf = ({ training }: KnownTraining) => Date.parse(training.begun ?? training.changed) || 0;
  return found.sort((a, b) => timeOf(b) - timeOf(a)).slice(0, MOST_LISTED);
}

/** Where a training lies, what is known of it, and its epochs. */
export interface FoundTraining extends KnownTraining {
  folder: string;
}

/**
 * Finds a training by its id. One that has made a model meanwhile is that version's.
 * @throws InvalidInputError, SegmenterError `not-found`
 */
export async function findTraining(modelsFolder: string, id: string, roots: readonly string[]): Promise<FoundTraining> {
  const [, name, place] = /^([^@/\\]+)@(v\d{1,9}|[0-9a-f]{16})$/.exec(id) ?? [];
  if (name === undefined) throw new InvalidInputError('training', 'name@version, or name@ and 16 digits', id);
  const versions = await listVersions(modelsFolder, name);
  if (versions.includes(place)) {
    const known = await ofVersion(modelsFolder, name, place, roots);
    if (known) return { ...known, folder: path.join(modelFolder(modelsFolder, name), place) };
  }
  const key = (await listRuns(modelsFolder, name)).find((run) => run.startsWith(place));
  const run = key === undefined ? null : await ofRun(modelsFolder, name, key);
  if (run && key !== undefined) return { ...run, folder: runFolder(modelsFolder, name, key) };
  for (const version of versions.reverse()) {
    const known = await ofVersion(modelsFolder, name, version, roots).catch(() => null);
    const isIt = known?.training.run.startsWith(place) && known.training.run !== '';
    if (known && isIt) return { ...known, folder: path.join(modelFolder(modelsFolder, name), version) };
  }
  throw new SegmenterError('not-found', `no training ${id} is known in ${modelsFolder}`, { id });
}

/** The epochs of a training; none where it has not ended one. */
export async function historyIn(folder: string): Promise<EpochRecord[]> {
  const text = await readUnlinkedText(path.join(folder, MODEL_FILES.metrics)).catch(() => '');
  return parseMetricsCsv(text);
}

async function ofRun(modelsFolder: string, name: string, key: string): Promise<KnownTraining | null> {
  const training = await readTrainingFile(runFolder(modelsFolder, name, key));
  return training && { id: runId(name, key), version: null, training };
}

/** Models of earlier versions of this package, and from elsewhere, have a card alone. */
async function ofVersion(
  modelsFolder: string,
  name: string,
  version: string,
  roots: readonly string[],
): Promise<KnownTraining | null> {
  const folder = path.join(modelFolder(modelsFolder, name), version);
  const training =
    (await readTrainingFile(folder).catch(() => null)) ??
    fromCard(await readCard(folder, roots), await historyIn(folder));
  return training && { id: `${name}@${version}`, version, training };
}

/** What a card says of its training; null of a model from elsewhere. */
function fromCard(card: ModelCard, history: readonly EpochRecord[]): TrainingFile | null {
  const { recipe, metrics, dimensions, patch, architecture, created, data } = card;
  const settings = recipe.settings as Record<string, unknown> | undefined;
  if (!settings) return null;
  const number = (value: unknown) => (typeof value === 'number' && Number.isFinite(value) ? value : null);
  const whole = (value: unknown) => Math.max(0, Math.round(number(value) ?? 0));
  const texts = (value: unknown) => (Array.isArray(value) ? value.filter((text) => typeof text === 'string') : []);
  const budget = (recipe.budget ?? {}) as { steps?: unknown; minutes?: unknown };
  const stages = [budget.steps ?? []].flat().map(whole);
  const seconds = number(metrics.seconds) ?? history.at(-1)?.seconds ?? 0;
  const startedFrom = typeof recipe.startedFrom === 'string' ? recipe.startedFrom : null;
  const [engine, device] = [metrics.engine, metrics.device];
  return {
    ...{ format: 'segmenter-training', formatVersion: 1, run: '', model: card.name, state: 'ended' },
    ...{ ended: typeof metrics.ended === 'string' ? metrics.ended : null, error: null },
    begun: new Date(Date.parse(created) - 1000 * seconds || 0).toISOString(),
    ...{ changed: created, seconds, settings, startedFrom },
    network: {
      dimensions,
      patch: [patch.z, patch.y, patch.x].filter((size) => size !== null),
      parameters: whole(architecture.parameters),
    },
    data: {
      samples: data.filter(({ split }) => split !== 'failed').length,
      failed: data.filter(({ split }) => split === 'failed').length,
      images: whole(metrics.images),
      validationImages: whole(metrics.validationImages),
      split: String(card.selection.split ?? ''),
      folds: Math.max(0, stages.length - 1),
    },
    ...{ stages, minutes: number(budget.minutes), step: whole(metrics.steps), epoch: whole(metrics.epochs) },
    ...{ loss: number(metrics.loss), validationDice: number(metrics.validationDice), threshold: card.threshold },
    ...{ expected: card.expected ?? null, computedBy: engine && device ? `${engine} on ${device}` : null },
    ...{ notes: texts(metrics.notes), warnings: texts(metrics.warnings), pictures: [] },
  };
}
