import type { EvaluateMetrics, PredictMetrics, ThresholdMetrics, TrainMetrics } from '../../src/jobs/job-types';

/** What jobs of a fake host measure: of everything a little. */

const COMPUTED = { engine: 'onnx', device: 'cpu', threads: 1, warnings: [], notes: [], seconds: 1 } as const;

export function predictMetrics(changes: Partial<PredictMetrics> = {}): PredictMetrics {
  const tiles = { size: [1, 4, 4], count: 1, overlap: 0.25, mirrorings: 1 } satisfies PredictMetrics['tiles'];
  return { ...COMPUTED, warnings: [], notes: [], tiles, normalisation: [], uncertainty: 0, ...changes };
}

export function trainMetrics(changes: Partial<TrainMetrics> = {}): TrainMetrics {
  return {
    ...COMPUTED,
    ...{ warnings: [], notes: [], failed: [], perImage: [] },
    ...{
      validationDice: 0.9,
      expected: null,
      startDice: null,
      threshold: 0.5,
      tiles: 'patch',
      norms: 'tile',
      loss: 0.1,
    },
    ...{ epochs: 1, steps: 1, bestStep: 1, ended: 'budget' },
    ...{ images: 1, validationImages: 1, emptyValidationImages: 0, network: { parameters: 1, memoryMB: 1 } },
    ...changes,
  };
}

export function thresholdMetrics(changes: Partial<ThresholdMetrics> = {}): ThresholdMetrics {
  return {
    ...{ method: 'value', threshold: 0.5, thresholds: [0.5], minSize: 0, foreground: 0.5 },
    ...{ objects: { total: 0, rows: [], file: null }, intensityChannel: null, seconds: 1 },
    ...changes,
  };
}

/** Of a sample with one object that was found and others that were not. */
export function evaluateMetrics(dice: number): EvaluateMetrics {
  const counts = { truePositive: 1, falsePositive: 0, falseNegative: 0, trueNegative: 3 };
  const scores = { precision: 1, recall: 1, emptyReference: false };
  const matched = { ...counts, ...scores, averagePrecision: 0.5, f1: 0.5, meanMatchedIou: 0.9, panopticQuality: 0.6 };
  return {
    ...{ dice, iou: dice / (2 - dice), ...scores, counts },
    ...{ objectAp: 0.5, objectPrecision: 1, objectRecall: 1, objectF1: 0.5 },
    ...{ objectApMean: 0.4, nsd: 0.8, hd95: 2, ece: null, probability: null },
    surface: {
      ...{ nsd: 0.8, hd95: 2, meanDistance: 0.5, predicted: 4, truth: 4 },
      ...{ tolerance: 1, unit: 'pixel', spacing: [1, 1, 1] },
    },
    objects: { ...matched, iou: 0.5, apAt: Array(10).fill(0.5), predicted: 'components', truth: 'components' },
    ...{ warnings: [], seconds: 1 },
  };
}
