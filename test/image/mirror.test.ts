import assert from 'node:assert/strict';
import { mirrored } from '../../src/image/mirror';

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
