import assert from 'node:assert/strict';
import { predictVolume } from '../../src/inference/predict-volume';
import { planTiles } from '../../src/inference/tiles';
import { constant, FakeSession, pixelwise, randomPixels, tileDependent } from './support';

const card3D = { dimensions: 3 as const, patch: { z: 8, y: 16, x: 16 }, divisor: 4 };
const card2D = { dimensions: 2 as const, patch: { z: null, y: 16, x: 16 }, divisor: 4 };
const shape: [number, number, number, number] = [2, 11, 35, 27];
const pixels = randomPixels(2 * 11 * 35 * 27);
const size = 11 * 35 * 27;

describe('predictVolume', () => {
  for (const card of [card2D, card3D]) {
    const plan = planTiles(card, [11, 35, 27], 0.25);

    it(`${card.dimensions}D: is constant where the network is`, async () => {
      for (const value of [0, 0.3, 1]) {
        const result = await predictVolume(constant(value), pixels, shape, plan);
        assert.ok(result.every((v) => Math.abs(v - value) < 1e-7 && v <= 1));
      }
    });

    it(`${card.dimensions}D: leaves no trace of the tiles where the network is pixelwise`, async () => {
      const result = await predictVolume(pixelwise(), pixels, shape, plan, { mirror: true });
      assert.equal(result.length, size);
      result.forEach((value, i) => {
        assert.ok(Math.abs(value - 1 / (1 + Math.exp(-pixels[i]))) < 1e-6);
      });
    });

    it(`${card.dimensions}D: gives the same bits for any batch`, async () => {
      const expected = await predictVolume(tileDependent(), pixels, shape, plan);
      for (const batch of [2, 3, 7, 100]) {
        const session = tileDependent();
        assert.deepEqual(await predictVolume(session, pixels, shape, plan, { batch }), expected);
        assert.equal(Math.max(...session.shapes.map(([items]) => items)) > 1, true);
      }
    });
  }

  it('gives the network [n, c, y, x] or [n, c, z, y, x]', async () => {
    const [flat, deep] = [constant(0), constant(0)];
    await predictVolume(flat, pixels, shape, planTiles(card2D, [11, 35, 27], 0.25), { batch: 4 });
    assert.deepEqual(flat.shapes[0].slice(0, 2), [4, 2]);
    assert.equal(flat.shapes[0].length, 4);
    await predictVolume(deep, pixels, shape, planTiles(card3D, [11, 35, 27], 0.25));
    assert.deepEqual(deep.shapes[0].slice(0, 3), [1, 2, 12]);
    assert.equal(deep.shapes[0].length, 5);
  });

  it('averages mirrorings: a network that marks one side marks both', async () => {
    const firstColumn = () =>
      new FakeSession((_, [, , width]) =>
        Float32Array.from({ length: 16 * width }, (_v, i) => (i % width === 0 ? 1 : 0)),
      );
    const plan = planTiles(card2D, [1, 16, 16], 0.25);
    const input = new Float32Array(256);
    const plain = await predictVolume(firstColumn(), input, [1, 1, 16, 16], plan);
    assert.deepEqual([plain[0], plain[15], plain[8]], [1, 0, 0]);
    const averaged = await predictVolume(firstColumn(), input, [1, 1, 16, 16], plan, { mirror: true });
    assert.deepEqual([averaged[0], averaged[15], averaged[8]], [0.5, 0.5, 0]);
  });

  it('tells progress to the end and stops when cancelled', async () => {
    const plan = planTiles(card3D, [11, 35, 27], 0.25);
    const seen: number[] = [];
    await predictVolume(constant(0), pixels, shape, plan, { progress: ({ done, total }) => seen.push(done / total) });
    assert.equal(seen.at(-1), 1);
    assert.deepEqual(
      seen,
      [...seen].sort((a, b) => a - b),
    );
    const stop = new AbortController();
    const progress = () => stop.abort();
    await assert.rejects(predictVolume(constant(0), pixels, shape, plan, { signal: stop.signal, progress }), {
      code: 'cancelled',
    });
  });

  it('refuses pixels or a plan of another shape', async () => {
    const plan = planTiles(card2D, [11, 35, 27], 0.25);
    await assert.rejects(predictVolume(constant(0), pixels.subarray(1), shape, plan), { code: 'internal' });
    const other = planTiles(card2D, [11, 35, 28], 0.25);
    await assert.rejects(predictVolume(constant(0), pixels, shape, other), { code: 'internal', message: /tile plan/ });
  });
});
