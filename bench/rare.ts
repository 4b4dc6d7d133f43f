import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { openEngine } from '../src/engines';
import { bestThreshold, overlapAt } from '../src/metrics/best-threshold';
import { overlapMetrics } from '../src/metrics/overlap';
import type { ProbabilityHistogram } from '../src/metrics/probability-histogram';
import type { PatchPlan, Sample } from '../src/samples/sample';
import { prepareTraining } from '../src/training/prepare';
import { defaultRecipe } from '../src/training/recipe';
import type { TrainSettings } from '../src/training/settings';
import { train } from '../src/training/train';
import { engineOptions, placeOf, report } from './support/measure';
import { writeImage } from './support/nuclei-trainings';
import { predict, predictedSample } from './support/predicted-sample';
import { embryoHalves, type RareSplit, smallAxons } from './support/rare-real';
import { RARE_2D, RARE_3D, type RareField, rareScene, type Scene } from './support/rare-scenes';

interface RareSet {
  scenes(seed: number): Promise<RareSplit>;
  /** [z or null, y, x] */
  patch: [number | null, number, number];
  modelSize: TrainSettings['modelSize'];
  epochs: number;
}

const simulated = (field: RareField, images: number, tests: number) => async (seed: number) => ({
  train: Array.from({ length: images }, (_, i) => rareScene(field, 100 * seed + i)),
  test: Array.from({ length: tests }, (_, i) => rareScene(field, 100_000 + i)),
});
/** Ten objects are all that there is to learn from. */
const FEW_2D: RareField = { ...RARE_2D, counts: { ...RARE_2D.counts, target: 5 } };

const SETS: Record<string, RareSet> = {
  '2d': { scenes: simulated(RARE_2D, 2, 4), patch: [null, 128, 128], modelSize: 'small', epochs: 75 },
  few: { scenes: simulated(FEW_2D, 2, 8), patch: [null, 128, 128], modelSize: 'small', epochs: 75 },
  '3d': { scenes: simulated(RARE_3D, 2, 4), patch: [16, 64, 64], modelSize: 'small', epochs: 75 },
  axons: { scenes: () => smallAxons([40, 150]), patch: [null, 128, 128], modelSize: 'small', epochs: 22 },
  embryo: { scenes: (seed) => embryoHalves(seed % 2 === 1), patch: [24, 48, 48], modelSize: 'small', epochs: 100 },
};

/**
 * What becomes of rare foreground among what looks like it: a short training, then Dice, precision and recall on other
 * images, at the threshold that the training chose, at 0.5 and at the best. `-- rare SET [SEED] [off]`; `off` trains as
 * if foreground were not rare. SET is one of the simulated `2d`, `few` and `3d`, or of real images where these are on the
 * machine: `axons`, `embryo`.
 */
async function main(): Promise<void> {
  const [name, seed = '0', mode = 'on'] = process.argv.slice(2);
  const set = SETS[name];
  if (!set) throw new Error(`rare: expected one of ${Object.keys(SETS).join(', ')}, got ${name}`);
  const engine = await openEngine(engineOptions());
  const folder = mkdtempSync(path.join(os.tmpdir(), 'segmenter-rare-'));
  try {
    const begin = performance.now();
    const { train: training, test } = await set.scenes(Number(seed));
    const samples: Sample[] = [];
    for (const scene of training) samples.push(await sampleOf(folder, scene, set, Number(seed)));
    const settings = settingsOf(set, Number(seed));
    const standard = defaultRecipe(set.patch[0] === null ? 2 : 3, true);
    const recipe = mode === 'off' ? { ...standard, rare: { ...standard.rare, below: 0 } } : standard;
    const preparation = await prepareTraining({ samples, settings, start: null, recipe });
    const environment = { engine, predict, folder: path.join(folder, 'training'), memoryMB: 2000 };
    const result = await train(preparation, environment);
    const seconds = (performance.now() - begin) / 1000;
    const histograms: ProbabilityHistogram[] = [];
    for (const scene of test) {
      const sample = await sampleOf(folder, scene, set, 0);
      histograms.push(await predictedSample(sample, result, { ...preparation, engine }));
    }
    const best = bestThreshold(histograms).threshold;
    const details = {
      set: name,
      seed: Number(seed),
      mode,
      share: shareOf(training),
      validation: result.validation?.dice,
    };
    const facts = {
      notes: result.facts.notes,
      moments: result.moments !== null,
      step: result.step,
      steps: result.steps,
    };
    const scores = {
      chosen: scoreAt(histograms, result.threshold),
      half: scoreAt(histograms, 0.5),
      best: scoreAt(histograms, best),
    };
    report('rare', { seconds }, { ...details, ...scores, ...facts, ...placeOf(engine) });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function settingsOf({ modelSize, epochs }: RareSet, seed: number): TrainSettings {
  return {
    ...{ model: 'rare', dimensions: 'auto', modelSize, levels: 3, epochs, batchSize: 2, learningRate: 0.003 },
    ...{ loss: 'dice+bce', validation: 0.2, maxMinutes: null, patience: null, startFrom: null, augment: true },
    ...{ tiles: 'patch', seed },
  };
}

function shareOf(scenes: readonly Scene[]): number {
  const foreground = scenes.reduce((sum, { mask }) => sum + mask.reduce((n, v) => n + (v > 0 ? 1 : 0), 0), 0);
  return Number((foreground / scenes.reduce((sum, { mask }) => sum + mask.length, 0)).toPrecision(3));
}

function scoreAt(histograms: readonly ProbabilityHistogram[], threshold: number) {
  const scores = histograms.map((histogram) => overlapMetrics(overlapAt(histogram, threshold)));
  const mean = (name: 'dice' | 'precision' | 'recall') =>
    Number((scores.reduce((sum, score) => sum + score[name], 0) / scores.length).toFixed(4));
  return { threshold, dice: mean('dice'), precision: mean('precision'), recall: mean('recall') };
}

async function sampleOf(folder: string, scene: Scene, { patch }: RareSet, seed: number): Promise<Sample> {
  const { id, shape, raw, mask } = scene;
  const [sizeZ, sizeY, sizeX] = patch;
  const patches: PatchPlan = { sizeZ, sizeY, sizeX, perImage: 8, sampling: 'balanced', overlap: 0, seed };
  const target = await writeImage({ folder }, `${id}-target`, shape, mask);
  return { id, raw: await writeImage({ folder }, `${id}-raw`, shape, raw), target, patches };
}

void main();
