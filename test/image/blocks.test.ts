import assert from 'node:assert/strict';
import { Constancy } from '../../src/image/blocks';
import { allocate, DTYPES } from '../../src/image/dtype';

describe('image/blocks', () => {
  it('tells constant and empty pixels of every type from others, wherever the other one is', () => {
    for (const dtype of DTYPES) {
      const pixels = allocate(dtype, 11).fill(3);
      const threes = new Constancy(pixels);
      assert.ok(threes.isConstant(0, 11) && !threes.isZero(0, 11), dtype);
      assert.ok(new Constancy(allocate(dtype, 5)).isZero(1, 5) && threes.isZero(4, 4) && threes.isConstant(2, 3));
      for (let i = 1; i < 10; i++) {
        const other = pixels.slice();
        other[i] = 0;
        const constancy = new Constancy(other);
        assert.ok(!constancy.isConstant(0, 11) && !constancy.isZero(0, 11), `${dtype} ${i}`);
        assert.ok(constancy.isConstant(i + 1, 11) && constancy.isConstant(0, i) && constancy.isZero(i, i + 1));
      }
    }
  });

  it('looks at a part of a larger piece of memory', () => {
    const all = Uint16Array.of(1, 0, 0, 0, 2);
    assert.ok(new Constancy(all.subarray(1, 4)).isZero(0, 3));
    assert.ok(!new Constancy(all.subarray(1)).isZero(0, 4));
  });
});
