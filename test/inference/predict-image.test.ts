import assert from 'node:assert/strict';
import os from 'node:os';
import { Random } from '../../src/base/random';
import type { DType } from '../../src/image/dtype';
import { applyNormalisation } from '../../src/image/normalisation';
import { count, type Shape5 } from '../../src/image/region';
import { type PredictImageRequest, predictImage, probabilityInfo } from '../../src/inference/predict-image';
import { predictVolume } from '../../src/inference/predict-volume';
import { planTiles } from '../../src/inference/tiles';
import { WaitingChannels } from '../../src/inference/waiting-channels';
import type { ModelCard } from '../../src/models/card';
import { modelCard } from '../models/support';
import { normalisationOf } from '../support/normalisation-of';
import { constant, FakeSession, MemoryReader, pixelwise, tileDependent } from './support';

const channels = [
  { index: 0, name: 'dna' },
  { index: 1, name: 'membrane' },
];
const card2D = modelCard({ channels, patch: { z: null, y: 16, x: 16 }, divisor: 4 });
const card3D = modelCard({ channels, dimensions: 3, patch: { z: 8, y: 16, x: 16 }, divisor: 4 });

function image(shape: Shape5, dtype: DType = 'uint16'): MemoryReader {
  const random = new Random(5);
  // A bright square on noise: neither blank nor of one value.
  const bright = (i: number) =>
    i % shape[4] < shape[4] / 2 && Math.floor(i / shape[4]) % shape[3] < shape[3] / 2 ? 9000 : 0;
  const data = Uint16Array.from({ length: count(shape) }, (_, i) => random.integer(2000) + (i % 500) + bright(i));
  return new MemoryReader(dtype === 'uint16' ? data : Float32Array.from(data), shape, dtype);
}

async function predict(reader: MemoryReader, card: ModelCard, changes: Partial<PredictImageRequest> = {}) {
  const planes: number[] = [];
  const info = await predictImage({
    image: reader.description(),
    reader,
    card,
    session: tileDependent(),
    overlap: 0.25,
    memoryMB: 0,
    write: async (written) => {
      for (const value of written) planes.push(value);
    },
    ...changes,
  });
  return { info, planes: Float32Array.from(planes) };
}

describe('predictImage', () => {
  const shape: Shape5 = [2, 2, 11, 35, 27];
  const volume = 11 * 35 * 27;

  it('averages over mirrorings where asked, as a card may ask itself', async () => {
    const reader = image([1, 2, 3, 35, 27]);
    const asked = await predict(reader, card2D, { mirror: true });
    const byCard = await predict(reader, { ...card2D, mirror: true });
    assert.equal(asked.info.tiles.mirrorings, 4);
    assert.deepEqual(asked.planes, byCard.planes);
    assert.notDeepEqual(asked.planes, (await predict(reader, card2D)).planes);
  });

  for (const card of [card2D, card3D]) {
    it(`${card.dimensions}D: equals the prediction in memory, each time point an image of its own`, async () => {
      const reader = image(shape);
      const { planes, info } = await predict(reader, card);
      const plan = planTiles(card, [11, 35, 27], 0.25);
      for (let t = 0; t < 2; t++) {
        const normalised = new Float32Array(2 * volume);
        for (let c = 0; c < 2; c++) {
          const from = (t * 2 + c) * volume;
          const pixels = reader.data.subarray(from, from + volume);
          const normalisation = await normalisationOf('uint16', [{ pixels }], 'test');
          applyNormalisation(pixels, normalisation, normalised.subarray(c * volume));
        }
        const expected = await predictVolume(tileDependent(), normalised, [2, 11, 35, 27], plan);
        expected.forEach((value, i) => {
          assert.ok(Math.abs(planes[t * volume + i] - value) < 1e-6);
        });
      }
      assert.deepEqual(info.tiles.size, [plan.z.tile, plan.y.tile, plan.x.tile]);
      assert.equal(info.normalisation.length, 2);
      assert.deepEqual(info.warnings, []);
    });

    it(`${card.dimensions}D: gives the same bits with little memory, reading again instead of holding`, async () => {
      const reader = image(shape);
      const expected = await predict(reader, card);
      assert.equal(reader.pixelsRead, count(shape));
      const frugal = image(shape);
      const { planes } = await predict(frugal, card, { memoryMB: 0.05 });
      assert.deepEqual(planes, expected.planes);
      assert.ok(frugal.pixelsRead > 2 * count(shape));
    });
  }

  it('stores uint16 with its scale', async () => {
    const reader = image([1, 2, 1, 20, 20]);
    const { planes } = await predict(reader, card2D, { session: constant(0.25), type: 'uint16' });
    assert.ok(planes.every((value) => value === 16384));
    const info = probabilityInfo(reader.description(), 'uint16');
    assert.deepEqual([info.shape, info.dtype, info.scale], [[1, 1, 1, 20, 20], 'uint16', 1 / 65535]);
    assert.equal(probabilityInfo(reader.description()).dtype, 'float32');
  });

  it('never stretches probabilities', async () => {
    const { planes } = await predict(image([1, 2, 1, 20, 20]), card2D, { session: constant(0.002) });
    assert.ok(planes.every((value) => Math.abs(value - 0.002) < 1e-8));
  });

  it('gives a model that wants no normalisation the quantity itself', async () => {
    const reader = new MemoryReader(
      Uint16Array.from({ length: 64 }, (_, i) => i * 1000),
      [1, 1, 1, 8, 8],
      'uint16',
    );
    const card = modelCard({ normalisation: { method: 'none' } });
    const description = reader.description({ scale: 1e-4 });
    const { planes } = await predict(reader, card, { image: description, session: pixelwise() });
    planes.forEach((value, i) => {
      assert.ok(Math.abs(value - 1 / (1 + Math.exp(-i / 10))) < 1e-6);
    });
  });

  it('predicts images smaller than the divisor and constant ones', async () => {
    const tiny = await predict(image([1, 2, 2, 3, 1]), card3D);
    assert.equal(tiny.planes.length, 6);
    const flat = new MemoryReader(new Uint16Array(2 * 100).fill(7), [1, 2, 1, 10, 10], 'uint16');
    const { planes } = await predict(flat, card2D, { session: pixelwise() });
    assert.ok(planes.every((value) => value === 0.5));
  });

  it('warns where a model finds objects in a blank image, whatever its normalisation', async () => {
    const random = new Random(9);
    const shape: Shape5 = [1, 1, 1, 40, 40];
    const blank: Array<[number | (() => number), RegExp]> = [
      [7, /^field1 looks blank: each channel has one value throughout; yet nuclei v1 finds objects on 100 % of it/],
      [() => 1000 + random.integer(90), /^field1 looks blank: nothing in it stands out of its noise; yet nuclei v1/],
    ];
    const rules: Array<ModelCard['normalisation']> = [
      { method: 'background-contrast' },
      { method: 'percentile-zscore', low: 0.5, high: 99.5 },
      { method: 'none' },
    ];
    for (const [value, warning] of blank) {
      const data = Uint16Array.from({ length: count(shape) }, () => (typeof value === 'number' ? value : value()));
      const reader = new MemoryReader(data, shape, 'uint16');
      for (const normalisation of rules) {
        const card = modelCard({ normalisation, patch: { z: null, y: 16, x: 16 }, divisor: 4 });
        const { info } = await predict(reader, card, { session: constant(0.9) });
        assert.equal(info.warnings.length, 1);
        assert.match(info.warnings[0], warning);
        const nothing = await predict(reader, card, { session: constant(0.1) });
        assert.deepEqual(nothing.info.warnings, []);
      }
    }
  });

  it('names the first blank time point, and does not warn of the others', async () => {
    const shape: Shape5 = [3, 2, 1, 20, 20];
    const reader = image(shape);
    reader.data.fill(3, 2 * 400, 4 * 400);
    const { info } = await predict(reader, card2D, { session: constant(0.9) });
    assert.equal(info.warnings.length, 1);
    assert.match(info.warnings[0], /^field1, time point 1 \(1 of 3 time points\) looks blank/);
  });

  it('refuses what the model cannot predict, naming both sides', async () => {
    await assert.rejects(predict(image([1, 2, 1, 20, 20]), card3D), {
      code: 'invalid-input',
      message: /^field1: expected a stack, because nuclei v1 is a 3D model, got "a plane \(Z=1\)"$/,
    });
    await assert.rejects(predict(image([1, 3, 1, 20, 20]), card2D), {
      code: 'invalid-input',
      message: /2 channels \(dna, membrane\).*3 channels \(channel 0, channel 1, channel 2\)/,
    });
    const reader = image([1, 2, 1, 20, 20], 'float32');
    reader.data[5] = Number.NaN;
    await assert.rejects(predict(reader, card2D), { code: 'invalid-input', message: /field1.*NaN/ });
  });

  it('warns of another pixel size', async () => {
    const reader = image([1, 2, 1, 20, 20]);
    const card = { ...card2D, pixelSize: { z: 2, y: 0.4, x: 0.4 } };
    const at = async (y: number) => {
      const description = reader.description({ pixelSize: { z: 9, y, x: 0.4 } });
      return (await predict(reader, card, { image: description })).info.warnings;
    };
    assert.deepEqual(await at(0.45), []);
    const [warning, ...more] = await at(0.65);
    assert.match(warning, /along y: 0\.65 µm.*trained at 0\.4 µm/);
    assert.deepEqual(more, []);
  });

  it('tells progress over all time points and stops when cancelled', async () => {
    const seen: Array<[number, number]> = [];
    const reader = image(shape);
    await predict(reader, card2D, { progress: ({ done, total }) => seen.push([done, total]) });
    assert.equal(seen.at(-1)?.[0], seen.at(-1)?.[1]);
    const stop = new AbortController();
    const write = async () => stop.abort();
    await assert.rejects(predict(reader, card2D, { signal: stop.signal, write }), { code: 'cancelled' });
  });
});

describe('predictImage with a model that tells objects apart', () => {
  /** Three maps of each tile: of one pixel alone, so that tiles leave no trace. */
  const threefold = () =>
    new FakeSession((pixels, shape) => {
      const size = count(shape.slice(1));
      return Float32Array.from({ length: 3 * size }, (_, i) => {
        const p = 1 / (1 + Math.exp(-pixels[i % size]));
        return i < size ? p : i < 2 * size ? p * p : 1 - p;
      });
    });
  const outputs: ModelCard['outputs'] = ['foreground', 'boundary', 'centre'];
  const shape: Shape5 = [2, 2, 9, 33, 29];
  const volume = 9 * 33 * 29;

  for (const card of [card2D, card3D]) {
    it(`${card.dimensions}D: writes one channel after the other, each blended and mirrored like the first`, async () => {
      const reader = image(shape);
      const first = await predict(reader, card, { session: pixelwise(), mirror: true });
      const channelsSeen: number[] = [];
      const all = await predict(reader, { ...card, outputs }, { session: threefold(), mirror: true });
      await predict(
        reader,
        { ...card, outputs },
        {
          session: threefold(),
          write: async (rows, channel) => {
            for (let i = 0; i < rows.length; i++) channelsSeen.push(channel);
          },
        },
      );
      for (let t = 0; t < 2; t++) {
        for (let i = 0; i < volume; i += 7) {
          const p = first.planes[t * volume + i];
          const at = (channel: number) => all.planes[(t * 3 + channel) * volume + i];
          assert.equal(at(0), p);
          assert.ok(Math.abs(at(1) - p * p) < 1e-6);
          assert.ok(Math.abs(at(2) - (1 - p)) < 1e-6);
        }
      }
      assert.deepEqual(
        [0, volume, 2 * volume, 3 * volume].map((i) => channelsSeen[i]),
        [0, 1, 2, 0],
      );
    });
  }

  it('refuses a network that gives other outputs than its card says', async () => {
    await assert.rejects(predict(image(shape), { ...card2D, outputs }), /expected 3 channels/);
  });
});

describe('the channels that wait for the first', () => {
  it('come whole from a file too', async () => {
    const pixels = 2 ** 23 + 5;
    const written: number[] = [];
    let last = -1;
    const waiting = new WaitingChannels(3, pixels, os.tmpdir(), async (rows, channel) => {
      written[channel] = (written[channel] ?? 0) + rows.length;
      for (let i = 0; i < rows.length; i += 4099) if (rows[i] !== channel) last = rows[i];
    });
    for (let z = 0; z < 2; z++) {
      for (const channel of [0, 1, 2]) {
        const rows = new Float32Array(z === 0 ? 2 ** 22 : pixels - 2 ** 22).fill(channel);
        await waiting.take(rows, channel);
      }
    }
    await waiting.handOn();
    waiting.close();
    assert.deepEqual(written, [pixels, pixels, pixels]);
    assert.equal(last, -1);
  });
});
