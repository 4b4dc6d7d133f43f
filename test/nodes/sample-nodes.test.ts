import assert from 'node:assert/strict';

import excludeRegions = require('../../nodes/exclude-regions/exclude-regions');
import mergeMasks = require('../../nodes/merge-masks/merge-masks');
import pseudoLabel = require('../../nodes/pseudo-label/pseudo-label');
import predict = require('../../nodes/predict/predict');
import threshold = require('../../nodes/threshold/threshold');

import type { NodeAPI, NodeMessage } from 'node-red';
import { SegmenterError } from '../../src/base/errors';
import type { JobName } from '../../src/jobs/job-types';
import { thresholdMetrics } from '../support/job-metrics';
import { FakeHost, PREDICTED, untilCancelled } from './fake-host';
import {
  errorOf,
  type FlowOptions,
  failedSample,
  image,
  payloadOf,
  sample,
  settle,
  startFlow,
  stopFlow,
  until,
} from './run-node';

const polygons = [
  [
    [1, 1],
    [1, 5],
    [5, 5],
  ],
];
const model = { name: 'nuclei', version: 'v1', uri: 'file:///models/nuclei/v1', sha256: 'ab' };

interface Case {
  file: (RED: NodeAPI) => void;
  type: string;
  job: JobName;
  config?: object;
  /** a message that the node works on */
  good(id: string): NodeMessage;
}

const CASES: Case[] = [
  {
    file: mergeMasks,
    type: 'segmenter-merge-masks',
    job: 'merge-masks',
    good: (id) => ({ payload: sample(id, { seg1: image('seg1') }) }),
  },
  {
    file: excludeRegions,
    type: 'segmenter-exclude-regions',
    job: 'exclude-regions',
    good: (id) => ({ payload: sample(id, { excludeMask: polygons }) }),
  },
  { file: predict, type: 'segmenter-predict', job: 'predict', good: (id) => ({ payload: sample(id), model }) },
  {
    file: threshold,
    type: 'segmenter-threshold',
    job: 'threshold',
    good: (id) => ({ payload: sample(id, { probability: image('p') }) }),
  },
  {
    file: pseudoLabel,
    type: 'segmenter-pseudo-label',
    job: 'pseudo-label',
    good: (id) => ({ payload: sample(id, { probability: image('p') }), model }),
  },
];

describe('what all nodes for samples do', () => {
  afterEach(stopFlow);

  for (const { file, type, job, config, good } of CASES) {
    const start = (host: FakeHost, rest: Partial<FlowOptions> = {}) =>
      startFlow({ file, type, config, access: host.access(), ...rest });

    describe(type, () => {
      it('refuses what is no sample, naming property, value and expectation', async () => {
        const flow = await start(new FakeHost());
        flow.receive({ payload: { id: 7 } });
        await until(() => flow.caught.length === 1);
        const { message, code } = errorOf(flow.caught[0]);
        assert.equal(code, 'invalid-input');
        assert.match(message, /msg\.payload\.id: must be string, got 7/);
        assert.match(message, /msg\.payload: must have required property 'raw'/);
        assert.equal(flow.completed.length, 0);
      });

      it('passes a failed sample on untouched and asks for no job', async () => {
        const host = new FakeHost();
        const flow = await start(host);
        const payload = failedSample('a');
        flow.receive({ payload, well: 'B3' });
        await until(() => flow.sent[0].length === 1);
        assert.deepEqual(flow.sent[0][0].payload, payload);
        assert.equal(flow.sent[0][0].well, 'B3');
        assert.deepEqual(host.calls, []);
        assert.equal(flow.caught.length, 0);
      });

      it('sends a sample that fails on as failed, and tells Catch nodes', async () => {
        const host = new FakeHost().on(job, () => {
          throw new SegmenterError('corrupt-file', 'x.tiff: is truncated');
        });
        const flow = await start(host);
        flow.receive({ ...good('a'), parts: { id: 's', index: 2, count: 3 } });
        await until(() => flow.caught.length === 1 && flow.sent[0].length === 1);
        assert.deepEqual(payloadOf(flow.sent[0][0]).failed, {
          node: type,
          error: { name: 'SegmenterError', code: 'corrupt-file', message: 'x.tiff: is truncated' },
        });
        assert.deepEqual(flow.sent[0][0].parts, { id: 's', index: 2, count: 3 });
        assert.equal(errorOf(flow.caught[0]).code, 'corrupt-file');
        assert.equal(flow.statuses.at(-1)?.text, 'x.tiff: is truncated');
        assert.equal(flow.completed.length, 0);
      });

      it('ends the work and the queue on msg.cancel, and works on after it', async () => {
        const host = new FakeHost().on(job, (_, { signal }) => untilCancelled(signal));
        const flow = await start(host);
        for (const id of ['a', 'b', 'c']) flow.receive(good(id));
        await until(() => host.calls.length === 1);
        flow.receive({ cancel: true });
        await until(() => flow.sent[0].length === 3);
        const codes = flow.sent[0].map(
          (msg) => payloadOf<{ failed: { error: { code: string } } }>(msg).failed.error.code,
        );
        assert.deepEqual(codes, ['cancelled', 'cancelled', 'cancelled']);
        assert.equal(host.calls.length, 1);
        assert.equal(flow.caught.length, 3);
        assert.equal(flow.statuses.at(-1)?.text, 'Cancelled');
        flow.receive(good('d'));
        await until(() => host.calls.length === 2);
      });

      it('stops on a deploy within its time and sends nothing more', async () => {
        const host = new FakeHost().on(job, (_, { signal }) => untilCancelled(signal));
        const flow = await start(host);
        flow.receive(good('a'));
        flow.receive(good('b'));
        await until(() => host.calls.length === 1);
        const begin = Date.now();
        await flow.remove();
        assert.ok(Date.now() - begin < 1000);
        await settle();
        assert.equal(flow.sent[0].length, 0);
        assert.equal(flow.caught.length, 0);
        assert.equal(host.calls.length, 1);
      });
    });
  }

  it('keeps the order of messages and shows progress and queue in the status', async () => {
    const host = new FakeHost().on('predict', async ({ image: { id } }, { onProgress }) => {
      onProgress?.({ done: 1, total: 4 });
      await settle(id === 'a-raw' ? 30 : 1);
      return PREDICTED;
    });
    const flow = await startFlow({ file: predict, type: 'segmenter-predict', access: host.access() });
    for (const id of ['a', 'b', 'c']) flow.receive({ payload: sample(id), model });
    await until(() => flow.completed.length === 3);
    assert.deepEqual(
      flow.sent[0].map((msg) => payloadOf(msg).id),
      ['a', 'b', 'c'],
    );
    const texts = flow.statuses.map(({ text }) => text);
    assert.ok(texts.includes('Started'), String(texts));
    assert.ok(
      texts.some((text) => text === '25%, 2 waiting'),
      String(texts),
    );
    assert.equal(texts.at(-1), 'Done');
  });

  it('takes a thousand messages at once where no compute node says how many may wait', async () => {
    const host = new FakeHost().on('threshold', () => ({ mask: image('m'), metrics: thresholdMetrics() }));
    const flow = await startFlow({ file: threshold, type: 'segmenter-threshold', access: host.access() });
    for (let i = 0; i < 1000; i++) flow.receive({ payload: sample(`s${i}`, { probability: image('p') }) });
    await until(() => flow.sent[0].length === 1000);
    assert.deepEqual(flow.caught, []);
  });

  it('refuses every message when its own settings are wrong, and says so at once', async () => {
    const host = new FakeHost();
    const config = { method: 'otzu' };
    const flow = await startFlow({ file: threshold, type: 'segmenter-threshold', config, access: host.access() });
    flow.receive({ payload: sample('a', { probability: image('p') }) });
    await until(() => flow.sent[0].length === 1 && flow.caught.some((msg) => msg.payload !== undefined));
    assert.match(errorOf(flow.caught.at(-1) ?? ({} as never)).message, /segmenter-threshold\.method: .*got "otzu"/);
    assert.ok(payloadOf(flow.sent[0][0]).failed);
    assert.deepEqual(host.calls, []);
  });
});
