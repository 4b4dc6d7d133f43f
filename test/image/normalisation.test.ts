import assert from 'node:assert/strict';
import { Random } from '../../src/base/random';
import { allocate, type DType } from '../../src/image/dtype';
import { applyNormalisation, streamNormalisation } from '../../src/image/normalisation';
import { EXACT_PIXELS, PixelCollector, percentile } from '../../src/image/pixel-collector';
import { normalisationOf, PERCENTILE_ZSCORE } from '../support/normalisation-of';

/** Straight from the definition: sort, interpolate, clip, moments. */
function naive(values: number[]): { low: number; high: number; mean: number; std: number } {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (q: number) => {
    const position = ((sorted.length - 1) * q) / 100;
    const below = Math.floor(position);
    const above = Math.min(below + 1, sorted.length - 1);
    return sorted[below] + (sorted[above] - sorted[below]) * (position - below);
  };
  const [low, high] = [at(0.5), at(99.5)];
  const clipped = values.map((v) => Math.min(high, Math.max(low, v)));
  const mean = clipped.reduce((a, b) => a + b) / clipped.length;
  const std = Math.sqrt(clipped.reduce((a, b) => a + (b - mean) ** 2, 0) / clipped.length);
  return { low, high, mean, std: std || 1 };
}

function close(actual: number, expected: number): void {
  assert.ok(Math.abs(actual - expected) <= 1e-9 * Math.max(1, Math.abs(expected)), `${actual} is not ${expected}`);
}

describe('image/normalisation', () => {
  const ranges: Array<[DType, number, number]> = [
    ['uint8', 0, 255],
    ['int8', -128, 127],
    ['uint16', 100, 65535],
    ['int16', -32768, 900],
    ['uint32', 0, 4e9],
    ['int32', -2e9, 2e9],
    ['float32', -3, 7],
    ['float64', 1e6, 1e6 + 1],
  ];
  for (const [dtype, from, to] of ranges) {
    it(`equals sorting and clipping for ${dtype}`, async () => {
      const random = new Random(1, from, to);
      const pixels = allocate(dtype, 1237);
      for (let i = 0; i < pixels.length; i++) pixels[i] = random.range(from, to);
      const expected = naive([...pixels]);
      const half = [{ pixels: pixels.subarray(0, 500) }, { pixels: pixels.subarray(500) }] as const;
      const actual = await normalisationOf(dtype, half, 'image');
      for (const key of ['low', 'high', 'mean', 'std'] as const) close(actual[key], expected[key]);
    });
  }

  it('equals numpy.percentile on a known case', async () => {
    // np.percentile([1, 2, 4, 8, 16], [0.5, 99.5]) == [1.02, 15.84]
    const { low, high } = await normalisationOf('float64', [{ pixels: Float64Array.of(4, 16, 1, 8, 2) }], 'image');
    close(low, 1.02);
    close(high, 15.84);
  });

  it('leaves out pixels of weight 0', async () => {
    const pixels = Uint16Array.of(10, 20, 30, 60000, 60000);
    const weight = Uint8Array.of(1, 1, 1, 0, 0);
    const expected = naive([10, 20, 30]);
    const actual = await normalisationOf('uint16', [{ pixels, weight }], 'image');
    close(actual.high, expected.high);
    close(actual.std, expected.std);
  });

  it('gives std 1 to a constant image', async () => {
    const pixels = new Float32Array(64).fill(0.1);
    const found = await normalisationOf('float32', [{ pixels }], 'image');
    assert.equal(found.std, 1);
    assert.ok(applyNormalisation(pixels, found).every((v) => Math.abs(v) < 1e-7));
  });

  it('refuses NaN and says how many', async () => {
    const pixels = Float32Array.of(1, Number.NaN, 3, Number.NaN);
    await assert.rejects(
      () => normalisationOf('float32', [{ pixels }], 'a.tif channel 0'),
      /a\.tif channel 0: 2 pixels are NaN/,
    );
  });

  it('refuses limits that are infinite, but clips a rare infinity', async () => {
    const bad = Float32Array.of(Infinity, Infinity, 1);
    await assert.rejects(() => normalisationOf('float32', [{ pixels: bad }], 'b'), /percentiles are .*Infinity/);
    const rare = new Float32Array(1000).map((_, i) => i);
    rare[0] = -Infinity;
    assert.ok(Number.isFinite((await normalisationOf('float32', [{ pixels: rare }], 'b')).mean));
  });

  it('refuses an image that is excluded as a whole', async () => {
    const chunk = { pixels: Uint8Array.of(1, 2), weight: Uint8Array.of(0, 0) };
    await assert.rejects(() => normalisationOf('uint8', [chunk], 'c'), /every pixel is excluded/);
  });

  it('samples large floating-point images evenly, whatever the pieces', async () => {
    const total = 3 * EXACT_PIXELS;
    const piece = new Float32Array(total / 8);
    const limits = [1, 8].map((pieces) => {
      const collector = new PixelCollector('float32', total);
      for (let p = 0; p < 8; p++) {
        for (let i = 0; i < piece.length; i++) piece[i] = (p * piece.length + i) / total;
        const cut = Math.floor(piece.length / pieces) - (pieces > 1 ? 1 : 0);
        collector.add({ pixels: piece.subarray(0, cut) });
        if (cut < piece.length) collector.add({ pixels: piece.subarray(cut) });
      }
      const levels = collector.levels('image');
      return { low: percentile(levels, 0.5), high: percentile(levels, 99.5), noise: collector.noise() };
    });
    assert.deepEqual(limits[0], limits[1]);
    assert.ok(Math.abs(limits[0].low - 0.005) < 1e-5 && Math.abs(limits[0].high - 0.995) < 1e-5);
  });

  it('is the same when streamed', async () => {
    const pixels = new Float32Array(300).map((_, i) => Math.sin(i));
    async function* chunks() {
      for (let i = 0; i < 300; i += 100) yield { pixels: pixels.subarray(i, i + 100) };
    }
    const streamed = await streamNormalisation(PERCENTILE_ZSCORE, 'float32', 300, chunks, 'image');
    const whole = await normalisationOf('float32', [{ pixels }], 'image');
    assert.deepEqual(streamed, { ...whole, mean: streamed.mean, std: streamed.std });
    close(streamed.mean, whole.mean);
    close(streamed.std, whole.std);
  });

  it('applies clip and z-score to a part', async () => {
    const out = new Float32Array(4);
    applyNormalisation(Uint8Array.of(0, 10, 20, 200), { low: 10, high: 50, mean: 20, std: 10 }, out, {
      from: 1,
      to: 2,
      length: 2,
    });
    assert.deepEqual([...out], [0, 0, -1, 0]);
  });
});
