import assert from 'node:assert/strict';
import { createSession } from '../../src/engines/onnx/session';
import { CPU_LOWERINGS } from '../../src/graph/lowering/tables';
import { buildPredictor, buildTrainingStep, initialParameters } from '../../src/network';
import { STATE_NAMES } from '../../src/network/models';

const SPEC = { dimensions: 2 as const, inChannels: 2, filters: [4, 8] };

describe('the models', () => {
  it('have the inputs and outputs they promise', async () => {
    const predictor = await createSession(buildPredictor(SPEC, initialParameters(SPEC, 1)), { threads: 1 });
    assert.deepEqual([[...predictor.inputNames], [...predictor.outputNames]], [['input'], ['probability']]);
    await predictor.release();

    const options = { batchSize: 1, patch: [8, 8], loss: 'dice' as const, weightDecay: 0, lowerings: CPU_LOWERINGS };
    for (const [kernelRate, ofMuon] of [
      [0, []],
      [20, ['learningRate']],
    ] as const) {
      const step = await createSession(buildTrainingStep(SPEC, { ...options, kernelRate }), { threads: 1 });
      const scalars = ['stepSize', 'secondCorrection', 'averageDecay', ...ofMuon];
      assert.deepEqual([...step.inputNames].sort(), ['input', 'target', 'weight', ...scalars, ...STATE_NAMES].sort());
      assert.deepEqual([...step.outputNames], ['loss', ...STATE_NAMES.map((name) => `next.${name}`)]);
      await step.release();
    }
  });

  it('are the same bytes for the same parameters', () => {
    const build = (seed: number) => buildPredictor(SPEC, initialParameters(SPEC, seed));
    assert.deepEqual(build(1), build(1));
    assert.notDeepEqual(build(1), build(2));
  });

  it('refuse a patch that the levels cannot halve', () => {
    const options = { batchSize: 1, patch: [8, 9], loss: 'dice' as const, weightDecay: 0, lowerings: CPU_LOWERINGS };
    assert.throws(() => buildTrainingStep(SPEC, options), /conv strides: \[8,9\] does not fit \[2,2\]/);
  });
});
