import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { openEngine } from '../src/engines';
import { bestThreshold, overlapAt } from '../src/metrics/best-threshold';
import { meanDice, overlapMetrics } from '../src/metrics/overlap';
import type { ProbabilityHistogram } from '../src/metrics/probability-histogram';
import type { Sample } from '../src/samples/sample';
import { prepareTraining } from '../src/training/prepare';
import type { TrainSettings } from '../src/training/settings';
import { train } from '../src/training/train';
import type { Calibration } from '../src/trust/calibration';
import { predictedOverlap } from '../src/trust/predicted';
import { engineOptions, placeOf, report } from './support/measure';
import { writeImage } from './support/nuclei-trainings';
import { predict, predictedSample } from './support/predicted-sample';
import { DIVISIONS, type Part, sceneOf } from './support/real-parts';

/** Room for the steps asked for on any machine, with patches as short trainings have them. */
const MINUTES = 59;

/**
 * How well calibration and threshold hold that a cross-fitted training carries from its folds to its model: trained on a part of
 * the images of `train/` of a real set, judged on the others. `-- carried DIVISION [SEED] [STEPS] [SIZE]`, the size of the model
 * (medium). Steps are set, so that what comes of it depends on no clock.
 */
async function main(): Promise<void> {
  const [name, seedText = '0', stepsText = '400', modelSize = 'medium'] = process.argv.slice(2);
  const division = DIVISIONS[name]?.();
  if (!division) throw new Error(`carried: expected one of ${Object.keys(DIVISIONS).join(', ')}, got ${name}`);
  const [seed, steps] = [Number(seedText), Number(stepsText)];
  const engine = await openEngine(engineOptions());
  const folder = mkdtempSync(path.join(os.tmpdir(), 'segmenter-carried-'));
  try {
    const begin = performance.now();
    const learned = await samplesOf(path.join(folder, 'learned'), division.train);
    const judged = await samplesOf(path.join(folder, 'judged'), division.judge);
    const settings = { ...SETTINGS, modelSize: modelSize as TrainSettings['modelSize'], seed };
    const { budget } = await prepareTraining({ samples: learned, settings: { ...settings, epochs: 1 }, start: null });
    const epochs = Math.max(1, Math.round(steps / (budget.steps ?? 1)));
    const preparation = await prepareTraining({ samples: learned, settings: { ...settings, epochs }, start: null });
    const where = { engine, predict, folder: path.join(folder, 'training'), memoryMB: 3000 };
    const result = await train(preparation, where);
    const images: ProbabilityHistogram[] = [];
    for (const sample of judged) images.push(await predictedSample(sample, result, { ...preparation, engine }));

    const { outcome, plan, threshold } = result;
    if (!outcome?.calibration) throw new Error(`carried: ${name} was not calibrated`);
    const { calibrationOfFolds, thresholdOfFolds, learned: ofLearned, gap } = outcome.evidence;
    const best = bestThreshold(images).threshold;
    const dice = (at: number) => Number(meanDice(images.map((image) => overlapAt(image, at))).toFixed(4));
    report(
      'carried',
      { seconds: (performance.now() - begin) / 1000 },
      {
        ...{ division: name, seed, modelSize, steps: plan.steps, images: images.length },
        dice: { carried: dice(threshold), folds: dice(thresholdOfFolds as number), best: dice(best), half: dice(0.5) },
        thresholds: { carried: threshold, folds: thresholdOfFolds, best },
        predictedError: {
          carried: predictedError(images, outcome.calibration, threshold),
          folds: predictedError(images, calibrationOfFolds as Calibration, threshold),
        },
        ...{ calibration: outcome.calibration, learned: ofLearned, gap, expected: outcome.expected },
        ...placeOf(engine),
      },
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const SETTINGS: TrainSettings = {
  ...{ model: 'carried', dimensions: 'auto', modelSize: 'medium', levels: 'auto', epochs: null, batchSize: 2 },
  ...{ learningRate: 0.001, loss: 'dice+bce', validation: null, maxMinutes: MINUTES, patience: null, startFrom: null },
  ...{ augment: true, tiles: 'auto', seed: 0 },
};

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

/** Mean over the images of how far the foretold Dice lies from the true one. */
function predictedError(images: readonly ProbabilityHistogram[], calibration: Calibration, threshold: number): number {
  const errors = images.map((image) => {
    const bins = image.foreground.map((n, k) => n + image.background[k]);
    const { dice } = overlapMetrics(overlapAt(image, threshold));
    return Math.abs(predictedOverlap(bins, calibration, threshold).dice - dice);
  });
  return Number((errors.reduce((sum, error) => sum + error, 0) / errors.length).toFixed(4));
}

void main();
