import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { onnxOnCpu } from '../../src/engines/onnx/cpu';
import { createSession, onnxRuntime } from '../../src/engines/onnx/session';
import { CPU_LOWERINGS } from '../../src/graph/lowering/cpu';
import type { Loss, NetworkSpec } from '../../src/network';
import { buildTrainingStep, parameterSpecs } from '../../src/network';
import { needShared } from '../support/shared-data';

interface GoldenCase {
  dimensions: 2 | 3;
  filters: number[];
  inChannels: number;
  inputShape: number[];
  loss: Loss;
  learningRate: number;
  weightDecay: number;
  learningRateDecayPerStep: number;
  losses: number[];
  parameters: Array<{ name: string; shape: number[] }>;
}

/**
 * How far the final network may be from the golden one, as the largest difference of their logits by the largest logit.
 * Ten steps of Adam divide every gradient by its own size, so where a gradient is nearly 0 rounding decides the step.
 * PyTorch 2.13 replays the golden runs to 1.3e-3 in `3d-masked-dice-bce`, in single and in double precision alike, and
 * in double precision to 4.8e-3 in `2d-dice`; the first keeps its own limit here, the others keep to 1e-3.
 */
const CASES: Record<string, { logits: number }> = {
  '2d-dice': { logits: 1e-3 },
  '2d-masked-dice-bce': { logits: 1e-3 },
  '2d-four-levels': { logits: 1e-3 },
  '3d-dice': { logits: 1e-3 },
  '3d-masked-dice-bce': { logits: 2e-3 },
};

/**
 * Share of the final weights that rounding may move out of the tolerance. Measured on one processor: none, none, 6 of
 * 37305, 18 of 85913 and 899 of 85913; which weights these are depends on the order of sums, and so on the processor.
 */
const MOVED_BY_ROUNDING = 0.02;

describe('training equals PyTorch', function () {
  this.timeout(120_000);

  for (const [name, { logits: farthest }] of Object.entries(CASES)) {
    it(`${name}: logits, gradients, losses and final weights`, async function () {
      const golden = readCase(needShared(this, `data/golden/${name}`));
      const { spec, options, batch, initial } = golden;
      assert.deepEqual(parameterSpecs(spec), golden.parameters);

      const first = await inspectFirstStep(golden);
      assertClose(first.logits, golden.read('logits0'), 'logits');
      const gradients = splitParameters(spec, golden.read('gradients0'));
      for (const [parameter, values] of splitParameters(spec, first.gradient)) {
        assertClose(values, gradients.get(parameter) as Float32Array, `gradient of ${parameter}`);
      }

      const engine = await onnxOnCpu.open({ threads: 2, precision: 'float32' });
      const state = { step: 0, parameters: initial, average: initial, ...zeroMoments(initial.length) };
      const training = await engine.createTraining(spec, options, state);
      for (let step = 0; step < golden.losses.length; step++) {
        const learningRate = golden.learningRate * golden.learningRateDecayPerStep ** step;
        const [loss] = await training.steps([{ batch, learningRate, averageDecay: 0 }]);
        assert.ok(Math.abs(loss - golden.losses[step]) < 1e-4, `loss ${step}: ${loss}, PyTorch ${golden.losses[step]}`);
      }
      const final = await training.readState();
      assert.equal(final.step, golden.losses.length);
      assert.deepEqual(final.average, final.parameters);
      const expected = splitParameters(spec, golden.read('final'));
      let outside = 0;
      for (const [parameter, values] of splitParameters(spec, final.parameters)) {
        // weights before an instance norm are scale-free: where gradients vanish, Adam amplifies rounding
        if (largest(gradients.get(parameter) as Float32Array) < 1e-5) continue;
        const wanted = expected.get(parameter) as Float32Array;
        const tolerance = toleranceOf(wanted);
        outside += values.filter((value, i) => Math.abs(value - wanted[i]) > tolerance).length;
      }
      const most = Math.ceil(MOVED_BY_ROUNDING * final.parameters.length);
      assert.ok(outside <= most, `${outside} final weights outside the tolerance, at most ${most} expected`);
      const [ours, theirs] = [final.parameters, golden.read('final')].map((weights) => logitsOf(golden, weights));
      const distance = relativeDistance(await ours, await theirs);
      assert.ok(distance <= farthest, `the final network is ${distance} from PyTorch's, at most ${farthest} expected`);
      await training.dispose();
    });
  }
});

function readCase(folder: string) {
  const golden = JSON.parse(readFileSync(path.join(folder, 'case.json'), 'utf8')) as GoldenCase;
  const read = (file: string) => new Float32Array(readFileSync(path.join(folder, `${file}.bin`)).buffer.slice(0));
  const spec: NetworkSpec = { dimensions: golden.dimensions, inChannels: golden.inChannels, filters: golden.filters };
  const [batchSize, , ...patch] = golden.inputShape;
  const options = { batchSize, patch, loss: golden.loss, weightDecay: golden.weightDecay };
  const batch = { input: read('input'), target: read('target'), weight: read('weight') };
  return { ...golden, read, spec, options, batch, initial: read('initial') };
}

/** What a network with these weights makes of the case's input. */
async function logitsOf(golden: ReturnType<typeof readCase>, weights: Float32Array): Promise<Float32Array> {
  return (await inspectFirstStep({ ...golden, initial: Float32Array.from(weights) })).logits;
}

async function inspectFirstStep({ spec, options, batch, initial, learningRate }: ReturnType<typeof readCase>) {
  const model = buildTrainingStep(spec, { ...options, lowerings: CPU_LOWERINGS, inspect: true });
  const session = await createSession(model, { threads: 2 });
  const { Tensor } = onnxRuntime();
  const dims = (channels: number) => [options.batchSize, channels, ...options.patch];
  const flat = (data: Float32Array) => new Tensor('float32', data, [data.length]);
  const { firstMoment, secondMoment } = zeroMoments(initial.length);
  const results = await session.run({
    input: new Tensor('float32', batch.input, dims(spec.inChannels)),
    target: new Tensor('float32', batch.target, dims(1)),
    weight: new Tensor('float32', batch.weight, dims(1)),
    stepSize: flat(Float32Array.of(learningRate)),
    secondCorrection: flat(Float32Array.of(1)),
    averageDecay: flat(Float32Array.of(0)),
    parameters: flat(initial),
    average: flat(initial),
    firstMoment: flat(firstMoment),
    secondMoment: flat(secondMoment),
  });
  await session.release();
  return { logits: results.logits.data as Float32Array, gradient: results.gradient.data as Float32Array };
}

function zeroMoments(length: number) {
  return { firstMoment: new Float32Array(length), secondMoment: new Float32Array(length) };
}

function splitParameters(spec: NetworkSpec, flat: Float32Array): Map<string, Float32Array> {
  let offset = 0;
  return new Map(
    parameterSpecs(spec).map(({ name, shape }) => {
      const length = shape.reduce((product, n) => product * n, 1);
      offset += length;
      return [name, flat.subarray(offset - length, offset)];
    }),
  );
}

function largest(values: Float32Array): number {
  return values.reduce((max, v) => Math.max(max, Math.abs(v)), 0);
}

/** The largest difference by the largest expected value. */
function relativeDistance(actual: Float32Array, expected: Float32Array): number {
  return largest(actual.map((value, i) => value - expected[i])) / largest(expected);
}

function toleranceOf(expected: Float32Array): number {
  return 1e-3 * largest(expected) + 1e-6;
}

/** Within 1e-3 of the expected tensor's largest absolute value plus 1e-6. */
function assertClose(actual: Float32Array, expected: Float32Array, name: string): void {
  assert.equal(actual.length, expected.length, name);
  const tolerance = toleranceOf(expected);
  for (let i = 0; i < actual.length; i++) {
    const difference = Math.abs(actual[i] - expected[i]);
    assert.ok(difference <= tolerance, `${name}[${i}]: ${actual[i]}, PyTorch ${expected[i]}, tolerance ${tolerance}`);
  }
}
