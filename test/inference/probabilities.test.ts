import assert from 'node:assert/strict';
import { readProbabilities } from '../../src/inference/probabilities';

const near = (actual: Float32Array, expected: number[]) =>
  assert.ok(actual.length === expected.length && expected.every((v, i) => Math.abs(actual[i] - v) < 1e-6), `${actual}`);

describe("reading a network's output", () => {
  it('takes probabilities as they are', () => {
    assert.deepEqual([...readProbabilities(Float32Array.of(0, 1, 0.25, 0.5), 2, 2, {})], [0, 1, 0.25, 0.5]);
  });

  it('picks a channel, and applies what the card says', () => {
    const logits = Float32Array.of(0, 1, 2, 3, 0, 0, 0, Math.log(3));
    near(readProbabilities(logits, 2, 2, { channel: 1, activation: 'softmax' }), [0.880797, 0.880797, 0.5, 0.75]);
    near(
      readProbabilities(logits.slice(), 2, 2, { channel: 1, activation: 'sigmoid' }),
      [0.880797, 0.952574, 0.5, 0.75],
    );
    near(readProbabilities(Float32Array.of(1000, -1000), 1, 1, { activation: 'softmax' }), [1]);
  });

  it('refuses what is no probability', () => {
    const read =
      (...values: number[]) =>
      () =>
        readProbabilities(Float32Array.from(values), 1, 2, {});
    assert.throws(read(0.5, Number.NaN), { code: 'engine', message: /NaN/ });
    assert.throws(read(0.5, 3.5), { code: 'engine', message: /returned 3\.5.*logits/ });
    assert.throws(read(-0.5, 1), { code: 'engine' });
    assert.throws(read(0.1, 0.2, 0.3), { code: 'engine', message: /3 values for 1 tiles of 2 pixels/ });
    assert.throws(() => readProbabilities(Float32Array.of(0.5), 1, 1, { channel: 1 }), { message: /has 1 channels/ });
  });

  it('takes off what rounding added', () => {
    assert.deepEqual([...readProbabilities(Float32Array.of(1.000001, -1e-7), 1, 2, {})], [1, 0]);
  });
});
