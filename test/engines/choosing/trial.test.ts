import assert from 'node:assert/strict';
import { SegmenterError } from '../../../src/base/errors';
import { measureSpeeds } from '../../../src/engines/choosing/trial';
import type { Engine, PredictionSession, TrainingSession } from '../../../src/engines/engine';

/** An engine that takes its steps in threes and remembers what it was given. */
function fakeEngine(createTraining?: Engine['createTraining']) {
  const seen = { predicted: new Set<string>(), trained: new Set<string>(), disposed: 0 };
  const dispose = async () => {
    seen.disposed++;
  };
  const prediction: PredictionSession = {
    dispose,
    predict: async (input, shape) => {
      assert.equal(
        input.length,
        shape.reduce((product, side) => product * side, 1),
      );
      seen.predicted.add(shape.join());
      return new Float32Array(input.length);
    },
  };
  const training: TrainingSession = {
    dispose,
    stepsAtOnce: 3,
    steps: async (steps) => {
      assert.equal(steps.length, 3);
      return steps.map(() => 1);
    },
    readState: () => Promise.reject(new Error('not needed')),
  };
  const engine: Engine = {
    ...{ name: 'onnx', device: 'cuda', threads: 1 },
    createPrediction: async () => prediction,
    createTraining:
      createTraining ??
      (async (spec, { patch }) => {
        seen.trained.add(`${spec.dimensions}: ${patch.join()}`);
        return training;
      }),
  };
  return { engine, seen };
}

describe('the trial of an engine', () => {
  const QUICK = { seconds: 0.001 };

  it('predicts and trains in 2D and 3D, and leaves no session open', async () => {
    const { engine, seen } = fakeEngine();
    const speeds = await measureSpeeds(engine, QUICK);
    for (const speed of Object.values(speeds)) assert.ok(speed !== null && speed > 0 && Number.isFinite(speed));
    assert.deepEqual([...seen.predicted], ['1,1,64,64', '1,1,256,256', '1,1,16,64,64']);
    assert.deepEqual([...seen.trained], ['2: 128,128', '3: 8,64,64']);
    assert.equal(seen.disposed, 5);
  });

  it('knows a precision that is for predictions only', async () => {
    const { engine } = fakeEngine(() => Promise.reject(new SegmenterError('unsupported', 'float16 does not train')));
    const { predict2d, train2d, train3d } = await measureSpeeds(engine, QUICK);
    assert.ok(predict2d !== null && predict2d > 0);
    assert.deepEqual([train2d, train3d], [null, null]);
  });

  it('spares a slow engine the rest', async () => {
    const { engine, seen } = fakeEngine();
    const { predict2d, ...rest } = await measureSpeeds(engine, { ...QUICK, tooSlow: 0 });
    assert.ok(predict2d !== null && predict2d > 0);
    assert.deepEqual(rest, { predict3d: null, train2d: null, train3d: null });
    assert.deepEqual([seen.predicted.size, seen.trained.size, seen.disposed], [1, 0, 1]);
  });

  it('passes on what fails', async () => {
    const { engine } = fakeEngine(() => Promise.reject(new SegmenterError('engine', 'out of memory')));
    await assert.rejects(measureSpeeds(engine, QUICK), { code: 'engine', message: 'out of memory' });
    await assert.rejects(measureSpeeds(engine, { signal: AbortSignal.abort() }), { code: 'cancelled' });
  });
});
