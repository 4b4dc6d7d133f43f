import assert from 'node:assert/strict';
import type { Shape5 } from '../../src/image/region';
import { planMemory } from '../../src/inference/memory-plan';
import { planTiles } from '../../src/inference/tiles';

describe('memory plan', () => {
  const card3D = { dimensions: 3 as const, patch: { z: 32, y: 128, x: 128 }, divisor: 4 };
  const card2D = { dimensions: 2 as const, patch: { z: null, y: 128, x: 128 }, divisor: 4 };

  it('fills a batch with small tiles, takes large ones alone', () => {
    const shape: Shape5 = [1, 1, 64, 512, 512];
    assert.equal(planMemory(planTiles(card3D, [64, 512, 512], 0.25), shape, 'uint16', 4000).batch, 1);
    const plane: Shape5 = [1, 1, 1, 512, 512];
    assert.equal(planMemory(planTiles(card2D, [1, 512, 512], 0.25), plane, 'uint16', 4000).batch, 16);
    assert.equal(planMemory(planTiles(card2D, [1, 512, 512], 0.25), plane, 'uint16', 200).batch, 3);
  });

  it('holds a small image, streams a large one, and spills where even a row of tiles is too much', () => {
    const ways = (shape: Shape5, memoryMB: number) => {
      const plan = planTiles(card3D, [shape[2], shape[3], shape[4]], 0.25);
      const { hold, bands, sums } = planMemory(plan, shape, 'uint16', memoryMB);
      return { hold, bands, sums };
    };
    assert.deepEqual(ways([1, 1, 64, 512, 512], 4000), { hold: true, bands: false, sums: 'planes' });
    assert.deepEqual(ways([1, 1, 500, 1024, 1024], 4000), { hold: false, bands: false, sums: 'planes' });
    assert.deepEqual(ways([1, 4, 500, 1024, 1024], 4000), { hold: false, bands: true, sums: 'planes' });
    assert.deepEqual(ways([1, 1, 64, 9000, 9000], 4000), { hold: false, bands: true, sums: 'file' });
  });

  it('keeps a bound however much memory there is', () => {
    const huge = 2 ** 20;
    const flat = planTiles(card2D, [1, 100_000, 100_000], 0.25);
    const { sums, bands, columns } = planMemory(flat, [1, 1, 1, 100_000, 100_000], 'uint16', huge);
    assert.deepEqual([sums, bands], ['rows', true]);
    assert.ok(columns * flat.x.tile * flat.y.tile * 4 < 2 ** 28);
    const deep = planTiles(card3D, [2000, 9000, 9000], 0.25);
    assert.equal(planMemory(deep, [1, 1, 2000, 9000, 9000], 'uint16', huge).sums, 'file');
    const stack = planTiles(card2D, [2000, 512, 512], 0.25);
    assert.equal(planMemory(stack, [1, 1, 2000, 512, 512], 'uint16', huge).sums, 'planes');
  });

  it('reads fewer tiles of a row together with little memory, always one', () => {
    const plan = planTiles(card2D, [1, 4096, 4096], 0.25);
    const columnsAt = (memoryMB: number) => planMemory(plan, [1, 1, 1, 4096, 4096], 'uint16', memoryMB).columns;
    assert.equal(columnsAt(0.01), 1);
    assert.ok(columnsAt(8) > 1 && columnsAt(8) < columnsAt(16));
  });

  it('plans with half of the machine for 0', () => {
    const plan = planTiles(card2D, [1, 64, 64], 0.25);
    assert.deepEqual(planMemory(plan, [1, 1, 1, 64, 64], 'uint8', 0), {
      batch: 16,
      hold: true,
      bands: false,
      columns: 1,
      sums: 'planes',
    });
  });
});
