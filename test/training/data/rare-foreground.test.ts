import assert from 'node:assert/strict';
import type { Zyx } from '../../../src/image/region';

import { fillPatchPixels, type PatchSource } from '../../../src/patches/patch-pixels';
import { SamplingIndexBuilder } from '../../../src/patches/sampling-index';
import { loadTrainingData } from '../../../src/training/data/load-images';
import { rareForeground, rareNote } from '../../../src/training/data/rare-foreground';
import { defaultRecipe } from '../../../src/training/recipe';
import { SETTINGS, useTrainings } from '../fixtures';

/** An image of squares of foreground, side by side from the upper left corner, 32 apart. */
function imageOf(shape: Zyx, squares: number, side: number): PatchSource {
  const [depth, height, width] = shape;
  const target = new Uint8Array(depth * height * width);
  const columns = Math.floor(width / 32);
  for (let n = 0; n < squares; n++) {
    const [top, left] = [8 + 32 * Math.floor(n / columns), 8 + 32 * (n % columns)];
    for (let y = top; y < top + side; y++) target.fill(1, y * width + left, y * width + left + side);
  }
  const builder = new SamplingIndexBuilder(shape);
  builder.addRows(0, 0, target, null);
  const normalisation = [{ low: 0, high: 1, mean: 0, std: 1 }];
  const window = { start: [0, 0, 0] as Zyx, end: shape };
  const pixels = { shape, window, raw: target, target, weight: null, normalisation, trainable: null };
  const read: PatchSource['read'] = async (start, size, into) => fillPatchPixels(pixels, start, size, into);
  return { channels: 1, anisotropy: 1, index: builder.build(), read };
}

describe('training/data/rare-foreground', () => {
  const plan = { sizeZ: null, sizeY: 64, sizeX: 64, perImage: 8, sampling: 'random', overlap: 0, seed: 0 } as const;
  const decided = { recipe: defaultRecipe(2, true), plan, settings: SETTINGS };

  it('does nothing where foreground is not rare, whatever a single image says', async () => {
    const full = imageOf([1, 256, 256], 64, 16);
    assert.equal(await rareForeground([full], decided), null);
    assert.equal(await rareForeground([imageOf([1, 256, 256], 1, 16), full], decided), null);
  });

  it('smooths by what a patch holds on average', async () => {
    const found = await rareForeground([imageOf([1, 256, 256], 64, 4)], decided);
    assert.equal(found?.share, (64 * 16) / 65536);
    // a patch of 64 x 64 among squares of 4 x 4 that are 32 apart: 4 of them
    assert.ok(Math.abs((found?.diceSmoothing ?? 0) - 64) < 4, `${found?.diceSmoothing}`);
    assert.match(
      rareNote(found as NonNullable<typeof found>),
      /^foreground is rare \(1\.6 % of the pixels\): .* smoothed by 6\d pixels/,
    );
  });

  it('counts patches as they are drawn: centred ones hold an object where others hold none', async () => {
    const image = imageOf([1, 1024, 1024], 1, 4);
    const smoothing = async (sampling: 'random' | 'balanced') =>
      (await rareForeground([image], { ...decided, plan: { ...plan, sampling } }))?.diceSmoothing ?? 0;
    assert.ok((await smoothing('random')) < 2);
    const balanced = await smoothing('balanced');
    assert.ok(balanced >= 8 && balanced < 10, `${balanced}`);
  });

  it('knows the whole of what a thinned index keeps', async () => {
    const image = imageOf([1, 2048, 2048], 4000, 6);
    assert.ok(image.index.foreground.length < image.index.foregroundCount);
    const found = await rareForeground([image], decided);
    // the share of 64 x 64 pixels
    assert.ok(
      Math.abs((found?.diceSmoothing ?? 0) / (4096 * (found?.share ?? 1)) - 1) < 0.1,
      `${found?.diceSmoothing}`,
    );
  });

  it('adds objects where they are few, from the images that have some', async () => {
    const [empty, few] = [imageOf([1, 256, 256], 0, 4), imageOf([1, 256, 256], 9, 4)];
    const found = await rareForeground([empty, few, few], decided);
    assert.equal(found?.objects, 18);
    assert.deepEqual(found?.added, { share: 0.5, donors: [few, few] });
    assert.match(
      rareNote(found as NonNullable<typeof found>),
      /of its about 18 objects one is added to 50 % of the patches$/,
    );
    assert.equal((await rareForeground([few, few, few, few], decided))?.added, null);
    // what a model says may be half an object
    const sure = await rareForeground([few, { ...few, isPredicted: true }], decided);
    assert.deepEqual([sure?.objects, sure?.added?.donors], [9, [few]]);
    // what is too large to be laid aside is not few
    const large = await rareForeground([imageOf([1, 1024, 1024], 1, 40)], decided);
    assert.deepEqual([large?.objects, large?.added], [0, null]);
  });

  const trainings = useTrainings();
  it('is measured where a threshold is found', async () => {
    const { album, prepare, samples } = trainings;
    const rare = samples().map((sample, k) => {
      const target = album().add(`rare${k}`, [1, 1, 1, 32, 32], (i) => (i % 32 < 4 && i < 128 ? 255 : 0), 'uint8');
      return { ...sample, target };
    });
    for (const [set, validation, expected] of [
      [samples(), 0.25, false],
      [rare, 0.25, true],
      [rare, 0, false],
    ] as const) {
      const data = await loadTrainingData(await prepare({ validation }, [...set]), {
        memoryMB: 10,
        open: album().open,
      });
      const note = data.rare && rareNote(data.rare);
      assert.equal(note?.startsWith('foreground is rare (1.6 %') ?? false, expected);
      await data.close();
    }
  });
});
