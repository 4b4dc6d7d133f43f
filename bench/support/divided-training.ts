import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Engine } from '../../src/engines/engine';
import type { ProbabilityHistogram } from '../../src/metrics/probability-histogram';
import type { Sample } from '../../src/samples/sample';
import { type Preparation, prepareTraining } from '../../src/training/prepare';
import type { TrainingRecipe } from '../../src/training/recipe';
import type { TrainingResult } from '../../src/training/result';
import type { TrainSettings } from '../../src/training/settings';
import { readStarters } from '../../src/training/starters';
import { train } from '../../src/training/train';
import { DIVISIONS, type Part, sceneOf } from './divisions';
import { writeImage } from './nuclei-trainings';
import { predict, predictedSample } from './predicted-sample';

/** Room for the steps asked for on any machine, with patches as short trainings have them. */
const MINUTES = 59;

export const DIVIDED_SETTINGS: TrainSettings = {
  ...{ model: 'divided', dimensions: 'auto', modelSize: 'medium', levels: 'auto', epochs: null, batchSize: 2 },
  ...{ learningRate: 0.001, loss: 'dice+bce', validation: null, maxMinutes: MINUTES, patience: null, startFrom: null },
  ...{ augment: true, tiles: 'auto', seed: 0 },
};

/** A training on a part of a set, and what it says of the rest. */
export interface DividedTraining {
  result: TrainingResult;
  /** of the images that it was kept from, by their truth */
  images: ProbabilityHistogram[];
}

/**
 * Trains on a part of the images of `train/` of a real set for about so many steps, and predicts the others.
 * @param folder an empty one, for images and checkpoints
 * @param more settings that differ from the defaults
 * @param changed makes the recipe of the default one
 */
export async function trainDivided(
  name: string,
  steps: number,
  more: Partial<TrainSettings>,
  { engine, folder, changed }: { engine: Engine; folder: string; changed?: (recipe: TrainingRecipe) => TrainingRecipe },
): Promise<DividedTraining> {
  const division = DIVISIONS[name]?.();
  if (!division) throw new Error(`division: expected one of ${Object.keys(DIVISIONS).join(', ')}, got ${name}`);
  const samples = await samplesOf(path.join(folder, 'learned'), division.train);
  const judged = await samplesOf(path.join(folder, 'judged'), division.judge);
  const settings = { ...DIVIDED_SETTINGS, ...more };
  const starters = await readStarters();
  const prepared = (epochs: number, recipe?: TrainingRecipe): Promise<Preparation> =>
    prepareTraining({ samples, settings: { ...settings, epochs }, start: null, starters, ...(recipe && { recipe }) });
  const { budget, recipe } = await prepared(1);
  const epochs = Math.max(1, Math.round(steps / (budget.steps ?? 1)));
  const preparation = await prepared(epochs, changed?.(recipe));
  const result = await train(preparation, { engine, predict, folder: path.join(folder, 'training'), memoryMB: 3000 });
  const images: ProbabilityHistogram[] = [];
  for (const sample of judged) images.push(await predictedSample(sample, result, { ...preparation, engine }));
  return { result, images };
}

async function samplesOf(folder: string, parts: readonly Part[]): Promise<Sample[]> {
  mkdirSync(folder);
  const samples: Sample[] = [];
  for (const part of parts) {
    const { id, shape, raw, mask, pixelSize } = await sceneOf(part);
    const image = await writeImage({ folder }, id, shape, raw);
    const target = await writeImage({ folder }, `${id}-mask`, shape, mask);
    samples.push({ id, raw: { ...image, pixelSize }, target });
  }
  return samples;
}
