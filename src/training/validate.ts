import { throwIfCancelled } from '../base/errors';
import type { Engine, PredictionSession } from '../engines/engine';
import { addProbabilities, bestThreshold, noProbabilities, type ProbabilityHistogram } from '../metrics/best-threshold';
import { divisor } from '../network/spec';
import { emptyPixels } from '../patches/patch-pixels';
import type { Zyx } from '../patches/plan';
import { eventLoopTurn } from './event-loop';
import type { ValidationItem } from './load-images';
import type { Preparation } from './prepare';
import type { TileSize } from './settings';

/** Voxels of all tiles of an image per voxel of the image, about. */
const OVERLAP = 1.5;
/** Cost of a voxel in a training step by that in a prediction, about. */
const STEP_COST = 3.5;

/** What decides the tiles of a prediction, as in the card. */
export interface PredictionGeometry {
  dimensions: 2 | 3;
  patch: { z: number | null; y: number; x: number };
  divisor: number;
  tiles: TileSize;
}

/**
 * Predicts a whole image in memory the way the predict node does.
 * @param pixels normalised, [c, z, y, x]
 * @returns probabilities [z, y, x]
 */
export type ImagePredictor = (
  session: PredictionSession,
  pixels: Float32Array,
  shape: [c: number, z: number, y: number, x: number],
  geometry: PredictionGeometry,
  signal?: AbortSignal,
) => Promise<Float32Array<ArrayBuffer>>;

export interface ValidationResult {
  /** mean over images at the threshold */
  dice: number;
  threshold: number;
  /** of the tiles it was predicted with */
  tiles: TileSize;
  /** Dice of each image at the threshold */
  perImage: Array<{ id: string; dice: number }>;
}

/** The card's fields that decide tiles. */
export function geometryOf({ spec, plan }: Pick<Preparation, 'spec' | 'plan'>, tiles: TileSize): PredictionGeometry {
  const patch = { z: plan.sizeZ, y: plan.sizeY, x: plan.sizeX };
  return { dimensions: spec.dimensions, patch, divisor: divisor(spec), tiles };
}

/**
 * Predicts the validation images with some weights and finds the threshold of the best mean Dice.
 * @throws CancelledError
 */
export async function validate(
  preparation: Pick<Preparation, 'spec' | 'plan'>,
  items: readonly ValidationItem[],
  parameters: Float32Array,
  tiles: TileSize,
  engine: Engine,
  predict: ImagePredictor,
  signal?: AbortSignal,
): Promise<ValidationResult> {
  const session = await engine.createPrediction({ spec: preparation.spec, parameters });
  const histograms: ProbabilityHistogram[] = [];
  const pixels = emptyPixels();
  try {
    for (const { image, predicted } of items) {
      const size = predicted.end.map((end, axis) => end - predicted.start[axis]) as Zyx;
      const voxels = size[0] * size[1] * size[2];
      await image.read(predicted.start, size, pixels);
      const input = pixels.image.slice(0, image.channels * voxels);
      const shape: [number, number, number, number] = [image.channels, ...size];
      const probabilities = await predict(
        interruptible(session, signal),
        input,
        shape,
        geometryOf(preparation, tiles),
        signal,
      );
      const histogram = noProbabilities();
      addProbabilities(histogram, probabilities, pixels.target.subarray(0, voxels), pixels.weight.subarray(0, voxels));
      histograms.push(histogram);
    }
  } finally {
    await session.dispose();
  }
  const { threshold, meanDice } = bestThreshold(histograms);
  const perImage = items.map(({ id }, i) => ({ id, dice: diceAt(histograms[i], threshold) }));
  return { dice: meanDice, threshold, tiles, perImage };
}

function diceAt(histogram: ProbabilityHistogram, threshold: number): number {
  const { curve } = bestThreshold([histogram]);
  return curve.find((point) => point.threshold === threshold)?.meanDice ?? Number.NaN;
}

/**
 * Every how many epochs validation is due, so that it costs the recipe's share of training. It counts voxels, not
 * time, so that it is the same on every machine.
 */
export function validationInterval(
  { recipe, budget, plan }: Pick<Preparation, 'recipe' | 'budget' | 'plan'>,
  items: readonly ValidationItem[],
): number {
  const voxels = items.reduce((sum, { predicted: { start, end } }) => {
    return sum + (end[0] - start[0]) * (end[1] - start[1]) * (end[2] - start[2]);
  }, 0);
  const epoch = budget.epochPatches * (plan.sizeZ ?? 1) * plan.sizeY * plan.sizeX * STEP_COST;
  return Math.max(1, Math.ceil((voxels * OVERLAP) / (recipe.validationShare * epoch)));
}

/** A session that lets messages (cancel, stop) in before each call; the engine blocks the thread during one. */
function interruptible(session: PredictionSession, signal: AbortSignal | undefined): PredictionSession {
  return {
    predict: async (input, shape) => {
      await eventLoopTurn();
      throwIfCancelled(signal, 'the validation');
      return session.predict(input, shape);
    },
    dispose: () => session.dispose(),
  };
}
