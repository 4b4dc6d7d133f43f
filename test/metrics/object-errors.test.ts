import assert from 'node:assert/strict';
import { ObjectOverlap } from '../../src/metrics/object-matching';
import { summarise } from '../../src/metrics/summary';
import { goldenObjects, unpacked } from '../objects/golden';

interface Case {
  shape: number[];
  predicted: string;
  truth: string;
  at: Array<{ tp: number; fp: number; fn: number; ap: number; pq: number; iou: number }>;
  splits: number;
  merges: number;
  countError: number;
}

const close = (got: number, expected: number, what: string) => assert.ok(Math.abs(got - expected) < 1e-12, what);

describe('objects found wrong', () => {
  for (const wanted of goldenObjects<Case>('matching')) {
    it(`are counted as NumPy and SciPy count them, in ${wanted.shape}`, () => {
      const overlap = new ObjectOverlap();
      overlap.add(unpacked('int32', wanted.predicted), unpacked('int32', wanted.truth), null);
      for (const [k, { tp, fp, fn, ap, pq, iou }] of wanted.at.entries()) {
        const got = overlap.match((50 + 5 * k) / 100);
        assert.deepEqual([got.truePositive, got.falsePositive, got.falseNegative], [tp, fp, fn]);
        close(got.averagePrecision, ap, 'AP');
        close(got.panopticQuality, pq, 'PQ');
        close(got.meanMatchedIou, iou, 'IoU');
      }
      const { splits, merges, countError } = wanted;
      assert.ok(splits + merges > 0);
      assert.deepEqual(overlap.errors(), { splits, merges, countError });
    });
  }

  it('are none where the larger part lies elsewhere', () => {
    const overlap = new ObjectOverlap();
    // The second predicted object lies half in the true one, and half outside.
    overlap.add(Uint8Array.of(1, 1, 1, 2, 2, 0), Uint8Array.of(5, 5, 5, 5, 0, 0), null);
    assert.deepEqual(overlap.errors(), { splits: 0, merges: 0, countError: 1 });
  });

  it('are added up over a set, where each object counts the same', () => {
    const scored = (predicted: number[], truth: number[]) => {
      const overlap = new ObjectOverlap();
      overlap.add(Uint8Array.from(predicted), Uint8Array.from(truth), null);
      const counts = { truePositive: 1, falsePositive: 0, falseNegative: 0, trueNegative: 0 };
      const shares = { dice: 1, iou: 1, precision: 1, recall: 1, emptyReference: false };
      return { id: 'a', counts, overlap: shares, objects: { ...overlap.match(), ...overlap.errors() } };
    };
    const { objects, csv } = summarise([scored([1, 2, 0, 3, 3], [1, 2, 4, 3, 3]), scored([1, 1, 1, 2], [1, 1, 2, 2])]);
    assert.deepEqual(objects, {
      ...{ truePositive: 5, falsePositive: 0, falseNegative: 1, averagePrecision: 5 / 6, f1: 10 / 11 },
      meanMatchedIou: (3 + 2 / 3 + 1 / 2) / 5,
      panopticQuality: (2 * (3 + 2 / 3 + 1 / 2)) / 11,
      ...{ splits: 0, merges: 0, countError: -1 },
    });
    assert.match(csv.split('\n')[0], /,splits,merges,count_error,/);
    assert.equal(summarise([]).objects, null);
  });
});
