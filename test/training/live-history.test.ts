import assert from 'node:assert/strict';
import { metricsCsv, parseMetricsCsv, thinnedHistory } from '../../src/training/history';
import { joinHistories, LiveHistory } from '../../src/training/live-history';
import type { TrainProgress } from '../../src/training/settings';

const row = (epoch: number, validationDice: number | null = null) => ({
  ...{ epoch, step: 8 * epoch, loss: 1 / epoch, validationDice, threshold: validationDice === null ? null : 0.4 },
  ...{ learningRate: 1e-3, seconds: 2.5 * epoch },
});
const report = (epoch: number, more: Partial<TrainProgress> = {}): TrainProgress => ({
  ...{ done: 8 * epoch, total: 80, ...row(epoch), validationDice: null, remaining: 1, epochEnd: true, ...more },
});

describe('the history of a training', () => {
  it('is read from its text as it was written, without a row that was cut', () => {
    const history = [row(1), row(2, 0.75), row(3)];
    const text = metricsCsv(history);
    assert.deepEqual(parseMetricsCsv(text), history);
    assert.deepEqual(parseMetricsCsv(text.slice(0, -20)), history.slice(0, 2));
    assert.deepEqual(parseMetricsCsv(''), []);
  });

  it('is thinned evenly, with its ends and its validations', () => {
    const history = Array.from({ length: 1000 }, (_, i) => row(i + 1, i % 100 === 99 ? 0.5 : null));
    const thin = thinnedHistory(history, 50);
    assert.equal(thin.length, 50);
    assert.deepEqual([thin[0].epoch, thin[49].epoch], [1, 1000]);
    assert.equal(thin.filter(({ validationDice }) => validationDice !== null).length, 10);
    assert.ok(thin.every(({ step }, i) => i === 0 || step > thin[i - 1].step));
    assert.deepEqual(thinnedHistory(history.slice(0, 50), 50), history.slice(0, 50));
  });

  it('goes on from reports: a fold’s Dice comes after its last epoch, and a lost worker reports again', () => {
    const live = new LiveHistory();
    for (const epoch of [1, 2]) live.add(report(epoch));
    live.add(report(3, { epochEnd: false, validationDice: 0.6, validatedEpoch: 2 }));
    live.add(report(3, { validationDice: 0.6, validatedEpoch: 2 }));
    assert.deepEqual(
      live.rows.map(({ validationDice }) => validationDice),
      [null, 0.6, null],
    );
    live.add(report(2, { validationDice: null }));
    assert.deepEqual(
      live.rows.map(({ epoch }) => epoch),
      [1, 2],
    );
    for (let epoch = 3; epoch < 9000; epoch++) live.add(report(epoch));
    assert.ok(live.rows.length <= 4001 && live.rows.at(-1)?.epoch === 8999);
  });

  it('joins what is saved and what was reported since', () => {
    const saved = [row(1), { ...row(2), validationDice: null, threshold: null }];
    const live = [
      { ...row(2, 0.6), threshold: null },
      { ...row(3), threshold: null },
    ];
    assert.deepEqual(joinHistories(saved, live), [row(1), { ...row(2, 0.6), threshold: null }, row(3)]);
    assert.deepEqual(joinHistories([], live), live);
  });
});
