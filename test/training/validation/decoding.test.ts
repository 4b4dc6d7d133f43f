import assert from 'node:assert/strict';
import type { Zyx } from '../../../src/image/region';
import { objectTargets } from '../../../src/objects/targets';
import { chooseDecoding } from '../../../src/training/validation/decoding-choice';
import {
  addDecodings,
  type DecodedTruth,
  type DecodingTally,
  emptyTally,
  sumOfTallies,
} from '../../../src/training/validation/decoding-tally';

const SIZE: Zyx = [1, 48, 64];
const voxels = 48 * 64;

/** Discs that touch in pairs, numbered; the maps are what a perfect network says. */
function perfect(): DecodedTruth {
  const centres = [
    [12, 12],
    [12, 25],
    [34, 14],
    [34, 27],
    [22, 50],
  ];
  const numbers = new Int32Array(voxels);
  for (const [label, [y, x]] of centres.entries()) {
    for (let i = 0; i < voxels; i++) {
      const distance = ((Math.floor(i / 64) - y) ** 2 + ((i % 64) - x) ** 2) ** 0.5;
      if (distance < 7.5 && numbers[i] === 0) numbers[i] = label + 1;
    }
  }
  const { foreground, boundary, centre } = objectTargets(numbers, SIZE, [1, 1, 1]);
  const maps = new Float32Array(3 * voxels);
  maps.set(foreground);
  maps.set(boundary, voxels);
  maps.set(centre, 2 * voxels);
  return { maps, numbers, weight: new Uint8Array(voxels).fill(1), size: SIZE, spacing: [1, 1, 1], foreground: 0.5 };
}

async function tallyOf(image: DecodedTruth): Promise<DecodingTally> {
  const tally = emptyTally();
  await addDecodings(tally, image);
  return tally;
}

/** The choice by folds of some images each. */
async function chosenOf(...folds: DecodedTruth[][]) {
  const tallies: DecodingTally[][] = [];
  for (const images of folds) tallies.push(await Promise.all(images.map(tallyOf)));
  const chosen = chooseDecoding(tallies, 0.45);
  assert.ok(chosen);
  return chosen;
}

/** With specks of three pixels that are no objects. */
function withSpecks(...corners: number[]): DecodedTruth {
  const image = perfect();
  for (const at of corners) for (const i of [at, at + 1, at + 64]) image.maps[i] = 1;
  return image;
}

/** Distances to the boundary are told too small. */
function flat(): DecodedTruth {
  const image = perfect();
  for (let i = voxels; i < 2 * voxels; i++) image.maps[i] *= 0.45;
  return image;
}

/** Between two that touch the distances are told too large to tell them apart by low ones. */
function near(): DecodedTruth {
  const image = perfect();
  for (let y = 9; y < 16; y++) {
    for (let x = 12; x < 26; x++) {
      const at = y * 64 + x;
      image.maps[voxels + at] = Math.max(image.maps[voxels + at], 0.4);
      image.maps[2 * voxels + at] = Math.min(image.maps[2 * voxels + at], 0.4);
    }
  }
  return image;
}

const THREE = [2 * 64 + 60, 45 * 64 + 3, 45 * 64 + 60];
const USUAL = { foreground: 0.45, seedCentre: 0.5, seedBoundary: 0.5, smoothing: 1.6, minimumSize: 0 };

describe('the choice of a way to decode', () => {
  it('keeps what nobody chose where that is perfect, with the threshold that the Dice chose', async () => {
    const { settings, ...precisions } = await chosenOf([perfect(), perfect()]);
    assert.deepEqual(settings, USUAL);
    assert.deepEqual(precisions, { meanAveragePrecision: 1, averagePrecision: 1, ofDefaults: 1 });
  });

  it('drops what is smaller than nearly all true objects, once so many tell', async () => {
    const images = Array.from({ length: 20 }, () => withSpecks(...THREE));
    const { settings, averagePrecision, meanAveragePrecision, ofDefaults } = await chosenOf(images);
    // Discs of 176 and 169 pixels.
    assert.deepEqual(settings, { ...USUAL, minimumSize: 128 });
    assert.deepEqual([averagePrecision, meanAveragePrecision, ofDefaults], [1, 1, 5 / 8]);
    assert.equal((await chosenOf(images.slice(0, 19))).settings.minimumSize, 0);
  });

  it('drops no size that true objects have, though a network does not find them', async () => {
    const images = Array.from({ length: 21 }, () => withSpecks(...THREE));
    // 3 of 108 that nothing finds, of 9 pixels.
    for (const { numbers } of images.slice(0, 3)) {
      for (const i of [0, 1, 2]) for (const x of [2, 3, 4]) numbers[(2 + i) * 64 + x] = 6;
    }
    assert.deepEqual((await chosenOf(images)).settings, { ...USUAL, minimumSize: 8 });
  });

  it('looks for seeds closer to the boundary where distances are told too small', async () => {
    const { settings, meanAveragePrecision, ofDefaults } = await chosenOf([flat()], [flat()]);
    assert.deepEqual(settings, { ...USUAL, seedBoundary: 0.3 });
    assert.ok(meanAveragePrecision > ofDefaults);
  });

  it('keeps the seeds that nobody chose where one image tells, or some of several, or a fold loses', async () => {
    assert.deepEqual((await chosenOf([flat()])).settings, USUAL);
    const { settings, meanAveragePrecision, ofDefaults } = await chosenOf([flat(), perfect(), perfect(), perfect()]);
    assert.deepEqual(settings, USUAL);
    assert.equal(meanAveragePrecision, ofDefaults);
    const many = Array.from({ length: 40 }, () => flat());
    assert.equal((await chosenOf(many, [perfect()])).settings.seedBoundary, 0.3);
    // Of two that touch these seeds make one.
    assert.equal((await chosenOf(many, [near()])).settings.seedBoundary, 0.5);
  });

  it('takes as foreground what the threshold says', async () => {
    const image = perfect();
    for (let i = 0; i < voxels; i++) if (image.maps[i] === 0 && (i >> 3) % 7 === 0) image.maps[i] = 0.6;
    assert.ok((await chosenOf([image])).ofDefaults < 1);
    assert.equal((await chosenOf([{ ...image, foreground: 0.7 }])).ofDefaults, 1);
  });

  it('judges nothing where nothing is known, adds images up, and says nothing of none', async () => {
    const image = perfect();
    const one = await tallyOf(image);
    const other = await tallyOf({ ...image, weight: image.weight.map((_, i) => (i % 64 < 40 ? 1 : 0)) });
    assert.deepEqual([one.truths, other.truths], [5, 4]);
    const sum = sumOfTallies([one, other]);
    assert.equal(sum.truths, 9);
    assert.equal(sum.found[0], one.found[0] + other.found[0]);
    assert.deepEqual(one.smaller, [0, 0, 0, 0, 0, 0, 5, 5]);
    assert.equal(chooseDecoding([[emptyTally()]], 0.5), null);
  });

  it('ends when it is cancelled', async () => {
    await assert.rejects(addDecodings(emptyTally(), perfect(), AbortSignal.abort()), { code: 'cancelled' });
  });
});
