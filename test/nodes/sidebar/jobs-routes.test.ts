import assert from 'node:assert/strict';
import helper from 'node-red-node-test-helper';

import predict = require('../../../nodes/predict/predict');
import sidebar = require('../../../nodes/sidebar/sidebar');

import type { JobsAnswer } from '../../../nodes/admin/tab-api';
import { injectJobAccess } from '../../../nodes/job-host-access';
import type { JobAsker } from '../../../src/jobs/job-types';
import { FakeHost, PREDICTED, untilCancelled } from '../fake-host';
import { sample, startFlow, stopFlow, tokenHeader, until } from '../run-node';

const ROUTE = '/segmenter/jobs';
const CHOICE = { engine: 'onnx', device: 'cpu', precision: 'float32', reason: 'the only', warnings: [] } as const;

describe('the routes of what runs', () => {
  afterEach(stopFlow);
  let host: FakeHost;
  beforeEach(() => {
    host = new FakeHost();
  });

  /** Predictions that go on until they are cancelled, the first one; the others end at once. */
  const start = async () => {
    host.on('predict', (_input, { asker, signal }) => {
      if (!asker || host.inputs('predict').length > 1) return PREDICTED;
      const line = { id: 7, job: 'predict', asker, ahead: null, waitsFor: null, since: 10, begun: 20 } as const;
      host.listed = [{ ...line, progress: { done: 1, total: 4 }, choice: { ...CHOICE, warnings: [] } }];
      return untilCancelled(signal).finally(() => {
        host.listed = [];
      });
    });
    const others = { files: [sidebar], nodes: [] };
    const config = { name: 'plate 7', model: 'm', modelType: 'str' };
    return startFlow({ file: predict, type: 'segmenter-predict', config, access: host.access(), others });
  };
  const jobs = async () => (await helper.request().get(ROUTE)).body as JobsAnswer;
  const end = async (body: object, headers?: [string, string]) =>
    helper
      .request()
      .post(`${ROUTE}/end`)
      .set(...(headers ?? (await tokenHeader())))
      .send(body);

  it('tell what runs, for which node and sample, how far it is and what waits', async () => {
    const flow = await start();
    flow.receive({ payload: sample('nuclei_02') });
    flow.receive({ payload: sample('nuclei_03') });
    await until(() => host.listed.length === 1);
    const { jobs: rows, mayWrite, now } = await jobs();
    assert.deepEqual([mayWrite, typeof now], [true, 'number']);
    assert.deepEqual(rows, [
      {
        ...{ id: 7, job: 'predict', ahead: null, waitsFor: null, since: 10, begun: 20 },
        node: { id: 'node', type: 'segmenter-predict', name: 'plate 7', flow: 'tab' },
        ...{ subject: 'nuclei_02', progress: 0.25, engine: 'onnx', device: 'cpu', reason: 'the only', waiting: 1 },
        training: null,
      },
    ]);
    assert.equal((await end({ id: 7, how: 'cancel' })).status, 200);
    await until(() => flow.sent[0].length === 2);
  });

  it('cancel one message as msg.cancel does, and leave those that wait', async () => {
    const flow = await start();
    flow.receive({ payload: sample('a') });
    flow.receive({ payload: sample('b') });
    await until(() => host.listed.length === 1);
    assert.deepEqual((await end({ id: 7, how: 'cancel' })).body, { ended: 7 });
    await until(() => flow.sent[0].length === 2);
    const payloads = flow.sent[0].map(({ payload }) => payload as { id: string; failed?: { error: { code: string } } });
    assert.deepEqual(
      payloads.map(({ id, failed }) => [id, failed?.error.code]),
      [
        ['a', 'cancelled'],
        ['b', undefined],
      ],
    );
    assert.equal(flow.caught.length, 1);
    assert.equal((await end({ id: 7, how: 'cancel' })).status, 404);
  });

  it('have a training finish with its best model, or end without one', async () => {
    await start();
    const heard: string[] = [];
    const asker: JobAsker = {
      ...{ node: 't', subject: 'nuclei' },
      cancel: () => heard.push('cancel'),
      stop: () => heard.push('stop'),
    };
    const progress = { done: 4, total: 10, epoch: 3, step: 4, loss: 0.2, validationDice: 0.8, learningRate: 0.001 };
    const train = { id: 9, job: 'train', asker, ahead: null, waitsFor: null, since: 10, begun: 20 } as const;
    const run = '0123456789abcdef0123';
    host.listed = [{ ...train, progress: { ...progress, seconds: 9, remaining: 60, run }, choice: null }];
    const [{ training }] = (await jobs()).jobs;
    assert.deepEqual(training, { epoch: 3, validationDice: 0.8, remaining: 60, run: 'nuclei@0123456789abcdef' });
    await end({ id: 9, how: 'keep' });
    await end({ id: 9, how: 'cancel' });
    assert.deepEqual(heard, ['stop', 'cancel']);
    host.listed = [{ ...train, job: 'predict', asker: { ...asker, stop: undefined }, progress: null, choice: null }];
    assert.equal((await end({ id: 9, how: 'keep' })).status, 400);
  });

  it('refuse what is no such request, and a change without the token', async () => {
    await start();
    assert.equal((await end({ id: 'x', how: 'cancel' })).status, 400);
    assert.equal((await end({ id: 1, how: 'kill' })).status, 400);
    assert.equal((await end({ id: 1, how: 'cancel' }, ['x-segmenter', 'wrong'])).status, 403);
    assert.equal((await end({ id: 1, how: 'cancel' }, ['sec-fetch-site', 'cross-site'])).status, 403);
  });

  it('make no job host only to say that nothing runs', async () => {
    await start();
    injectJobAccess(null);
    assert.deepEqual((await jobs()).jobs, []);
  });
});
