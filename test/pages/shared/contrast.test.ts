import assert from 'node:assert/strict';
import { GreyTable, grey, ordered, PRESETS, presetContrast } from '../../../pages/shared/logic/contrast';
import { allocate, type DType } from '../../../src/image/dtype';

const RANGES = { min: 0, 'p0.1': 3, 'p0.5': 5, p1: 10, p50: 100, p99: 900, 'p99.5': 950, 'p99.9': 990, max: 1000 };

describe('contrast', () => {
  it('takes black and white from the percentiles of a preset', () => {
    const windows = PRESETS.map((_, i) => presetContrast(RANGES, i)).map(({ low, high }) => [low, high]);
    assert.deepEqual(windows, [
      [0, 1000],
      [3, 990],
      [5, 950],
      [10, 900],
    ]);
    assert.deepEqual(ordered({ low: 7, high: 7, gamma: 1 }), { low: 7, high: 8, gamma: 1 });
  });

  it('is 0 below black, 255 above white, and follows gamma between', () => {
    const contrast = { low: 100, high: 300, gamma: 2 };
    assert.deepEqual(
      [0, 100, 150, 200, 300, 9999].map((value) => grey(value, contrast)),
      [0, 0, Math.round(255 * 0.5), Math.round(255 * Math.SQRT1_2), 255, 255],
    );
  });

  for (const [dtype, low, high] of [
    ['uint8', 20, 200],
    ['int8', -100, 90],
    ['uint16', 300, 50_000],
    ['int16', -20_000, 12_000],
  ] as Array<[DType, number, number]>) {
    it(`paints every value of ${dtype} as its formula says`, () => {
      const contrast = { low, high, gamma: 0.7 };
      const length = dtype.endsWith('8') ? 256 : 65_536;
      const pixels = allocate(dtype, length);
      for (let i = 0; i < length; i++) pixels[i] = dtype.startsWith('u') ? i : i - length / 2;
      const rgba = new Uint32Array(length);
      new GreyTable(dtype, contrast).paint(pixels, rgba);
      for (let i = 0; i < length; i++) {
        const g = grey(pixels[i], contrast);
        assert.equal(rgba[i], (0xff000000 | (g << 16) | (g << 8) | g) >>> 0, `${dtype} ${pixels[i]}`);
      }
    });
  }

  it('paints floats within a grey of the formula, NaN black', () => {
    const contrast = { low: -0.5, high: 0.25, gamma: 1.3 };
    const pixels = Float32Array.from([-9, -0.5, -0.31, 0, 0.1234, 0.25, 7, Number.NaN]);
    const rgba = new Uint32Array(pixels.length);
    new GreyTable('float32', contrast).paint(pixels, rgba);
    for (const [i, value] of pixels.entries()) {
      const expected = Number.isNaN(value) ? 0 : grey(value, contrast);
      assert.ok(Math.abs((rgba[i] & 255) - expected) <= 1, `${value}: ${rgba[i] & 255}, ${expected}`);
    }
  });
});
