import assert from 'node:assert/strict';
import type { Batch } from '../../../src/engines/engine';
import { onnxOnCpu } from '../../../src/engines/onnx/cpu';
import { DataParallelStep } from '../../../src/engines/onnx/data-parallel-step';
import { onnxRuntime } from '../../../src/engines/onnx/session';
import { CPU_LOWERINGS } from '../../../src/graph/lowering/tables';
import { initialParameters, type Loss, type NetworkSpec } from '../../../src/network';
import { gradientOf } from '../../../src/network/data-parallel-step';
import { randomValues, relativeError } from '../../graph/support';
import { inspectWithOnnx } from '../golden-case';

const SPEC: NetworkSpec = { dimensions: 2, inChannels: 2, filters: [4, 8] };
const PATCH = [8, 16];

/** Bright is foreground, every tenth pixel is excluded, and all of the last item's first half. */
function batchOf(items: number): Batch {
  const pixels = PATCH[0] * PATCH[1];
  const input = randomValues([items, SPEC.inChannels, ...PATCH], 1, (random) => random.normal());
  const target = Float32Array.from({ length: items * pixels }, (_, i) => (input[i] > 0.3 ? 1 : 0));
  const last = (items - 1) * pixels;
  const weight = target.map((_, i) => (i % 10 === 0 || (i >= last && i < last + pixels / 2) ? 0 : 1));
  return { input, target, weight };
}

const optionsOf = (batchSize: number, loss: Loss) => ({ batchSize, patch: PATCH, loss, weightDecay: 1e-4 });

describe('a step divided among replicas', function () {
  this.timeout(60_000);

  for (const [loss, diceSmoothing] of [
    ['dice', 1e-5],
    ['dice+bce', 1e-5],
    ['dice+bce', 20],
  ] as const) {
    it(`${loss}, smoothed by ${diceSmoothing}: shares of two sizes add up to the gradient of the batch`, async () => {
      const batch = batchOf(5);
      const options = { ...optionsOf(5, loss), diceSmoothing };
      const initial = initialParameters(SPEC, 1);
      const golden = { spec: SPEC, options, batch, initial, learningRate: 0 } as Parameters<typeof inspectWithOnnx>[0];
      const { gradient } = await inspectWithOnnx(golden, CPU_LOWERINGS, { threads: 1 });

      const division = { shares: [1, 2, 2], threads: 1 };
      const step = await DataParallelStep.open(SPEC, { ...options, lowerings: CPU_LOWERINGS }, division, {
        threads: 3,
      });
      const { Tensor } = onnxRuntime();
      const inputs = await step.inputs(batch, 0, new Tensor('float32', initial, [initial.length]));
      await step.close();
      const shares = [0, 1, 2].map((i) => inputs[gradientOf(i)].data as Float32Array);
      const sum = gradient.map((_, i) => shares.reduce((total, share) => total + share[i], 0));
      assert.ok(relativeError(sum, gradient) < 1e-5, `${relativeError(sum, gradient)}`);
    });
  }

  it('trains as one graph does, and gives the same bytes twice', async () => {
    const batch = batchOf(2);
    const train = async (threads: number) => {
      const engine = await onnxOnCpu.open({ threads, precision: 'float32' });
      const parameters = initialParameters(SPEC, 1);
      const zeros = () => new Float32Array(parameters.length);
      const start = { step: 0, parameters, average: parameters, firstMoment: zeros(), secondMoment: zeros() };
      const session = await engine.createTraining(SPEC, optionsOf(2, 'dice+bce'), start);
      const losses: number[] = [];
      for (const learningRate of [0.01, 0.01, 0.005, 0.01]) {
        losses.push(...(await session.steps([{ batch, learningRate, averageDecay: 0.9 }])));
      }
      const state = await session.readState();
      await session.dispose();
      return { losses, state };
    };
    const [whole, divided] = [await train(1), await train(2)];
    assert.deepEqual(await train(2), divided);
    assert.notDeepEqual(divided.losses, [0, 0, 0, 0]);
    assert.ok(relativeError(divided.losses, whole.losses) < 1e-5);
    assert.equal(divided.state.step, 4);
    for (const name of ['parameters', 'average', 'firstMoment', 'secondMoment'] as const) {
      assert.ok(relativeError(divided.state[name], whole.state[name]) < 1e-3, name);
    }
  });

  it('refuses a batch of the wrong size, naming the part', async () => {
    const parameters = initialParameters(SPEC, 1);
    const zeros = () => new Float32Array(parameters.length);
    const start = { step: 0, parameters, average: parameters, firstMoment: zeros(), secondMoment: zeros() };
    const engine = await onnxOnCpu.open({ threads: 2, precision: 'float32' });
    const session = await engine.createTraining(SPEC, optionsOf(2, 'dice'), start);
    const batch = { ...batchOf(2), target: new Float32Array(7) };
    await assert.rejects(
      session.steps([{ batch, learningRate: 0.01, averageDecay: 0 }]),
      /batch.target: expected 256 values for \[2,1,8,16\], got 7/,
    );
    await session.dispose();
  });

  it('says what ONNX Runtime has against a model, and leaves no thread', async () => {
    const options = { ...optionsOf(2, 'dice'), lowerings: CPU_LOWERINGS };
    const broken = { ...options, lowerings: { ...CPU_LOWERINGS, conv: refuse } };
    const division = { shares: [1, 1], threads: 1 };
    await assert.rejects(DataParallelStep.open(SPEC, broken, division, { threads: 2 }), {
      code: 'engine',
      message: /training step.*NoSuchOperator/s,
    });
  });
});

const refuse: typeof CPU_LOWERINGS.conv = (emit, node, [x]) => emit.op('NoSuchOperator', [x], node.shape);
