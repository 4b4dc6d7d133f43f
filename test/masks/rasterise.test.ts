import assert from 'node:assert/strict';
import type { Ring } from '../../src/masks/polygon-mask';
import { checkPlanes, type DrawnStroke, type PlanePart, rasteriser, strokeRasteriser } from '../../src/masks/rasterise';
import type { Regions } from '../../src/masks/regions';
import { randomAt } from '../support/random-at';

const square = (at: number, side = 1): Ring => [
  [at, at],
  [at, at + side],
  [at + side, at + side],
  [at + side, at],
];
const REGIONS: Regions = { polygons: [{ polygon: square(0) }, { polygon: square(1), z: [1, 2] }] };
const PLANE: PlanePart = { z: 0, y: 0, x: 0, height: 3, width: 3, step: 1 };

describe('rasteriser', () => {
  it('unites the polygons of a plane; none is null', () => {
    const fill = rasteriser(REGIONS);
    assert.deepEqual([...(fill(PLANE) ?? [])], [1, 1, 0, 1, 1, 0, 0, 0, 0]);
    assert.deepEqual([...(fill({ ...PLANE, z: 1 }) ?? [])], [1, 1, 0, 1, 1, 1, 0, 1, 1]);
    assert.deepEqual([...(fill({ ...PLANE, z: 3 }) ?? [])], [1, 1, 0, 1, 1, 0, 0, 0, 0]);
    assert.equal(rasteriser({ polygons: REGIONS.polygons.slice(1) })(PLANE), null);
  });

  it('draws planes that hold the same once', () => {
    const fill = rasteriser(REGIONS);
    const seen = [0, 1, 2, 3].map((z) => fill({ ...PLANE, z }));
    assert.equal(seen[1], seen[2]);
    assert.notEqual(seen[2], seen[3]);
  });

  it('is the same region in coarser pixels', () => {
    const polygon = square(16, 31);
    const mask = rasteriser({ polygons: [{ polygon }] })({ ...PLANE, width: 20, height: 20, step: 4 });
    const set = [...(mask ?? [])].flatMap((value, i) => (value ? [[i % 20, Math.floor(i / 20)]] : []));
    assert.equal(set.length, 64);
    assert.deepEqual(set[0], [4, 4]);
    assert.deepEqual(set[63], [11, 11]);
  });

  it('gives any part of a plane as the whole plane has it, whatever the digits of the coordinates', () => {
    const [height, width] = [40, 50];
    for (let seed = 0; seed < 40; seed++) {
      const ring = (places: number) =>
        Array.from({ length: 7 }, (_, i): Ring[number] => [
          -5 + 50 * randomAt(seed, places + 2 * i),
          -5 + 60 * randomAt(seed, places + 2 * i + 1),
        ]);
      const strokes: DrawnStroke[] = [
        { points: ring(100), radius: 4 * randomAt(seed, 200), value: 1 },
        { points: ring(300), radius: 4 * randomAt(seed, 400), value: 0 },
      ];
      for (const draw of [
        rasteriser({ polygons: [{ polygon: ring(0), holes: [ring(20)] }] }),
        strokeRasteriser(strokes),
      ]) {
        const whole = draw({ ...PLANE, height, width });
        assert.ok(whole);
        const [y, x] = [seed % 17, (seed * 7) % 31];
        const part = { ...PLANE, y, x, height: 1 + (seed % 13), width: 1 + ((seed * 5) % 19) };
        const expected = Uint8Array.from(
          { length: part.height * part.width },
          (_, i) => whole[(y + Math.floor(i / part.width)) * width + x + (i % part.width)],
        );
        assert.deepEqual(draw(part), expected, `seed ${seed}`);
      }
    }
  });

  it('names planes beyond the image', () => {
    assert.throws(() => checkPlanes(REGIONS, 2), /polygon 1, z: expected planes within 0\.\.1.*got \[1,2\]/);
    checkPlanes(REGIONS, 3);
  });
});
