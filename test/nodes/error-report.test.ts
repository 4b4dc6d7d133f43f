import assert from 'node:assert/strict';

import load = require('../../nodes/load-image/load-image');
import predict = require('../../nodes/predict/predict');

import type { NodeStatus } from 'node-red';
import helper from 'node-red-node-test-helper';
import { firstWords, tellable } from '../../nodes/error-text';
import { SegmenterError } from '../../src/base/errors';
import { FakeHost, PREDICTED } from './fake-host';
import { errorOf, logLines, payloadOf, sample, settle, startFlow, stopFlow, until } from './run-node';

const MISSING = 'model "nuclei" is not in /models; there are no models yet';

/** Predictions that fail alike, but for images whose id tells of another cause. */
const failing = () =>
  new FakeHost().on('predict', ({ image }) => {
    if (image.id.startsWith('good')) return PREDICTED;
    if (image.id.startsWith('torn')) throw new SegmenterError('corrupt-file', `${image.id}: is truncated`);
    throw new SegmenterError('not-found', MISSING, { model: 'nuclei' });
  });

const message = (id: string, index: number, sequence = 'q', count = 4) => ({
  payload: sample(id),
  model: 'nuclei',
  parts: { id: sequence, index, count },
});

describe('what Node-RED is told of errors', () => {
  afterEach(stopFlow);
  const start = () => startFlow({ file: predict, type: 'segmenter-predict', access: failing().access() });
  /** Without the Catch node that the flow has for tests. */
  const uncaught = async () => {
    const config = { file: predict, type: 'segmenter-predict', access: failing().access(), catches: false };
    return startFlow(config);
  };

  it('gives Catch nodes the sentence alone, its code, and the facts', async () => {
    const flow = await start();
    flow.receive(message('a', 0));
    await until(() => flow.caught.length === 1);
    const { message: text, code, cause, stack } = flow.caught[0].error as Record<string, unknown>;
    assert.deepEqual([text, code, cause, stack], [MISSING, 'not-found', { model: 'nuclei' }, undefined]);
  });

  it('gives Catch nodes each message of a sequence, and the status the first words', async () => {
    const flow = await start();
    for (const index of [0, 1, 2]) flow.receive(message(`s${index}`, index));
    await until(() => flow.caught.length === 3);
    assert.deepEqual(
      flow.caught.map((msg) => payloadOf(msg).id),
      ['s0', 's1', 's2'],
    );
    const status = flow.statuses.at(-1) as NodeStatus & { error?: object };
    assert.deepEqual([status.fill, status.text], ['red', 'model "nuclei" is not in models; there…']);
    assert.deepEqual(status.error, { code: 'not-found', message: MISSING });
  });

  it('tells the log once a sequence what fails alike, and how often at its end', async () => {
    const flow = await uncaught();
    const log = logLines();
    for (const [index, id] of ['a', 'torn', 'b', 'c'].entries()) flow.receive(message(id, index));
    await until(() => flow.sent[0].length === 4);
    await settle();
    assert.deepEqual(log(), [MISSING, 'torn-raw: is truncated', `2 more of the sequence: ${MISSING}`]);
    flow.receive(message('d', 0, 'next'));
    flow.receive({ payload: sample('alone'), model: 'nuclei' });
    flow.receive({ payload: sample('alone2'), model: 'nuclei' });
    await until(() => flow.sent[0].length === 7);
    assert.equal(log().length, 6, 'another sequence, and each message that stands alone');
  });

  it('says at the end of a sequence that good ones end how many failed', async () => {
    const flow = await uncaught();
    for (const [index, id] of ['a', 'b', 'c', 'good'].entries()) flow.receive(message(id, index));
    const log = logLines();
    await until(() => flow.sent[0].length === 4);
    await settle();
    assert.equal(log().at(-1), `2 more of the sequence: ${MISSING}`);
    assert.equal(flow.statuses.at(-1)?.text, '1 done, 3 failed');
  });

  it('is once a sequence too where the settings are wrong', async () => {
    const config = { overlap: 'much' };
    const flow = await startFlow({
      ...{ file: predict, type: 'segmenter-predict', config, access: failing().access(), catches: false },
    });
    const log = logLines();
    for (const index of [0, 1, 2, 3]) flow.receive(message(`s${index}`, index));
    await until(() => log().length === 2);
    assert.match(log()[0], /^segmenter-predict\.overlap: must be number, got "much"$/);
    assert.match(log()[1], /^3 more of the sequence: /);
  });

  it('keeps the stack of what nobody expected only', () => {
    assert.equal('stack' in tellable(new SegmenterError('busy', 'full')), false);
    assert.match(String(tellable(new TypeError('x is undefined')).stack), /error-report\.test/);
    assert.equal(String(tellable('text')), 'text');
  });

  it('is sent by a node that reads no message, too', async () => {
    const flow = await startFlow({ file: load, type: 'segmenter-load-image', access: new FakeHost().access() });
    flow.receive({ payload: 5 });
    await until(() => flow.caught.length === 1);
    assert.equal(errorOf(flow.caught[0]).code, 'invalid-input');
    assert.ok(helper.getNode('node'));
  });
});

describe('the first words of a reason', () => {
  it('are without folders and prefixes, and end at a word', () => {
    const cases = [
      ['/data/my plate/a.tif: is truncated', 'my plate/a.tif: is truncated'],
      ['/data/plate/a.tif: is truncated', 'a.tif: is truncated'],
      ['C:\\data\\a.tif: is truncated', 'a.tif: is truncated'],
      ['msg.payload.mask: expected an image', 'mask: expected an image'],
      ['segmenter-train.epochs: must be >= 1', 'epochs: must be >= 1'],
      ['samples to train on: expected at least 1 that did not fail', 'samples to train on: expected at least…'],
      [`${'x'.repeat(60)} is long`, `${'x'.repeat(39)}…`],
      ['and/or', 'and/or'],
    ];
    for (const [sentence, expected] of cases) assert.equal(firstWords(sentence), expected);
  });
});
