import assert from 'node:assert/strict';
import { featureOf } from '../../src/exchange/geojson';
import { count, type Shape5 } from '../../src/image/region';
import { parseRegions } from '../../src/masks/regions';
import { outlineOf, type Stretch } from '../../src/objects/outlines';
import { randomAt } from '../support/random-at';

function stretchesOf(mask: Uint8Array, width: number): Stretch[] {
  const found: Stretch[] = [];
  for (let y = 0; y * width < mask.length; y++) {
    for (let x = 0; x < width; x++) if (mask[y * width + x]) found.push({ y, start: x, end: x + 1 });
  }
  return found;
}

describe('outlines of objects', () => {
  it('go along the edges of pixels, corners only', () => {
    assert.deepEqual(
      outlineOf([
        { y: 2, start: 1, end: 4 },
        { y: 3, start: 1, end: 4 },
      ]),
      [
        [
          [
            [1, 2],
            [4, 2],
            [4, 4],
            [1, 4],
            [1, 2],
          ],
        ],
      ],
    );
  });

  it('have holes, and parts of their own where pixels touch at a corner only', () => {
    // . # .      a ring around a hole, beside a pixel that touches it at a corner
    const mask = Uint8Array.of(1, 1, 1, 0, 1, 0, 1, 0, 1, 1, 1, 0, 0, 0, 0, 1);
    const polygons = outlineOf(stretchesOf(mask, 4));
    assert.deepEqual(
      polygons.map((rings) => rings.length),
      [2, 1],
    );
  });

  it('enclose exactly the pixels of any object, none crossing itself', () => {
    const [height, width] = [14, 17];
    for (let seed = 1; seed <= 40; seed++) {
      const mask = Uint8Array.from({ length: height * width }, (_, i) => (randomAt(seed, i) < 0.2 + seed / 60 ? 1 : 0));
      const polygons = outlineOf(stretchesOf(mask, width));
      const painted = new Uint8Array(mask.length);
      for (let i = 0; i < mask.length; i++) {
        const [px, py] = [(i % width) + 0.5, Math.floor(i / width) + 0.5];
        for (const rings of polygons) if (rings.filter((ring) => isAround(ring, px, py)).length === 1) painted[i]++;
      }
      assert.deepEqual(painted, mask, `seed ${seed}`);
      for (const ring of polygons.flat()) {
        const corners = ring.slice(0, -1).map((corner) => corner.join());
        assert.deepEqual(ring.at(-1), ring[0]);
        // A ring that came through a corner twice would cross or touch itself.
        assert.equal(new Set(corners).size, corners.length, `seed ${seed}: ${corners}`);
      }
    }
  });

  it('are read back by this package, with holes and planes', () => {
    const shape: Shape5 = [1, 1, 1, 6, 7];
    const mask = new Uint8Array(count(shape));
    for (const i of [8, 9, 10, 15, 17, 22, 23, 24]) mask[i] = 1;
    const place = { label: 3, t: 0, z: 0, isPlaneOfMany: false };
    const feature = featureOf({ ...place, polygons: outlineOf(stretchesOf(mask, 7)) });
    const { polygons } = parseRegions({ type: 'FeatureCollection', features: [feature] });
    assert.equal(polygons.length, 1);
    assert.equal(polygons[0].holes?.length, 1);
    const deep = featureOf({ ...place, z: 4, isPlaneOfMany: true, polygons: outlineOf(stretchesOf(mask, 7)) });
    assert.deepEqual(parseRegions(deep).polygons[0].z, [4, 4]);
  });
});

function isAround(ring: Array<[number, number]>, px: number, py: number): boolean {
  let inside = false;
  for (let i = 1; i < ring.length; i++) {
    const [[ax, ay], [bx, by]] = [ring[i - 1], ring[i]];
    if (ay > py !== by > py && px < ax + ((py - ay) * (bx - ax)) / (by - ay)) inside = !inside;
  }
  return inside;
}
