import assert from 'node:assert/strict';
import { bandCount, bandRows, imageBands } from '../../src/image/bands';
import type { Shape5 } from '../../src/image/region';

describe('image/bands', () => {
  it('takes a small plane whole', () => {
    assert.equal(bandRows([1, 1, 9, 1024, 1024], [16]), 1024);
    assert.equal(bandRows([1, 1, 1, 10, 10], [3], 100), 10);
  });

  it('cuts a large plane along its stored blocks', () => {
    assert.equal(bandRows([1, 1, 1, 10_000, 10_000], [512]), 1536);
    assert.equal(bandRows([1, 1, 1, 100, 10], [8, 16], 320), 32);
    // One row of blocks is larger than asked for, but not by much.
    assert.equal(bandRows([1, 1, 1, 100_000, 100_000], [512]), 512);
  });

  it('cuts across blocks that are as large as the plane', () => {
    assert.equal(bandRows([1, 1, 1, 100_000, 100_000], [100_000]), 167);
    assert.equal(bandRows([1, 1, 1, 8, 100], [1], 10), 1);
  });

  it('goes through every row once, in the order of writing', () => {
    const shape: Shape5 = [2, 2, 2, 5, 3];
    const bands = [...imageBands(shape, 2)];
    assert.equal(bands.length, bandCount(shape, 2));
    assert.deepEqual(bands.slice(0, 4), [
      { t: 0, c: 0, z: 0, y: 0, rows: 2 },
      { t: 0, c: 0, z: 0, y: 2, rows: 2 },
      { t: 0, c: 0, z: 0, y: 4, rows: 1 },
      { t: 0, c: 0, z: 1, y: 0, rows: 2 },
    ]);
    assert.deepEqual(bands[6], { t: 0, c: 1, z: 0, y: 0, rows: 2 });
    assert.equal(
      bands.reduce((sum, { rows }) => sum + rows, 0),
      40,
    );
  });
});
