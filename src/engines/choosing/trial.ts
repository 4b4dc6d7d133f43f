import { type Static, Type } from '#typebox';
import { SegmenterError, throwIfCancelled } from '../../base/errors';
import { product } from '../../base/numbers';
import { Random } from '../../base/random';
import type { Zyx } from '../../image/region';
import { initialParameters, type NetworkSpec } from '../../network';
import { topology } from '../../network/topology';
import type { Engine, Step, TrainingState } from '../engine';

const RateOrNull = Type.Union([Type.Number({ exclusiveMinimum: 0 }), Type.Null()]);

/**
 * How quick a backend is with the medium network of as many levels as trainings have. Null: it does not train at this precision, or what was measured before
 * was so slow that the rest was spared.
 */
export const SpeedsSchema = Type.Object({
  /** pixels a second */
  predict2d: RateOrNull,
  predict3d: RateOrNull,
  /** steps a second, each of one patch: 128 x 128, 8 x 64 x 64 pixels */
  train2d: RateOrNull,
  train3d: RateOrNull,
});
export type Speeds = Static<typeof SpeedsSchema>;

/** [y, x] of a first prediction: enough to know software that plays a device. */
const FIRST = [64, 64];

/** [z, y, x] of the patches that a training's step takes: enough for a device to show what it can, little enough to be short. */
const PATCH: Record<2 | 3, Zyx> = { 2: [1, 128, 128], 3: [8, 64, 64] };

/** [(z,) y, x] of what is predicted. */
const PREDICTED = { 2: [256, 256], 3: [16, 64, 64] } as const;

export interface TrialOptions {
  signal?: AbortSignal;
  /** seconds for each of the four measurements after its warm-up (0.3) */
  seconds?: number;
  /** a device that needs more seconds for a first small prediction is spared the rest (0.5) */
  tooSlow?: number;
}

/** What is done over and over in a measurement. */
interface Work {
  /** of pixels or steps */
  amount: number;
  run: () => Promise<unknown>;
  dispose: () => Promise<void>;
}

/**
 * A short trial of an engine: the medium network predicts and trains in 2D and 3D, once to warm up and then for a moment;
 * the quickest run of each counts. A slow device, one that software plays for instance, is spared what follows.
 * @throws what the engine throws, CancelledError
 */
export async function measureSpeeds(
  engine: Engine,
  { signal, seconds = 0.3, tooSlow = 0.5 }: TrialOptions = {},
): Promise<Speeds> {
  const first = await rateOf(await prediction(engine, 2, FIRST), 0, signal);
  const isSlow = product(FIRST) / first > tooSlow;
  if (isSlow) return { predict2d: first, predict3d: null, train2d: null, train3d: null };
  return {
    predict2d: await rateOf(await prediction(engine, 2, PREDICTED[2]), seconds, signal),
    predict3d: await rateOf(await prediction(engine, 3, PREDICTED[3]), seconds, signal),
    train2d: await trainingRate(engine, 2, seconds, signal),
    train3d: await trainingRate(engine, 3, seconds, signal),
  };
}

function network(dimensions: 2 | 3): { spec: NetworkSpec; parameters: Float32Array } {
  const patch = PATCH[dimensions];
  const spec = topology({ dimensions, inChannels: 1, modelSize: 'medium', levels: 'auto', patch, spacing: [1, 1, 1] });
  return { spec, parameters: initialParameters(spec, 0) };
}

async function prediction(engine: Engine, dimensions: 2 | 3, size: readonly number[]): Promise<Work> {
  const input = noise(product(size));
  const session = await engine.createPrediction(network(dimensions));
  return {
    amount: input.length,
    run: () => session.predict(input, [1, 1, ...size]),
    dispose: () => session.dispose(),
  };
}

/** Null where the precision is for predictions only. */
async function training(engine: Engine, dimensions: 2 | 3): Promise<Work | null> {
  const patch = [...PATCH[dimensions].slice(3 - dimensions)];
  const { spec, parameters } = network(dimensions);
  const options = { batchSize: 1, patch, loss: 'dice+bce' as const, weightDecay: 0, kernelRate: 1 };
  const session = await engine.createTraining(spec, options, startOf(parameters)).catch((error: unknown) => {
    if (error instanceof SegmenterError && ['unsupported', 'invalid-input'].includes(error.code)) return null;
    throw error;
  });
  if (!session) return null;
  const input = noise(product(patch));
  const target = input.map((value) => (value > 0 ? 1 : 0));
  const batch = { input, target, weight: new Float32Array(input.length).fill(1) };
  const steps = new Array<Step>(session.stepsAtOnce).fill({ batch, learningRate: 1e-4, averageDecay: 0.99 });
  return {
    amount: steps.length,
    run: () => session.steps(steps),
    dispose: () => session.dispose(),
  };
}

async function trainingRate(
  engine: Engine,
  dimensions: 2 | 3,
  seconds: number,
  signal: AbortSignal | undefined,
): Promise<number | null> {
  const work = await training(engine, dimensions);
  return work && rateOf(work, seconds, signal);
}

/** Amount a second in the quickest of the runs that fit into the time, at least one; a run before them does not count. */
async function rateOf(
  { amount, run, dispose }: Work,
  seconds: number,
  signal: AbortSignal | undefined,
): Promise<number> {
  try {
    await run();
    const begin = performance.now();
    let quickest = Number.POSITIVE_INFINITY;
    do {
      throwIfCancelled(signal, 'the trial');
      const start = performance.now();
      await run();
      quickest = Math.min(quickest, (performance.now() - start) / 1000);
    } while ((performance.now() - begin) / 1000 < seconds);
    return amount / quickest;
  } finally {
    await dispose();
  }
}

function startOf(parameters: Float32Array): TrainingState {
  const zeros = () => new Float32Array(parameters.length);
  return { step: 0, parameters, average: parameters.slice(), firstMoment: zeros(), secondMoment: zeros() };
}

function noise(length: number): Float32Array {
  const random = new Random(0);
  return Float32Array.from({ length }, () => random.normal());
}
