import assert from 'node:assert/strict';
import { Random } from '../../src/base/random';
import { ObjectOverlap } from '../../src/metrics/object-matching';
import { matchObjects } from './match-objects';

/** The largest number of pairs with IoU >= threshold, by trying every assignment. */
function mostPairs(predicted: Int32Array, truth: Int32Array, threshold: number): number {
  const labels = (image: Int32Array) => [...new Set(image)].filter((label) => label !== 0);
  const trueLabels = labels(truth);
  const reaches = labels(predicted).map((p) =>
    trueLabels.map((t) => {
      const both = predicted.filter((v, i) => v === p && truth[i] === t).length;
      const either = predicted.filter((v, i) => v === p || truth[i] === t).length;
      return both / either >= threshold;
    }),
  );
  const search = (row: number, taken: ReadonlySet<number>): number => {
    if (row === reaches.length) return 0;
    let best = search(row + 1, taken);
    reaches[row].forEach((ok, column) => {
      if (ok && !taken.has(column)) best = Math.max(best, 1 + search(row + 1, new Set([...taken, column])));
    });
    return best;
  };
  return search(0, new Set());
}

describe('metrics/object-matching', () => {
  it('matches as many pairs as an exhaustive search', () => {
    const random = new Random(41);
    for (let round = 0; round < 200; round++) {
      // Short stretches, so that an IoU of exactly one half is common.
      const stretches = () => {
        const image: number[] = [];
        while (image.length < 24) image.push(...new Array(1 + random.integer(4)).fill(random.integer(5)));
        return Int32Array.from(image.slice(0, 24));
      };
      const [predicted, truth] = [stretches(), stretches()];
      for (const threshold of [0.5, 0.75])
        assert.equal(
          matchObjects(predicted, truth, null, threshold).truePositive,
          mostPairs(predicted, truth, threshold),
          `${predicted} | ${truth}`,
        );
    }
  });

  it('takes one partner of two at an IoU of exactly one half', () => {
    const whole = Uint8Array.of(7, 7, 7, 7);
    const halves = Uint8Array.of(1, 1, 2, 2);
    for (const [predicted, truth, fp, fn] of [
      [whole, halves, 0, 1],
      [halves, whole, 1, 0],
    ] as const) {
      const metrics = matchObjects(predicted, truth);
      assert.equal(metrics.truePositive, 1);
      assert.equal(metrics.falsePositive, fp);
      assert.equal(metrics.falseNegative, fn);
      assert.equal(metrics.averagePrecision, 0.5);
      assert.equal(metrics.meanMatchedIou, 0.5);
      assert.equal(metrics.f1, 2 / 3);
    }
  });

  it('drops excluded voxels from both images', () => {
    const predicted = Uint16Array.of(1, 1, 1, 0, 2, 2, 3, 3);
    const truth = Int32Array.of(9, 0, 0, 0, 8, 8, 0, 0);
    assert.equal(matchObjects(predicted, truth).truePositive, 1);
    const weight = Uint8Array.of(1, 0, 0, 1, 1, 1, 0, 0);
    const metrics = matchObjects(predicted, truth, weight);
    assert.deepEqual(metrics, {
      truePositive: 2,
      falsePositive: 0,
      falseNegative: 0,
      averagePrecision: 1,
      precision: 1,
      recall: 1,
      f1: 1,
      meanMatchedIou: 1,
      panopticQuality: 1,
      emptyReference: false,
    });
  });

  it('is the same in chunks', () => {
    const random = new Random(43);
    const image = () => Uint32Array.from({ length: 50000 }, (_, i) => Math.floor(i / 37 + 0.2 * random.uniform()) % 90);
    const [predicted, truth] = [image(), image()];
    const overlap = new ObjectOverlap();
    for (let i = 0; i < 50000; i += 4999)
      overlap.add(predicted.subarray(i, i + 4999), truth.subarray(i, i + 4999), null);
    const metrics = overlap.match();
    assert.deepEqual(metrics, matchObjects(predicted, truth));
    assert.equal(metrics.truePositive, 89);
  });

  it('is 1 with a flag without any object, 0 where one image has none', () => {
    const none = new Uint8Array(4);
    const one = Uint8Array.of(0, 3, 3, 0);
    const neither = matchObjects(none, none);
    assert.equal(neither.averagePrecision, 1);
    assert.equal(neither.f1, 1);
    assert.ok(neither.emptyReference);
    for (const [predicted, truth] of [
      [none, one],
      [one, none],
    ]) {
      const { averagePrecision, precision, recall, f1, meanMatchedIou } = matchObjects(predicted, truth);
      assert.deepEqual([averagePrecision, precision, recall, f1, meanMatchedIou], [0, 0, 0, 0, 0]);
    }
  });

  it('refuses thresholds below one half, different sizes and NaN', () => {
    assert.throws(() => matchObjects(new Uint8Array(1), new Uint8Array(1), null, 0.4), { message: /0\.5 to 1/ });
    assert.throws(() => matchObjects(new Uint8Array(1), new Uint8Array(2)), { message: /same number/ });
    assert.throws(() => matchObjects(Float32Array.of(Number.NaN), new Uint8Array(1)), { message: /NaN/ });
  });
});
