import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import type { Shape5, Zyx } from '../../src/image/region';
import { predictTiles, type TileRun } from '../../src/inference/predict-tiles';
import { predictVolume } from '../../src/inference/predict-volume';
import { planTiles, type TilePlan } from '../../src/inference/tiles';
import { PlaneWindow, TimePoint } from '../../src/inference/time-point';
import { scratchFolder } from '../models/support';
import { FakeSession, MemoryReader, randomPixels, tileDependent } from './support';

const AS_IT_IS = { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY, mean: 0, std: 1 };
const card2D = { dimensions: 2 as const, patch: { z: null, y: 16, x: 16 }, divisor: 4 };
const card3D = { dimensions: 3 as const, patch: { z: 8, y: 16, x: 16 }, divisor: 4 };

type Way = Pick<TileRun, 'batch' | 'bands' | 'columns' | 'sums'>;

describe('predictTiles', () => {
  const folder = scratchFolder();

  async function inWay(
    plan: TilePlan,
    pixels: Float32Array<ArrayBuffer>,
    channels: number,
    way: Way,
    { mirror = false, session = tileDependent(), hold = false } = {},
  ) {
    const { z, y, x } = plan;
    const shape: Shape5 = [1, channels, z.size, y.size, x.size];
    const timePoint = new TimePoint(new MemoryReader(pixels, shape, 'float32'), shape, 'float32', 0, hold);
    const window = new PlaneWindow(timePoint, new Array(channels).fill(AS_IT_IS));
    const result = new Float32Array(z.size * y.size * x.size);
    let done = 0;
    let most = 0;
    let told = 0;
    const progress = (to: { done: number }) => {
      told = to.done;
    };
    await predictTiles(
      { session, plan, channels, output: {}, mirror, progress, ...way },
      (zs, ys, xs) => {
        most = Math.max(most, (ys[1] - ys[0]) * (xs[1] - xs[0]));
        return window.move(zs, ys, xs);
      },
      (rows) => {
        result.set(rows, done);
        done += rows.length;
      },
    );
    assert.equal(done, result.length);
    return { result, most, told };
  }

  for (const card of [card2D, card3D]) {
    it(`${card.dimensions}D: gives the same bits whatever is read and held at a time`, async () => {
      const size: Zyx = [11, 75, 61];
      const pixels = randomPixels(2 * size[0] * size[1] * size[2]);
      const plan = planTiles(card, size, 0.25);
      assert.ok(plan.y.starts.length > 3 && plan.x.starts.length > 3);
      for (const mirror of [false, true]) {
        const expected = await predictVolume(tileDependent(), pixels, [2, ...size], plan, { mirror });
        const file = { folder: folder() };
        const ways: Way[] = [
          { batch: 3, bands: true, columns: 2, sums: 'planes' },
          { batch: 2, bands: true, columns: 1, sums: file },
          { batch: 4, bands: false, sums: file },
          ...(card.dimensions === 2
            ? ([
                { batch: 5, bands: true, columns: 1, sums: 'rows' },
                { batch: 1, bands: true, columns: 3, sums: 'rows' },
                { batch: 100, bands: true, sums: 'rows' },
              ] as const)
            : []),
        ];
        for (const way of ways) {
          for (const hold of [false, true]) {
            const { result, told } = await inWay(plan, pixels, 2, way, { mirror, hold });
            assert.deepEqual(result, expected, JSON.stringify({ mirror, hold, ...way }));
            assert.ok(told > 0);
          }
        }
      }
      assert.deepEqual(readdirSync(folder()), []);
    });
  }

  it('reads no more of a large plane at a time than some tiles', async () => {
    const plan = planTiles(card2D, [1, 200, 300], 0.25);
    const { most } = await inWay(plan, new Float32Array(60_000), 1, {
      batch: 2,
      bands: true,
      columns: 2,
      sums: 'rows',
    });
    assert.ok(most <= 2 * plan.y.tile * plan.x.tile);
  });

  it('pads a plane smaller than a tile when rows are held', async () => {
    const plan = planTiles(card2D, [3, 5, 7], 0);
    const pixels = randomPixels(3 * 35);
    const expected = await predictVolume(tileDependent(), pixels, [1, 3, 5, 7], plan);
    const { result } = await inWay(plan, pixels, 1, { batch: 1, bands: true, sums: 'rows' });
    assert.deepEqual(result, expected);
  });

  it('predicts one of many constant tiles, of each value, and blends all', async () => {
    const size: Zyx = [1, 96, 128];
    const plan = planTiles(card2D, size, 0.25);
    const pixels = new Float32Array(96 * 128).fill(0.5, 0, 48 * 128);
    pixels[50 * 128 + 100] = 3;
    const calls: number[] = [];
    const session = new FakeSession((tile, shape) => {
      calls.push(tile.every((value) => value === tile[0]) ? tile[0] : Number.NaN);
      const value = tile[0];
      return Float32Array.from({ length: shape[1] * shape[2] }, (_, i) => 1 / (1 + Math.exp(-(tile[i] + value))));
    });
    const { result, told } = await inWay(plan, pixels, 1, { batch: 1, bands: true, sums: 'rows' }, { session });
    assert.equal(calls.filter((value) => value === 0.5).length, 1);
    assert.equal(calls.filter((value) => value === 0).length, 1);
    assert.equal(told, plan.y.starts.length * plan.x.starts.length);
    assert.ok(calls.length < told);
    assert.ok(Math.abs(result[0] - 1 / (1 + Math.exp(-1))) < 1e-6);
    assert.ok(Math.abs(result[95 * 128] - 0.5) < 1e-6);
  });

  it('refuses ways that do not go together', async () => {
    const plan = planTiles(card3D, [11, 35, 27], 0.25);
    const pixels = new Float32Array(11 * 35 * 27);
    await assert.rejects(inWay(plan, pixels, 1, { batch: 1, bands: true, sums: 'rows' }), { code: 'internal' });
  });
});
