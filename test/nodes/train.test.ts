import assert from 'node:assert/strict';
import type { EventEmitter } from 'node:events';

import { trainMetrics } from '../support/job-metrics';
import { FakeHost } from './fake-host';
import { errorOf, failedSample, payloadOf, sample, settle, stopFlow, until } from './run-node';
import { config, good, held, model, part, progress, result, startTrain } from './train-under-test';

describe('train', () => {
  afterEach(stopFlow);

  it('collects a sequence and trains on it in order, with its settings', async () => {
    const host = new FakeHost().on('train', () => result);
    const flow = await startTrain(host, {
      ...config,
      dimensions: '3',
      levels: '4',
      startFrom: 'old@v2',
      maxMinutes: '',
      augment: false,
    });
    for (const index of [1, 0, 2]) flow.receive({ payload: good(`s${index}`), parts: part(index, 3), plate: 4 });
    await until(() => flow.sent[0].length === 1);
    const [{ samples, settings }] = host.inputs('train');
    assert.deepEqual(
      samples.map(({ id }) => id),
      ['s0', 's1', 's2'],
    );
    assert.deepEqual(settings, {
      model: 'nuclei',
      dimensions: 3,
      modelSize: 'auto',
      objects: 'auto',
      levels: 4,
      epochs: 3,
      batchSize: 2,
      learningRate: 0.001,
      loss: 'dice+bce',
      validation: null,
      maxMinutes: null,
      patience: null,
      startFrom: 'old@v2',
      starter: 'auto',
      augment: false,
      tiles: 'auto',
      seed: 0,
    });
    const [out] = flow.sent[0];
    assert.deepEqual(out.payload, { model, metrics: result.metrics, samples: 3, failed: [] });
    assert.deepEqual([out.model, out.plate, out.parts], [model, 4, undefined]);
    assert.equal(flow.completed.length, 3);
  });

  it('collects without parts until msg.complete', async () => {
    const host = new FakeHost().on('train', () => result);
    const flow = await startTrain(host);
    flow.receive({ payload: good('a') });
    flow.receive({ payload: good('b') });
    await settle();
    assert.deepEqual(host.calls, []);
    assert.equal(flow.statuses.at(-1)?.text, 'Collected 2 samples');
    flow.receive({ complete: true });
    await until(() => flow.sent[0].length === 1);
    assert.equal(host.inputs('train')[0].samples.length, 2);
    assert.equal(flow.sent[0][0].complete, undefined);
  });

  it('sends a message each epoch and shows epoch and Dice', async () => {
    const host = new FakeHost().on('train', async (_, { onProgress }) => {
      for (const report of [progress(0), progress(1), progress(1, 0.5), progress(2, 0.75)]) {
        onProgress?.(report);
        await settle(260);
      }
      return result;
    });
    const flow = await startTrain(host);
    flow.receive({ payload: good('a'), parts: part(0, 1) });
    await until(() => flow.sent[0].length === 1);
    assert.deepEqual(
      flow.sent[1].map((msg) => payloadOf(msg).epoch),
      [1, 2],
    );
    const { done: _done, total: _total, ...expected } = progress(2, 0.75);
    assert.deepEqual(flow.sent[1][1].payload, expected);
    assert.ok(flow.statuses.some(({ text }) => text === 'Epoch 3 of 3, Dice 0.75, 1 min left'));
  });

  it('shows fold and minutes left where no epochs are set, and what Dice to expect in the end', async () => {
    const expected = { dice: 0.8234, low: 0.7811, high: 0.998, level: 0.9, files: 8, images: 8 };
    const host = new FakeHost().on('train', async (_, { onProgress }) => {
      for (const epoch of [0, 1]) {
        onProgress?.({ ...progress(epoch), remaining: 170 });
        await settle(260);
      }
      onProgress?.({ ...progress(1, 0.5), remaining: 170 });
      await settle(260);
      for (const fold of [2, null]) {
        onProgress?.({ ...progress(2, 0.75), remaining: 61, stage: { fold, folds: 3, images: 8 } });
        await settle(260);
      }
      return { model, metrics: trainMetrics({ expected }) };
    });
    const flow = await startTrain(host, { model: 'nuclei' });
    flow.receive({ payload: good('a'), parts: part(0, 1) });
    await until(() => flow.sent[0].length === 1);
    const texts = flow.statuses.map(({ text }) => text);
    for (const text of [
      'Training, 3 min left',
      'Dice 0.50, 3 min left',
      'Fold 2 of 3, 2 min left',
      'All 8 images, 2 min left',
    ]) {
      assert.ok(texts.includes(text), `${text} in ${texts}`);
    }
    assert.equal(texts.at(-1), 'Dice 0.82, v1');
    assert.deepEqual(payloadOf(flow.sent[1][1]).stage, { fold: 2, folds: 3, images: 8 });
  });

  it('says where it trains, to the node after a deploy too, and warns of a device that failed', async () => {
    const { host, runs } = held();
    const flow = await startTrain(host);
    flow.receive({ payload: good('a'), parts: part(0, 1) });
    await until(() => runs.length === 1);
    const reason = 'onnx on cuda: 9 times as fast as onnx on cpu';
    runs[0].options.onChoice?.({ waitsFor: 'train nuclei' });
    await until(() => flow.statuses.at(-1)?.text === 'Waiting for train nuclei');
    runs[0].options.onChoice?.({ engine: 'onnx', device: 'cuda', precision: 'float32', reason, warnings: [] });
    await until(() => flow.statuses.at(-1)?.text === 'onnx on cuda');
    const before = flow.statuses.length;
    await flow.redeploy();
    await until(() => flow.statuses.slice(before).some(({ text }) => text === 'onnx on cuda'));
    const warnings = ['cuda is gone'];
    runs[0].options.onChoice?.({ engine: 'onnx', device: 'cpu', precision: 'float32', reason: 'left', warnings });
    await until(() => flow.statuses.at(-1)?.text === 'onnx on cpu');
    runs[0].finish({ model, metrics: trainMetrics({ warnings }) });
    await until(() => flow.statuses.at(-1)?.text === 'Dice 0.90, v1, see warning');
    assert.equal(flow.sent[0].length, 1);
  });

  it('leaves failed samples out, counts and lists them, and hangs on none', async () => {
    const host = new FakeHost().on('train', () => result);
    const flow = await startTrain(host);
    flow.receive({ payload: failedSample('broken'), parts: part(0, 3) });
    flow.receive({ payload: sample('truthless'), parts: part(1, 3) });
    flow.receive({ payload: good('a'), parts: part(2, 3) });
    await until(() => flow.sent[0].length === 1);
    const { samples, failed } = payloadOf<{ samples: number; failed: Array<{ id: string; error: string }> }>(
      flow.sent[0][0],
    );
    assert.equal(samples, 1);
    assert.deepEqual(
      failed.map(({ id }) => id),
      ['broken', 'truthless'],
    );
    assert.match(errorOf(flow.caught[0]).message, /the sample has no image "seg1"; it has raw/);
    assert.equal(flow.statuses.at(-1)?.text, 'Dice 0.90, v1, 2 failed');
  });

  it('gives up the oldest of too many incomplete sequences, says so, and goes on', async () => {
    const host = new FakeHost().on('train', () => result);
    const flow = await startTrain(host);
    const warned: unknown[] = [];
    flow.node.warn = (text: unknown) => warned.push(text);
    for (let i = 0; i < 101; i++) flow.receive({ payload: good(`s${i}`), parts: { id: `q${i}`, index: 0, count: 2 } });
    await until(() => flow.completed.length === 101);
    assert.deepEqual(warned, [
      'msg.parts.id q0: given up with 1 item, as more than 100 sequences are incomplete and it is the oldest',
    ]);
    assert.equal(flow.statuses.at(-1)?.text, 'Gave up on 1 sample');
    flow.receive({ payload: good('b'), parts: { id: 'q100', index: 1, count: 2 } });
    await until(() => flow.sent[0].length === 1);
    assert.equal(host.inputs('train')[0].samples.length, 2);
  });

  it('refuses to train on nothing, and on a sequence that was cancelled on its way', async () => {
    const host = new FakeHost();
    const flow = await startTrain(host);
    flow.receive({ payload: failedSample('broken'), parts: part(0, 1) });
    await until(() => flow.caught.length === 1);
    assert.match(errorOf(flow.caught[0]).message, /samples to train on: expected at least 1 .*broken is broken/);
    flow.receive({ payload: good('a'), parts: { id: 'r', index: 0, count: 2 } });
    flow.receive({ payload: failedSample('b', 'cancelled'), parts: { id: 'r', index: 1, count: 2 } });
    await until(() => flow.caught.length === 2);
    assert.equal(errorOf(flow.caught[1]).code, 'cancelled');
    assert.deepEqual(host.calls, []);
  });

  it('refuses to train without a name for the model', async () => {
    const flow = await startTrain(new FakeHost(), { model: '' });
    flow.receive({ payload: good('a'), parts: part(0, 1) });
    await until(() => flow.caught.length === 1);
    assert.match(errorOf(flow.caught[0]).message, /model: expected a name for the model/);
  });

  it('keeps the best so far on msg.cancel', async () => {
    const { host, runs } = held();
    const flow = await startTrain(host);
    flow.receive({ payload: good('a'), parts: part(0, 1) });
    await until(() => runs.length === 1);
    const [{ options, finish }] = runs;
    options.stop?.addEventListener('abort', () => finish(result));
    flow.receive({ cancel: true });
    await until(() => flow.sent[0].length === 1);
    assert.deepEqual(flow.sent[0][0].model, model);
    assert.equal(options.signal?.aborted, false);
    assert.equal(flow.caught.length, 0);
  });

  it('drops what it is collecting on msg.cancel', async () => {
    const host = new FakeHost().on('train', () => result);
    const flow = await startTrain(host);
    flow.receive({ payload: good('a') });
    flow.receive({ cancel: true });
    flow.receive({ payload: good('b') });
    flow.receive({ complete: true });
    await until(() => flow.sent[0].length === 1);
    assert.deepEqual(
      host.inputs('train')[0].samples.map(({ id }) => id),
      ['b'],
    );
  });

  it('logs what a training warns of as soon as it is told, once', async () => {
    const { host, runs } = held();
    const flow = await startTrain(host);
    const warned: string[] = [];
    const node: EventEmitter = flow.node;
    node.on('call:warn', ({ args }: { args: [string] }) => warned.push(args[0]));
    flow.receive({ payload: good('a'), parts: part(0, 1) });
    await until(() => runs.length === 1);
    await settle();
    for (let i = 0; i < 3; i++) runs[0].options.onProgress?.({ ...progress(1), warnings: ['damaged'] });
    await until(() => warned.length > 0);
    runs[0].finish({ model, metrics: trainMetrics({ warnings: ['damaged'] }) });
    await until(() => flow.statuses.at(-1)?.text === 'Dice 0.90, v1, see warning');
    assert.deepEqual(warned, ['damaged']);
  });

  it('waits for all images when each patch is a message', async () => {
    const host = new FakeHost().on('train', () => result);
    const flow = await startTrain(host);
    for (const image of [0, 1]) {
      for (const index of [0, 1]) {
        const parts = { id: `patches${image}`, index, count: 2, inner: true, parts: part(image, 2) };
        flow.receive({ payload: good(`s${image}_p${index}`), parts });
      }
    }
    await until(() => flow.sent[0].length === 1);
    assert.deepEqual(
      host.inputs('train')[0].samples.map(({ id }) => id),
      ['s0_p0', 's0_p1', 's1_p0', 's1_p1'],
    );
  });

  it('refuses settings out of range', async () => {
    const flow = await startTrain(new FakeHost(), { ...config, validation: 1 });
    flow.receive({ payload: good('a'), parts: part(0, 1) });
    await until(() => flow.caught.some((msg) => msg.payload !== undefined));
    assert.match(
      errorOf(flow.caught.at(-1) ?? ({} as never)).message,
      /segmenter-train\.validation: must be < 1, got 1/,
    );
  });
});
