import assert from 'node:assert/strict';
import { Random } from '../../src/base/random';
import { dtypeOf, type PixelArray } from '../../src/image/dtype';
import { histogramOf } from '../../src/thresholding/histogram';
import { runInMemory } from '../../src/thresholding/passes';

const histogram = (pixels: PixelArray) => runInMemory(histogramOf(dtypeOf(pixels)), pixels);

/** Bin counts by the definition alone: edge_i <= v < edge_(i+1), edges in the array's precision. */
function naive(pixels: Float32Array | Float64Array): { counts: number[]; centres: number[] } {
  const r = pixels instanceof Float32Array ? Math.fround : (x: number) => x;
  const lo = Math.min(...pixels);
  const hi = Math.max(...pixels);
  const step = r(r(hi - lo) / 256);
  const edges = Array.from({ length: 257 }, (_, i) => (i === 256 ? hi : r(r(i * step) + lo)));
  const counts = new Array<number>(256).fill(0);
  for (const v of pixels) counts[v === hi ? 255 : edges.findLastIndex((edge) => edge <= v)]++;
  return { counts, centres: counts.map((_, i) => r(r(edges[i] + edges[i + 1]) / 2)) };
}

describe('thresholding/histogram', () => {
  it('counts floats by bin edges', () => {
    const random = new Random(7);
    const ranges = [
      [0, 1],
      [-5, 9],
      [1000, 1000.1],
      [1e-40, 1e-38],
      [-3e38, 0.1e38],
      [0, 256],
    ];
    for (const [low, high] of ranges) {
      for (const type of [Float32Array, Float64Array]) {
        const pixels = type.from(Array.from({ length: 3001 }, () => random.range(low, high)));
        // Values on the edges themselves.
        for (let i = 0; i < 256; i++) pixels[i] = low + ((high - low) * i) / 256;
        const { counts, centres } = histogram(pixels);
        const expected = naive(pixels);
        assert.deepEqual([...counts], expected.counts, `${type.name} in [${low}, ${high}]`);
        assert.deepEqual([...centres], expected.centres);
      }
    }
  });

  it('counts integers one bin a value from the smallest to the largest', () => {
    const cases: PixelArray[] = [
      Uint8Array.of(3, 5, 5),
      Int8Array.of(-128, 127, -1, -1),
      Uint16Array.of(65535, 65530),
      Int16Array.of(-300, -299, -300),
      Uint32Array.of(4294967295, 4294967290),
      Int32Array.of(-70000, -69998),
    ];
    for (const pixels of cases) {
      const { counts, centres } = histogram(pixels);
      const min = Math.min(...pixels);
      assert.equal(centres.length, Math.max(...pixels) - min + 1);
      for (let i = 0; i < centres.length; i++) {
        assert.equal(centres[i], min + i);
        assert.equal(counts[i], [...pixels].filter((v) => v === min + i).length);
      }
    }
  });

  it('marks constant images', () => {
    assert.equal(histogram(new Float32Array(3).fill(2)).constant, 2);
    assert.equal(histogram(new Int8Array(3).fill(-2)).constant, -2);
    assert.equal(histogram(Uint8Array.of(1, 2)).constant, null);
  });
});
