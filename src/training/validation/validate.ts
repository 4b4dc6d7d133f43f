import { throwIfCancelled } from '../../base/errors';
import { eventLoopTurn } from '../../base/long-work';
import { product } from '../../base/numbers';
import type { Engine, PredictionSession } from '../../engines/engine';
import type { Zyx } from '../../image/region';
import { bestThreshold, overlapAt } from '../../metrics/best-threshold';
import { meanDice, overlapMetrics } from '../../metrics/overlap';
import {
  addProbabilities,
  type HistogramJson,
  histogramToJson,
  noProbabilities,
  type ProbabilityHistogram,
} from '../../metrics/probability-histogram';
import type { ModelCard } from '../../models/card';
import { divisor, type NetworkSpec, outputsOf } from '../../network/spec';
import { emptyPixels } from '../../patches/patch-pixels';
import { patchSize } from '../../patches/plan';
import type { JudgedMap } from '../../trust/object-sizes';
import { judgedPart, type ValidationItem } from '../data/fold-images';
import type { ObservedObjects } from '../observer';
import { OVERLAP, STEP_COST } from '../plan';
import type { Preparation } from '../prepare';
import type { TileSize } from '../settings';
import { addDecodings, type DecodingTally, emptyTally } from './decoding-tally';
import { glimpse, type SeenImage, type SeenPixels } from './glimpse';

/** What decides the tiles of a prediction, as in the card. */
export interface PredictionGeometry {
  dimensions: 2 | 3;
  patch: { z: number | null; y: number; x: number };
  divisor: number | number[];
  tiles: TileSize;
  /** average the predictions of all mirrorings */
  mirror?: boolean;
  /** of the map that are kept (1: the foreground) */
  mapChannels?: number;
}

/**
 * Predicts a whole image in memory the way the predict node does.
 * @param pixels normalised, [c, z, y, x]
 * @returns probabilities [z, y, x], or of several outputs [c, z, y, x]
 */
export type ImagePredictor = (
  session: PredictionSession,
  pixels: Float32Array,
  shape: [c: number, z: number, y: number, x: number],
  geometry: PredictionGeometry,
  signal?: AbortSignal,
) => Promise<Float32Array<ArrayBuffer>>;

export interface ValidationResult {
  /** mean over images with foreground, what is found in empty ones counted as false (`metrics/overlap.ts`) */
  dice: number;
  threshold: number;
  /** of the tiles it was predicted with */
  tiles: TileSize;
  /** each image at the threshold; of an empty one, which no Dice tells anything of, the pixels that were found */
  perImage: Array<{ id: string; dice: number | null; falsePositive?: number }>;
  /** of each image */
  histograms: HistogramJson[];
}

/** How validation images are predicted, and by which weights. */
export interface Judged {
  parameters: Float32Array;
  /** of its norms; absent: of each tile */
  moments?: Float32Array;
  geometry: PredictionGeometry;
  /** null: the best on these images */
  threshold: number | null;
}

/** Of which images small views are wanted, and those that were taken. */
export interface Watch {
  wanted: readonly ValidationItem[];
  seen: SeenImage[];
}

/** The card's fields that decide tiles. */
export function geometryOf({ spec, plan }: Pick<Preparation, 'spec' | 'plan'>, tiles: TileSize): PredictionGeometry {
  const patch = { z: plan.sizeZ, y: plan.sizeY, x: plan.sizeX };
  return { dimensions: spec.dimensions, patch, divisor: divisor(spec), tiles };
}

/** The geometry that a model is predicted with by its own card. */
export function cardGeometry({ dimensions, patch, divisor, tiles = 'patch', mirror }: ModelCard): PredictionGeometry {
  return { dimensions, patch, divisor, tiles, ...(mirror ? { mirror } : {}) };
}

/**
 * Predicts the validation images with some weights and tells how good that is, at a threshold or at the best one.
 * @throws CancelledError; InvalidInputError when no image has foreground
 */
export async function validateNetwork(
  spec: NetworkSpec,
  items: readonly ValidationItem[],
  { parameters, moments, geometry, threshold: given }: Judged,
  compute: { engine: Engine; predict: ImagePredictor },
  signal?: AbortSignal,
  watch?: Watch,
): Promise<ValidationResult> {
  const histograms = await predictHistograms(spec, items, { parameters, moments, geometry }, compute, signal, watch);
  const threshold = given ?? bestThreshold(histograms).threshold;
  const overlaps = histograms.map((histogram) => overlapAt(histogram, threshold));
  const perImage = overlaps.map((counts, i) => {
    const { dice, emptyReference } = overlapMetrics(counts);
    const { id } = items[i];
    return emptyReference ? { id, dice: null, falsePositive: counts.falsePositive } : { id, dice };
  });
  return {
    dice: meanDice(overlaps),
    threshold,
    tiles: geometry.tiles,
    perImage,
    histograms: histograms.map(histogramToJson),
  };
}

/** A map with its truth, and what it was predicted of; valid until whoever sees it is done. */
export interface SeenMap extends JudgedMap, SeenPixels {
  probabilities: Float32Array<ArrayBuffer>;
  target: Uint8Array<ArrayBuffer>;
  weight: Uint8Array<ArrayBuffer>;
  size: Readonly<Zyx>;
  item: ValidationItem;
  /** in the order that they are predicted in */
  index: number;
}

/**
 * Predicts parts of images and counts the probabilities of each by the truth.
 * @param see is shown each map with its truth, valid until it is done
 * @throws CancelledError
 */
export async function predictHistograms(
  spec: NetworkSpec,
  items: readonly ValidationItem[],
  { parameters, moments, geometry }: Omit<Judged, 'threshold'>,
  { engine, predict }: { engine: Engine; predict: ImagePredictor },
  signal?: AbortSignal,
  watch?: Watch,
  see?: (map: SeenMap) => Promise<void>,
): Promise<ProbabilityHistogram[]> {
  const session = await engine.createPrediction({ spec, parameters, ...(moments ? { moments } : {}) });
  const histograms: ProbabilityHistogram[] = [];
  const pixels = emptyPixels();
  try {
    for (const [index, item] of items.entries()) {
      const { id, image, predicted } = item;
      const size = predicted.end.map((end, axis) => end - predicted.start[axis]) as Zyx;
      const voxels = size[0] * size[1] * size[2];
      await image.read(predicted.start, size, pixels);
      const input = pixels.image.slice(0, image.channels * voxels);
      const shape: [number, number, number, number] = [image.channels, ...size];
      const probabilities = await predict(interruptible(session, signal), input, shape, geometry, signal);
      const histogram = noProbabilities();
      addProbabilities(histogram, probabilities, pixels.target.subarray(0, voxels), pixels.weight.subarray(0, voxels));
      histograms.push(histogram);
      const { target, weight } = pixels;
      await see?.({ item, index, size, image: input, probabilities, target, weight, cut: cutSides(item) });
      if (watch?.wanted.includes(item)) watch.seen.push(glimpse(id, { ...pixels, image: input, probabilities, size }));
    }
  } finally {
    await session.dispose();
  }
  return histograms;
}

/** Sides of what is predicted beyond which the image goes on. */
function cutSides({ image, predicted: { start, end } }: ValidationItem): JudgedMap['cut'] {
  const [z, y, x] = [0, 1, 2].map((axis) => ({ start: start[axis] > 0, end: end[axis] < image.shape[axis] }));
  return { start: [z.start, y.start, x.start], end: [z.end, y.end, x.end] };
}

/**
 * Decodes what a network that tells objects apart predicts of parts of images, in every way that there is a choice of, with the
 * foreground at a threshold; null: 0.5.
 * @returns what was found in each image; of many, of some together
 * @throws CancelledError
 */
export async function predictDecodings(
  spec: NetworkSpec,
  items: readonly ValidationItem[],
  { parameters, moments, geometry, threshold }: Judged,
  { engine, predict }: { engine: Engine; predict: ImagePredictor },
  signal?: AbortSignal,
  see?: (objects: Omit<ObservedObjects, 'fold'>) => Promise<void>,
): Promise<DecodingTally[]> {
  const mapChannels = outputsOf(spec);
  const session = await engine.createPrediction({ spec, parameters, ...(moments ? { moments } : {}) });
  const tallies: DecodingTally[] = [];
  let decoded = 0;
  const pixels = emptyPixels();
  try {
    for (const [index, item] of items.entries()) {
      const { image, predicted } = item;
      const size = predicted.end.map((end, axis) => end - predicted.start[axis]) as Zyx;
      const voxels = size[0] * size[1] * size[2];
      await image.read(predicted.start, size, pixels);
      if (!pixels.numbers) continue;
      const input = pixels.image.slice(0, image.channels * voxels);
      const shape: [number, number, number, number] = [image.channels, ...size];
      const maps = await predict(interruptible(session, signal), input, shape, { ...geometry, mapChannels }, signal);
      const [numbers, weight] = [pixels.numbers.subarray(0, voxels), pixels.weight.subarray(0, voxels)];
      const spacing: Zyx = [image.anisotropy, 1, 1];
      const isPart = product(size) < product(image.shape);
      await see?.({ item, index, maps, numbers, weight, size, spacing, isPart });
      if (tallies.length < MOST_TALLIES) tallies.push(emptyTally());
      const tally = tallies[decoded++ % MOST_TALLIES];
      await addDecodings(tally, { maps, numbers, weight, size, spacing, foreground: threshold ?? 0.5 }, signal);
    }
  } finally {
    await session.dispose();
  }
  return tallies;
}

/** Tallies that a checkpoint keeps of the images of a fold. */
const MOST_TALLIES = 32;
/** Voxels that the ways of decoding are compared on, whatever the time, and for each minute that is planned. */
const MOST_DECODED = 2 ** 20;
const DECODED_A_MINUTE = 2 ** 17;

/** The parts of images that the ways of decoding are compared on. @param minutes planned; null: by epochs */
export function decodedItems<T extends ValidationItem>(
  items: readonly T[],
  { plan }: Pick<Preparation, 'plan'>,
  minutes: number | null,
): T[] {
  const most = Math.min(MOST_DECODED, minutes === null ? MOST_DECODED : minutes * DECODED_A_MINUTE) / items.length;
  return items.map((item) => judgedPart(item, patchSize(plan), most));
}

/**
 * Every how many epochs validation is due, so that it costs the recipe's share of training. It counts voxels, not
 * time, so that it is the same on every machine.
 */
export function validationInterval(
  { recipe, budget, plan }: Pick<Preparation, 'recipe' | 'budget' | 'plan'>,
  items: readonly ValidationItem[],
): number {
  const epoch = budget.epochPatches * (plan.sizeZ ?? 1) * plan.sizeY * plan.sizeX * STEP_COST;
  return Math.max(1, Math.ceil((validatedVoxels(items) * OVERLAP) / (recipe.validationShare * epoch)));
}

/** Voxels that one validation predicts. */
export function validatedVoxels(items: readonly Pick<ValidationItem, 'predicted'>[]): number {
  return items.reduce((sum, { predicted: { start, end } }) => {
    return sum + (end[0] - start[0]) * (end[1] - start[1]) * (end[2] - start[2]);
  }, 0);
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
