import { type Static, Type } from '@sinclair/typebox';
import { SegmenterError, throwIfCancelled } from '../base/errors';
import { Random } from '../base/random';
import { initialParameters, MODEL_SIZES, type NetworkSpec } from '../network';
import type { Engine, Step, TrainingState } from './engine';

const Rate = Type.Number({ exclusiveMinimum: 0 });
const RateOrNull = Type.Union([Rate, Type.Null()]);

/** How quick a backend is with the medium network; null: it does not train at this precision. */
export const SpeedsSchema = Type.Object({
  /** pixels a second */
  predict2d: Rate,
  predict3d: Rate,
  /** steps a second, each of one patch: 128 x 128, 8 x 64 x 64 pixels */
  train2d: RateOrNull,
  train3d: RateOrNull,
});
export type Speeds = Static<typeof SpeedsSchema>;

/** [(z,) y, x] of what is predicted and trained on: enough for a device to show what it can, little enough to be short. */
const SIZES = {
  2: { predict: [256, 256], train: [128, 128] },
  3: { predict: [16, 64, 64], train: [8, 64, 64] },
} as const;

export interface TrialOptions {
  signal?: AbortSignal;
  /** seconds for each of the four measurements after its warm-up (0.3) */
  seconds?: number;
  /** seconds after which no further measurement is begun (20) */
  limit?: number;
}

/**
 * A short trial of an engine: the medium network in 2D and 3D predicts and trains, once to warm up and then for a
 * moment; the quickest run of each counts.
 * @throws SegmenterError `engine` where it takes longer than the limit, and what the engine throws
 */
export async function measureSpeeds(
  engine: Engine,
  { signal, seconds = 0.3, limit = 20 }: TrialOptions = {},
): Promise<Speeds> {
  const begin = performance.now();
  const next = () => {
    throwIfCancelled(signal, 'the trial');
    const passed = (performance.now() - begin) / 1000;
    if (passed > limit) throw new SegmenterError('engine', `too slow: its trial was given up after ${limit} s`);
  };
  const predict = (dimensions: 2 | 3) => measurePrediction(engine, dimensions, seconds, next);
  const train = (dimensions: 2 | 3) => measureTraining(engine, dimensions, seconds, next);
  return {
    predict2d: await predict(2),
    predict3d: await predict(3),
    train2d: await train(2),
    train3d: await train(3),
  };
}

function network(dimensions: 2 | 3): { spec: NetworkSpec; parameters: Float32Array } {
  const spec: NetworkSpec = { dimensions, inChannels: 1, filters: [...MODEL_SIZES.medium] };
  return { spec, parameters: initialParameters(spec, 0) };
}

async function measurePrediction(
  engine: Engine,
  dimensions: 2 | 3,
  seconds: number,
  next: () => void,
): Promise<number> {
  const size = SIZES[dimensions].predict;
  const input = noise(pixelsOf(size));
  next();
  const session = await engine.createPrediction(network(dimensions));
  try {
    const quickest = await quickestRun(() => session.predict(input, [1, 1, ...size]), seconds, next);
    return input.length / quickest;
  } finally {
    await session.dispose();
  }
}

async function measureTraining(
  engine: Engine,
  dimensions: 2 | 3,
  seconds: number,
  next: () => void,
): Promise<number | null> {
  const patch = [...SIZES[dimensions].train];
  const { spec, parameters } = network(dimensions);
  next();
  const options = { batchSize: 1, patch, loss: 'dice+bce' as const, weightDecay: 0 };
  const session = await engine.createTraining(spec, options, startOf(parameters)).catch((error: unknown) => {
    // A precision may be for predictions only.
    if (error instanceof SegmenterError && ['unsupported', 'invalid-input'].includes(error.code)) return null;
    throw error;
  });
  if (!session) return null;
  try {
    const pixels = pixelsOf(patch);
    const input = noise(pixels);
    const target = input.map((value) => (value > 0 ? 1 : 0));
    const batch = { input, target, weight: new Float32Array(pixels).fill(1) };
    const step: Step = { batch, learningRate: 1e-4, averageDecay: 0.99 };
    const steps = new Array<Step>(session.stepsAtOnce).fill(step);
    return steps.length / (await quickestRun(() => session.steps(steps), seconds, next));
  } finally {
    await session.dispose();
  }
}

/** Seconds of the quickest of the runs that fit into the time, at least one; a run before them does not count. */
async function quickestRun(run: () => Promise<unknown>, seconds: number, next: () => void): Promise<number> {
  await run();
  const begin = performance.now();
  let quickest = Number.POSITIVE_INFINITY;
  do {
    next();
    const start = performance.now();
    await run();
    quickest = Math.min(quickest, (performance.now() - start) / 1000);
  } while ((performance.now() - begin) / 1000 < seconds);
  return quickest;
}

function startOf(parameters: Float32Array): TrainingState {
  const zeros = () => new Float32Array(parameters.length);
  return { step: 0, parameters, average: parameters.slice(), firstMoment: zeros(), secondMoment: zeros() };
}

function noise(length: number): Float32Array {
  const random = new Random(0);
  return Float32Array.from({ length }, () => random.normal());
}

function pixelsOf(size: readonly number[]): number {
  return size.reduce((product, side) => product * side, 1);
}
