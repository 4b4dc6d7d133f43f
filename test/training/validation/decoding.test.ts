import assert from 'node:assert/strict';
import type { Zyx } from '../../../src/image/region';
import { objectTargets } from '../../../src/objects/targets';
import {
  addDecodings,
  chooseDecoding,
  type DecodedTruth,
  emptyTally,
  sumOfTallies,
} from '../../../src/training/validation/decoding';

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

async function chosenOf(...images: DecodedTruth[]) {
  const tally = emptyTally();
  for (const image of images) await addDecodings(tally, image);
  const chosen = chooseDecoding(tally, 0.45);
  assert.ok(chosen);
  return chosen;
}

describe('the choice of a way to decode', () => {
  it('keeps what nobody chose where that is perfect, with the threshold that the Dice chose', async () => {
    const { settings, meanAveragePrecision, averagePrecision, ofDefaults } = await chosenOf(perfect());
    assert.deepEqual(settings, {
      ...{ foreground: 0.45, seedCentre: 0.5, seedBoundary: 0.5, smoothing: 1.6, minimumSize: 0 },
    });
    assert.deepEqual([meanAveragePrecision, averagePrecision, ofDefaults], [1, 1, 1]);
  });

  it('asks for the size below which what was found is wrong', async () => {
    const image = perfect();
    for (const at of [2 * 64 + 60, 45 * 64 + 3, 45 * 64 + 60]) {
      for (const i of [at, at + 1, at + 64]) image.maps[i] = 1;
    }
    const { settings, averagePrecision, ofDefaults } = await chosenOf(image);
    // Not 10: next to it lies none at all, which lets specks pass.
    assert.equal(settings.minimumSize, 20);
    assert.equal(averagePrecision, 1);
    assert.equal(ofDefaults, 5 / 8);
  });

  it('looks for seeds closer to the boundary where distances are told too small', async () => {
    const image = perfect();
    for (let i = voxels; i < 2 * voxels; i++) image.maps[i] *= 0.45;
    const { settings, meanAveragePrecision, ofDefaults } = await chosenOf(image);
    assert.equal(settings.seedBoundary, 0.3);
    assert.ok(meanAveragePrecision > ofDefaults);
  });

  it('takes as foreground what the threshold says', async () => {
    const image = perfect();
    for (let i = 0; i < voxels; i++) if (image.maps[i] === 0 && (i >> 3) % 7 === 0) image.maps[i] = 0.6;
    assert.ok((await chosenOf(image)).ofDefaults < 1);
    assert.equal((await chosenOf({ ...image, foreground: 0.7 })).ofDefaults, 1);
  });

  it('judges nothing where nothing is known, counts images together, and says nothing of none', async () => {
    const image = perfect();
    const [one, other] = [emptyTally(), emptyTally()];
    await addDecodings(one, image);
    await addDecodings(other, { ...image, weight: image.weight.map((_, i) => (i % 64 < 40 ? 1 : 0)) });
    assert.deepEqual([one.truths, other.truths], [5, 4]);
    const sum = sumOfTallies([one, other]);
    assert.equal(sum.truths, 9);
    assert.equal(sum.found[0], one.found[0] + other.found[0]);
    assert.equal(chooseDecoding(emptyTally(), 0.5), null);
  });

  it('ends when it is cancelled', async () => {
    await assert.rejects(addDecodings(emptyTally(), perfect(), AbortSignal.abort()), { code: 'cancelled' });
  });
});
