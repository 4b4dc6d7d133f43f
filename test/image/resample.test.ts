import assert from 'node:assert/strict';
import { resampleAxis, resamplePlane } from '../../src/image/resample';

/** x^1.5 mod 7 for x from 0 to 19, as 4 rows of 5. */
const PLANE = Float32Array.from({ length: 20 }, (_, x) => x ** 1.5 % 7);

/** What torch 2.13 gives: interpolate(mode='bilinear', antialias=True, align_corners=False), five decimals. */
const TORCH: Array<{ size: [number, number]; values: number[] }> = [
  {
    size: [3, 7],
    values: [
      ...[1.2541, 1.05695, 1.60248, 3.33598, 3.89994, 3.42888, 2.5],
      ...[3.90156, 2.2949, 2.36272, 5.54474, 3.90549, 3.86771, 4.6916],
      ...[2.55316, 1.74842, 1.39939, 2.03572, 4.80944, 5.56295, 5.08831],
    ],
  },
  { size: [2, 2], values: [2.21253, 3.56116, 2.4709, 4.44184] },
  {
    size: [9, 3],
    values: [
      ...[0.42857, 2.94827, 2.79835, 0.80505, 2.96152, 3.01963, 1.809, 2.99686, 3.60971],
      ...[2.68847, 3.14078, 4.12022, 2.69656, 4.04479, 4.07368, 2.70466, 4.9488, 4.02715],
      ...[2.28563, 3.75007, 4.81186, 1.80559, 2.25095, 5.71533, 1.62557, 1.68878, 6.05413],
    ],
  },
];

function resampled(plane: Float32Array, source: [number, number], size: [number, number]): Float32Array {
  const [y, x] = [0, 1].map((axis) => resampleAxis(source[axis], size[axis], 0, size[axis]));
  const target = new Float32Array(size[0] * size[1]);
  resamplePlane(plane, y, x, target);
  return target;
}

describe('resampling', () => {
  for (const { size, values } of TORCH) {
    it(`4 x 5 to ${size.join(' x ')} pixels: as PyTorch with antialias`, () => {
      resampled(PLANE, [4, 5], size).forEach((value, i) => {
        assert.ok(Math.abs(value - values[i]) < 2e-5, `pixel ${i}: expected ${values[i]}, got ${value}`);
      });
    });
  }

  it('on the same grid changes nothing', () => {
    assert.deepEqual(resampled(PLANE, [4, 5], [4, 5]), PLANE);
  });

  it('keeps a constant, at the ends too', () => {
    for (const size of [1, 3, 16, 50]) {
      for (const value of resampled(new Float32Array(20).fill(0.7), [4, 5], [size, size])) {
        assert.ok(Math.abs(value - 0.7) < 1e-6);
      }
    }
  });

  it('names the source samples that some samples need', () => {
    const { from, to, taps } = resampleAxis(100, 50, 10, 12);
    assert.deepEqual([from, to, taps.length], [19, 25, 2]);
  });
});
