import assert from 'node:assert/strict';
import { acquisitionOfTimes } from '../../src/image/description';

describe('image/description', () => {
  const acquisition = { date: '2026-03-01', timeIncrement: 2, well: 'B3' };
  const increment = (times: number[]) => acquisitionOfTimes(acquisition, times).timeIncrement;

  it('scales the time increment with evenly spaced time points, and has none for others', () => {
    assert.deepEqual([increment([0, 1, 2]), increment([1, 4, 7]), increment([3])], [2, 6, 2]);
    assert.deepEqual([increment([0, 1, 3]), increment([2, 0]), increment([1, 1])], [undefined, undefined, undefined]);
  });

  it('keeps everything else', () => {
    assert.deepEqual(acquisitionOfTimes(acquisition, [0, 1, 5]), { date: '2026-03-01', well: 'B3' });
    assert.deepEqual(acquisitionOfTimes({ field: 3 }, [0, 2]), { field: 3 });
  });
});
