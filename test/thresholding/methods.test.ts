import assert from 'node:assert/strict';
import { type DType, dtypeOf, type PixelArray } from '../../src/image/dtype';
import { ThresholdError } from '../../src/thresholding/histogram-methods';
import { computeThreshold, METHODS, type Method, thresholdOf } from '../../src/thresholding/methods';
import type { PixelChunks } from '../../src/thresholding/passes';
import { needShared } from '../support/shared-data';
import { goldenCases } from './golden';

const ALL = Object.keys(METHODS) as Method[];

/** The image as a stream of chunks, each handed out in the same array so that nobody may keep one. */
function streamed(pixels: PixelArray, length: number): PixelChunks {
  return {
    dtype: dtypeOf(pixels),
    count: pixels.length,
    async *chunks() {
      for (let start = 0; start < pixels.length; start += length) {
        const chunk = pixels.slice(start, start + length);
        yield chunk;
        chunk.fill(99);
      }
    },
  };
}

describe('thresholding/methods', () => {
  it('equals scikit-image on the reference images, floats within 1e-6 relative, in memory and streamed', async function () {
    for (const { name, pixels, thresholds } of goldenCases(needShared(this, 'data/golden/threshold'))) {
      for (const method of ALL) {
        const expected = thresholds[method];
        const what = `${method} of ${name}`;
        if (typeof expected === 'string') {
          const error = { name: 'ThresholdError', code: 'invalid-input', message: /Unable to find two maxima/ };
          assert.throws(() => thresholdOf(method, pixels), error, what);
        } else {
          const got = thresholdOf(method, pixels);
          assertThreshold(got, expected, method, pixels, what);
          // The minimum of 65536 bins is slow, and no other than the histogram's once that is streamed right.
          if (method === 'minimum') continue;
          assert.equal(await computeThreshold(method, streamed(pixels, 1001)), got, `${what}, streamed`);
        }
      }
    }
  });

  // Made with scikit-image 0.26.0 and NumPy 2.4.6.
  const expected: Record<string, Partial<Record<Method, number>>> = {
    uint8: { otsu: 88, li: 99.55978197265432, yen: 88, isodata: 116, triangle: 3, minimum: 126, mean: 85.405 },
    int16: { otsu: -1240, li: -1008.804360546914, yen: -1240, isodata: -664, triangle: -2959, mean: -1291.9 },
    int32: { otsu: -2000, li: 9559.781972654324, yen: -2000, isodata: 26823, triangle: -87999, mean: -4595 },
    float32: {
      otsu: 0.2936198115348816,
      li: 0.33186593651771545,
      yen: 0.2936198115348816,
      isodata: 0.38815104961395264,
      triangle: 0.01002604141831398,
      minimum: 0.193359375,
      mean: 0.28468331694602966,
    },
    float64: {
      otsu: 0.5837053571428568,
      li: 2.2228259960934746,
      yen: 0.5837053571428568,
      isodata: 4.635044642857141,
      triangle: -11.5703125,
      minimum: -3.7131696428571432,
      mean: 0.20071428571428568,
    },
  };
  const base = Array.from({ length: 2000 }, (_, i) => (i % 7 < 5 ? (i * i) % 89 : 160 + ((i * 31) % 61)));
  const images: Record<string, PixelArray> = {
    uint8: Uint8Array.from(base),
    int16: Int16Array.from(base, (v) => v * 20 - 3000),
    int32: Int32Array.from(base, (v) => v * 1000 - 90000),
    float32: Float32Array.from(base, (v) => v / 300),
    float64: Float64Array.from(base, (v) => v / 7 - 12),
  };

  for (const [dtype, thresholds] of Object.entries(expected)) {
    it(`equals scikit-image for ${dtype}`, async () => {
      for (const [name, value] of Object.entries(thresholds)) {
        const method = name as Method;
        const got = thresholdOf(method, images[dtype]);
        assertThreshold(got, value, method, images[dtype], method);
        assert.equal(await computeThreshold(method, streamed(images[dtype], 129)), got, `${method}, streamed`);
      }
    });
  }

  it('treats a type like a wider one where both hold the values', () => {
    const values = base.map((v) => v % 120);
    for (const method of ALL) {
      const results = [Uint8Array, Int8Array, Uint16Array, Int16Array, Uint32Array, Int32Array].map((type) =>
        outcome(method, type.from(values)),
      );
      assert.deepEqual(new Set(results).size, 1, `${method}: ${results}`);
    }
  });

  it('gives the value of a constant image, as scikit-image does', () => {
    const constant = new Float32Array(50).fill(0.3);
    for (const method of ['otsu', 'li', 'triangle', 'mean'] as const)
      assert.equal(thresholdOf(method, constant), Math.fround(0.3), method);
    // Yen's criterion is undefined everywhere then, scikit-image answers the first bin.
    assert.equal(thresholdOf('yen', constant), -0.19804686307907104);
    for (const method of ['isodata', 'minimum'] as const)
      assert.throws(() => thresholdOf(method, constant), ThresholdError, method);
    for (const method of ['otsu', 'li', 'yen', 'isodata', 'triangle', 'mean'] as const)
      assert.equal(thresholdOf(method, new Int16Array(9).fill(-7)), -7, method);
  });

  it('finds the minimum where nothing lies between background and objects, as scikit-image 0.26 with SciPy 1.17 does', () => {
    // how many pixels have each value from -206 on, in base 36: two peaks, drawn at random
    const counts = [
      '100000000000100110110000001100020021012332012510054237392422a9773686747a54c29285a4347655646682443224',
      '0345224123111121011101111000011001010000000000000000000000000000000000000000000000000000000000000000',
      '0000000000000000000000000000000000000000000000000000000000000000000010000000000011000000011000000000',
      '02101222121251455c65b2855758987769d8d85b9cha99adce89abdbfaf4bea7456846557033333300220240000010020011',
      '000100010000001',
    ].join('');
    const pixels = [...counts].flatMap((n, i) => new Array<number>(Number.parseInt(n, 36)).fill(-206 + i));
    assert.equal(thresholdOf('minimum', Int16Array.from(pixels)), -13);
  });

  it('names how many pixels are NaN', async () => {
    for (const type of [Float32Array, Float64Array]) {
      const pixels = type.from([0.1, Number.NaN, 0.5, Number.NaN, 0.9]);
      for (const method of ALL) {
        const error = { code: 'invalid-input', message: /2 of 5 pixels are NaN/ };
        assert.throws(() => thresholdOf(method, pixels), error, method);
        await assert.rejects(computeThreshold(method, streamed(pixels, 2)), error, method);
      }
    }
  });

  it('refuses images without pixels, infinite pixels and ranges that cannot be divided', async () => {
    for (const method of ALL) {
      assert.throws(() => thresholdOf(method, new Float32Array(0)), { message: /at least one pixel/ }, method);
      await assert.rejects(
        computeThreshold(method, streamed(new Uint16Array(0), 2)),
        { message: /at least one/ },
        method,
      );
      assert.throws(() => thresholdOf(method, Float32Array.of(0, Number.POSITIVE_INFINITY)), { message: /finite/ });
    }
    assert.throws(() => thresholdOf('otsu', Float32Array.of(1, 1 + 2e-7)), { message: /256 float32 bins/ });
    assert.throws(() => thresholdOf('otsu', Float64Array.of(-1.7e308, 1.7e308)), { code: 'invalid-input' });
    assert.throws(() => thresholdOf('otsu', Int32Array.of(-(2 ** 30), 2 ** 30)), { code: 'unsupported' });
  });

  it('refuses a source that delivers another number or type of pixels than it states', async () => {
    const pixels = Float32Array.of(1, 2, 3);
    const wrong = (dtype: DType, count: number) => computeThreshold('mean', { dtype, count, chunks: () => [pixels] });
    await assert.rejects(wrong('float32', 4), { code: 'internal', message: /expected 4 pixels in all, got 3/ });
    await assert.rejects(wrong('float32', 2), { code: 'internal' });
    await assert.rejects(wrong('float64', 3), { code: 'internal', message: /expected float64, got float32/ });
  });

  it('sums large unsigned values without losing a bit', () => {
    const pixels = Uint32Array.from({ length: 10000 }, (_, i) => 4294967295 - i);
    assert.equal(thresholdOf('mean', pixels), 4294967295 - 4999.5);
  });
});

/** Integers exactly, but for the last bits of a mean of logarithms; floats within 1e-6 relative. */
function assertThreshold(got: number, expected: number, method: Method, pixels: PixelArray, what: string): void {
  const isFloat = pixels instanceof Float32Array || pixels instanceof Float64Array;
  const tolerance = isFloat ? 1e-6 : method === 'li' ? 1e-12 : 0;
  assert.ok(Math.abs(got - expected) <= tolerance * Math.abs(expected), `${what}: ${got} instead of ${expected}`);
}

function outcome(method: Method, pixels: PixelArray): number | string {
  try {
    return thresholdOf(method, pixels);
  } catch (error) {
    return (error as Error).message;
  }
}
