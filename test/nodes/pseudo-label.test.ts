import assert from 'node:assert/strict';

import pseudoLabel = require('../../nodes/pseudo-label/pseudo-label');

import { FakeHost } from './fake-host';
import { errorOf, image, payloadOf, sample, startFlow, stopFlow, until } from './run-node';

const model = { name: 'nuclei', version: 'v2', uri: 'file:///models/nuclei/v2', sha256: 'ab' };
const metrics = { low: 0.1, high: 0.9, threshold: 0.5, isCalibrated: false, known: 0.75, foreground: 0.2, seconds: 1 };

describe('pseudo-label', () => {
  const target = image('target');
  const answering = () => new FakeHost().on('pseudo-label', () => ({ target, metrics }));
  const start = (host: FakeHost, config: object = {}) =>
    startFlow({ file: pseudoLabel, type: 'segmenter-pseudo-label', config, access: host.access() });
  afterEach(stopFlow);

  it('makes the target of the probabilities, and says that a model did', async () => {
    const host = answering();
    const flow = await start(host, { low: '', high: '0.95' });
    flow.receive({ payload: sample('a', { probability: image('p') }), model });
    await until(() => flow.completed.length === 1);
    const [out] = flow.sent[0];
    const { target: made, origin } = payloadOf<{ target: unknown; origin: unknown }>(out);
    assert.deepEqual([made, origin, out.metrics], [target, 'predicted', metrics]);
    const expected = { image: image('p'), model, low: null, high: 0.95, id: 'a' };
    assert.deepEqual(host.inputs('pseudo-label'), [expected]);
  });

  it('refuses what people labelled, but not what a model did before', async () => {
    for (const labels of [{ seg1: image('seg') }, { target: image('t') }]) {
      const flow = await start(answering());
      flow.receive({ payload: sample('a', { probability: image('p'), ...labels }), model });
      await until(() => flow.caught.length === 1);
      assert.match(errorOf(flow.caught[0]).message, /expected an image that nobody has labelled/);
      await stopFlow();
    }
    const flow = await start(answering());
    flow.receive({ payload: sample('a', { probability: image('p'), target: image('t'), origin: 'predicted' }), model });
    await until(() => flow.completed.length === 1);
    assert.equal(flow.caught.length, 0);
  });
});
