import assert from 'node:assert/strict';
import { Random } from '../../src/base/random';
import { addOverlap, meanDice, noOverlap, overlapMetrics } from '../../src/metrics/overlap';

describe('metrics/overlap', () => {
  it('counts chunk by chunk what a loop over voxels counts', () => {
    const random = new Random(31);
    const n = 40000;
    const predicted = Uint8Array.from({ length: n }, () => (random.chance(0.4) ? 255 : 0));
    const truth = Uint16Array.from({ length: n }, () => (random.chance(0.5) ? random.integer(300) : 0));
    const weight = Float32Array.from({ length: n }, () => (random.chance(0.8) ? 1 : 0));
    const counts = noOverlap();
    addOverlap(counts, predicted.subarray(0, 17), truth.subarray(0, 17), weight.subarray(0, 17));
    addOverlap(counts, predicted.subarray(17), truth.subarray(17), weight.subarray(17));
    const at = (p: boolean, t: boolean) =>
      [...weight.keys()].filter((i) => weight[i] && predicted[i] > 0 === p && truth[i] > 0 === t).length;
    assert.deepEqual(counts, {
      truePositive: at(true, true),
      falsePositive: at(true, false),
      falseNegative: at(false, true),
      trueNegative: at(false, false),
    });
  });

  it('computes Dice, IoU, precision and recall', () => {
    const metrics = overlapMetrics({ truePositive: 6, falsePositive: 2, falseNegative: 4, trueNegative: 88 });
    assert.deepEqual(metrics, { dice: 12 / 18, iou: 0.5, precision: 0.75, recall: 0.6, emptyReference: false });
  });

  it('is 1 with a flag where both are empty, 0 where one is, never NaN', () => {
    const empty = { truePositive: 0, falsePositive: 0, falseNegative: 0, trueNegative: 5 };
    assert.deepEqual(overlapMetrics(empty), { dice: 1, iou: 1, precision: 1, recall: 1, emptyReference: true });
    const zero = { dice: 0, iou: 0, precision: 0, recall: 0 };
    assert.deepEqual(overlapMetrics({ ...empty, falsePositive: 3 }), { ...zero, emptyReference: true });
    assert.deepEqual(overlapMetrics({ ...empty, falseNegative: 3 }), { ...zero, emptyReference: false });
  });

  it('leaves excluded voxels out of every count, NaN among them', () => {
    const counts = noOverlap();
    addOverlap(counts, Uint8Array.of(1, 0, 1), Float32Array.of(Number.NaN, 1, 1), Uint8Array.of(0, 0, 255));
    assert.deepEqual(counts, { truePositive: 1, falsePositive: 0, falseNegative: 0, trueNegative: 0 });
  });

  it('refuses different sizes and NaN', () => {
    assert.throws(() => addOverlap(noOverlap(), new Uint8Array(3), new Uint8Array(4), null), {
      code: 'invalid-input',
      message: /same number of pixels, got \[3,4\]/,
    });
    assert.throws(() => addOverlap(noOverlap(), Uint8Array.of(1), Float32Array.of(Number.NaN), null), {
      message: /1 pixels are NaN/,
    });
  });
});

const counts = (truePositive: number, falsePositive: number, falseNegative: number) => ({
  ...{ truePositive, falsePositive, falseNegative },
  trueNegative: 1000,
});

describe('the mean Dice of images', () => {
  it('is the mean of the images with foreground, whatever their size', () => {
    assert.equal(meanDice([counts(1, 1, 1), counts(900, 0, 0)]), 0.75);
  });

  it('is the same with any number of empty images in which nothing is found', () => {
    const full = [counts(3, 1, 2), counts(10, 4, 0)];
    assert.equal(meanDice([...full, ...Array.from({ length: 20 }, () => counts(0, 0, 0))]), meanDice(full));
  });

  it('takes what is found in an empty image for false: with one other image, the Dice of all pixels', () => {
    assert.equal(meanDice([counts(10, 2, 4), counts(0, 5, 0), counts(0, 9, 0)]), 20 / (20 + 2 + 4 + 14));
  });

  it('shares it among the others by their foreground, so that a sparse one is not drowned', () => {
    assert.equal(meanDice([counts(90, 0, 0), counts(10, 0, 0), counts(0, 100, 0)]), 2 / 3);
  });

  it('does not prefer a model that finds nothing', () => {
    const nothing = [counts(0, 0, 50), counts(0, 0, 0), counts(0, 0, 0)];
    const something = [counts(40, 10, 10), counts(0, 20, 0), counts(0, 0, 0)];
    assert.equal(meanDice(nothing), 0);
    assert.ok(meanDice(something) > 0.6);
  });

  it('refuses to judge by empty images alone', () => {
    assert.throws(() => meanDice([counts(0, 0, 0), counts(0, 7, 0)]), { message: /at least one with foreground/ });
  });
});
