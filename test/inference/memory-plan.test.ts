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
      const { hold, bands, spill } = planMemory(plan, shape, 'uint16', memoryMB);
      return { hold, bands, spill };
    };
    assert.deepEqual(ways([1, 1, 64, 512, 512], 4000), { hold: true, bands: false, spill: false });
    assert.deepEqual(ways([1, 1, 500, 1024, 1024], 4000), { hold: false, bands: false, spill: false });
    assert.deepEqual(ways([1, 4, 500, 1024, 1024], 4000), { hold: false, bands: true, spill: false });
    assert.deepEqual(ways([1, 1, 64, 9000, 9000], 4000), { hold: false, bands: true, spill: true });
  });

  it('plans with half of the machine for 0', () => {
    const plan = planTiles(card2D, [1, 64, 64], 0.25);
    assert.deepEqual(planMemory(plan, [1, 1, 1, 64, 64], 'uint8', 0), {
      batch: 16,
      hold: true,
      bands: false,
      spill: false,
    });
  });
});
