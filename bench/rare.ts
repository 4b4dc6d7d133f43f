import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { openEngine } from '../src/engines';
import type { Engine } from '../src/engines/engine';
import type { ImageDescription } from '../src/image/description';
import { predictVolume } from '../src/inference/predict-volume';
import { planTiles } from '../src/inference/tiles';
import { bestThreshold, overlapAt } from '../src/metrics/best-threshold';
import { overlapMetrics } from '../src/metrics/overlap';
import { addProbabilities, noProbabilities, type ProbabilityHistogram } from '../src/metrics/probability-histogram';
import { emptyPixels } from '../src/patches/patch-pixels';
import type { PatchPlan, Sample } from '../src/samples/sample';
import { openPart } from '../src/training/data/open-part';
import { TrainingImage } from '../src/training/data/training-image';
import { prepareTraining } from '../src/training/prepare';
import { defaultRecipe } from '../src/training/recipe';
import type { TrainingResult } from '../src/training/result';
import type { TrainSettings } from '../src/training/settings';
import { train } from '../src/training/train';
import { geometryOf, type ImagePredictor } from '../src/training/validation/validate';
import { engineOptions, placeOf, report } from './support/measure';
import { writeImage } from './support/nuclei-trainings';
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
      histograms.push(await predicted(sample, result, { ...preparation, engine }));
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

const predict: ImagePredictor = (session, pixels, shape, geometry, signal) =>
  predictVolume(session, pixels, shape, planTiles(geometry, [shape[1], shape[2], shape[3]], 0.25), { signal });

type Trained = Pick<Awaited<ReturnType<typeof prepareTraining>>, 'spec' | 'plan' | 'normalisation'> & {
  engine: Engine;
};

/** A test image, predicted as a validation image is. */
async function predicted(sample: Sample, result: TrainingResult, trained: Trained): Promise<ProbabilityHistogram> {
  const { raw, target, id } = sample;
  const parts = {
    ...{ id, t: 0, shape: raw.shape, dtype: raw.dtype, channelNames: ['image'], anisotropy: 1, weight: null },
    raw: await openPart(raw, { role: 'raw', id }),
    target: await openPart(target as ImageDescription, { role: 'target', id }),
  };
  const image = await TrainingImage.load(parts, trained.normalisation, true, false);
  const { parameters, moments, tiles } = result;
  const session = await trained.engine.createPrediction({
    spec: trained.spec,
    parameters,
    ...(moments ? { moments } : {}),
  });
  try {
    const pixels = emptyPixels();
    await image.read([0, 0, 0], image.shape, pixels);
    const voxels = image.shape[0] * image.shape[1] * image.shape[2];
    const input = pixels.image.slice(0, voxels);
    const map = await predict(session, input, [1, ...image.shape], geometryOf(trained, tiles));
    const histogram = noProbabilities();
    addProbabilities(histogram, map, pixels.target.subarray(0, voxels), null);
    return histogram;
  } finally {
    await session.dispose();
  }
}

void main();
