import assert from 'node:assert/strict';
import { GraphBuilder } from '../../src/graph/builder';
import { gradients } from '../../src/graph/gradients';
import type { Loss } from '../../src/network';
import { type LossForm, lossOf } from '../../src/network/loss';
import { evaluate, randomValues } from '../graph/support';

const SHAPE = [2, 1, 8, 8];
const LENGTH = 128;
const regular = Float32Array.from({ length: LENGTH }, (_, i) => (i % 3 === 0 ? 1 : 0));
/** every second voxel is excluded */
const half = Float32Array.from({ length: LENGTH }, (_, i) => i % 2);
const ones = new Float32Array(LENGTH).fill(1);

async function lossAndGradient(form: LossForm, logits: Float32Array, weight: Float32Array, truth = regular) {
  const g = new GraphBuilder();
  const [x, t, w] = ['logits', 'target', 'weight'].map((name) => g.input(name, SHAPE));
  const scaled = g.scale(x, 1);
  const result = lossOf(g, form, scaled, t, w);
  const [gradient] = gradients(g, result, [scaled]);
  const values = await evaluate({ result, gradient }, { logits, target: truth, weight });
  return { loss: values.result[0], gradient: values.gradient };
}

/** The formulas of the loss, in double precision. */
function expected(kind: Loss, logits: Float32Array, weight: Float32Array, e = 1e-5, target = regular): number {
  let dice = 1;
  let entropy = 0;
  for (let item = 0; item < 2; item++) {
    let [both, p1, t1] = [0, 0, 0];
    for (let i = item * 64; i < (item + 1) * 64; i++) {
      const p = 1 / (1 + Math.exp(-logits[i]));
      both += weight[i] * p * target[i];
      p1 += weight[i] * p;
      t1 += weight[i] * target[i];
      entropy -= weight[i] * (target[i] * Math.log(p) + (1 - target[i]) * Math.log(1 - p));
    }
    dice -= (2 * both + e) / (p1 + t1 + e) / 2;
  }
  return kind === 'dice' ? dice : dice + entropy / weight.reduce((sum, v) => sum + v, 0);
}

describe('lossOf', () => {
  for (const kind of ['dice', 'dice+bce'] as const) {
    it(`${kind}: a perfect prediction costs 0, with half of the voxels excluded too`, async () => {
      const logits = regular.map((v) => (v ? 20 : -20));
      assert.ok(Math.abs((await lossAndGradient({ loss: kind }, logits, ones)).loss) < 1e-6);
      assert.ok(Math.abs((await lossAndGradient({ loss: kind, diceSmoothing: 30 }, logits, ones)).loss) < 1e-6);
      // what is excluded may be as wrong as it likes
      const wrong = logits.map((v, i) => (half[i] ? v : -v));
      const excluded = await lossAndGradient({ loss: kind }, wrong, half);
      assert.ok(Math.abs(excluded.loss) < 1e-6, `loss ${excluded.loss}`);
    });

    it(`${kind}: equals its formula, and excluded voxels have no gradient`, async () => {
      const logits = randomValues(SHAPE, 4, (random) => 2 * random.normal());
      for (const weight of [ones, half]) {
        const { loss, gradient } = await lossAndGradient({ loss: kind }, logits, weight);
        assert.ok(Math.abs(loss - expected(kind, logits, weight)) < 1e-5);
        assert.ok(gradient.every((v, i) => (weight[i] === 0 ? v === 0 : v !== 0)));
      }
    });

    it(`${kind}: stays finite where nothing is foreground and everything is excluded`, async () => {
      const logits = new Float32Array(LENGTH).fill(-20);
      const { loss, gradient } = await lossAndGradient(
        { loss: kind },
        logits,
        new Float32Array(LENGTH),
        new Float32Array(LENGTH),
      );
      assert.ok(Math.abs(loss) < 1e-6, `loss ${loss}`);
      assert.ok(gradient.every((v) => Math.abs(v) === 0));
    });
  }

  it('smoothed: equals its formula, and what is found where there is no foreground counts', async () => {
    const onlyFirst = regular.map((v, i) => (i < 64 ? v : 0));
    const logits = randomValues(SHAPE, 4, (random) => 2 * random.normal());
    const form: LossForm = { loss: 'dice', diceSmoothing: 10 };
    const smoothed = await lossAndGradient(form, logits, half, onlyFirst);
    assert.ok(Math.abs(smoothed.loss - expected('dice', logits, half, 10, onlyFirst)) < 1e-5);
    const plain = await lossAndGradient({ loss: 'dice' }, logits, half, onlyFirst);
    const largest = (gradient: Float32Array) => gradient.subarray(64).reduce((most, v) => Math.max(most, v), 0);
    assert.ok(largest(smoothed.gradient) > 1e-3, `${largest(smoothed.gradient)}`);
    assert.ok(largest(plain.gradient) < 1e-6, `${largest(plain.gradient)}`);
  });
});
