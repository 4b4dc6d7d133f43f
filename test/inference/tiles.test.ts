import assert from 'node:assert/strict';
import type { Zyx } from '../../src/image/region';
import { type AxisTiles, planTiles, type TileGeometry, tileCount, tilePixels } from '../../src/inference/tiles';

const geometry = (z: number | null, y: number, x: number, divisor = 4): TileGeometry => ({
  dimensions: z === null ? 2 : 3,
  patch: { z, y, x },
  divisor,
});

/** Plans one axis: the others are of one patch. */
function along(size: number, patch: number, overlap = 0.25): AxisTiles {
  return planTiles(geometry(null, patch, 32), [1, size, 32], overlap).y;
}

describe('tiles', () => {
  it('takes one tile for an axis not much longer than the patch', () => {
    assert.deepEqual(along(65, 64), { size: 65, tile: 68, starts: [0] });
    assert.deepEqual(along(50, 64), { size: 50, tile: 52, starts: [0] });
    assert.deepEqual(along(96, 64), { size: 96, tile: 96, starts: [0] });
  });

  it('spreads several tiles evenly', () => {
    assert.deepEqual(along(100, 64), { size: 100, tile: 64, starts: [0, 36] });
    assert.deepEqual(along(512, 128), { size: 512, tile: 128, starts: [0, 96, 192, 288, 384] });
  });

  it('needs no second row of windows for one extra plane', () => {
    const plan = planTiles(geometry(64, 128, 128), [65, 624, 924], 0.25);
    assert.deepEqual(plan.z, { size: 65, tile: 68, starts: [0] });

    // A tiling by the patch needs 80 windows of 64x128x128 here.
    const cost = tilePixels(plan) * tileCount(plan);
    assert.ok(cost < 0.8 * 80 * 64 * 128 * 128, `${tileCount(plan)} tiles, ${cost} pixels`);
  });

  it('covers every pixel, with the overlap asked for, near the patch, for any size', () => {
    for (const divisor of [1, 2, 4, 8]) {
      for (const overlap of [0, 0.1, 0.25, 0.5, 0.75]) {
        for (let size = 1; size <= 300; size += size < 70 ? 1 : 7) {
          const plan = planTiles(geometry(16, 32, 48, divisor), [size, size, 301 - size], overlap);
          for (const [axis, patch] of [
            [plan.z, 16],
            [plan.y, 32],
            [plan.x, 48],
          ] as const) {
            checkAxis(axis, patch, divisor, overlap);
          }
          assert.ok(tilePixels(plan) <= 2.25 * 16 * 32 * 48);
        }
      }
    }
  });

  it('has sizes that are multiples of the divisor of each axis', () => {
    const patch = { z: 12, y: 64, x: 64 };
    const plan = planTiles({ dimensions: 3, patch, divisor: [2, 16, 16] }, [13, 70, 70], 0.25);
    assert.deepEqual([plan.z.tile, plan.y.tile, plan.x.tile], [14, 80, 80]);
    const flat = planTiles({ dimensions: 2, patch: { z: null, y: 64, x: 64 }, divisor: [4, 16] }, [1, 66, 66], 0.25);
    assert.deepEqual([flat.y.tile, flat.x.tile], [68, 80]);
  });

  it('bounds the memory: large patches get little larger tiles', () => {
    const plan = planTiles(geometry(64, 160, 160), [90, 230, 230], 0.25);
    assert.ok(tilePixels(plan) <= 1.25 * 64 * 160 * 160, `tile of ${tilePixels(plan)} pixels`);
    const small = planTiles(geometry(16, 64, 64), [24, 96, 90], 0.25);
    assert.ok(tilePixels(small) <= 2.25 * 16 * 64 * 64, `tile of ${tilePixels(small)} pixels`);
  });

  it('takes large tiles where the card asks for them, up to a fixed number of pixels', () => {
    const whole = planTiles({ ...geometry(32, 64, 64), tiles: 'large' }, [40, 100, 100], 0.25);
    assert.deepEqual([whole.z.tile, whole.y.tile, whole.x.tile, tileCount(whole)], [40, 100, 100, 1]);
    const big = planTiles({ ...geometry(32, 64, 64), tiles: 'large' }, [64, 2000, 3000], 0.25);
    assert.ok(tilePixels(big) > 2.25 * 32 * 64 * 64 && tilePixels(big) <= 1.25 * 2 ** 20, `${tilePixels(big)} pixels`);
    assert.ok(Math.max(big.y.tile, big.x.tile) <= 4 * 64);
    const fixed = { ...geometry(16, 64, 48), fixedSize: true };
    assert.deepEqual(
      planTiles({ ...fixed, tiles: 'large' }, [20, 40, 100], 0.25),
      planTiles(fixed, [20, 40, 100], 0.25),
    );
  });

  it('makes a row of each plane in 2D', () => {
    const plan = planTiles(geometry(null, 64, 64), [5, 64, 64], 0.25);
    assert.deepEqual(plan.z, { size: 5, tile: 1, starts: [0, 1, 2, 3, 4] });
    assert.equal(tileCount(plan), 5);
  });

  it('keeps to the patch where the network takes no other size', () => {
    const plan = planTiles({ ...geometry(16, 64, 48), fixedSize: true }, [20, 40, 100], 0.25);
    assert.deepEqual([plan.z.tile, plan.y.tile, plan.x.tile], [16, 64, 48]);
    assert.deepEqual([plan.z.starts, plan.y.starts, plan.x.starts], [[0, 4], [0], [0, 26, 52]]);
  });

  it('is a function of its arguments alone', () => {
    const shape: Zyx = [40, 300, 500];
    assert.deepEqual(planTiles(geometry(32, 128, 128), shape, 0.25), planTiles(geometry(32, 128, 128), shape, 0.25));
  });

  it('refuses an overlap that is no fraction', () => {
    for (const overlap of [-0.1, 0.95, 1, 25, Number.NaN]) {
      assert.throws(() => along(100, 64, overlap), { code: 'invalid-input', message: /^overlap: / });
    }
  });

  it('leaves a halo to the next tile, and takes sizes of a series', () => {
    const card = { dimensions: 2, patch: { z: null, y: 64, x: 64 }, divisor: 4 } as const;
    const haloed = planTiles({ ...card, halo: [20, 0] }, [1, 100, 100], 0.25);
    assert.deepEqual([haloed.y.tile, haloed.y.starts, haloed.y.halo], [72, [0, 28], 20]);
    assert.deepEqual([haloed.x.halo, haloed.z.halo], [undefined, undefined]);
    for (const { starts, tile, halo = 0 } of [haloed.y, haloed.x]) {
      for (const [i, start] of starts.slice(1).entries()) assert.ok(start + halo <= starts[i] + tile - halo);
    }
    const series = { ...card, divisor: 16, smallestTile: [50, 50] };
    assert.deepEqual(planTiles(series, [1, 30, 60], 0.25).y.tile, 50);
    assert.equal(planTiles(series, [1, 30, 60], 0.25).x.tile, 66);
  });
});

function checkAxis({ size, tile, starts }: AxisTiles, patch: number, divisor: number, overlap: number): void {
  const place = `size ${size}, tile ${tile}, starts ${starts}, divisor ${divisor}, overlap ${overlap}`;
  assert.equal(tile % divisor, 0, place);
  assert.ok(tile <= Math.max(1.5 * patch, Math.ceil(patch / divisor) * divisor), place);
  assert.ok(tile >= Math.min(patch, size), place);
  assert.equal(starts[0], 0, place);
  assert.ok(starts[starts.length - 1] + tile >= size, place);
  if (starts.length > 1) assert.equal(starts[starts.length - 1] + tile, size, place);
  else assert.ok(tile - size < divisor || tile === Math.ceil(patch / divisor) * divisor, place);
  const steps = starts.slice(1).map((start, i) => start - starts[i]);
  for (const step of steps) assert.ok(step > 0 && step <= Math.max(1, tile * (1 - overlap)), place);
  if (steps.length > 0) assert.ok(Math.max(...steps) - Math.min(...steps) <= 1, place);
}
