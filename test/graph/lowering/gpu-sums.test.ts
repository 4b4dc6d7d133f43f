import assert from 'node:assert/strict';
import { GraphBuilder } from '../../../src/graph/builder';
import { largestDivisor } from '../../../src/graph/lowering/gpu-normalisation';
import { GPU_LOWERINGS } from '../../../src/graph/lowering/tables';
import { evaluate, randomValues, relativeError } from '../support';

describe('sums on a GPU', () => {
  it('finds the largest divisor up to a limit', () => {
    assert.deepEqual(
      [
        [4096, 1024],
        [3000, 1024],
        [7, 1024],
        [2053, 1024],
      ].map(([n, limit]) => largestDivisor(n, limit)),
      [1024, 1000, 7, 1],
    );
  });

  const cases: Array<{ shape: number[]; axes: number[] }> = [
    { shape: [2, 3, 4, 5], axes: [0] },
    { shape: [2, 3, 4, 5], axes: [1, 3] },
    { shape: [2, 3, 4, 5], axes: [0, 2, 3] },
    { shape: [1, 2, 64, 96], axes: [2, 3] },
    // a prime number of positions
    { shape: [2, 2053], axes: [1] },
    { shape: [2, 1, 4, 40, 40], axes: [0, 1, 2, 3, 4] },
  ];
  for (const { shape, axes } of cases) {
    it(`over the axes ${axes} of [${shape}] as added up in double precision`, async () => {
      const g = new GraphBuilder();
      const x = g.input('x', shape);
      const y = g.sum(x, axes);
      const feeds = { x: randomValues(shape, 1, (random) => random.uniform()) };
      const results = await evaluate({ y }, feeds, GPU_LOWERINGS);
      const expected = new Float64Array(y.shape.reduce((product, n) => product * n, 1));
      feeds.x.forEach((value, i) => {
        let rest = i;
        let at = 0;
        let step = 1;
        for (let axis = shape.length - 1; axis >= 0; axis--) {
          const index = rest % shape[axis];
          rest = Math.floor(rest / shape[axis]);
          if (axes.includes(axis)) continue;
          at += index * step;
          step *= shape[axis];
        }
        expected[at] += value;
      });
      assert.ok(relativeError(results.y, expected) < 1e-6, `relative error ${relativeError(results.y, expected)}`);
    });
  }
});
