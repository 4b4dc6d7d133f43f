import assert from 'node:assert/strict';
import { count, type Shape5 } from '../../src/image/region';
import { resampleAxis, resamplePlane } from '../../src/image/resample';
import { planRescaling, RescaledReader } from '../../src/inference/rescaling';
import { modelCard } from '../models/support';
import { MemoryReader, randomPixels } from './support';

describe('planRescaling', () => {
  const image = (shape: Shape5, pixelSize: { z: number | null; y: number; x: number } | null) =>
    new MemoryReader(new Uint16Array(0), shape, 'uint16').description({ pixelSize });
  const card2D = modelCard({ pixelSize: { z: null, y: 0.5, x: 0.5 } });
  const card3D = modelCard({ dimensions: 3, pixelSize: { z: 2, y: 0.5, x: 0.5 } });

  it('gives the image the pixel size of the training; along z for a 3D model only', () => {
    const stack = image([2, 1, 10, 100, 60], { z: 1, y: 0.25, x: 1 });
    const flat = planRescaling(card2D, stack);
    assert.deepEqual(flat.image?.shape, [2, 1, 10, 50, 120]);
    assert.deepEqual(flat.image?.pixelSize, { z: 1, y: 0.5, x: 0.5 });
    assert.equal(flat.image?.dtype, 'float32');
    const deep = planRescaling(card3D, stack);
    assert.deepEqual([deep.image?.shape, deep.warnings], [[2, 1, 5, 50, 120], []]);
  });

  it('leaves alone what has as many pixels either way', () => {
    assert.equal(planRescaling(card2D, image([1, 1, 1, 100, 100], { z: null, y: 0.501, x: 0.5 })).image, null);
  });

  it('says what it cannot know', () => {
    const unknown = planRescaling(card2D, image([1, 1, 1, 100, 100], null));
    assert.deepEqual(unknown, { image: null, warnings: ['not rescaled: field1 states no pixel size'] });
    const untold = planRescaling(modelCard({ pixelSize: null }), image([1, 1, 1, 9, 9], { z: 1, y: 1, x: 1 }));
    assert.deepEqual(untold.warnings, ['not rescaled: the model nuclei v1 states no pixel size']);
    const half = planRescaling(card3D, image([1, 1, 10, 100, 100], { z: null, y: 0.25, x: 0.25 }));
    assert.deepEqual(half.image?.shape, [1, 1, 10, 50, 50]);
    assert.deepEqual(half.warnings, ['not rescaled along z: field1 states no pixel size there']);
  });

  it('refuses sizes that can only be a wrong unit', () => {
    assert.throws(() => planRescaling(card2D, image([1, 1, 1, 100, 100], { z: null, y: 500, x: 500 })), {
      code: 'invalid-input',
      message: /field1: pixel size along y: expected within a factor of 16 of the model's 0\.5 µm.*got "500 µm"/,
    });
  });
});

describe('RescaledReader', () => {
  const sourceShape: Shape5 = [2, 2, 6, 11, 9];
  const shape: Shape5 = [2, 2, 4, 7, 20];
  const source = new MemoryReader(randomPixels(count(sourceShape)), sourceShape, 'float32');
  const reader = new RescaledReader(source, sourceShape, shape);

  it('resamples planes, then mixes them along z', async () => {
    const [y, x] = [resampleAxis(11, 7, 0, 7), resampleAxis(9, 20, 0, 20)];
    const z = resampleAxis(6, 4, 0, 4);
    const pixels = await reader.read({ start: [1, 0, 0, 0, 0], size: [1, 1, 4, 7, 20] });
    const plane = new Float32Array(140);
    const expected = new Float64Array(560);
    for (let depth = 0; depth < 4; depth++) {
      const { first, weights } = z.taps[depth];
      weights.forEach((weight, k) => {
        const from = (2 * 6 + first + k) * 99;
        resamplePlane(source.data.subarray(from, from + 99), y, x, plane);
        for (let i = 0; i < 140; i++) expected[depth * 140 + i] += weight * plane[i];
      });
    }
    pixels.forEach((value, i) => {
      assert.ok(Math.abs(value - expected[i]) < 1e-6);
    });
  });

  it('gives a region the pixels that the whole has there, to the bit, and reads no more than it needs', async () => {
    const whole = new MemoryReader(await reader.read({ start: [0, 0, 0, 0, 0], size: shape }), shape, 'float32');
    const region = { start: [1, 1, 1, 2, 5], size: [1, 1, 2, 3, 6] } as { start: Shape5; size: Shape5 };
    source.pixelsRead = 0;
    assert.deepEqual(await reader.read(region), await whole.read(region));
    assert.ok(source.pixelsRead < 6 * 11 * 9);
  });

  it('holds the pixels whose neighbours in the image are all held', async () => {
    const from: Shape5 = [1, 1, 1, 4, 8];
    const to: Shape5 = [1, 1, 1, 8, 8];
    const held = Uint8Array.from({ length: 32 }, (_, i) => (i % 8 < 5 || i < 8 ? 1 : 0));
    const memory = new MemoryReader(held, from, 'uint8');
    const partly = Object.assign(memory, { coverage: () => held });
    const rescaled = new RescaledReader(partly, from, to);
    const region = { start: [0, 0, 0, 0, 0] as Shape5, size: to };
    const blended = await rescaled.read(region);
    assert.deepEqual(
      rescaled.coverage(region),
      Uint8Array.from(blended, (share) => (share > 0.999 ? 1 : 0)),
    );
    assert.ok(blended.some((share) => share > 0 && share < 1));
    assert.equal(new RescaledReader(new MemoryReader(held, from, 'uint8'), from, to).coverage(region), null);
    assert.equal(new RescaledReader(Object.assign(memory, { coverage: () => null }), from, to).coverage(region), null);
  });
});
