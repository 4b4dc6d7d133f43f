import assert from 'node:assert/strict';
import { diskLevel } from '../../src/storage/disk-level';

const GIB = 2 ** 30;

describe('how much room a disk has', () => {
  const large = (free: number) => ({ free: free * GIB, size: 1000 * GIB });

  it('is low below 5 GiB and full below 1 GiB, of a small disk below 10 and 2 %', () => {
    assert.equal(diskLevel(large(6)), 'enough');
    assert.equal(diskLevel(large(4.9)), 'low');
    assert.equal(diskLevel(large(0.9)), 'full');
    const small = (percent: number) => ({ free: (percent / 100) * GIB, size: GIB });
    assert.deepEqual(
      [11, 9, 1.9].map((percent) => diskLevel(small(percent))),
      ['enough', 'low', 'full'],
    );
  });

  it('is better than before only with a fifth more than the limit', () => {
    assert.equal(diskLevel(large(5.9), 'low'), 'low');
    assert.equal(diskLevel(large(6), 'low'), 'enough');
    assert.equal(diskLevel(large(1.1), 'full'), 'full');
    assert.equal(diskLevel(large(1.3), 'full'), 'low');
    assert.equal(diskLevel(large(5.9), 'full'), 'low');
    assert.equal(diskLevel(large(7), 'full'), 'enough');
  });
});
