import assert from 'node:assert/strict';
import type { EventEmitter } from 'node:events';

import compute = require('../../nodes/compute/compute');
import predict = require('../../nodes/predict/predict');
import threshold = require('../../nodes/threshold/threshold');

import { predictMetrics, thresholdMetrics } from '../support/job-metrics';
import { FakeHost, untilCancelled } from './fake-host';
import { errorOf, image, payloadOf, sample, startFlow, stopFlow, until } from './run-node';

const model = { name: 'nuclei', version: 'v2', uri: 'file:///models/nuclei/v2', sha256: 'ab' };

describe('predict', () => {
  const probability = image('probability');
  const answering = () => new FakeHost().on('predict', () => ({ probability, model, metrics: predictMetrics() }));
  const others = (settings: object) => ({
    files: [compute],
    nodes: [{ id: 'c', type: 'segmenter-compute', name: '', ...settings }],
  });
  afterEach(stopFlow);

  it('adds the probability map, the model and the metrics', async () => {
    const host = answering();
    const flow = await startFlow({ file: predict, type: 'segmenter-predict', access: host.access() });
    flow.receive({ payload: sample('a'), model });
    await until(() => flow.completed.length === 1);
    const [out] = flow.sent[0];
    assert.deepEqual(payloadOf(out).probability, probability);
    assert.deepEqual(out.model, model);
    assert.deepEqual(out.metrics, predictMetrics());
    const [input] = host.inputs('predict');
    assert.deepEqual(input.image, image('a-raw'));
    assert.deepEqual(input.model, model);
    assert.equal(input.overlap, 0.25);
    assert.equal(input.mirror, false);
    assert.equal(input.compute.engine, 'auto');
  });

  it('finds a model by name and predicts from another image', async () => {
    const host = answering();
    const config = { model: 'nuclei@v1', modelType: 'str', from: 'seg1', overlap: '0.5', mirror: true };
    const flow = await startFlow({ file: predict, type: 'segmenter-predict', config, access: host.access() });
    flow.receive({ payload: sample('a', { seg1: image('s') }) });
    await until(() => flow.completed.length === 1);
    const [input] = host.inputs('predict');
    assert.deepEqual([input.model, input.image.id, input.overlap, input.mirror], ['nuclei@v1', 's', 0.5, true]);
  });

  it('says what to do and where it looked when there is no model', async () => {
    const flow = await startFlow({ file: predict, type: 'segmenter-predict', access: answering().access() });
    flow.receive({ payload: sample('a') });
    await until(() => flow.caught.length === 1);
    assert.equal(
      errorOf(flow.caught[0]).message,
      'no model: choose one in the dialog of this node, or wire the node behind train; model (msg.model) is empty',
    );
    assert.match(String(flow.statuses.at(-1)?.text), /status\.noModel|No model: choose one in the dialog/);
    flow.receive({ payload: sample('b'), model: 7 });
    await until(() => flow.caught.length === 2);
    assert.match(errorOf(flow.caught[1]).message, /model \(msg\.model\): expected a model: .*got 7/);
  });

  it('names the image that is missing and those there are', async () => {
    const config = { from: 'seg2' };
    const flow = await startFlow({ file: predict, type: 'segmenter-predict', config, access: answering().access() });
    flow.receive({ payload: sample('a'), model });
    await until(() => flow.caught.length === 1);
    assert.match(errorOf(flow.caught[0]).message, /the sample has no image "seg2"; it has raw/);
  });

  it('uses the settings of its compute node', async () => {
    const host = answering();
    const flow = await startFlow({
      file: predict,
      type: 'segmenter-predict',
      config: { compute: 'c' },
      access: host.access(),
      others: others({ engine: 'onnx', device: 'cpu', threads: '3', memory: '512', queue: '7' }),
    });
    flow.receive({ payload: sample('a'), model });
    await until(() => flow.completed.length === 1);
    const expected = { engine: 'onnx', device: 'cpu', threads: 3, precision: 'float32', memoryMB: 512, queue: 7 };
    assert.deepEqual(host.inputs('predict')[0].compute, expected);
  });

  it('says that its compute node is missing or wrong', async () => {
    const flow = await startFlow({
      file: predict,
      type: 'segmenter-predict',
      config: { compute: 'c' },
      access: answering().access(),
      others: others({ device: 'tpu' }),
    });
    flow.receive({ payload: sample('a'), model });
    await until(() => flow.caught.some((msg) => msg.payload !== undefined));
    assert.match(errorOf(flow.caught.at(-1) ?? ({} as never)).message, /compute: expected a compute node/);
  });

  it('refuses what its queue has no room for with an error of code busy, and passes it on as failed', async () => {
    const host = new FakeHost().on('predict', (_, { signal }) => untilCancelled(signal));
    const flow = await startFlow({
      file: predict,
      type: 'segmenter-predict',
      config: { compute: 'c' },
      access: host.access(),
      others: others({ queue: 1 }),
    });
    for (const id of ['a', 'b', 'c']) flow.receive({ payload: sample(id), model });
    await until(() => flow.caught.length === 1 && flow.sent[0].length === 1);
    assert.equal(errorOf(flow.caught[0]).code, 'busy');
    assert.match(errorOf(flow.caught[0]).message, /expected at most 1 waiting message/);
    assert.equal(payloadOf(flow.sent[0][0]).id, 'c');
  });

  it('frees the workers of its compute settings when it is deleted', async () => {
    const host = answering();
    const flow = await startFlow({
      file: predict,
      type: 'segmenter-predict',
      config: { compute: 'c' },
      access: host.access(),
      others: others({ threads: 5 }),
    });
    const freed = () => host.shutdowns > 0 || host.released.some(({ threads }) => threads === 5);
    await flow.redeploy();
    assert.equal(freed(), false);
    await flow.remove();
    await until(freed);
  });

  it('frees the workers of its former settings when it gets others', async () => {
    const host = answering();
    const flow = await startFlow({
      file: predict,
      type: 'segmenter-predict',
      config: { compute: 'c' },
      access: host.access(),
      others: others({ threads: 6 }),
    });
    await flow.redeploy({ compute: '' });
    await until(() => host.released.some(({ threads }) => threads === 6));
  });

  it('shows a warning of the prediction', async () => {
    const host = new FakeHost().on('predict', () => ({
      probability,
      model,
      metrics: predictMetrics({ warnings: ['pixel size 0.5 differs from 0.2'] }),
    }));
    const flow = await startFlow({ file: predict, type: 'segmenter-predict', access: host.access() });
    flow.receive({ payload: sample('a'), model });
    await until(() => flow.completed.length === 1);
    assert.equal(flow.statuses.at(-1)?.text, 'Done, see warning');
  });

  it('says where it runs and why, in status and log, and warns once where that changes', async () => {
    const choice = { engine: 'onnx', precision: 'float32', warnings: [] as string[] } as const;
    const cuda = { ...choice, device: 'cuda' as const, reason: 'onnx on cuda: 9 times as fast as onnx on cpu' };
    const lost = { ...choice, device: 'cpu' as const, reason: 'onnx on cpu: what is left', warnings: ['cuda is gone'] };
    const host = new FakeHost().on('predict', (_, { onChoice }) => {
      onChoice?.(null);
      onChoice?.(cuda);
      onChoice?.(lost);
      return { probability, model, metrics: predictMetrics({ warnings: ['cuda is gone'] }) };
    });
    const flow = await startFlow({ file: predict, type: 'segmenter-predict', access: host.access() });
    const said: string[] = [];
    const node = flow.node as unknown as EventEmitter;
    node.on('call:log', ({ args }: { args: [string] }) => said.push(`log ${args[0]}`));
    node.on('call:warn', ({ args }: { args: [string] }) => said.push(`warn ${args[0]}`));
    flow.receive({ payload: sample('a'), model });
    await until(() => flow.completed.length === 1);
    assert.deepEqual(said, [`log ${cuda.reason}`, `log ${lost.reason}`, 'warn cuda is gone']);
    const shown = flow.statuses.map((status) => [status.text, (status as { chosen?: string }).chosen]);
    assert.deepEqual(shown.slice(-5), [
      ['Started', undefined],
      ['Trying devices', undefined],
      ['onnx on cuda', cuda.reason],
      ['onnx on cpu', lost.reason],
      ['Done, see warning', lost.reason],
    ]);
  });
});

describe('threshold', () => {
  const mask = image('mask');
  const labels = image('labels');
  const place = { z: 0, y: 0, x: 0 };
  const OBJECTS = [4, 9].map((size, i) => ({
    ...{ label: i + 1, size, sizeMicrometres: null, centroid: place, centroidMicrometres: null, meanIntensity: null },
    box: { start: place, size: place },
  }));
  const withMap = sample('a', { probability: image('p') });
  afterEach(stopFlow);

  async function run(config: object, msg: object = {}) {
    const host = new FakeHost().on('threshold', ({ settings }) => ({
      mask,
      ...(settings.label
        ? { labels, metrics: thresholdMetrics({ objects: { total: 2, rows: OBJECTS, file: null } }) }
        : { metrics: thresholdMetrics() }),
    }));
    const flow = await startFlow({ file: threshold, type: 'segmenter-threshold', config, access: host.access() });
    flow.receive({ payload: withMap, ...msg });
    await until(() => flow.completed.length + flow.caught.length === 1);
    return { flow, input: host.inputs('threshold')[0] };
  }

  it('adds the mask; its defaults are threshold and smallest object of the model', async () => {
    const { flow, input } = await run({}, { model });
    assert.deepEqual(payloadOf(flow.sent[0][0]).mask, mask);
    assert.equal('labels' in payloadOf(flow.sent[0][0]), false);
    assert.deepEqual(input.model, model);
    assert.deepEqual(input.raw, image('a-raw'));
    assert.deepEqual(input.settings, {
      method: 'model',
      value: 0.5,
      minSize: null,
      fillHoles: false,
      label: false,
      connectivity: 'faces',
      touching: 'auto',
      track: false,
    });
  });

  it('carries on what the prediction said of itself, of its own threshold the Dice too', async () => {
    const predicted = { dice: 0.8, precision: 0.9, recall: 0.7 };
    const unlike = { distance: 9, limit: 3, isUnlike: true, reasons: ['blurred'] };
    const metrics = { predicted, unlike, seconds: 5 };
    const { flow } = await run({}, { model, metrics });
    assert.deepEqual(flow.sent[0][0].metrics, { ...thresholdMetrics(), predicted, unlike });
    await stopFlow();
    const other = await run({ method: 'otsu' }, { model, metrics });
    assert.deepEqual(other.flow.sent[0][0].metrics, { ...thresholdMetrics(), unlike });
    for (const strange of [undefined, 7, { predicted: { dice: 'high' } }, { predicted: { ...predicted, dice: 2 } }]) {
      await stopFlow();
      const { flow: plain } = await run({}, { model, metrics: strange });
      assert.deepEqual(plain.sent[0][0].metrics, thresholdMetrics());
    }
  });

  it('adds labels and an object table on request', async () => {
    const { flow } = await run({ label: true, minSize: '12', fillHoles: 'true', connectivity: 'full' });
    assert.deepEqual(payloadOf(flow.sent[0][0]).labels, labels);
    assert.deepEqual((flow.sent[0][0].metrics as { objects: { rows: unknown } }).objects.rows, OBJECTS);
    assert.equal(flow.statuses.at(-1)?.text, '2 objects');
  });

  it('warns once of what holds for every message, and says so in the status of each', async () => {
    const host = new FakeHost().on('threshold', () => ({
      mask,
      metrics: thresholdMetrics({ warnings: ['nuclei means v1'] }),
    }));
    const flow = await startFlow({ file: threshold, type: 'segmenter-threshold', access: host.access() });
    const warned: unknown[] = [];
    flow.node.warn = (text: unknown) => warned.push(text);
    for (let i = 1; i <= 3; i++) {
      flow.receive({ payload: withMap, model });
      await until(() => flow.completed.length === i);
      assert.equal(flow.statuses.at(-1)?.text, 'Done, see warning');
    }
    assert.deepEqual(warned, ['nuclei means v1']);
  });

  it('takes a value from the message', async () => {
    const { input } = await run({ method: 'value', value: 'level', valueType: 'msg' }, { level: 0.7 });
    assert.equal(input.settings.value, 0.7);
  });

  it('refuses a value that is no number, naming its source', async () => {
    const { flow } = await run({ method: 'value', value: 'level', valueType: 'msg' }, { level: 'high' });
    assert.match(errorOf(flow.caught[0]).message, /value \(msg\.level\): expected a number such as 0\.5, got "high"/);
  });
});
