import assert from 'node:assert/strict';
import { HeatTable, heatOf } from '../../../pages/results/logic/colour-map';
import { paintCompared } from '../../../pages/results/logic/difference';
import { LAYER_COLOURS } from '../../../pages/results/logic/layer-colours';
import { countAbove, maskAbove, paintAbove, storedThreshold } from '../../../pages/results/logic/threshold';
import { pixelOf } from '../../../pages/shared/logic/overlay-paint';
import { UNKNOWN } from '../../../src/masks/target';
import { applyThreshold } from '../../../src/thresholding/apply';

describe('the threshold of the results page', () => {
  it('takes the same pixels as the threshold node, of every value that a map of 16 bits stores', () => {
    const scale = 1 / 65535;
    const map = Uint16Array.from({ length: 65536 }, (_, i) => i);
    for (const threshold of [0, 0.1, 0.25, 0.4235, 0.5, 32768 / 65535, 0.99999, 1]) {
      const stored = storedThreshold(threshold, { dtype: 'uint16', scale });
      const expected = applyThreshold(map, threshold / scale);
      assert.deepEqual(
        maskAbove(map, stored),
        expected.map((value) => value / 255),
        `${threshold}`,
      );
      assert.equal(
        countAbove(map, stored),
        expected.reduce((sum, value) => sum + value / 255, 0),
      );
    }
  });

  it('rounds to 32 bits where the map does', () => {
    const map = Float32Array.of(0.3, Math.fround(0.3) + 2 ** -24, 0.29999, 1);
    const stored = storedThreshold(0.3, { dtype: 'float32', scale: 1 });
    assert.deepEqual(
      [...maskAbove(map, stored)],
      [...applyThreshold(map, 0.3)].map((value) => value / 255),
    );
    assert.equal(maskAbove(map, stored)[0], 0);
  });

  it('paints over what it painted before', () => {
    const rgba = new Uint32Array(3).fill(7);
    paintAbove([1, 2, 3], 2, rgba, 9);
    assert.deepEqual([...rgba], [0, 0, 9]);
  });
});

describe('the colours of probabilities', () => {
  it('grow lighter from 0 to 1', () => {
    const light = (pixel: number) => {
      const [red, green, blue] = [pixel & 255, (pixel >> 8) & 255, (pixel >> 16) & 255];
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const steps = Array.from({ length: 101 }, (_, i) => light(heatOf(i / 100)));
    for (let i = 1; i < steps.length; i++) assert.ok(steps[i] > steps[i - 1] - 0.5, `at ${i} %`);
    assert.deepEqual([heatOf(-1), heatOf(2)], [heatOf(0), heatOf(1)]);
  });

  it('are the same however a map is stored; what is no number is as 0', () => {
    const paint = (pixels: ArrayLike<number>, dtype: 'uint8' | 'uint16' | 'float32', scale: number) => {
      const rgba = new Uint32Array(pixels.length);
      new HeatTable(dtype, scale).paint(pixels, rgba);
      return [...rgba];
    };
    const expected = [0, 0.6, 1].map(heatOf);
    assert.deepEqual(paint([0, 153, 255], 'uint8', 1 / 255), expected);
    assert.deepEqual(paint([0, 39321, 65535], 'uint16', 1 / 65535), expected);
    assert.deepEqual(paint([Number.NaN, 0.6, 1], 'float32', 1), expected);
  });
});

describe('the differences from a truth', () => {
  it('are right, missed and surplus; nothing where nobody knows or nothing is judged', () => {
    const rgba = new Uint32Array(6).fill(5);
    const compared = {
      pixels: [9, 5, 6, 7, 8, 1],
      above: 5,
      truth: [255, 255, 0, UNKNOWN, 255, 0],
      weight: [1, 1, 1, 1, 0, 1],
    };
    paintCompared(compared, 6, rgba, 1);
    const { right, missed, surplus } = LAYER_COLOURS;
    assert.deepEqual([...rgba], [pixelOf(right, 1), pixelOf(missed, 1), pixelOf(surplus, 1), 0, 0, 0]);
  });
});
