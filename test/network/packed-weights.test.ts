import assert from 'node:assert/strict';
import { product } from '../../src/base/numbers';
import { initialParameters } from '../../src/network/initial-parameters';
import { packWeights, unpackWeights } from '../../src/network/packed-weights';
import { parameterSpecs } from '../../src/network/residual-unet';
import type { NetworkSpec } from '../../src/network/spec';

const SPEC: NetworkSpec = { dimensions: 2, inChannels: 2, outChannels: 3, filters: [8, 16] };

describe('packed weights', () => {
  it('are off by half a step of a byte at most, norms and biases by nothing', () => {
    const parameters = initialParameters(SPEC, 3);
    const packed = packWeights(SPEC, parameters);
    assert.ok(packed.length < 1.5 * parameters.length);
    const unpacked = unpackWeights(SPEC, packed);
    let offset = 0;
    for (const { name, shape } of parameterSpecs(SPEC)) {
      const row = product(shape.slice(1));
      for (let r = 0; r < shape[0]; r++, offset += row) {
        const [before, after] = [parameters, unpacked].map((values) => values.subarray(offset, offset + row));
        const largest = before.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
        const off = before.map((value, i) => Math.abs(value - after[i]));
        assert.ok(Math.max(...off) <= (shape.length === 1 ? 0 : (0.501 * largest) / 127), name);
      }
    }
    assert.equal(offset, unpacked.length);
  });

  it('of another network are refused with both numbers of bytes', () => {
    const packed = packWeights(SPEC, initialParameters(SPEC, 3));
    assert.throws(
      () => unpackWeights({ ...SPEC, inChannels: 1 }, packed),
      new RegExp(`packed weights.*expected \\d+ bytes, got ${packed.length}`),
    );
  });

  it('keep a row of zeros', () => {
    const nothing = new Float32Array(initialParameters(SPEC, 3).length);
    assert.deepEqual(unpackWeights(SPEC, packWeights(SPEC, nothing)), nothing);
  });
});
