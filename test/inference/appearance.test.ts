import assert from 'node:assert/strict';
import { Random } from '../../src/base/random';
import type { Coverage } from '../../src/image/coverage';
import { applyNormalisation, type Normalisation } from '../../src/image/normalisation';
import { count, type Region, type Shape5 } from '../../src/image/region';
import { predictImage } from '../../src/inference/predict-image';
import type { ModelCard } from '../../src/models/card';
import { measureAppearance, type TrainingAppearance } from '../../src/trust/appearance';
import { appearanceWindows } from '../../src/trust/appearance-windows';
import { type Looks, trainingLooks, unlikeness } from '../../src/trust/looks';
import { modelCard } from '../models/support';
import { MemoryReader, pixelwise } from './support';

const CHANNELS = [
  { index: 0, name: 'dna' },
  { index: 1, name: 'membrane' },
];
const WHOLE = { z: null, y: 256, x: 256 };
const SMALL = { z: null, y: 48, x: 48 };

/** Bright squares on noise, in planes of about 200 x 200. */
function image(shape: Shape5, noise = 300): MemoryReader {
  const random = new Random(6);
  const [, , , height, width] = shape;
  const data = Uint16Array.from({ length: count(shape) }, (_, i) => {
    const [y, x] = [Math.floor(i / width) % height, i % width];
    return random.integer(noise) + 500 + (y % 50 < 20 && x % 40 < 15 ? 8000 : 0);
  });
  return new MemoryReader(data, shape, 'uint16');
}

async function predicted(reader: MemoryReader, card: ModelCard, memoryMB = 0) {
  const request = { image: reader.description(), reader, card, session: pixelwise(), overlap: 0.25, memoryMB };
  return predictImage({ ...request, write: async () => undefined });
}

/** By the normalisation that the prediction measured. */
async function byHand(reader: MemoryReader, [normalisation]: Normalisation[][]): Promise<TrainingAppearance> {
  const [, channels, depth, height, width] = reader.description().shape;
  const found = await measureAppearance({ shape: [depth, height, width], channels }, async (start, size) => {
    const region: Region = { start: [0, 0, ...start], size: [1, channels, ...size] };
    const pixels = await reader.read(region);
    const plane = size[1] * size[2];
    const out = new Float32Array(channels * plane);
    for (let c = 0; c < channels; c++) {
      out.set(applyNormalisation(pixels.slice(c * plane, (c + 1) * plane), normalisation[c]), c * plane);
    }
    return out;
  });
  assert.ok(found);
  return found;
}

/** Looks that say nothing of the images, so that a distance tells one from another. */
function looksOf(...images: TrainingAppearance[]): Looks {
  return trainingLooks(images.map((one) => [one]));
}

describe('how an image looks while its tiles go by', () => {
  const shape: Shape5 = [1, 2, 3, 200, 180];
  const card = (changes: Partial<ModelCard>) => modelCard({ channels: CHANNELS, divisor: 4, patch: WHOLE, ...changes });

  it('is what its windows say, whatever the tiles and the memory', async () => {
    const reader = image(shape);
    const { normalisation, unlike } = await predicted(reader, card({}));
    assert.equal(unlike, undefined);
    const appearance = await byHand(reader, normalisation);
    const other = await byHand(image(shape, 4000), normalisation);
    const looks = looksOf(other);
    const expected = unlikeness(looks, appearance)?.distance ?? 0;
    assert.ok(expected > 1);
    const whole = (await predicted(reader, card({ looks }))).unlike;
    assert.ok(Math.abs((whole?.distance ?? 0) - expected) < 1e-6, `${whole?.distance} ${expected}`);
    for (const [patch, memoryMB] of [
      [SMALL, 0],
      [SMALL, 1],
    ] as const) {
      const tiled = (await predicted(reader, card({ looks, patch }), memoryMB)).unlike;
      assert.ok(Math.abs((tiled?.distance ?? 0) / expected - 1) < 0.1, `${tiled?.distance} ${expected}`);
    }
    const volume = card({ looks, dimensions: 3, patch: { z: 8, y: 64, x: 64 }, divisor: 1 });
    const stack = (await predicted(reader, volume)).unlike;
    assert.ok(Math.abs((stack?.distance ?? 0) / expected - 1) < 0.1, `${stack?.distance} ${expected}`);
  });

  it('warns of an image that is unlike the training, and is silent of one that is like it', async () => {
    const reader = image(shape);
    const { normalisation } = await predicted(reader, card({}));
    const own = await byHand(reader, normalisation);
    const like = await predicted(reader, card({ looks: looksOf(own, own, own) }));
    assert.deepEqual([like.unlike?.isUnlike, like.unlike?.reasons, like.warnings], [false, [], []]);
    const noisy = await byHand(image(shape, 4000), normalisation);
    const { unlike, warnings } = await predicted(reader, card({ looks: looksOf(noisy, noisy, noisy) }));
    assert.equal(unlike?.isUnlike, true);
    assert.ok(unlike?.reasons.includes('less noise'), unlike?.reasons.join());
    assert.equal(warnings.length, 1);
    assert.match(
      warnings[0],
      /is unlike the images that nuclei v1 was trained on: .*less noise.* \(\d+\.\d, expected up to \d/,
    );
  });

  it('is that of the time point that differs most', async () => {
    const [calm, noisy] = [image([1, 2, 1, 200, 180]), image([1, 2, 1, 200, 180], 6000)];
    const { normalisation } = await predicted(calm, card({}));
    const looks = looksOf(await byHand(calm, normalisation));
    const both = new MemoryReader(
      Uint16Array.from([calm, noisy].flatMap(({ data }) => Array.from(data))),
      [2, 2, 1, 200, 180],
      'uint16',
    );
    const [first, second, together] = await Promise.all(
      [calm, noisy, both].map((one) => predicted(one, card({ looks }))),
    );
    assert.ok((first.unlike?.distance ?? 9) < 0.1 && (second.unlike?.distance ?? 0) > 1);
    assert.ok(Math.abs((together.unlike?.distance ?? 0) - (second.unlike?.distance ?? 0)) < 0.3);
  });

  it('leaves out windows that the file does not hold whole', async () => {
    const reader = image([1, 2, 1, 200, 180]);
    const { normalisation } = await predicted(reader, card({}));
    const looks = looksOf(await byHand(reader, normalisation));
    const { corners } = appearanceWindows([1, 200, 180]);
    const end = Math.max(...corners.map(([, y]) => y)) + 10;
    const none = reader.data.slice();
    const partly = Object.assign(new MemoryReader(none, [1, 2, 1, 200, 180], 'uint16'), {
      coverage: ({ start, size }: Region): Coverage =>
        Uint8Array.from({ length: count(size) }, (_, i) =>
          start[3] + (Math.floor(i / size[4]) % size[3]) < end ? 1 : 0,
        ),
    });
    // what is not held reads 0
    for (let i = 0; i < none.length; i++) if (Math.floor(i / 180) % 200 >= end) none[i] = 0;
    const { unlike } = await predicted(partly, card({ looks }));
    assert.ok((unlike?.distance ?? 9) < 0.5, `${unlike?.distance}`);
    const nothing = Object.assign(new MemoryReader(none, [1, 2, 1, 200, 180], 'uint16'), {
      coverage: ({ size }: Region): Coverage => new Uint8Array(count(size)),
    });
    assert.equal((await predicted(nothing, card({ looks }))).unlike, undefined);
  });
});
