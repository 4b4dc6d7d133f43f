import assert from 'node:assert/strict';
import { levelFor, type PlaneChoice, planeSize, tilesWithin } from '../../../pages/shared/logic/tile-grid';
import type { Picture } from '../../../src/image/picture';

const PICTURE: Picture = {
  shape: [1, 2, 10, 1000, 700],
  dtype: 'uint16',
  channels: [{ name: 'a' }, { name: 'b' }],
  pixelSize: null,
  levels: [
    [1000, 700],
    [500, 350],
    [250, 175],
  ],
  tile: 256,
  ranges: [],
};
const PLANE: PlaneChoice = { image: 'raw', view: 'xy', t: 0, c: 1, at: 4 };
const WHOLE = { u0: -50, v0: -50, u1: 5000, v1: 5000 };

describe('the tiles of a plane', () => {
  it('cover it once, the last ones smaller', () => {
    for (const level of [0, 1, 2]) {
      const tiles = tilesWithin(PICTURE, PLANE, level, WHOLE);
      const [rows, columns] = PICTURE.levels[level];
      assert.equal(tiles.length, Math.ceil(rows / 256) * Math.ceil(columns / 256));
      const pixels = tiles.reduce((sum, { size: [h, w] }) => sum + h * w, 0);
      assert.equal(pixels, rows * columns);
      const area = tiles.reduce((sum, { area: a }) => sum + (a.u1 - a.u0) * (a.v1 - a.v0), 0);
      assert.ok(Math.abs(area - 700 * 1000) < 1e-6);
    }
  });

  it('are only those in sight, the middle ones first', () => {
    const tiles = tilesWithin(PICTURE, PLANE, 0, { u0: 200, v0: 250, u1: 600, v1: 500 });
    const places = tiles.map(({ request: { row, column } }) => [row, column]);
    assert.deepEqual(places[0], [1, 1]);
    assert.deepEqual(places.map(String).sort(), ['0,0', '0,1', '0,2', '1,0', '1,1', '1,2']);
    assert.equal(tiles[0].key, 'image=raw&view=xy&t=0&c=1&at=4&level=0&row=1&column=1');
  });

  it('have all planes of the stack in the planes across', () => {
    assert.deepEqual(planeSize(PICTURE, 'xz', 1), [10, 350]);
    assert.deepEqual(planeSize(PICTURE, 'yz', 2), [10, 250]);
    const tiles = tilesWithin(PICTURE, { ...PLANE, view: 'xz', at: 5000 }, 1, WHOLE);
    const found = tiles.map(({ size: [rows, columns], request: { at } }) => `${rows} x ${columns} at ${at}`);
    assert.deepEqual(found.sort(), ['10 x 256 at 999', '10 x 94 at 999']);
  });

  it('of a mask of one plane are the same at any plane', () => {
    const mask = { ...PICTURE, shape: [1, 1, 1, 1000, 700] as Picture['shape'] };
    const [tile] = tilesWithin(mask, { ...PLANE, image: 'seg1', t: 3, at: 7 }, 2, WHOLE);
    assert.deepEqual([tile.request.t, tile.request.c, tile.request.at], [0, 0, 0]);
  });

  it('are of the level that has a pixel for each of the screen', () => {
    assert.deepEqual(
      [4, 1, 0.6, 0.5, 0.25, 0.01].map((scale) => levelFor(PICTURE, scale)),
      [0, 0, 1, 1, 2, 2],
    );
  });
});
