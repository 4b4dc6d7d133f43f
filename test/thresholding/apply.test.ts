import assert from 'node:assert/strict';
import { applyThreshold } from '../../src/thresholding/apply';

describe('thresholding/apply', () => {
  it('is 255 where the pixel is above, 0 elsewhere', () => {
    assert.deepEqual(applyThreshold(Uint8Array.of(1, 2, 3), 2), Uint8Array.of(0, 0, 255));
    assert.deepEqual(applyThreshold(Int16Array.of(-5, -3, 0), -4.5), Uint8Array.of(0, 255, 255));
    assert.deepEqual(applyThreshold(Float64Array.of(0.3, 0.30000001), 0.3), Uint8Array.of(0, 255));
  });

  it('compares float32 pixels with the threshold as float32', () => {
    assert.deepEqual(applyThreshold(Float32Array.of(0.3, 0.31), 0.3), Uint8Array.of(0, 255));
  });

  it('writes into a given array and counts NaN pixels', () => {
    const out = new Uint8Array(2).fill(7);
    assert.equal(applyThreshold(Float32Array.of(0, 1), 0.5, out), out);
    assert.deepEqual(out, Uint8Array.of(0, 255));
    for (const type of [Float32Array, Float64Array])
      assert.throws(() => applyThreshold(type.of(1, Number.NaN, Number.NaN), 0.5), {
        message: /2 of 3 pixels are NaN/,
      });
  });
});
