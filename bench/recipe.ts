import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { openEngine } from '../src/engines';
import { bestThreshold, overlapAt } from '../src/metrics/best-threshold';
import { meanDice, overlapMetrics } from '../src/metrics/overlap';
import type { TrainingRecipe } from '../src/training/recipe';
import type { TrainSettings } from '../src/training/settings';
import { trainDivided } from './support/divided-training';
import { engineOptions, placeOf, report } from './support/measure';

type Parts<T> = { [K in keyof T]?: T[K] extends readonly unknown[] ? T[K] : T[K] extends object ? Parts<T[K]> : T[K] };

/** What differs from the defaults. */
interface Changes {
  settings?: Partial<TrainSettings>;
  recipe?: Parts<TrainingRecipe>;
}

/**
 * What a change of the recipe is worth: trained on a part of the images of `train/` of a real set, judged on the others. `-- recipe
 * DIVISION [SEED] [STEPS] [CHANGES]`, the changes as JSON such as `{"settings":{"learningRate":0.003}}`. Steps are set, all of them
 * go into one training without folds (`validation` 0), so that what comes of it depends on no clock.
 */
async function main(): Promise<void> {
  const [name, seedText = '0', stepsText = '200', changesText = '{}'] = process.argv.slice(2);
  const changes = JSON.parse(changesText) as Changes;
  const settings = { seed: Number(seedText), validation: 0, ...changes.settings };
  const changed = (recipe: TrainingRecipe) => merged(recipe, changes.recipe ?? {});
  const engine = await openEngine(engineOptions());
  const folder = mkdtempSync(path.join(os.tmpdir(), 'segmenter-recipe-'));
  try {
    const { result, images } = await trainDivided(name, Number(stepsText), settings, { engine, folder, changed });
    const { threshold, meanDice: best } = bestThreshold(images);
    const rounded = (value: number) => Number(value.toFixed(4));
    const each = images.map((image) => rounded(overlapMetrics(overlapAt(image, threshold)).dice));
    const half = rounded(meanDice(images.map((image) => overlapAt(image, 0.5))));
    report(
      'recipe',
      { seconds: result.seconds },
      {
        ...{ division: name, seed: settings.seed, steps: result.steps, changes },
        ...{ dice: { best: rounded(best), half }, threshold, each, load: os.loadavg()[0] },
        loss: result.history.map(({ step, loss }) => [step, rounded(loss)]),
        ...placeOf(engine),
      },
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The same with some of its parts replaced, however deep they lie. */
function merged<T>(whole: T, parts: Parts<T>): T {
  const entries = Object.entries(parts).map(([name, part]) => {
    const old = (whole as Record<string, unknown>)[name];
    if (old === undefined) throw new Error(`recipe: expected one of ${Object.keys(whole as object)}, got ${name}`);
    const isGroup = typeof old === 'object' && old !== null && !Array.isArray(old);
    return [name, isGroup ? merged(old, part as Parts<typeof old>) : part];
  });
  return { ...whole, ...Object.fromEntries(entries) };
}

void main();
