import assert from 'node:assert/strict';

import evaluate = require('../../nodes/evaluate/evaluate');
import predict = require('../../nodes/predict/predict');

import type { SequenceSummary } from '../../nodes/evaluate/sequence-summary';
import { SegmenterError } from '../../src/base/errors';
import { evaluateMetrics } from '../support/job-metrics';
import { FakeHost, PREDICTED } from './fake-host';
import { failedSample, image, payloadOf, sample, settle, startFlow, stopFlow, until } from './run-node';

const model = { name: 'nuclei', version: 'v1', uri: 'file:///models/nuclei/v1', sha256: 'ab' };

/** Predictions that fail at first. */
function failing(times: number): FakeHost {
  let left = times;
  return new FakeHost().on('predict', () => {
    if (left-- > 0) throw new SegmenterError('engine', 'out of memory');
    return PREDICTED;
  });
}

describe('a retry through Catch', () => {
  afterEach(stopFlow);

  it('gets the message as it came in, and sends one message for each delivery', async () => {
    const host = failing(2);
    const flow = await startFlow({ file: predict, type: 'segmenter-predict', access: host.access() });
    const parts = { id: 'q', index: 1, count: 3 };
    flow.receive({ payload: sample('a'), model, well: 'B3', parts });
    for (const time of [1, 2]) {
      await until(() => flow.caught.length === time);
      assert.deepEqual(flow.caught[time - 1].payload, sample('a'));
      flow.receive(flow.caught[time - 1]);
    }
    await until(() => flow.sent[0].length === 3);
    await settle();
    assert.equal(flow.caught.length, 2);
    const [first, second, third] = flow.sent[0];
    for (const msg of [first, second]) assert.ok(payloadOf(msg).failed);
    assert.equal(payloadOf(third).failed, undefined);
    assert.ok(payloadOf(third).probability);
    assert.deepEqual([third.parts, third.well], [parts, 'B3']);
  });

  it('gives a sequence that waits the good sample in place of the failed one', async () => {
    const host = new FakeHost().on('evaluate', () => evaluateMetrics(1));
    const flow = await startFlow({ file: evaluate, type: 'segmenter-evaluate', access: host.access(), outputs: 2 });
    const good = (id: string) => sample(id, { seg1: image('seg1'), mask: image('m') });
    const part = (index: number) => ({ id: 'q', index, count: 2 });
    flow.receive({ payload: failedSample('a'), parts: part(0) });
    flow.receive({ payload: good('a'), parts: part(0) });
    flow.receive({ payload: good('b'), parts: part(1) });
    await until(() => flow.sent[1].length === 1);
    const { count, compared, failed } = payloadOf<SequenceSummary>(flow.sent[1][0]);
    assert.deepEqual([count, compared, failed], [2, 2, []]);
    assert.equal(flow.sent[0].length, 3);
  });
});
