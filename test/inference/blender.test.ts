import assert from 'node:assert/strict';
import { Random } from '../../src/base/random';
import { Blender, blendWeights, gaussianWindow } from '../../src/inference/blender';
import type { Mirror } from '../../src/inference/cut-tile';
import { planTiles, type TilePlan, tileCount, tilePixels } from '../../src/inference/tiles';
import { randomPixels } from './support';

const PLAIN: Mirror = [false, false, false];

function near(actual: ArrayLike<number>, expected: number[]): void {
  assert.equal(actual.length, expected.length);
  expected.forEach((value, i) => {
    assert.ok(Math.abs(actual[i] - value) < 5e-4, `${i}: expected ${value}, got ${actual[i]}`);
  });
}

describe('blend weights', () => {
  it('of a halo are 0, but at the border of the image', () => {
    const [left, right] = blendWeights({ size: 6, tile: 4, starts: [0, 2], halo: 1 });
    near(left, [1, 1, 1, 0]);
    near(right, [0, 1, 1, 1]);
  });

  it('falls from the middle as a Gaussian of 0.125 of the tile, never to zero', () => {
    near(gaussianWindow(4), [0.0111, 0.6065, 0.6065, 0.0111]);
    assert.ok(gaussianWindow(128).every((weight) => weight >= 1e-3 && weight <= 1));
    assert.deepEqual([...gaussianWindow(1)], [1]);
  });

  it('sums to 1 at every pixel and leaves padding out', () => {
    const [first, second] = blendWeights({ size: 6, tile: 4, starts: [0, 2] });
    near(first, [1, 1, 0.982, 0.018]);
    near(second, [0.018, 0.982, 1, 1]);
    near(blendWeights({ size: 3, tile: 4, starts: [0] })[0], [1, 1, 1, 0]);
    const axis = planTiles({ dimensions: 2, patch: { z: null, y: 32, x: 32 }, divisor: 4 }, [1, 32, 211], 0.6).x;
    const total = new Float64Array(axis.size);
    blendWeights(axis).forEach((weights, i) => {
      weights.forEach((weight, k) => {
        if (axis.starts[i] + k < axis.size) total[axis.starts[i] + k] += weight;
      });
    });
    for (const sum of total) assert.ok(Math.abs(sum - 1) < 1e-12);
  });
});

/** All planes of a blender, taken in pieces of some rows. */
function planesOf(blender: Blender, { z, y, x }: TilePlan): Float32Array {
  const planes = new Float32Array(z.size * y.size * x.size);
  for (let k = 0; k < z.size; k++) {
    for (let j = 0; j < y.size; j += 3) {
      planes.set(blender.take(k, j, Math.min(j + 3, y.size)), (k * y.size + j) * x.size);
    }
  }
  return planes;
}

describe('blender', () => {
  const plan = planTiles({ dimensions: 3, patch: { z: 8, y: 12, x: 12 }, divisor: 4 }, [19, 31, 26], 0.5);
  const tiles: Array<{ z: number; y: number; x: number }> = [];
  for (let z = 0; z < plan.z.starts.length; z++) {
    for (let y = 0; y < plan.y.starts.length; y++) {
      for (let x = 0; x < plan.x.starts.length; x++) tiles.push({ z, y, x });
    }
  }
  const results = tiles.map((_, i) => randomPixels(tilePixels(plan), i).map((v) => 1 / (1 + Math.exp(-v))));

  function blend(order: number[], whole: TilePlan = plan): Float32Array {
    const blender = new Blender(whole, whole.z.size);
    for (const i of order) blender.add(tiles[i], PLAIN, results[i], 0);
    return planesOf(blender, whole);
  }

  it('gives the same bits in any order of the tiles', () => {
    assert.equal(tiles.length, tileCount(plan));
    const order = tiles.map((_, i) => i);
    const expected = blend(order);
    for (const seed of [1, 2, 3]) assert.deepEqual(blend(new Random(seed).shuffled(order)), expected);
  });

  it('equals the weighted mean', () => {
    const sums = new Float64Array(19 * 31 * 26);
    const total = new Float64Array(sums.length);
    const windows = [plan.z, plan.y, plan.x].map((axis) => gaussianWindow(axis.tile));
    tiles.forEach((tile, n) => {
      for (let k = 0; k < plan.z.tile; k++) {
        for (let j = 0; j < plan.y.tile; j++) {
          for (let i = 0; i < plan.x.tile; i++) {
            const [z, y, x] = [plan.z.starts[tile.z] + k, plan.y.starts[tile.y] + j, plan.x.starts[tile.x] + i];
            const weight = windows[0][k] * windows[1][j] * windows[2][i];
            sums[(z * 31 + y) * 26 + x] += weight * results[n][(k * plan.y.tile + j) * plan.x.tile + i];
            total[(z * 31 + y) * 26 + x] += weight;
          }
        }
      }
    });
    const blended = blend(tiles.map((_, i) => i));
    blended.forEach((value, i) => {
      assert.ok(Math.abs(value - sums[i] / total[i]) < 1e-7);
    });
  });

  it('turns mirrored tiles back', () => {
    const small = planTiles({ dimensions: 3, patch: { z: 4, y: 4, x: 8 }, divisor: 4 }, [3, 4, 7], 0);
    const pixels = randomPixels(4 * 4 * 8)
      .map(Math.abs)
      .map((v) => v / 10);
    const mirrored = new Float32Array(pixels.length);
    for (let z = 0; z < 4; z++) {
      for (let y = 0; y < 4; y++) {
        for (let x = 0; x < 8; x++) mirrored[((3 - z) * 4 + y) * 8 + (7 - x)] = pixels[(z * 4 + y) * 8 + x];
      }
    }
    const [plain, turned] = [new Blender(small, 4), new Blender(small, 4)];
    plain.add({ z: 0, y: 0, x: 0 }, PLAIN, pixels, 0);
    turned.add({ z: 0, y: 0, x: 0 }, [true, false, true], mirrored, 0);
    assert.deepEqual(planesOf(turned, small), planesOf(plain, small));
  });
});
