import assert from 'node:assert/strict';
import { contains, count, mirrored, sameShape, wholeRegion } from '../../src/image/region';

describe('regions', () => {
  it('a region lies inside a shape or does not', () => {
    const shape = [1, 2, 3, 4, 5] as [number, number, number, number, number];
    assert.equal(contains(shape, wholeRegion(shape)), true);
    assert.equal(contains(shape, { start: [0, 1, 2, 3, 4], size: [1, 1, 1, 1, 1] }), true);
    assert.equal(contains(shape, { start: [0, 1, 2, 3, 4], size: [1, 1, 1, 1, 2] }), false);
    assert.equal(contains(shape, { start: [0, -1, 0, 0, 0], size: [1, 1, 1, 1, 1] }), false);
    assert.equal(contains(shape, { start: [0, 0, 0, 0, 0], size: [1, 0, 1, 1, 1] }), false);
  });

  it('counts pixels and compares shapes', () => {
    assert.equal(count([2, 3, 4]), 24);
    assert.equal(count([]), 1);
    assert.equal(sameShape([1, 2], [1, 2]), true);
    assert.equal(sameShape([1, 2], [1, 2, 1]), false);
  });

  it('the whole region owns its size', () => {
    const shape = [1, 1, 1, 2, 2] as [number, number, number, number, number];
    const region = wholeRegion(shape);
    region.size[4] = 9;
    assert.equal(shape[4], 2);
  });
});

describe('mirrored', () => {
  it('mirrors positions at both ends without repeating the edge', () => {
    assert.deepEqual(
      [-3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7, 12].map((i) => mirrored(i, 4)),
      [3, 2, 1, 0, 1, 2, 3, 2, 1, 0, 1, 0],
    );
    assert.equal(mirrored(-5, 1), 0);
    assert.equal(mirrored(5, 2), 1);
  });
});
