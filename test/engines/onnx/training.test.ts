import assert from 'node:assert/strict';
import type { Batch, TrainingOptions, TrainingState } from '../../../src/engines/engine';
import { onnxOnCpu } from '../../../src/engines/onnx/cpu';
import { createTraining } from '../../../src/engines/onnx/training';
import { GPU_LOWERINGS } from '../../../src/graph/lowering/tables';
import { initialParameters, type NetworkSpec } from '../../../src/network';
import { randomValues, relativeError } from '../../graph/support';

interface Setting {
  spec: NetworkSpec;
  options: TrainingOptions;
  batch: Batch;
}

/** Bright is foreground; batch 2, every tenth pixel excluded. */
function setting(dimensions: 2 | 3): Setting {
  const patch = dimensions === 2 ? [16, 8] : [4, 8, 8];
  const shape = [2, 1, ...patch];
  const input = randomValues(shape, 1, (random) => random.normal());
  return {
    spec: { dimensions, inChannels: 1, filters: [4, 8] },
    options: { batchSize: 2, patch, loss: 'dice+bce', weightDecay: 1e-4 },
    batch: { input, target: input.map((v) => (v > 0.3 ? 1 : 0)), weight: input.map((_, i) => (i % 10 ? 1 : 0)) },
  };
}

function startOf(spec: NetworkSpec, seed = 1): TrainingState {
  const parameters = initialParameters(spec, seed);
  const zeros = () => new Float32Array(parameters.length);
  return { step: 0, parameters, average: parameters, firstMoment: zeros(), secondMoment: zeros() };
}

async function train({ spec, options, batch }: Setting, steps: number, start: TrainingState, averageDecay = 0.9) {
  const engine = await onnxOnCpu.open({ threads: 1, precision: 'float32' });
  const session = await engine.createTraining(spec, options, start);
  const losses: number[] = [];
  for (let i = 0; i < steps; i++) losses.push(...(await session.steps([{ batch, learningRate: 0.01, averageDecay }])));
  const state = await session.readState();
  await session.dispose();
  return { losses, state };
}

describe('training with ONNX Runtime', function () {
  this.timeout(60_000);

  for (const dimensions of [2, 3] as const) {
    it(`reduces the loss in ${dimensions}D`, async () => {
      const one = setting(dimensions);
      const { losses, state } = await train(one, 12, startOf(one.spec));
      assert.ok(losses[11] < 0.9 * losses[0], `losses ${losses}`);
      assert.equal(state.step, 12);
    });
  }

  it('gives the same bytes for the same start, and goes on from a state as if it had not stopped', async () => {
    const one = setting(2);
    const whole = await train(one, 4, startOf(one.spec));
    assert.deepEqual(await train(one, 4, startOf(one.spec)), whole);
    const first = await train(one, 2, startOf(one.spec));
    const second = await train(one, 2, first.state);
    assert.deepEqual(second.state, whole.state);
    assert.deepEqual([...first.losses, ...second.losses], whole.losses);
    assert.notDeepEqual(
      (await train(one, 1, startOf(one.spec, 2))).losses,
      (await train(one, 1, startOf(one.spec))).losses,
    );
  });

  it('lets the average follow the parameters', async () => {
    const one = setting(2);
    const start = startOf(one.spec);
    const still = (await train(one, 2, start, 1)).state;
    assert.ok(relativeError(still.average, start.average) < 1e-6);
    const following = (await train(one, 2, start, 0)).state;
    assert.deepEqual(following.average, following.parameters);
    const half = (await train(one, 1, start, 0.5)).state;
    half.average.forEach((v, i) => {
      assert.ok(Math.abs(v - (start.parameters[i] + half.parameters[i]) / 2) < 1e-6);
    });
  });

  it('does not change the state it was given, nor one that was read', async () => {
    const one = setting(2);
    const start = startOf(one.spec);
    const before = start.parameters.slice();
    const engine = await onnxOnCpu.open({ threads: 1, precision: 'float32' });
    const session = await engine.createTraining(one.spec, one.options, start);
    await session.steps([{ batch: one.batch, learningRate: 0.01, averageDecay: 0 }]);
    const read = await session.readState();
    const copy = read.parameters.slice();
    await session.steps([{ batch: one.batch, learningRate: 0.01, averageDecay: 0 }]);
    await session.dispose();
    assert.deepEqual(start.parameters, before);
    assert.deepEqual(read.parameters, copy);
  });

  it('takes several steps in one graph as one after the other, single ones where there are fewer', async () => {
    const one = setting(3);
    const start = startOf(one.spec);
    const form = (stepsAtOnce: number) => ({
      lowerings: GPU_LOWERINGS,
      stepsAtOnce,
      stateStays: false,
      divides: false,
    });
    const steps = [0.01, 0.02, 0.005, 0.01, 0.02].map((learningRate, i) => {
      const batch = { ...one.batch, input: one.batch.input.map((v) => v * (1 + i / 10)) };
      return { batch, learningRate, averageDecay: i / 10 };
    });
    const results = [];
    for (const together of [1, 3]) {
      const session = await createTraining(one.spec, one.options, start, { threads: 1 }, form(together));
      assert.equal(session.stepsAtOnce, together);
      const losses: number[] = [];
      while (losses.length < steps.length) {
        losses.push(...(await session.steps(steps.slice(losses.length, losses.length + together))));
      }
      results.push({ losses, state: await session.readState() });
      await session.dispose();
    }
    const [single, several] = results;
    assert.equal(several.state.step, 5);
    assert.ok(relativeError(several.losses, single.losses) < 1e-5);
    for (const name of ['parameters', 'average', 'firstMoment', 'secondMoment'] as const) {
      assert.ok(relativeError(several.state[name], single.state[name]) < 1e-4, name);
    }
  });

  it('refuses a batch of the wrong size, naming the part', async () => {
    const one = setting(2);
    const engine = await onnxOnCpu.open({ threads: 1, precision: 'float32' });
    const session = await engine.createTraining(one.spec, one.options, startOf(one.spec));
    const batch = { ...one.batch, weight: new Float32Array(7) };
    await assert.rejects(
      session.steps([{ batch, learningRate: 0.01, averageDecay: 0 }]),
      /batch.weight: expected 256 values for \[2,1,16,8\], got 7/,
    );
    await session.dispose();
  });
});
