import assert from 'node:assert/strict';
import { Random } from '../../src/base/random';
import type { PixelArray } from '../../src/image/dtype';
import { type NormalisationRule, streamNormalisation } from '../../src/image/normalisation';
import { isBlank, type Signal } from '../../src/image/signal';
import { normalisationOf, PERCENTILE_ZSCORE } from '../support/normalisation-of';

const SIDE = 256;
const RULE: NormalisationRule = { method: 'background-contrast' };

/** Noise of 10 about 200, and squares of 8 x 8 that are brighter by `bright`, as many as fill a share of the image. */
function field(share: number, bright: number, seed = 1): Uint16Array<ArrayBuffer> {
  const random = new Random(seed, 0);
  const pixels = Uint16Array.from({ length: SIDE ** 2 }, () => Math.round(200 + 10 * random.normal()));
  const squares = random.shuffled([...Array((SIDE / 8) ** 2).keys()]).slice(0, Math.round(share * (SIDE / 8) ** 2));
  for (const square of squares) {
    const corner = Math.floor(square / (SIDE / 8)) * 8 * SIDE + (square % (SIDE / 8)) * 8;
    for (let i = 0; i < 64; i++) pixels[corner + (i >> 3) * SIDE + (i % 8)] += bright;
  }
  return pixels;
}

async function scaleOf(pixels: PixelArray, dtype: 'uint16' | 'float32' = 'uint16') {
  const { low, high, mean, std, signal } = await normalisationOf(dtype, [{ pixels }], 'field', RULE);
  return { low, high, mean, std, signal: signal as Signal };
}

describe('image/signal', () => {
  for (const bright of [50, 100, 1000]) {
    it(`gives background and objects of ${bright} the same values whether 0.2 or 80 % of the field are full`, async () => {
      for (const share of [0.002, 0.01, 0.05, 0.25, 0.5, 0.8]) {
        const { mean, std } = await scaleOf(field(share, bright));
        // A sparse field is cut inside of its noise, so its background is taken for up to a deviation darker.
        assert.ok(Math.abs(mean - 200) <= 10, `background ${mean} at ${share}`);
        const object = (200 + bright - mean) / std;
        assert.ok(Math.abs(object - 2) < 0.25, `objects at ${object} in a field of ${share}`);
      }
    });
  }

  it('does not move with gain and offset', async () => {
    const pixels = field(0.1, 300);
    const plain = await scaleOf(pixels);
    for (const [gain, offset] of [
      [2, 0],
      [1, 500],
      [7, 3000],
    ]) {
      const found = await scaleOf(Uint16Array.from(pixels, (v) => gain * v + offset));
      for (const key of ['low', 'high', 'mean'] as const) assert.equal(found[key], gain * plain[key] + offset);
      assert.equal(found.std, gain * plain.std);
    }
    const scaled = await scaleOf(
      Float32Array.from(pixels, (v) => v / 4096),
      'float32',
    );
    assert.ok(Math.abs(scaled.std * 4096 - plain.std) < 1e-3 && Math.abs(scaled.mean * 4096 - plain.mean) < 1e-3);
  });

  it('takes hot and dead pixels for nothing', async () => {
    for (const share of [0.01, 0.6]) {
      const pixels = field(share, 200);
      const plain = await scaleOf(pixels);
      for (let i = 0; i < 20; i++) pixels[SIDE * 10 * i + 7 * i] = i % 2 === 0 ? 65535 : 0;
      const { mean, std } = await scaleOf(pixels);
      assert.ok(Math.abs(mean - plain.mean) <= 2 && Math.abs(std - plain.std) <= 2, `${mean}, ${std} at ${share}`);
    }
  });

  it('is the same whatever the pieces are, and leaves pixels without weight out', async () => {
    for (const dtype of ['uint16', 'float32'] as const) {
      const pixels = dtype === 'uint16' ? field(0.1, 100) : Float32Array.from(field(0.1, 100));
      const whole = await normalisationOf(dtype, [{ pixels }], 'field', RULE);
      async function* pieces() {
        for (let i = 0; i < pixels.length; i += 999) yield { pixels: pixels.subarray(i, i + 999) };
      }
      assert.deepEqual(await streamNormalisation(RULE, dtype, pixels.length, pieces, 'field'), whole);

      const more = dtype === 'uint16' ? new Uint16Array(2 * pixels.length) : new Float32Array(2 * pixels.length);
      more.set(pixels);
      more.fill(9, pixels.length);
      const weight = new Uint8Array(more.length).fill(1, 0, pixels.length);
      assert.deepEqual(await normalisationOf(dtype, [{ pixels: more, weight }], 'field', RULE), whole);
    }
  });

  it('keeps a rare infinity out of the measure', async () => {
    const pixels = Float32Array.from(field(0.1, 100));
    const plain = await scaleOf(pixels, 'float32');
    pixels[0] = Number.POSITIVE_INFINITY;
    pixels[700] = Number.NEGATIVE_INFINITY;
    const { mean, std } = await scaleOf(pixels, 'float32');
    assert.ok(Math.abs(mean - plain.mean) < 0.5 && Math.abs(std - plain.std) < 0.5);
    await assert.rejects(scaleOf(Float32Array.of(1, 2, Infinity, Infinity), 'float32'), /percentiles are .*Infinity/);
  });

  it('gives one value 0, however it is stored', async () => {
    for (const dtype of ['uint16', 'float32'] as const) {
      const pixels = dtype === 'uint16' ? new Uint16Array(99).fill(7) : new Float32Array(99).fill(7);
      const { mean, std, signal } = await scaleOf(pixels, dtype);
      assert.equal(mean, 7);
      assert.ok(std > 0 && Number.isFinite(std));
      assert.ok(isBlank(signal));
    }
  });

  it('calls noise blank, of any strength and kind, and nothing that has objects', async () => {
    const random = new Random(3, 0);
    const noises: Array<[string, () => number]> = [
      ['normal', () => 1000 + 30 * random.normal()],
      ['about rounding', () => 100 + 0.4 * random.normal()],
      ['few photons', () => random.poisson(3)],
      ['uniform', () => 100 + 50 * random.uniform()],
    ];
    for (const [name, noise] of noises) {
      const { signal } = await scaleOf(Uint16Array.from({ length: SIDE ** 2 }, () => Math.round(noise())));
      assert.ok(isBlank(signal), `${name}: ${JSON.stringify(signal)}`);
    }
    for (const [share, bright] of [
      [0.002, 60],
      [0.02, 30],
      [0.3, 25],
      [0.9, 40],
    ]) {
      const { signal } = await scaleOf(field(share, bright));
      assert.ok(!isBlank(signal), `${share} of ${bright}: ${JSON.stringify(signal)}`);
    }
    const dark = await scaleOf(field(0.002, -150));
    assert.ok(!isBlank(dark.signal), 'dark objects');
  });

  it('was needed: a z-score of the same objects moves', async () => {
    const objects: number[] = [];
    for (const share of [0.01, 0.25]) {
      const { mean, std } = await normalisationOf('uint16', [{ pixels: field(share, 300) }], 'f', PERCENTILE_ZSCORE);
      objects.push((500 - mean) / std);
    }
    assert.ok(objects[0] > 3 * objects[1], `${objects}`);
  });
});
