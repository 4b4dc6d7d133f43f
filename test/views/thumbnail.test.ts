import assert from 'node:assert/strict';
import sharp from 'sharp';
import { planeToPng, scaleToBytes } from '../../src/views/thumbnail';
import { failure } from '../formats/error-matching';

describe('previews', () => {
  it('maps low to black and high to white, NaN to black', () => {
    const plane = Float32Array.of(-5, 0, 0.5, 1, 7, Number.NaN);
    assert.deepEqual([...scaleToBytes(plane, 0, 1)], [0, 0, 128, 255, 255, 0]);
    assert.deepEqual([...scaleToBytes(Uint16Array.of(99, 100, 101), 100, 100)], [0, 0, 255]);
  });

  it('is a grey PNG of the same size', async () => {
    const plane = Uint16Array.from({ length: 60 }, (_, i) => i * 1000);
    const png = await planeToPng(plane, 10, 6, { low: 0, high: 59000 });
    const { data, info } = await sharp(png).toColourspace('b-w').raw().toBuffer({ resolveWithObject: true });
    assert.deepEqual([info.width, info.height, info.channels], [10, 6, 1]);
    assert.equal(data[59], 255);
    assert.equal(data[1], Math.round((1000 / 59000) * 255));
  });

  it('shrinks to the size asked', async () => {
    const plane = new Uint8Array(64 * 32).fill(100);
    const small = await sharp(await planeToPng(plane, 64, 32, { low: 0, high: 255, maxSize: 16 })).metadata();
    assert.deepEqual([small.width, small.height], [16, 8]);
  });

  it('refuses sizes that do not fit', async () => {
    const plane = new Uint8Array(6);
    await assert.rejects(
      planeToPng(plane, 2, 2, { low: 0, high: 1 }),
      failure('invalid-input', /plane: expected 2 x 2/),
    );
  });
});
