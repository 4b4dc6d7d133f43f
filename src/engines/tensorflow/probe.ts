import { SegmenterError } from '../../base/errors';
import { initialParameters } from '../../network/initial-parameters';
import type { NetworkSpec } from '../../network/spec';
import type { Engine } from '../engine';

const SIDE = 4;

/**
 * Takes a step with the smallest networks, which shows whether every operation of a training computes.
 * @throws what a step throws; SegmenterError `engine` where the loss is no number
 */
export async function probeEngine(engine: Engine): Promise<void> {
  for (const dimensions of [2, 3] as const) {
    const spec: NetworkSpec = { dimensions, inChannels: 1, filters: [1, 2] };
    const patch = Array.from({ length: dimensions }, () => SIDE);
    const parameters = initialParameters(spec, 0);
    const zeros = new Float32Array(parameters.length);
    const state = { step: 0, parameters, average: parameters, firstMoment: zeros, secondMoment: zeros };
    const options = { batchSize: 1, patch, loss: 'dice+bce' as const, weightDecay: 0, kernelRate: 1 };
    const training = await engine.createTraining(spec, options, state);
    const ramp = Float32Array.from({ length: SIDE ** dimensions }, (_, i) => i % 5);
    const batch = { input: ramp, target: ramp.map((v) => (v > 2 ? 1 : 0)), weight: ramp.map(() => 1) };
    try {
      const [loss] = await training.steps([{ batch, learningRate: 1e-3, averageDecay: 0 }]);
      if (!Number.isFinite(loss))
        throw new SegmenterError('engine', `a first step in ${dimensions}D gave the loss ${loss}`);
    } finally {
      await training.dispose();
    }
  }
}
