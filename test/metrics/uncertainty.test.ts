import assert from 'node:assert/strict';
import { scorePrediction, UncertaintyMeter, uncertaintyOf, worstFirst } from '../../src/metrics/uncertainty';

const PROBABILITIES = Float32Array.from({ length: 303 }, (_, i) => ((i * 37) % 101) / 100);
/** @param possible foreground or unsure */
const of = (pixels: number, foreground: number, unsure: number, possible = Math.max(foreground, unsure)) => {
  return { pixels, foreground, unsure, possible };
};

describe('uncertainty of a prediction', () => {
  it('is counted as NumPy counts it, whatever the bands and the pixel type', () => {
    for (const size of [303, 100, 1]) {
      const meter = new UncertaintyMeter(1, 'probability of A');
      for (let i = 0; i < 303; i += size) meter.add(PROBABILITIES.subarray(i, i + size));
      assert.deepEqual(meter.result(), { pixels: 303, foreground: 153, unsure: 180, possible: 243 });
    }
    const stored = new UncertaintyMeter(1 / 65535, 'probability of A');
    stored.add(Uint16Array.from(PROBABILITIES, (p) => Math.round(p * 65535)));
    assert.deepEqual(stored.result(), { pixels: 303, foreground: 153, unsure: 177, possible: 240 });
  });

  it('is told of by pixels that may be foreground, not by the background', () => {
    assert.equal(uncertaintyOf(of(1000, 100, 25)), 0.25);
    assert.equal(uncertaintyOf(of(1_000_000, 100, 25)), 0.25);
    assert.equal(uncertaintyOf(of(1000, 0, 25)), 1);
    assert.equal(uncertaintyOf(of(1000, 100, 0)), 0);
    // Where half of the foreground is certain, not all is unsure, however much else may be foreground.
    assert.equal(uncertaintyOf(of(1000, 100, 150, 200)), 0.75);
    assert.equal(uncertaintyOf(new UncertaintyMeter(1, 'x').result()), 0);
  });

  it('refuses what is no probability', () => {
    for (const pixels of [Float32Array.of(0, 1.5), Float32Array.of(Number.NaN), Int16Array.of(-1)]) {
      assert.throws(
        () => new UncertaintyMeter(1, 'probability of A').add(pixels),
        /probability of A, a pixel: expected/,
      );
    }
    new UncertaintyMeter(1, 'x').add(Float32Array.of(1 + 2 ** -23, -(2 ** -30)));
  });
});

describe('the score of a prediction', () => {
  it('counts broken rules before uncertainty, and says why', () => {
    assert.deepEqual(scorePrediction(of(1000, 100, 0), {}, null), { score: 0, reasons: [] });
    assert.deepEqual(scorePrediction(of(1000, 0, 0), {}, null), { score: 1, reasons: ['the prediction is empty'] });
    assert.equal(scorePrediction(of(1000, 0, 0), { mayBeEmpty: true }, 0).score, 0);
    const rules = { leastForeground: 0.2, mostForeground: 0.5, leastObjects: 2, mostObjects: 9 };
    assert.deepEqual(scorePrediction(of(1000, 100, 25), rules, 12), {
      score: 2.25,
      reasons: [
        '10 % foreground, expected 20 % foreground at least',
        '12 objects, expected 9 objects at most',
        '25 % of what may be foreground is between 0.2 and 0.8',
      ],
    });
    assert.equal(scorePrediction(of(1000, 300, 0), rules, null).score, 0);
    assert.equal(scorePrediction(of(1000, 300, 0), rules, 1).score, 1);
  });

  it('puts the worst first', () => {
    const items = [0.2, 1.1, 0.2, 0.9].map((score, i) => ({ score, i }));
    assert.deepEqual(
      worstFirst(items, 3).map(({ i }) => i),
      [1, 3, 0],
    );
    assert.deepEqual(
      worstFirst(items).map(({ i }) => i),
      [1, 3, 0, 2],
    );
  });
});
