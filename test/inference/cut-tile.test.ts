import assert from 'node:assert/strict';
import { cutTile, mirrorings, reverseRow } from '../../src/inference/cut-tile';
import type { TilePlan } from '../../src/inference/tiles';

describe('cutting tiles', () => {
  /** one channel, pixel value 100 z + 10 y + x, 2 x 3 x 3, one tile of 4 x 4 x 4 */
  const plan: TilePlan = {
    dimensions: 3,
    overlap: 0,
    z: { size: 2, tile: 4, starts: [0] },
    y: { size: 3, tile: 4, starts: [0] },
    x: { size: 3, tile: 4, starts: [0] },
  };
  const source = {
    firstRow: 0,
    firstColumn: 0,
    width: 3,
    plane: (channel: number, z: number) =>
      Float32Array.from({ length: 9 }, (_, i) => 1000 * channel + 100 * z + 10 * Math.floor(i / 3) + (i % 3)),
  };

  it('fills the padding with the mirror image', () => {
    const tile = new Float32Array(2 * 64 + 1);
    cutTile(source, 2, plan, [0, 0, 0], [false, false, false], tile, 1);
    const at = (c: number, z: number, y: number, x: number) => tile[1 + ((c * 4 + z) * 4 + y) * 4 + x];
    assert.equal(tile[0], 0);
    assert.deepEqual(
      [0, 1, 2, 3].map((x) => at(0, 0, 1, x)),
      [10, 11, 12, 11],
    );
    assert.deepEqual(
      [0, 1, 2, 3].map((y) => at(1, 1, y, 0)),
      [1100, 1110, 1120, 1110],
    );
    assert.deepEqual(
      [0, 1, 2, 3].map((z) => at(0, z, 2, 2)),
      [22, 122, 22, 122],
    );
  });

  it('cuts the same from some rows and columns as from whole planes', () => {
    const inside: TilePlan = {
      ...plan,
      z: { size: 2, tile: 2, starts: [0] },
      y: { size: 3, tile: 2, starts: [0, 1] },
      x: { size: 3, tile: 2, starts: [0, 1] },
    };
    const part = {
      firstRow: 1,
      firstColumn: 1,
      width: 2,
      plane: (channel: number, z: number) => source.plane(channel, z).filter((_, i) => i > 3 && i % 3 > 0),
    };
    const [whole, some] = [new Float32Array(8), new Float32Array(8)];
    cutTile(source, 1, inside, [0, 1, 1], [false, true, false], whole, 0);
    cutTile(part, 1, inside, [0, 1, 1], [false, true, false], some, 0);
    assert.deepEqual(some, whole);
    assert.deepEqual([...whole.subarray(0, 4)], [21, 22, 11, 12]);
  });

  it('mirrors', () => {
    const [plain, mirrored] = [new Float32Array(64), new Float32Array(64)];
    cutTile(source, 1, plan, [0, 0, 0], [false, false, false], plain, 0);
    cutTile(source, 1, plan, [0, 0, 0], [true, true, true], mirrored, 0);
    reverseRow(mirrored, 0, 64);
    assert.deepEqual(mirrored, plain);
  });

  it('knows the mirrorings to average', () => {
    assert.deepEqual(mirrorings(2, false), [[false, false, false]]);
    assert.equal(mirrorings(2, true).length, 4);
    assert.equal(mirrorings(3, true).length, 8);
    assert.ok(mirrorings(2, true).every(([z]) => !z));
  });
});
