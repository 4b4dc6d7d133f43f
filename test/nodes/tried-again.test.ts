import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { NodeMessage } from 'node-red';
import helper from 'node-red-node-test-helper';

import evaluate = require('../../nodes/evaluate/evaluate');
import predict = require('../../nodes/predict/predict');
import sidebar = require('../../nodes/sidebar/sidebar');

import type { FailedAnswer } from '../../nodes/admin/tab-api';
import type { SequenceSummary } from '../../nodes/evaluate/sequence-summary';
import { forgetFailedMessages } from '../../nodes/failing/failed-messages';
import { seedOf, waitAfter } from '../../nodes/failing/retries';
import { injectJobAccess } from '../../nodes/job-host-access';
import { type ErrorCode, SegmenterError } from '../../src/base/errors';
import { Random } from '../../src/base/random';
import { isTransient } from '../../src/base/transient';
import { evaluateMetrics } from '../support/job-metrics';
import { FakeHost, PREDICTED, untilCancelled } from './fake-host';
import { errorOf, image, payloadOf, sample, settle, startFlow, stopFlow, tokenHeader, until } from './run-node';

const model = 'nuclei';
const config = { model, modelType: 'str' };
const type = 'segmenter-predict';
const RETRIES = { tries: 3, seconds: 0.01, longest: 0.05 };
const ROUTE = '/segmenter/failed';
const idOf = (input: { image: { id: string } }) => input.image.id.replace('-raw', '');

describe('what failed for a reason that may pass', () => {
  let host: FakeHost;
  let userDir: string;
  beforeEach(() => {
    userDir = mkdtempSync(path.join(os.tmpdir(), 'segmenter-tried-'));
    helper.settings({ userDir });
    forgetFailedMessages();
    host = new FakeHost();
  });
  afterEach(async () => {
    await stopFlow();
    rmSync(userDir, { recursive: true, force: true, maxRetries: 5 });
  });

  const start = (retries = RETRIES, more: object = {}) =>
    startFlow({
      ...{ file: predict, type, config, access: host.access({ retries }) },
      others: { files: [sidebar], nodes: [] },
      ...more,
    });
  /** Fails so many times for each sample. */
  const failing = (times: Record<string, number>, code: ErrorCode = 'worker-lost') => {
    const left = new Map(Object.entries(times));
    host.on('predict', (input) => {
      const id = idOf(input);
      const more = left.get(id) ?? 0;
      left.set(id, more - 1);
      if (more > 0) throw new SegmenterError(code, `${id}: gone`, code === 'timeout' ? { path: '/share' } : undefined);
      return PREDICTED;
    });
  };
  const failed = async () => (await helper.request().get(ROUTE)).body as FailedAnswer;
  const change = async (what: string, ids: string[]) =>
    helper
      .request()
      .post(ROUTE)
      .set(...(await tokenHeader()))
      .send({ do: what, ids });

  it('is a closed list of codes', () => {
    const is = (code: ErrorCode, details?: object) => isTransient(new SegmenterError(code, 'm', { ...details }));
    for (const code of ['worker-lost', 'disk-full', 'timeout', 'busy'] as const) assert.equal(is(code), true, code);
    const never = [
      'invalid-input',
      'not-found',
      'not-allowed',
      'corrupt-file',
      'changed',
      'exists',
      'cancelled',
    ] as const;
    for (const code of [...never, 'engine', 'internal', 'unsupported'] as const) assert.equal(is(code), false, code);
    assert.equal(is('timeout', { hungDevice: 'cuda' }), false);
    for (const code of ['EIO', 'ESTALE', 'ENOTCONN', 'EHOSTDOWN', 'ENOSPC', 'EBUSY']) {
      assert.equal(isTransient(Object.assign(new Error('x'), { code })), true, code);
    }
    assert.equal(isTransient(Object.assign(new Error('x'), { code: 'ENOENT' })), false);
  });

  it('waits longer each time, within bounds, the same for the same message and not for all at once', () => {
    const policy = { tries: 9, seconds: 2, longest: 100 };
    const waits = [1, 2, 3, 4, 5].map((tries) => waitAfter(tries, policy, 7) / 1000);
    for (const [i, middle] of [2, 8, 32, 100, 100].entries()) {
      assert.ok(waits[i] >= 0.75 * middle && waits[i] <= Math.min(100, 1.25 * middle), `${waits[i]} for ${middle}`);
    }
    assert.equal(waitAfter(2, policy, 7), waitAfter(2, policy, 7));
    const seeds = Array.from({ length: 50 }, (_, i) => waitAfter(1, policy, seedOf('n', { _msgid: String(i) })));
    assert.ok(new Set(seeds).size > 40);
  });

  it('is tried again while other messages go on, and goes out once', async () => {
    failing({ a: 2 });
    const flow = await start();
    for (const id of ['a', 'b', 'c']) flow.receive({ payload: sample(id) });
    await until(() => flow.sent[0].length === 3);
    await settle();
    assert.deepEqual(
      flow.sent[0].map((msg) => [payloadOf(msg).id, payloadOf(msg).failed]),
      [
        ['b', undefined],
        ['c', undefined],
        ['a', undefined],
      ],
    );
    assert.equal(flow.completed.length, 3);
    assert.deepEqual(flow.caught, []);
    assert.deepEqual(host.inputs('predict').map(idOf).sort(), ['a', 'a', 'a', 'b', 'c']);
    assert.deepEqual((await failed()).rows, []);
  });

  it('says how long it waits and which try it is', async () => {
    failing({ a: 1 });
    const flow = await start({ tries: 4, seconds: 0.4, longest: 1 });
    flow.receive({ payload: sample('a') });
    await until(() => flow.statuses.some(({ text }) => text === 'Waiting 1 s, try 2 of 4'));
    await until(() => flow.sent[0].length === 1);
    assert.equal(flow.statuses.at(-1)?.text, 'Done');
  });

  it('fails after the last try with the reason, once on the output and once to Catch, and is kept', async () => {
    failing({ a: 99 }, 'disk-full');
    const flow = await start();
    flow.receive({ payload: sample('a'), topic: 'plate 7', notJson: () => 1 } as NodeMessage);
    await until(() => flow.sent[0].length === 1 && flow.caught.length === 1);
    await settle();
    assert.deepEqual([flow.sent[0].length, flow.caught.length, host.calls.length], [1, 1, 3]);
    const { error } = payloadOf<{ failed: { error: { code: string; message: string } } }>(flow.sent[0][0]).failed;
    assert.equal(error.code, 'disk-full');
    assert.match(error.message, /^a: gone \(tried 3 times in \d+ s\)$/);
    assert.deepEqual(flow.caught[0].payload, sample('a'));
    assert.match(errorOf(flow.caught[0]).message, /tried 3 times/);
    const { rows, total, mayWrite } = await failed();
    const [{ node, sample: id, tries, error: kept, isThere, without }] = rows;
    assert.deepEqual([total, mayWrite, id, tries, isThere], [1, true, 'a', 3, true]);
    assert.deepEqual(node, { id: 'node', type, name: '', flow: 'tab' });
    assert.deepEqual(kept, error.code === kept.code ? { code: error.code, message: error.message } : kept);
    assert.deepEqual(without, ['notJson']);
  });

  it('is tried again by a person at the node that failed, once, and may be dismissed', async () => {
    failing({ a: 3, b: 3 });
    const flow = await start();
    flow.receive({ payload: sample('a'), well: 'B3' } as NodeMessage);
    flow.receive({ payload: sample('b') });
    await until(() => flow.sent[0].length === 2);
    const { rows } = await failed();
    const [b, a] = ['b', 'a'].map((id) => rows.find((row) => row.sample === id)?.id ?? assert.fail(id));
    const both = await Promise.all([change('again', [a]), change('again', [a])]);
    assert.deepEqual(both.map(({ status }) => status).sort(), [200, 404]);
    await until(() => flow.sent[0].length === 3);
    const last = flow.sent[0][2] as unknown as Record<string, unknown>;
    assert.deepEqual([payloadOf(flow.sent[0][2]).failed, last.well], [undefined, 'B3']);
    assert.equal((await change('dismiss', [b])).status, 200);
    assert.deepEqual((await failed()).rows, []);
    assert.equal((await change('again', [b])).status, 404);
    assert.equal((await change('bury', [b])).status, 400);
    const untold = await helper
      .request()
      .post(ROUTE)
      .send({ do: 'again', ids: [a] });
    assert.equal(untold.status, 403);
    await settle();
    assert.equal(flow.sent[0].length, 3);
  });

  it('stays in the list while its node is away', async () => {
    failing({ a: 3 });
    const flow = await start();
    flow.receive({ payload: sample('a') });
    await until(() => flow.sent[0].length === 1);
    await flow.remove();
    const [row] = (await failed()).rows;
    assert.equal(row.isThere, false);
    assert.equal((await change('again', [row.id])).status, 404);
    assert.equal((await failed()).total, 1);
  });

  it('is not what is wrong with the input: that fails at once', async () => {
    failing({ a: 1, b: 1 }, 'corrupt-file');
    const flow = await start();
    flow.receive({ payload: sample('a') });
    flow.receive({ payload: { id: 5 } });
    await until(() => flow.sent[0].length === 2 && flow.caught.length === 2);
    await settle();
    assert.equal(host.calls.length, 1);
    assert.deepEqual((await failed()).rows, []);
  });

  it('fails as cancelled where msg.cancel comes while it waits', async () => {
    failing({ a: 1 });
    const flow = await start({ tries: 3, seconds: 30, longest: 30 });
    flow.receive({ payload: sample('a') });
    await until(() => flow.statuses.some(({ text }) => text?.startsWith('Waiting')));
    flow.receive({ cancel: true });
    await until(() => flow.sent[0].length === 1);
    assert.equal(errorOf(flow.caught[0]).code, 'cancelled');
    assert.equal(host.calls.length, 1);
  });

  it('goes on after a deploy, with its tries counted', async () => {
    failing({ a: 99 });
    const flow = await start({ tries: 3, seconds: 30, longest: 30 });
    flow.receive({ payload: sample('a') });
    await until(() => flow.statuses.some(({ text }) => text?.startsWith('Waiting')));
    injectJobAccess(host.access({ retries: { tries: 2, seconds: 0, longest: 0 } }));
    await flow.redeploy();
    await until(() => flow.sent[0].length === 1);
    assert.equal(host.calls.length, 2);
    assert.match(errorOf(flow.caught[0]).message, /tried 2 times/);
  });

  it('leaves a sequence complete: what is late is waited for by who collects', async () => {
    failing({ b: 2 });
    host.on('evaluate', () => evaluateMetrics(1));
    const others = {
      files: [sidebar, evaluate],
      nodes: [
        { id: 'score', type: 'segmenter-evaluate', z: 'tab', x: 0, y: 0, wires: [[], ['summary']] },
        { id: 'summary', type: 'helper', z: 'tab', x: 0, y: 0 },
      ],
    };
    const flow = await start(RETRIES, { others, to: 'score' });
    const summaries: SequenceSummary[] = [];
    helper.getNode('summary').on('input', (msg) => summaries.push(msg.payload as SequenceSummary));
    const good = (id: string) => sample(id, { seg1: image('seg1'), mask: image('m') });
    for (const [index, id] of ['a', 'b', 'c'].entries()) {
      flow.receive({ payload: good(id), parts: { id: 'q', index, count: 3 } });
    }
    await until(() => summaries.length === 1);
    assert.deepEqual([summaries[0].count, summaries[0].compared, summaries[0].failed], [3, 3, []]);
    assert.equal(flow.statuses.at(-1)?.text, 'Done, 3 images');
  });

  it('never hangs nor doubles a message, whatever fails when, over deploys too', async function () {
    this.timeout(20_000);
    const codes: ErrorCode[] = ['worker-lost', 'disk-full', 'timeout', 'busy', 'corrupt-file', 'engine', 'internal'];
    for (let seed = 1; seed <= 6; seed++) {
      host = new FakeHost();
      const random = new Random(seed);
      const chance = 0.2 + 0.12 * seed;
      /** what is sent while the test's listeners are not there is not seen */
      let listening = Promise.resolve();
      host.on('predict', async (_, { signal }) => {
        await Promise.race([listening, untilCancelled(signal)]);
        await settle(Math.floor(4 * random.uniform()));
        if (random.uniform() < chance)
          throw new SegmenterError(codes[Math.floor(codes.length * random.uniform())], 'x');
        return PREDICTED;
      });
      const flow = await start({ tries: 3, seconds: 0.005, longest: 0.02 });
      const ids = Array.from({ length: 40 }, (_, i) => `s${i}`);
      for (const [i, id] of ids.entries()) {
        flow.receive({ payload: sample(id), parts: { id: `q${seed}`, index: i, count: ids.length } });
        if (i % 8 === 7) await settle(Math.floor(20 * random.uniform()));
        if (i !== 20 || seed % 2 !== 0) continue;
        let goOn: () => void = () => undefined;
        listening = new Promise((resolve) => {
          goOn = resolve;
        });
        await settle(10);
        await flow.redeploy();
        goOn();
      }
      await until(() => flow.sent[0].length >= ids.length, `all of seed ${seed}`);
      await settle(60);
      assert.deepEqual(flow.sent[0].map((msg) => payloadOf<{ id: string }>(msg).id).sort(), [...ids].sort());
      const failures = flow.sent[0].filter((msg) => payloadOf(msg).failed);
      assert.equal(flow.caught.length, failures.length);
      const wrong = failures.filter((msg) => {
        const { error } = payloadOf<{ failed: { error: { code: ErrorCode; message: string } } }>(msg).failed;
        const isLate = isTransient(new SegmenterError(error.code, ''));
        return isLate && !error.message.endsWith(' s)');
      });
      assert.deepEqual(wrong, []);
      await stopFlow();
    }
  });
});
