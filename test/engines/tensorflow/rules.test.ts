import assert from 'node:assert/strict';
import type { TensorFlow } from '../../../src/engines/tensorflow/library';
import { planeWeightGradient } from '../../../src/engines/tensorflow/rules/native';
import { PLAIN_RULES } from '../../../src/engines/tensorflow/rules/plain';
import type { Rules } from '../../../src/engines/tensorflow/rules/types';
import { GraphBuilder } from '../../../src/graph/builder';
import { evaluate, relativeError } from '../../graph/support';
import { normalisationWithGradients, RULE_CASES, type RuleCase } from './rule-cases';
import { evaluateWith, plainTensorFlow } from './support';

async function assertLikeOnnx(tf: TensorFlow, rules: Rules, { outputs, feeds }: RuleCase): Promise<void> {
  const expected = await evaluate(outputs, feeds);
  const actual = await evaluateWith(tf, rules, outputs, feeds);
  assert.deepEqual(Object.keys(actual).sort(), Object.keys(expected).sort());
  for (const [name, values] of Object.entries(expected)) {
    const error = relativeError(actual[name], values);
    assert.ok(error < 1e-5, `${name} of ${outputs[name].op} [${outputs[name].shape}]: relative error ${error}`);
  }
}

describe('rules for TensorFlow', function () {
  this.timeout(60_000);
  let tf: TensorFlow;
  before(async () => {
    tf = await plainTensorFlow();
  });

  for (const [op, cases] of Object.entries(RULE_CASES)) {
    it(`${op} gives what ONNX Runtime gives`, async () => {
      for (const one of cases()) await assertLikeOnnx(tf, PLAIN_RULES, one);
    });
  }

  it('an instance norm and its gradients in one graph do', async () => {
    await assertLikeOnnx(tf, PLAIN_RULES, normalisationWithGradients([2, 3, 4, 6]));
  });

  it('the weight gradient plane by plane does', async () => {
    const rules = { ...PLAIN_RULES, convWeightGradient: planeWeightGradient };
    for (const one of RULE_CASES.convWeightGradient()) await assertLikeOnnx(tf, rules, one);
  });

  it('refuses to broadcast where the stored order would not fit', async () => {
    const g = new GraphBuilder();
    const y = g.add(g.input('a', [2, 3, 4, 4]), g.input('b', [4]));
    const feeds = { a: new Float32Array(96), b: new Float32Array(4) };
    await assert.rejects(evaluateWith(tf, PLAIN_RULES, { y }, feeds), /add of 4 and 1 axes has no rule/);
  });
});
