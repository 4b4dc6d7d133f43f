import assert from 'node:assert/strict';
import { count, type Zyx } from '../../src/image/region';
import { finished } from '../../src/objects/decode';
import { squaredDistances } from '../../src/objects/distance';
import { randomAt } from '../support/random-at';

describe('the distance to the background', () => {
  for (const [shape, spacing] of [
    [
      [1, 13, 17],
      [1, 1, 1],
    ],
    [
      [7, 9, 8],
      [2.5, 0.5, 0.4],
    ],
    [
      [5, 1, 6],
      [1, 3, 1],
    ],
  ] as Array<[Zyx, Zyx]>) {
    it(`is that of looking at every voxel, in [${shape}] with voxels of ${spacing}`, () => {
      const mask = Uint8Array.from({ length: count(shape) }, (_, i) => (randomAt(4, i) < 0.9 ? 1 : 0));
      const place = (i: number) => [
        Math.floor(i / (shape[1] * shape[2])) * spacing[0],
        (Math.floor(i / shape[2]) % shape[1]) * spacing[1],
        (i % shape[2]) * spacing[2],
      ];
      const outside = [...mask.keys()].filter((i) => mask[i] === 0).map(place);
      finished(squaredDistances(mask, shape, spacing)).forEach((squared, i) => {
        const [z, y, x] = place(i);
        const nearest = Math.min(...outside.map((o) => (o[0] - z) ** 2 + (o[1] - y) ** 2 + (o[2] - x) ** 2));
        const expected = mask[i] === 0 ? 0 : nearest;
        assert.ok(Math.abs(squared - expected) < 1e-9 * (1 + expected), `${i}: ${squared}, not ${expected}`);
      });
    });
  }

  it('has no end where all is inside', () => {
    assert.deepEqual(
      [...finished(squaredDistances(Uint8Array.of(1, 1), [1, 1, 2], [1, 1, 1]))],
      [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
    );
  });
});
