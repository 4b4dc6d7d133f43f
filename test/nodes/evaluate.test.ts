import assert from 'node:assert/strict';

import evaluate = require('../../nodes/evaluate/evaluate');

import type { SequenceSummary } from '../../nodes/evaluate/sequence-summary';
import { evaluateMetrics } from '../support/job-metrics';
import { FakeHost, untilCancelled } from './fake-host';
import { errorOf, failedSample, image, payloadOf, sample, startFlow, stopFlow, until } from './run-node';

/** The mask of a sample is called by its Dice, say `0.75`. */
const scoring = () => new FakeHost().on('evaluate', ({ predicted }) => evaluateMetrics(Number(predicted.id)));
const scored = (id: string, dice: number) => sample(id, { seg1: image('seg1'), mask: image(String(dice)) });

describe('evaluate', () => {
  afterEach(stopFlow);
  const start = (host: FakeHost, config: object = {}) =>
    startFlow({ file: evaluate, type: 'segmenter-evaluate', config, access: host.access(), outputs: 2 });

  it('adds the metrics of each sample and sums up the sequence', async () => {
    const flow = await start(scoring());
    const values = [0.9, 0.5, 0.7];
    values.forEach((dice, index) => {
      flow.receive({ payload: scored(`s${index}`, dice), parts: { id: 'q', index, count: 3 }, plate: 7 });
    });
    await until(() => flow.sent[1].length === 1);
    assert.deepEqual(
      flow.sent[0].map((msg) => (msg.metrics as { dice: number }).dice),
      values,
    );
    assert.ok(payloadOf(flow.sent[0][0]).mask);
    const [out] = flow.sent[1];
    const summary = payloadOf<SequenceSummary>(out);
    assert.equal(summary.count, 3);
    assert.ok(Math.abs((summary.mean?.dice ?? 0) - 0.7) < 1e-12);
    assert.deepEqual(summary.worst, { id: 's1', dice: 0.5 });
    assert.match(summary.csv, /^id,dice,/);
    assert.equal(out.plate, 7);
    assert.deepEqual(out.metrics, { ...summary.mean, meanNonEmpty: summary.meanNonEmpty, emptyReferences: 0 });
    assert.equal(out.parts, undefined);
    const texts = flow.statuses.map(({ text }) => text);
    assert.ok(texts.includes('2 of 3, Dice 0.500'), texts.join());
    assert.equal(texts.at(-1), 'Mean Dice 0.700 (3 images), worst s1 0.50');
  });

  it('tells how far predicted Dice were from those found, and carries them on', async () => {
    const flow = await start(scoring());
    const unlike = { distance: 1, limit: 3, isUnlike: false, reasons: [] };
    [0.9, 0.5, 0.7].forEach((dice, index) => {
      const predicted = { dice: dice - 0.1 * index, precision: 1, recall: 1 };
      const metrics = index === 2 ? { seconds: 3 } : { predicted, unlike };
      flow.receive({ payload: scored(`s${index}`, dice), metrics, parts: { id: 'q', index, count: 3 } });
    });
    await until(() => flow.sent[1].length === 1);
    const { predicted, csv } = payloadOf<SequenceSummary>(flow.sent[1][0]);
    assert.equal(predicted?.count, 2);
    assert.ok(Math.abs((predicted?.meanAbsoluteDifference ?? 0) - 0.05) < 1e-12);
    assert.match(csv, /,0\.4,0\.4,0\.6,0\.8,2,0\.5,,0\.9,0,1,-1,\n/);
    assert.deepEqual(flow.sent[0][1].metrics, {
      ...evaluateMetrics(0.5),
      ...{ predicted: { dice: 0.4, precision: 1, recall: 1 }, unlike },
    });
    assert.deepEqual(flow.sent[0][2].metrics, evaluateMetrics(0.7));
  });

  it('counts and lists a sample that failed before and one that fails here', async () => {
    const flow = await start(scoring());
    const parts = (index: number) => ({ id: 'q', index, count: 3, parts: { id: 'plates', index: 0, count: 2 } });
    flow.receive({ payload: failedSample('bad'), parts: parts(0) });
    flow.receive({ payload: sample('maskless', { seg1: image('seg1') }), parts: parts(1) });
    flow.receive({ payload: scored('good', 0.8), parts: parts(2) });
    await until(() => flow.sent[1].length === 1);
    const [out] = flow.sent[1];
    const { count, compared, failed, mean } = payloadOf<SequenceSummary>(out);
    assert.deepEqual([count, compared, mean?.dice], [3, 1, 0.8]);
    assert.deepEqual(
      failed.map(({ id }) => id),
      ['bad', 'maskless'],
    );
    assert.match(failed[1].error, /the sample has no image "mask"; it has raw, seg1/);
    assert.deepEqual(out.parts, { id: 'plates', index: 0, count: 2 });
    assert.equal(flow.sent[0].length, 3);
    assert.equal(flow.caught.length, 1);
  });

  it('sums up on msg.complete where there are no parts', async () => {
    const flow = await start(scoring());
    flow.receive({ payload: scored('a', 0.4) });
    flow.receive({ payload: scored('b', 0.6) });
    await until(() => flow.sent[0].length === 2);
    assert.equal(flow.sent[1].length, 0);
    flow.receive({ complete: true });
    await until(() => flow.sent[1].length === 1);
    assert.equal(payloadOf<SequenceSummary>(flow.sent[1][0]).count, 2);
    assert.equal(flow.sent[0].length, 2);
  });

  it('takes the target before seg1, another truth by name, and the weight', async () => {
    const host = scoring();
    const flow = await start(host);
    const payload = { ...scored('a', 0.5), target: image('target'), weight: image('weight') };
    flow.receive({ payload });
    await until(() => flow.sent[0].length === 1);
    await stopFlow();
    const second = await start(host, { truth: 'seg1' });
    second.receive({ payload });
    await until(() => second.sent[0].length === 1);
    const [first, named] = host.inputs('evaluate');
    assert.deepEqual([first.truth.id, first.weight?.id, named.truth.id], ['target', 'weight', 'seg1']);
  });

  it('writes a report of each complete sequence, with what each message told of its mask', async () => {
    const host = scoring().on('report', () => ({ path: '/scratch/r.html', bytes: 9 }));
    const flow = await start(host, { name: 'How good?', tolerance: '0.5', reportFile: ' /data/report.html ' });
    const model = { name: 'nuclei', version: 'v3', uri: 'file:///models/nuclei/v3', sha256: 'ab' };
    const metrics = { method: 'model', threshold: 0.4 };
    const parts = (index: number) => ({ id: 'q', index, count: 3 });
    const payload = { ...scored('a', 0.9), probability: image('map') };
    flow.receive({ payload, model, metrics, parts: parts(0) });
    flow.receive({ payload: failedSample('bad'), parts: parts(1) });
    flow.receive({ payload: scored('b', 0.3), parts: parts(2) });
    await until(() => flow.sent[1].length === 1);
    assert.equal(flow.sent[1][0].report, '/scratch/r.html');
    const [input] = host.inputs('evaluate');
    assert.deepEqual([input.probability?.id, input.tolerance], ['map', 0.5]);
    const [request, ...more] = host.inputs('report');
    assert.equal(more.length, 0);
    assert.deepEqual([request.title, request.predicted, request.file], ['How good?', 'mask', '/data/report.html']);
    assert.deepEqual(
      request.rows.map(({ id, dice }) => [id, dice]),
      [
        ['a', 0.9],
        ['b', 0.3],
      ],
    );
    assert.deepEqual(request.models, [model]);
    assert.deepEqual(request.thresholds, ['threshold "model" (0.4)']);
    assert.deepEqual(
      request.failed.map(({ id }) => id),
      ['bad'],
    );
    assert.deepEqual(
      request.pictures.map(({ kind, row }) => [kind, row]),
      [
        ['worst', 1],
        ['best', 0],
      ],
    );
  });

  it('sends the summary without a report where that fails, and asks for none where it is off', async () => {
    const host = scoring().on('report', () => Promise.reject(new Error('the disk is full')));
    const flow = await start(host);
    flow.receive({ payload: scored('a', 0.9), parts: { id: 'q', index: 0, count: 1 } });
    await until(() => flow.sent[1].length === 1);
    assert.equal(flow.sent[1][0].report, undefined);
    assert.equal(flow.caught.length, 0);
    await stopFlow();
    const off = await start(host, { report: false });
    off.receive({ payload: scored('a', 0.9), parts: { id: 'q', index: 0, count: 1 } });
    await until(() => off.sent[1].length === 1);
    assert.equal(host.inputs('report').length, 1);
  });

  it('refuses what is no sample', async () => {
    const flow = await start(scoring());
    flow.receive({ payload: 5 });
    await until(() => flow.caught.length === 1);
    assert.match(errorOf(flow.caught[0]).message, /msg\.payload: must be object, got 5/);
  });

  it('ends on msg.cancel and forgets what it gathered', async () => {
    let stuck = true;
    const host = new FakeHost().on('evaluate', ({ predicted }, { signal }) =>
      stuck ? untilCancelled(signal) : evaluateMetrics(Number(predicted.id)),
    );
    const flow = await start(host);
    flow.receive({ payload: scored('a', 0.1), parts: { id: 'q', index: 0, count: 2 } });
    await until(() => host.calls.length === 1);
    flow.receive({ cancel: true });
    await until(() => flow.caught.length === 1);
    stuck = false;
    flow.receive({ payload: scored('b', 0.9), parts: { id: 'r', index: 0, count: 1 } });
    await until(() => flow.sent[1].length === 1);
    assert.equal(payloadOf<SequenceSummary>(flow.sent[1][0]).count, 1);
    assert.equal(errorOf(flow.caught[0]).code, 'cancelled');
  });
});
