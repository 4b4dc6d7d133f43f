import assert from 'node:assert/strict';
import type { Ring } from '../../src/masks/polygon-mask';
import { rasterise, rasteriser } from '../../src/masks/rasterise';
import type { Regions } from '../../src/masks/regions';

const square = (at: number): Ring => [
  [at, at],
  [at, at + 1],
  [at + 1, at + 1],
  [at + 1, at],
];
const REGIONS: Regions = { polygons: [{ polygon: square(0) }, { polygon: square(1), z: [1, 2] }] };

describe('rasterise', () => {
  it('unites the polygons of a plane', () => {
    assert.deepEqual([...rasterise(REGIONS, 4, 3, 3, 0)], [1, 1, 0, 1, 1, 0, 0, 0, 0]);
    assert.deepEqual([...rasterise(REGIONS, 4, 3, 3, 1)], [1, 1, 0, 1, 1, 1, 0, 1, 1]);
    assert.deepEqual([...rasterise(REGIONS, 4, 3, 3, 3)], [1, 1, 0, 1, 1, 0, 0, 0, 0]);
  });

  it('gives an empty plane for no polygons', () => {
    assert.deepEqual([...rasterise({ polygons: [] }, 1, 2, 2, 0)], [0, 0, 0, 0]);
  });

  it('refuses planes beyond the image', () => {
    assert.throws(() => rasterise(REGIONS, 2, 3, 3, 0), /polygon 1, z: expected planes within 0\.\.1.*got \[1,2\]/);
  });
});

describe('rasteriser', () => {
  it('equals rasterise in every plane and shares planes that are the same', () => {
    const rows = rasteriser(REGIONS, 4, 3, 3);
    const seen = [0, 1, 2, 3].map((z) => {
      const mask = rows(z, 0, 3);
      assert.deepEqual(mask, rasterise(REGIONS, 4, 3, 3, z));
      return mask;
    });
    assert.equal(seen[1], seen[2]);
  });

  it('gives some rows of a plane as the whole plane has them', () => {
    const rows = rasteriser(REGIONS, 4, 3, 3);
    const plane = rasterise(REGIONS, 4, 3, 3, 1);
    for (let first = 0; first < 3; first++) {
      for (let n = 1; first + n <= 3; n++) {
        assert.deepEqual(rows(1, first, n), plane.subarray(first * 3, (first + n) * 3).slice());
      }
    }
  });
});
