import assert from 'node:assert/strict';
import type { Sample } from '../../../src/samples/sample';
import { loadTrainingData } from '../../../src/training/data/load-images';
import { prepareTraining } from '../../../src/training/prepare';
import { Album, SETTINGS } from '../fixtures';

describe('training/check-images', () => {
  let album: Album;
  before(() => {
    album = new Album();
  });
  after(() => album.remove());

  /** A square of its own grey values. */
  function field(id: string, value: (i: number) => number, changes: Partial<Sample> = {}): Sample {
    const shape = [1, 1, 1, 32, 32] as [number, number, number, number, number];
    const target = album.add(`${id}-seg`, shape, (i) => (i % 32 < 12 ? 255 : 0), 'uint8');
    return { id, raw: album.add(`${id}-raw`, shape, value), target, ...changes };
  }
  const noise = (seed: number) => (i: number) => 100 + ((i * (7919 + 2 * seed)) % 997);

  async function told(samples: Sample[]) {
    const preparation = await prepareTraining({ samples, settings: { ...SETTINGS, validation: 0.25 }, start: null });
    const from = async (memoryMB: number) => {
      const { warnings, notes, close } = await loadTrainingData(preparation, { memoryMB, open: album.open });
      await close();
      return { warnings, notes };
    };
    const held = await from(0);
    assert.deepEqual(await from(1e-9), held, 'whether images are held in memory or not');
    return held;
  }
  const sized = (sample: Sample, y: number): Sample => ({
    ...sample,
    raw: { ...sample.raw, pixelSize: { z: null, y, x: y } },
  });

  it('has nothing to say of sound images', async () => {
    const samples = [1, 2, 3].map((seed) => field(`f${seed}`, noise(seed)));
    assert.deepEqual((await told(samples)).warnings, []);
  });

  it('tells of constant and saturated images, of mixed pixel sizes and of channels of other names', async () => {
    const flat = field('flat', () => 7);
    const bright = field('bright', (i) => (i % 3 === 0 ? 65535 : 100 + (i % 997)));
    const named = field('named', noise(4));
    const other = { ...named, raw: { ...named.raw, channels: [{ index: 0, name: 'GFP' }] } };
    const samples = [
      sized(field('a', noise(1)), 0.5),
      sized(field('b', noise(2)), 0.5),
      sized(field('c', noise(3)), 2),
    ];
    const { warnings } = await told([...samples, flat, bright, other]);
    for (const text of [
      /^raw of flat is constant: every pixel is 7$/,
      /^raw of bright is saturated: 33 % of the pixels are 65535/,
      /^1 of 3 raw images have other pixels along y, up to 2 µm \(c\)/,
      /channel names "GFP" in 1 of 6 images/,
    ]) {
      assert.ok(
        warnings.some((warning) => text.test(warning)),
        `${text} in ${warnings.join('\n')}`,
      );
    }
  });

  it('tells of the same pixels twice, and where they judge what was learned from them', async () => {
    const twice = [field('a', noise(1)), field('b', noise(2)), field('b-copy', noise(2))];
    assert.deepEqual((await told(twice)).warnings, ['the raw images of b, b-copy hold the same pixels']);
    const leak = [twice[0], { ...twice[1], split: 'val' as const }, twice[2]];
    assert.deepEqual((await told(leak)).warnings, [
      'the raw images of b-copy, b hold the same pixels, in training and in validation, which then says how well they were learned by heart',
    ]);
    const tested: Sample = { ...twice[0], id: 'tested', split: 'test' };
    const { warnings } = await told([twice[0], twice[1], tested]);
    assert.match(String(warnings), /^the raw images of a, tested hold the same pixels, in training and in test, /);
  });
});
