import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { openEngine } from '../src/engines';
import { bestThreshold, overlapAt } from '../src/metrics/best-threshold';
import { meanDice, overlapMetrics } from '../src/metrics/overlap';
import type { ProbabilityHistogram } from '../src/metrics/probability-histogram';
import type { TrainSettings } from '../src/training/settings';
import type { Calibration } from '../src/trust/calibration';
import { predictedOverlap } from '../src/trust/predicted';
import { trainDivided } from './support/divided-training';
import { engineOptions, placeOf, report } from './support/measure';

/**
 * How well calibration and threshold hold that a cross-fitted training carries from its folds to its model: trained on a part of
 * the images of `train/` of a real set, judged on the others. `-- carried DIVISION [SEED] [STEPS] [SIZE]`, the size of the model
 * (medium). Steps are set, so that what comes of it depends on no clock.
 */
async function main(): Promise<void> {
  const [name, seedText = '0', stepsText = '400', modelSize = 'medium'] = process.argv.slice(2);
  const [seed, steps] = [Number(seedText), Number(stepsText)];
  const engine = await openEngine(engineOptions());
  const folder = mkdtempSync(path.join(os.tmpdir(), 'segmenter-carried-'));
  try {
    const begin = performance.now();
    const settings = { modelSize: modelSize as TrainSettings['modelSize'], seed };
    const { result, images } = await trainDivided(name, steps, settings, { engine, folder });
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
