import assert from 'node:assert/strict';
import type { Engine, KnownNetwork } from '../../../src/engines/engine';
import { onnxOnCpu } from '../../../src/engines/onnx/cpu';
import { TensorFlowEngine } from '../../../src/engines/tensorflow/engine';
import type { TensorFlow } from '../../../src/engines/tensorflow/library';
import { PLAIN_RULES } from '../../../src/engines/tensorflow/rules/plain';
import { initialParameters, momentCount, momentsOf, type NetworkSpec } from '../../../src/network';
import { randomValues, relativeError } from '../../graph/support';
import { plainTensorFlow } from './support';

function network(dimensions: 2 | 3, inChannels: number, outChannels: 1 | 3 = 1) {
  const spec: NetworkSpec = { dimensions, inChannels, ...(outChannels > 1 ? { outChannels } : {}), filters: [2, 4] };
  return { spec, parameters: initialParameters(spec, 3) };
}

describe('prediction with TensorFlow', function () {
  this.timeout(60_000);
  let tf: TensorFlow;
  let engine: Engine;
  before(async () => {
    tf = await plainTensorFlow();
    engine = new TensorFlowEngine(tf, PLAIN_RULES, 'cpu', 1);
  });

  for (const [dimensions, channels, shapes] of [
    [
      2,
      3,
      [
        [2, 3, 8, 6],
        [1, 3, 4, 12],
      ],
    ],
    [3, 1, [[2, 1, 2, 6, 8]]],
  ] as Array<[2 | 3, number, number[][]]>) {
    it(`gives the probabilities of ONNX Runtime in ${dimensions}D for changing shapes, and leaves no tensor behind`, async () => {
      const before = tf.memory().numTensors;
      const ours = await engine.createPrediction(network(dimensions, channels));
      const onnx = await onnxOnCpu.open({ threads: 1, precision: 'float32' });
      const theirs = await onnx.createPrediction(network(dimensions, channels));
      for (const shape of [...shapes, shapes[0]]) {
        const input = randomValues(shape, 2);
        const error = relativeError(await ours.predict(input, shape), await theirs.predict(input, shape));
        assert.ok(error < 1e-5, `[${shape}]: relative error ${error}`);
      }
      await Promise.all([ours.dispose(), theirs.dispose()]);
      assert.equal(tf.memory().numTensors, before);
    });
  }

  for (const dimensions of [2, 3] as const) {
    it(`gives the three maps of objects in the order of ONNX Runtime in ${dimensions}D`, async () => {
      const shape = [2, 1, ...[4, 8, 12].slice(-dimensions)];
      const input = randomValues(shape, 2);
      const onnx = await onnxOnCpu.open({ threads: 1, precision: 'float32' });
      const sessions = [engine, onnx].map((one) => one.createPrediction(network(dimensions, 1, 3)));
      const [ours, theirs] = await Promise.all(sessions.map(async (session) => (await session).predict(input, shape)));
      for (const session of sessions) await (await session).dispose();
      assert.equal(ours.length, 3 * input.length);
      assert.ok(relativeError(ours, theirs) < 1e-5, `relative error ${relativeError(ours, theirs)}`);
    });

    it(`sums what goes into norms, and predicts with their moments, as ONNX Runtime does in ${dimensions}D`, async () => {
      const learnt = network(dimensions, 1);
      const onnx = await onnxOnCpu.open({ threads: 1, precision: 'float32' });
      const shape = [1, 1, ...[4, 8, 12].slice(-dimensions)];
      const input = randomValues(shape, 2);
      const both = async (model: KnownNetwork) => {
        const sessions = [await engine.createPrediction(model), await onnx.createPrediction(model)];
        const [ours, theirs] = [await sessions[0].predict(input, shape), await sessions[1].predict(input, shape)];
        for (const session of sessions) await session.dispose();
        assert.equal(ours.length, theirs.length);
        assert.ok(relativeError(ours, theirs) < 1e-5, `relative error ${relativeError(ours, theirs)}`);
        return theirs;
      };
      const sums = await both({ ...learnt, gives: 'norm-sums' });
      assert.equal(sums.length, momentCount(learnt.spec));
      await both({ ...learnt, moments: momentsOf(learnt.spec, Float64Array.from(sums), input.length) });
    });
  }

  it('refuses shapes that the network does not take', async () => {
    const session = await engine.createPrediction(network(2, 1));
    for (const [shape, values] of [
      [[1, 1, 3, 4], 12],
      [[1, 2, 4, 4], 32],
      [[1, 1, 2, 4, 4], 32],
      [[1, 1, 4, 4], 15],
    ] as Array<[number[], number]>) {
      await assert.rejects(session.predict(new Float32Array(values), shape), {
        code: 'engine',
        message: new RegExp(`prediction of \\[${shape}\\] with ${values} values: expected \\[n, 1, y, x\\]`),
      });
    }
    await session.dispose();
  });

  it('refuses ONNX models, naming the engine that runs them', async () => {
    for (const model of ['/models/other.onnx', new Uint8Array(4)]) {
      await assert.rejects(engine.createPrediction(model), { code: 'unsupported', message: /take the engine onnx/ });
    }
  });
});
