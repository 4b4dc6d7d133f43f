import assert from 'node:assert/strict';
import { Random } from '../../../src/base/random';
import type { Zyx } from '../../../src/image/region';
import { type PatchPixels, resize } from '../../../src/patches/patch-pixels';
import { looksOf } from '../../../src/training/data/looks';
import { measureAppearance } from '../../../src/trust/appearance';
import { trainingLooks, unlikeness } from '../../../src/trust/looks';

const SHAPE: Zyx = [2, 150, 140];

/** An image of two channels whose noise is its own; a part of it may be excluded. */
function image(seed: number, included: (at: Zyx) => boolean = () => true) {
  const random = new Random(seed);
  const values = Float32Array.from({ length: 2 * 2 * 150 * 140 }, () => random.normal());
  const read = async ([z0, y0, x0]: Readonly<Zyx>, size: Readonly<Zyx>, into: PatchPixels): Promise<void> => {
    resize(into, 2, size);
    let i = 0;
    for (let c = 0; c < 2; c++) {
      for (let z = z0; z < z0 + size[0]; z++) {
        for (let y = y0; y < y0 + size[1]; y++) {
          for (let x = x0; x < x0 + size[2]; x++) {
            if (c === 0) into.weight[i] = included([z, y, x]) ? 1 : 0;
            into.image[i++] = values[((c * 2 + z) * 150 + y) * 140 + x];
          }
        }
      }
    }
  };
  return { channels: 2, shape: SHAPE, read, values };
}

const byHand = ({ values }: { values: Float32Array }) =>
  measureAppearance({ shape: SHAPE, channels: 2 }, async ([z, y0, x0], [, height, width]) => {
    const window = new Float32Array(2 * height * width);
    for (let i = 0; i < window.length; i++) {
      const [c, y, x] = [Math.floor(i / (height * width)), Math.floor(i / width) % height, i % width];
      window[i] = values[((c * 2 + z) * 150 + y0 + y) * 140 + x0 + x];
    }
    return window;
  });

describe('how the images of a training look', () => {
  it('is what their windows say, by file', async () => {
    const files = [[image(1), image(2)], [image(3)]];
    const expected = await Promise.all(files.map((images) => Promise.all(images.map(byHand))));
    const whole = expected.map((appearances) => appearances.filter((one) => one !== null));
    assert.deepEqual(
      whole.map(({ length }) => length),
      [2, 1],
    );
    assert.deepEqual(await looksOf(files), trainingLooks(whole));
  });

  it('leaves out what is excluded, as far as there is anything else', async () => {
    const looks = await looksOf([[image(1)], [image(2)]]);
    const half = await looksOf([[image(1, ([, y]) => y < 75)], [image(2)]]);
    assert.ok(looks && half);
    assert.notDeepEqual(half, looks);
    // Each window has something excluded.
    const dotted = await looksOf([[image(1, ([, y]) => y % 9 > 0)], [image(2)]]);
    assert.deepEqual(dotted, looks);
    assert.equal((await looksOf([[image(1, () => false)], [image(2)]]))?.distances.length, 0);
    assert.equal(await looksOf([[image(1, () => false)], []]), null);
    const own = await byHand(image(2));
    assert.ok(own && unlikeness(looks, own)?.isUnlike === false);
  });

  it('ends when it is cancelled', async () => {
    await assert.rejects(looksOf([[image(1)]], AbortSignal.abort()), { name: 'CancelledError' });
  });
});
