import assert from 'node:assert/strict';
import { batchShape, requireImageShape } from '../../src/engines/check-shape';
import type { NetworkSpec } from '../../src/network';

describe('the shape', () => {
  it('of a batch is that of its options, and its values must be as many', () => {
    const options = { batchSize: 2, patch: [4, 8, 8] };
    assert.deepEqual(batchShape('input', new Float32Array(2 * 3 * 256), 3, options), [2, 3, 4, 8, 8]);
    assert.throws(() => batchShape('target', new Float32Array(511), 1, options), {
      code: 'internal',
      message: 'batch.target: expected 512 values for [2,1,4,8,8], got 511',
    });
  });

  it('of an image must be one that the network takes', () => {
    const spec: NetworkSpec = { dimensions: 2, inChannels: 2, filters: [4, 8, 16] };
    requireImageShape(spec, new Float32Array(2 * 8 * 4), [1, 2, 8, 4]);
    const refused: Array<[number, number[]]> = [
      [64, [1, 1, 8, 8]],
      [96, [1, 2, 8, 6]],
      [64, [1, 2, 1, 8, 4]],
      [63, [1, 2, 8, 4]],
      [0, [1, 2, 0, 4]],
    ];
    for (const [length, shape] of refused) {
      assert.throws(() => requireImageShape(spec, new Float32Array(length), shape), {
        code: 'engine',
        message: `prediction of [${shape}] with ${length} values: expected [n, 2, y, x] with y, x multiples of 4`,
      });
    }
  });

  it('of an image fits each axis of the network', () => {
    const strides = [
      [1, 1, 1],
      [1, 2, 2],
      [2, 2, 2],
    ];
    const spec: NetworkSpec = { dimensions: 3, inChannels: 1, filters: [4, 8, 16], strides };
    requireImageShape(spec, new Float32Array(96), [1, 1, 6, 4, 4]);
    assert.throws(
      () => requireImageShape(spec, new Float32Array(80), [1, 1, 5, 4, 4]),
      /with z, y, x multiples of 2, 4, 4/,
    );
  });
});
