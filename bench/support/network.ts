import { Random } from '../../src/base/random';
import { openEngine } from '../../src/engines';
import type { Batch, TrainingState } from '../../src/engines/engine';
import { initialParameters, MODEL_SIZES, type NetworkSpec } from '../../src/network';
import { engineOptions, measure, placeOf, report } from './measure';

/** The medium network for one channel. */
function mediumNetwork(dimensions: 2 | 3): NetworkSpec {
  return { dimensions, inChannels: 1, filters: [...MODEL_SIZES.medium] };
}

/** One prediction of a batch of one image. @param size [(z,) y, x] */
export async function benchmarkPrediction(name: string, size: number[]): Promise<void> {
  const spec = mediumNetwork(size.length as 2 | 3);
  const engine = await openEngine(engineOptions());
  const session = await engine.createPrediction({ spec, parameters: initialParameters(spec, 1) });
  const shape = [1, 1, ...size];
  const input = noise(shape);
  const timing = await measure(() => session.predict(input, shape));
  await session.dispose();
  report(name, timing, { ...placeOf(engine), shape, model: 'medium' });
}

/** One optimiser step on a batch of one patch. @param size [(z,) y, x] */
export async function benchmarkTraining(name: string, size: number[]): Promise<void> {
  const spec = mediumNetwork(size.length as 2 | 3);
  const engine = await openEngine(engineOptions());
  const options = { batchSize: 1, patch: size, loss: 'dice+bce' as const, weightDecay: 0 };
  const session = await engine.createTraining(spec, options, startState(initialParameters(spec, 1)));
  const shape = [1, 1, ...size];
  const input = noise(shape);
  const batch: Batch = { input, target: input.map((v) => (v > 0.5 ? 1 : 0)), weight: input.map(() => 1) };
  const timing = await measure(() => session.steps([{ batch, learningRate: 1e-3, averageDecay: 0.99 }]));
  await session.dispose();
  report(name, timing, { ...placeOf(engine), shape, model: 'medium', loss: options.loss });
}

function startState(parameters: Float32Array): TrainingState {
  const zeros = new Float32Array(parameters.length);
  return { step: 0, parameters, average: parameters.slice(), firstMoment: zeros, secondMoment: zeros.slice() };
}

function noise(shape: number[]): Float32Array {
  const random = new Random(1);
  return Float32Array.from({ length: shape.reduce((product, n) => product * n, 1) }, () => random.normal());
}
