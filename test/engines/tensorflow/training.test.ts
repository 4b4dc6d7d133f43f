import assert from 'node:assert/strict';
import type { Batch, Engine, TrainingOptions, TrainingState } from '../../../src/engines/engine';
import { onnxOnCpu } from '../../../src/engines/onnx/cpu';
import { TensorFlowEngine } from '../../../src/engines/tensorflow/engine';
import type { TensorFlow } from '../../../src/engines/tensorflow/library';
import { PLAIN_RULES } from '../../../src/engines/tensorflow/rules/plain';
import { initialParameters, type NetworkSpec } from '../../../src/network';
import { randomValues, relativeError } from '../../graph/support';
import { plainTensorFlow } from './support';

interface Setting {
  spec: NetworkSpec;
  options: TrainingOptions;
  batch: Batch;
}

/** Two channels, batch 2, weight decay; bright is foreground, every tenth pixel excluded. */
function setting(dimensions: 2 | 3): Setting {
  const patch = dimensions === 2 ? [8, 12] : [2, 8, 4];
  const positions = patch.reduce((product, n) => product * n, 1);
  const input = randomValues([2, 2, ...patch], 1, (random) => random.normal());
  const first = Float32Array.from({ length: 2 * positions }, (_, i) => input[i + (i < positions ? 0 : positions)]);
  return {
    spec: { dimensions, inChannels: 2, filters: [2, 4] },
    options: { batchSize: 2, patch, loss: dimensions === 2 ? 'dice+bce' : 'dice', weightDecay: 1e-3 },
    batch: { input, target: first.map((v) => (v > 0.3 ? 1 : 0)), weight: first.map((_, i) => (i % 10 ? 1 : 0)) },
  };
}

/** The same with kernels that take steps of Muon. */
function muonSetting(dimensions: 2 | 3): Setting {
  const one = setting(dimensions);
  return { ...one, options: { ...one.options, kernelRate: 2 } };
}

/** The same with objects told apart: distances beside the foreground. */
function objectsSetting(dimensions: 2 | 3): Setting {
  const { spec, options, batch } = setting(dimensions);
  const { target } = batch;
  const item = target.length / 2;
  const one = (i: number) => [
    target.subarray(i * item, (i + 1) * item),
    ...[1, 2].map((k) => distances(item, k + 2 * i)),
  ];
  const parts = [...one(0), ...one(1)];
  const all = new Float32Array(3 * target.length);
  for (const [i, part] of parts.entries()) all.set(part, i * item);
  return { spec: { ...spec, outChannels: 3 }, options, batch: { ...batch, target: all } };
}

function distances(length: number, seed: number): Float32Array {
  return randomValues([length], seed, (random) => random.uniform());
}

function startOf(spec: NetworkSpec): TrainingState {
  const parameters = initialParameters(spec, 1);
  const zeros = () => new Float32Array(parameters.length);
  return { step: 0, parameters, average: parameters, firstMoment: zeros(), secondMoment: zeros() };
}

async function train(engine: Engine, { spec, options, batch }: Setting, steps: number, start: TrainingState) {
  const session = await engine.createTraining(spec, options, start);
  const losses: number[] = [];
  for (let i = 0; i < steps; i++) {
    losses.push(...(await session.steps([{ batch, learningRate: 0.01, averageDecay: 0.9 }])));
  }
  const state = await session.readState();
  await session.dispose();
  return { losses, state };
}

describe('training with TensorFlow', function () {
  this.timeout(60_000);
  let tf: TensorFlow;
  let onnx: Engine;
  let tensorflow: Engine;
  before(async () => {
    tf = await plainTensorFlow();
    tensorflow = new TensorFlowEngine(tf, PLAIN_RULES, 'cpu', 1);
    onnx = await onnxOnCpu.open({ threads: 1, precision: 'float32' });
  });

  for (const [dimensions, what, make] of [
    [2, 'the foreground', setting],
    [3, 'the foreground', setting],
    [2, 'the foreground by Muon', muonSetting],
    [3, 'the foreground by Muon', muonSetting],
    [2, 'objects told apart', objectsSetting],
    [3, 'objects told apart', objectsSetting],
  ] as const) {
    it(`gives the losses and the state of ONNX Runtime in ${dimensions}D of ${what}, and leaves no tensor behind`, async () => {
      const one = make(dimensions);
      const before = tf.memory().numTensors;
      const [ours, theirs] = [
        await train(tensorflow, one, 4, startOf(one.spec)),
        await train(onnx, one, 4, startOf(one.spec)),
      ];
      assert.equal(tf.memory().numTensors, before);
      ours.losses.forEach((loss, i) => {
        assert.ok(Math.abs(loss - theirs.losses[i]) < 1e-4, `loss ${i}: ${loss}, ONNX Runtime ${theirs.losses[i]}`);
      });
      assert.ok(ours.losses[3] < ours.losses[0]);
      assert.equal(ours.state.step, 4);
      for (const name of ['parameters', 'average', 'firstMoment', 'secondMoment'] as const) {
        const error = relativeError(ours.state[name], theirs.state[name]);
        assert.ok(error < 2e-3, `${name}: relative error ${error}`);
      }
    });
  }

  it('goes on from a state of ONNX Runtime, and ONNX Runtime from its', async () => {
    const one = setting(2);
    const whole = await train(onnx, one, 4, startOf(one.spec));
    const there = await train(onnx, one, 2, startOf(one.spec));
    const here = await train(tensorflow, one, 1, there.state);
    const back = await train(onnx, one, 1, here.state);
    assert.equal(back.state.step, 4);
    [...there.losses, ...here.losses, ...back.losses].forEach((loss, i) => {
      assert.ok(Math.abs(loss - whole.losses[i]) < 1e-4, `loss ${i}: ${loss}, without a change ${whole.losses[i]}`);
    });
    assert.ok(relativeError(back.state.parameters, whole.state.parameters) < 2e-3);
  });

  it('gives the same bytes for the same start, and changes neither the state it was given nor one that was read', async () => {
    const one = setting(2);
    const start = startOf(one.spec);
    const before = start.parameters.slice();
    const first = await train(tensorflow, one, 1, start);
    const copy = first.state.parameters.slice();
    assert.deepEqual(await train(tensorflow, one, 1, start), first);
    await train(tensorflow, one, 1, first.state);
    assert.deepEqual(start.parameters, before);
    assert.deepEqual(first.state.parameters, copy);
  });

  it('refuses a batch of the wrong size, naming the part, and goes on after it', async () => {
    const one = setting(2);
    const session = await tensorflow.createTraining(one.spec, one.options, startOf(one.spec));
    const batch = { ...one.batch, weight: new Float32Array(7) };
    await assert.rejects(
      session.steps([{ batch, learningRate: 0.01, averageDecay: 0 }]),
      /batch.weight: expected 192 values for \[2,1,8,12\], got 7/,
    );
    const [loss] = await session.steps([{ batch: one.batch, learningRate: 0.01, averageDecay: 0 }]);
    assert.ok(Number.isFinite(loss));
    await session.dispose();
  });
});
