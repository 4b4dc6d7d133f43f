import assert from 'node:assert/strict';
import { isConstant, isZero } from '../../src/image/constant';
import { allocate, DTYPES } from '../../src/image/dtype';

describe('image/constant', () => {
  it('tells constant and empty pixels of every type from others, wherever the other one is', () => {
    for (const dtype of DTYPES) {
      const pixels = allocate(dtype, 9).fill(3);
      assert.ok(isConstant(pixels) && !isZero(pixels), dtype);
      assert.ok(isZero(allocate(dtype, 5)) && isZero(pixels.subarray(0, 0)) && isConstant(pixels.subarray(2, 3)));
      for (let i = 0; i < 9; i++) {
        const other = pixels.slice();
        other[i] = 0;
        assert.ok(!isConstant(other) && !isZero(other), `${dtype} ${i}`);
      }
    }
  });
});
