import assert from 'node:assert/strict';
import type { Engine } from '../../../src/engines/engine';
import { tensorflowOnCpu } from '../../../src/engines/tensorflow/backends';
import type { NativeTensorFlow } from '../../../src/engines/tensorflow/library';
import { loadTensorFlow } from '../../../src/engines/tensorflow/load';
import { nativeRules } from '../../../src/engines/tensorflow/rules/native';
import { EngineUnavailableError } from '../../../src/engines/unavailable';
import { trainingStepGraph } from '../../../src/network/models';
import { evaluate, relativeError } from '../../graph/support';
import { needShared } from '../../support/shared-data';
import { assertFirstStep, assertTraining, GOLDEN_CASES, readGolden } from '../golden-case';
import { normalisationWithGradients, RULE_CASES } from './rule-cases';
import { computeOn, evaluateWith } from './support';

/**
 * With the native library, wherever the loader finds one. Sums of products differ by the order of terms only; a
 * processor's kernels may reorder them as they like.
 */
describe('TensorFlow’s native library', function () {
  this.timeout(120_000);
  let tf: NativeTensorFlow;
  let engine: Engine;

  before(async function () {
    try {
      engine = await tensorflowOnCpu.open({ threads: 2, precision: 'float32' });
    } catch (error) {
      assert.ok(error instanceof EngineUnavailableError);
      console.log(`      skipped: ${error.message}`);
      return this.skip();
    }
    await computeOn('tensorflow');
    const loaded = loadTensorFlow();
    assert.ok(loaded.state === 'working');
    tf = loaded.tf;
  });

  for (const [op, cases] of Object.entries(RULE_CASES)) {
    it(`${op} gives what ONNX Runtime gives`, async () => {
      for (const { outputs, feeds } of cases()) {
        const error = relativeError(
          (await evaluateWith(tf, nativeRules(tf), outputs, feeds)).y,
          (await evaluate(outputs, feeds)).y,
        );
        assert.ok(error < 1e-5, `[${outputs.y.shape}]: relative error ${error}`);
      }
    });
  }

  it('an instance norm keeps for its gradients what they need, and nothing after', async () => {
    const before = tf.memory().numTensors;
    for (const shape of [
      [2, 3, 4, 6],
      [1, 2, 4, 2, 6],
    ]) {
      const { outputs, feeds } = normalisationWithGradients(shape);
      const [actual, expected] = [
        await evaluateWith(tf, nativeRules(tf), outputs, feeds),
        await evaluate(outputs, feeds),
      ];
      for (const name of Object.keys(outputs)) {
        const error = relativeError(actual[name], expected[name]);
        assert.ok(error < 1e-5, `${name}: relative error ${error}`);
      }
    }
    assert.equal(tf.memory().numTensors, before);
  });

  for (const name of GOLDEN_CASES) {
    it(`${name}: a training equals PyTorch's`, async function () {
      const golden = readGolden(needShared(this, `data/golden/${name}`));
      const { spec, options, batch, initial, learningRate } = golden;
      const zeros = new Float32Array(initial.length);
      const { logits, gradient } = trainingStepGraph(spec, { ...options, inspect: true });
      const first = await evaluateWith(
        tf,
        nativeRules(tf),
        { logits, gradient },
        {
          ...batch,
          parameters: initial,
          average: initial,
          firstMoment: zeros,
          secondMoment: zeros,
          learningRate: Float32Array.of(learningRate),
          stepSize: Float32Array.of(learningRate),
          secondCorrection: Float32Array.of(1),
          averageDecay: Float32Array.of(0),
        },
      );
      assertFirstStep(golden, { logits: first.logits, gradient: first.gradient });
      await assertTraining(name, golden, engine);
    });
  }
});
