import assert from 'node:assert/strict';
import { Random } from '../../src/base/random';
import { log32 } from '../../src/thresholding/log-float32';

describe('thresholding/log-float32', () => {
  it('equals numpy.log of float32', () => {
    // numpy 2.4.6 with AVX-512; the nearest float32 would be 1.376761 and 1.7000285.
    assert.equal(log32(Math.fround(3.9620478)), Math.fround(1.3767611));
    assert.equal(log32(Math.fround(5.474104)), Math.fround(1.7000287));
    assert.equal(log32(1), 0);
    assert.equal(log32(0), Number.NEGATIVE_INFINITY);
    assert.ok(Number.isNaN(log32(-1)));
    assert.ok(Number.isNaN(log32(Number.NaN)));
    assert.equal(log32(Number.POSITIVE_INFINITY), Number.POSITIVE_INFINITY);
  });

  it('is within two units in the last place everywhere', () => {
    const random = new Random(3);
    for (let i = 0; i < 20000; i++) {
      const x = Math.fround(10 ** random.range(-44, 38));
      assert.ok(Math.abs(log32(x) - Math.log(x)) <= 2 ** -22 * Math.max(Math.abs(Math.log(x)), 2 ** -4), `${x}`);
    }
  });
});
