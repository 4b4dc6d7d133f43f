import assert from 'node:assert/strict';
import { overlapMetrics } from '../../src/metrics/overlap';
import { type SampleScore, scoresToCsv, summarise, toCsv } from '../../src/metrics/summary';
import { matchObjects } from './match-objects';

function scored(id: string, tp: number, fp: number, fn: number): SampleScore {
  const counts = { truePositive: tp, falsePositive: fp, falseNegative: fn, trueNegative: 1 };
  return { id, counts, overlap: overlapMetrics(counts) };
}

const failed: SampleScore = {
  id: 'bad, "file"',
  failed: { node: 'load-image', error: { name: 'CorruptFileError', code: 'corrupt-file', message: 'cut\nshort' } },
};

describe('metrics/summary', () => {
  it('has means with and without empty truths, the worst and the failed', () => {
    const summary = summarise([scored('a', 1, 0, 0), scored('b', 1, 1, 1), failed, scored('c', 0, 0, 0)]);
    assert.equal(summary.count, 3);
    assert.equal(summary.mean?.dice, 2.5 / 3);
    assert.equal(summary.meanNonEmpty?.dice, 0.75);
    assert.equal(summary.meanNonEmpty?.recall, 0.75);
    assert.deepEqual([summary.emptyReferences, summary.emptyWithFindings], [1, 0]);
    assert.match(summary.notes.join(), /the truth of 1 of 3 samples is empty, .* found in 0 of these/);
    assert.deepEqual(summary.worst, { id: 'b', dice: 0.5 });
    assert.deepEqual(summary.failed, [{ id: 'bad, "file"', node: 'load-image', message: 'cut\nshort' }]);
    assert.equal(summary.csv.split('\n')[0].split(',')[0], 'id');
    assert.ok(!('objectAp' in (summary.mean ?? {})));
  });

  it('tells of empty truths in which something was found, and notes nothing without any', () => {
    const { emptyReferences, emptyWithFindings, mean, meanNonEmpty } = summarise([
      ...[scored('a', 0, 0, 9), scored('b', 0, 0, 0), scored('c', 0, 0, 0), scored('d', 0, 3, 0)],
    ]);
    assert.deepEqual([emptyReferences, emptyWithFindings], [3, 1]);
    assert.deepEqual([mean?.dice, meanNonEmpty?.dice], [0.5, 0]);
    assert.deepEqual(summarise([scored('a', 1, 0, 0)]).notes, []);
  });

  it('has object means of the samples with objects', () => {
    const objects = matchObjects(Uint8Array.of(1, 0, 2), Uint8Array.of(1, 0, 0));
    const { mean } = summarise([{ ...scored('a', 1, 1, 0), objects } as SampleScore, scored('b', 1, 0, 0)]);
    assert.equal(mean?.objectAp, 0.5);
    assert.equal(mean?.objectRecall, 1);
    assert.equal(mean?.objectF1, 2 / 3);
  });

  it('has means of surfaces where there are any, and counts infinite distances instead of dropping them', () => {
    const surface = { nsd: 0.5, hd95: 3, meanDistance: 1, predicted: 9, truth: 9 };
    const infinite = { ...surface, nsd: 0, hd95: null, meanDistance: null, predicted: 0 };
    const scores = [
      { ...scored('a', 1, 1, 0), surface, ece: 0.25 },
      { ...scored('b', 0, 0, 4), surface: infinite, ece: null },
      { ...scored('c', 1, 0, 0), surface: null },
    ];
    const { mean, infiniteHd95, csv } = summarise(scores);
    assert.deepEqual([mean?.nsd, mean?.hd95, mean?.ece, infiniteHd95], [0.25, 3, 0.25, 1]);
    const ends = csv
      .trimEnd()
      .split('\n')
      .map((line) => line.split(',').slice(-9, -4).join());
    const wanted = ['nsd,hd95,mean_surface_distance,ece,mean_matched_iou', '0.5,3,1,0.25,', '0,inf,inf,,', ',,,,'];
    assert.deepEqual(ends, wanted);
    assert.deepEqual(Object.keys(summarise([scored('a', 1, 1, 0)]).mean ?? {}), ['dice', 'iou', 'precision', 'recall']);
  });

  it('says null where nothing was compared', () => {
    const summary = summarise([failed]);
    assert.equal(summary.mean, null);
    assert.equal(summary.meanNonEmpty, null);
    assert.equal(summary.worst, null);
    assert.equal(summary.count, 0);
    assert.equal(summary.failed.length, 1);
  });

  it('writes CSV with a column for every number', () => {
    const [header, first] = scoresToCsv([scored('a', 1, 1, 1), failed]).split('\n');
    assert.equal(
      header,
      'id,dice,iou,precision,recall,true_positive,false_positive,false_negative,true_negative,empty_reference,' +
        'object_ap,object_precision,object_recall,object_f1,' +
        'objects_true_positive,objects_false_positive,objects_false_negative,predicted_dice,' +
        'object_ap_mean,panoptic_quality,nsd,hd95,mean_surface_distance,ece,mean_matched_iou,splits,merges,count_error,failed',
    );
    assert.equal(first, `a,0.5,${1 / 3},0.5,0.5,1,1,1,1,false,,,,,,,,,,,,,,,,,,,`);
    assert.ok(scoresToCsv([failed]).endsWith(`"bad, ""file""",,,,,,,,,,,,,,,,,,,,,,,,,,,,"load-image: cut\nshort"\n`));
  });

  it('says how far expected Dice were off, of the samples that had one', () => {
    const one = { ...scored('a', 1, 1, 1), predictedDice: 0.7 };
    const other = { ...scored('b', 1, 0, 0), predictedDice: 0.9 };
    const { predicted, csv } = summarise([one, other, scored('c', 1, 0, 0), failed]);
    assert.equal(predicted?.count, 2);
    assert.ok(Math.abs((predicted?.meanAbsoluteDifference ?? 0) - 0.15) < 1e-12);
    assert.match(csv.split('\n')[1], /,0\.7,,,,,,,,,,,$/);
    assert.equal(summarise([scored('a', 1, 1, 1)]).predicted, null);
  });

  it('quotes what has commas, quotes or line breaks', () => {
    assert.equal(
      toCsv([['a,b', 'c"d', 'e\nf', 1.5, true, null, undefined, ' g']]),
      '"a,b","c""d","e\nf",1.5,true,,, g\n',
    );
  });
});
