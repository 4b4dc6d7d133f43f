import assert from 'node:assert/strict';
import { divideBatch } from '../../../src/engines/onnx/data-parallel-step';

describe('divideBatch', () => {
  const cases: Array<[batch: number, threads: number, shares: number[], each: number]> = [
    [1, 8, [1], 8],
    [2, 1, [2], 1],
    [2, 2, [1, 1], 1],
    [2, 8, [1, 1], 4],
    [4, 2, [2, 2], 1],
    [8, 16, [1, 1, 1, 1, 1, 1, 1, 1], 2],
    // a second replica would leave a thread without work
    [2, 3, [2], 3],
    [3, 2, [3], 2],
  ];
  for (const [batch, threads, shares, each] of cases) {
    it(`gives ${batch} items and ${threads} threads to ${shares.length}`, () => {
      assert.deepEqual(divideBatch(batch, threads), { shares, threads: each });
    });
  }

  it('shares every item out, in shares that differ by one at most', () => {
    for (let batch = 1; batch <= 12; batch++) {
      for (let threads = 1; threads <= 12; threads++) {
        const { shares, threads: each } = divideBatch(batch, threads);
        assert.equal(
          shares.reduce((sum, n) => sum + n, 0),
          batch,
        );
        assert.ok(Math.min(...shares) >= 1 && Math.max(...shares) - Math.min(...shares) <= 1, `${shares}`);
        assert.ok(each >= 1 && each * shares.length <= threads);
      }
    }
  });
});
