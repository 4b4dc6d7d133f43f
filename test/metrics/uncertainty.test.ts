import assert from 'node:assert/strict';
import { UncertaintyMeter, uncertaintyOf } from '../../src/metrics/uncertainty';

const PROBABILITIES = Float32Array.from({ length: 303 }, (_, i) => ((i * 37) % 101) / 100);
describe('uncertainty of a prediction', () => {
  it('is counted as NumPy counts it, whatever the bands and the pixel type', () => {
    for (const size of [303, 100, 1]) {
      const meter = new UncertaintyMeter(1, 'probability of A');
      for (let i = 0; i < 303; i += size) meter.add(PROBABILITIES.subarray(i, i + size));
      assert.deepEqual(meter.result(), { unsure: 180, possible: 243 });
    }
    const stored = new UncertaintyMeter(1 / 65535, 'probability of A');
    stored.add(Uint16Array.from(PROBABILITIES, (p) => Math.round(p * 65535)));
    assert.deepEqual(stored.result(), { unsure: 177, possible: 240 });
  });

  it('is told of by pixels that may be foreground, not by the background', () => {
    assert.equal(uncertaintyOf({ unsure: 25, possible: 100 }), 0.25);
    assert.equal(uncertaintyOf({ unsure: 25, possible: 25 }), 1);
    assert.equal(uncertaintyOf({ unsure: 0, possible: 100 }), 0);
    // Where half of the foreground is certain, not all is unsure, however much else may be foreground.
    assert.equal(uncertaintyOf({ unsure: 150, possible: 200 }), 0.75);
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
