import assert from 'node:assert/strict';
import type { Node, NodeAPI, NodeMessageInFlow } from 'node-red';
import helper from 'node-red-node-test-helper';

import evaluate = require('../../nodes/evaluate/evaluate');
import loadImage = require('../../nodes/load-image/load-image');
import patch = require('../../nodes/patch/patch');
import predict = require('../../nodes/predict/predict');
import train = require('../../nodes/train/train');

import { enter, leave } from '../../nodes/sequences/pacing';
import { leaveBehind, takeOver } from '../../nodes/working/left-behind';
import { predictMetrics, trainMetrics } from '../support/job-metrics';
import { FakeHost, untilCancelled } from './fake-host';
import { failedSample, image, payloadOf, sample, settle, startFlow, stopFlow, until } from './run-node';

const model = { name: 'nuclei', version: 'v1', uri: 'file:///models/nuclei/v1', sha256: 'ab' };
const part = (index: number, count: number) => ({ id: 'q', index, count });

/** What the log warned of. */
function warnings(): string[] {
  return helper
    .log()
    .args.map(([{ msg }]) => String(msg))
    .filter((msg) => msg.includes('dropped'));
}

describe('a deploy', () => {
  afterEach(stopFlow);

  it('hands what waits, and what is in work, to the node that comes', async () => {
    let hangs = true;
    const host = new FakeHost().on('predict', ({ image: { id } }, { signal }) =>
      hangs ? untilCancelled(signal) : { probability: image(id), model, metrics: predictMetrics() },
    );
    const flow = await startFlow({ file: predict, type: 'segmenter-predict', access: host.access() });
    for (const id of ['a', 'b', 'c']) flow.receive({ payload: sample(id), model, well: id });
    await until(() => host.calls.length === 1);
    hangs = false;
    await flow.redeploy({ overlap: '0.5' });
    await until(() => flow.sent[0].length === 3);
    assert.deepEqual(
      flow.sent[0].map((msg) => [payloadOf(msg).id, payloadOf(msg).failed, msg.well]),
      ['a', 'b', 'c'].map((id) => [id, undefined, id]),
    );
    assert.deepEqual(
      host.inputs('predict').map(({ overlap }) => overlap),
      [0.25, 0.5, 0.5, 0.5],
    );
    assert.deepEqual(flow.caught, []);
    assert.deepEqual(warnings(), []);
  });

  it('reports to Catch nodes what then fails', async () => {
    let hangs = true;
    const host = new FakeHost().on('predict', (_, { signal }) => {
      if (hangs) return untilCancelled(signal);
      throw new Error('no such luck');
    });
    const flow = await startFlow({ file: predict, type: 'segmenter-predict', access: host.access() });
    flow.receive({ payload: sample('a'), model });
    await until(() => host.calls.length === 1);
    hangs = false;
    await flow.redeploy();
    await until(() => flow.caught.length === 1 && flow.sent[0].length === 1);
    assert.ok(payloadOf(flow.sent[0][0]).failed);
    assert.deepEqual(flow.caught[0].payload, sample('a'));
  });

  it('does not take up what was cancelled', async () => {
    const host = new FakeHost().on('predict', (_, { signal }) => untilCancelled(signal).finally(() => settle(30)));
    const flow = await startFlow({ file: predict, type: 'segmenter-predict', access: host.access() });
    flow.receive({ payload: sample('a'), model });
    await until(() => host.calls.length === 1);
    flow.receive({ cancel: true });
    await flow.redeploy();
    await settle();
    assert.equal(host.calls.length, 1);
  });

  it('leaves incomplete sequences as they are', async () => {
    const result = { model, metrics: trainMetrics() };
    const host = new FakeHost().on('train', () => result);
    const config = { model: 'nuclei' };
    const flow = await startFlow({ file: train, type: 'segmenter-train', config, access: host.access(), outputs: 2 });
    const good = (id: string) => sample(id, { seg1: image(`${id}-seg1`) });
    flow.receive({ payload: good('a'), parts: part(0, 2) });
    await settle();
    await flow.redeploy({ ...config, epochs: '5' });
    flow.receive({ payload: good('b'), parts: part(1, 2) });
    await until(() => flow.sent[0].length === 1);
    const [{ samples, settings }] = host.inputs('train');
    assert.deepEqual([samples.map(({ id }) => id), settings.epochs], [['a', 'b'], 5]);
  });

  it('keeps the samples of a training that waits', async () => {
    const runs: string[][] = [];
    const host = new FakeHost().on('train', ({ samples }, { signal }) => {
      runs.push(samples.map(({ id }) => id));
      return runs.length === 1 ? untilCancelled(signal) : { model, metrics: trainMetrics() };
    });
    const config = { model: 'nuclei' };
    const flow = await startFlow({ file: train, type: 'segmenter-train', config, access: host.access(), outputs: 2 });
    for (const id of ['a', 'b']) {
      flow.receive({ payload: sample(id, { seg1: image(id) }), parts: { id, index: 0, count: 1 } });
    }
    await until(() => runs.length === 1);
    await flow.redeploy({ ...config, epochs: '5' });
    await until(() => flow.sent[0].length === 1);
    assert.deepEqual(runs.at(-1), ['b']);
  });

  it('lets a loading go on under the id of its sequence', async () => {
    const opened: string[] = [];
    let hangs = true;
    const entries = ['a', 'b', 'c'].map((id) => ({ id, raw: `/data/${id}.tiff`, scene: null }));
    const host = new FakeHost()
      .on('list-samples', () => ({ entries, problems: [] }))
      .on('open-sample', ({ entry: { id } }, { signal }) => {
        opened.push(id);
        return hangs && id === 'b' ? untilCancelled(signal) : [sample(id)];
      });
    const config = { raw: '/data' };
    const flow = await startFlow({ file: loadImage, type: 'segmenter-load-image', config, access: host.access() });
    flow.receive({ payload: 1 });
    await until(() => opened.includes('b'));
    hangs = false;
    await flow.redeploy();
    await until(() => flow.sent[0].length === 4);
    const ids = flow.sent[0].map((msg) => [payloadOf(msg).id, msg.parts?.index]);
    assert.deepEqual(ids, [
      ['a', 0],
      ['a', 0],
      ['b', 1],
      ['c', 2],
    ]);
    assert.equal(new Set(flow.sent[0].map(({ parts }) => parts?.id)).size, 1);
  });

  it('lets scenes of one file, and patches, go on under the ids of their sequences', async () => {
    const host = new FakeHost()
      .on('list-samples', () => ({ entries: [{ id: 'a', raw: '/data/a.tiff', scene: null }], problems: [] }))
      .on('open-sample', () => [sample('a0'), sample('a1')])
      .on('list-patches', () => [1, 2].map(() => ({ start: [0, 0, 0, 0, 0], size: [1, 1, 1, 4, 4] })) as never);
    const nodes = [
      { file: loadImage, type: 'segmenter-load-image', config: { settle: 0 }, payload: '/data/a.tiff' },
      { file: patch, type: 'segmenter-patch', config: { emit: 'patches' }, payload: sample('a') },
    ];
    for (const { payload, ...node } of nodes) {
      const flow = await startFlow({ ...node, access: host.access() });
      // The first part is still in a node when the deploy comes, so the second waits.
      let taken: string[] = [];
      const take = ({ parts }: NodeMessageInFlow) => {
        taken = [parts?.id ?? '', parts?.id ?? ''];
        enter(taken);
      };
      helper.getNode('out0').once('input', take);
      flow.receive({ payload });
      await until(() => taken.length > 0);
      await flow.redeploy();
      leave(taken);
      await until(() => flow.sent[0].length === 3);
      assert.equal(new Set(flow.sent[0].map(({ parts }) => parts?.id)).size, 1, node.type);
      await stopFlow();
    }
  });

  it('without the node is named in the log, with what was dropped', async () => {
    const host = new FakeHost().on('evaluate', (_, { signal }) => untilCancelled(signal));
    const flow = await startFlow({
      file: evaluate,
      type: 'segmenter-evaluate',
      config: { name: 'scores' },
      access: host.access(),
      outputs: 2,
    });
    flow.receive({ payload: failedSample('a'), parts: part(0, 9) });
    for (const index of [1, 2, 3]) {
      flow.receive({ payload: sample('b', { seg1: image('s'), mask: image('m') }), parts: part(index, 9) });
    }
    await until(() => host.calls.length === 1);
    await flow.remove();
    const expected =
      'segmenter-evaluate scores: 3 messages that waited and 1 item of incomplete sequences dropped, as the node was removed or disabled';
    await until(() => warnings().length > 0);
    assert.deepEqual(warnings(), [expected]);
  });
});

describe('what a node leaves behind', () => {
  /** As much of Node-RED as it needs. */
  function runtime() {
    const warned: string[] = [];
    const started: Array<() => void> = [];
    const nodes = new Map<string, Pick<Node, 'type'>>();
    const RED = {
      log: { warn: (text: string) => warned.push(text) },
      events: { once: (_name: string, listener: () => void) => started.push(listener) },
      nodes: { getNode: (id: string) => nodes.get(id) ?? null },
    };
    const start = () => {
      for (const tell of started.splice(0)) tell();
    };
    return { RED: RED as unknown as NodeAPI, warned, nodes, start };
  }
  const node = { id: 'left-1', type: 'segmenter-predict', name: 'predict' } as Node;
  const left = () => ({ messages: [{ _msgid: 'm' } as NodeMessageInFlow], collected: null });
  const gone = (why: string) => [`segmenter-predict predict: 1 message that waited dropped, as ${why}`];

  it('is taken over once, by a node of the same id and type', () => {
    const { RED, warned } = runtime();
    leaveBehind(RED, node, left());
    assert.equal(takeOver({ ...node, id: 'other' } as Node), null);
    assert.equal(takeOver({ ...node, type: 'segmenter-train' } as Node), null);
    assert.equal(takeOver(node)?.messages.length, 1);
    assert.equal(takeOver(node), null);
    assert.deepEqual(warned, []);
  });

  it('is dropped when the flows have started without its node', () => {
    const { RED, warned, start } = runtime();
    leaveBehind(RED, node, left());
    start();
    assert.deepEqual(warned, gone('the node was removed or disabled'));
    assert.equal(takeOver(node), null);
  });

  it('waits where the node is there, but of wrong settings', () => {
    const { RED, warned, nodes, start } = runtime();
    leaveBehind(RED, node, left());
    nodes.set(node.id, node);
    start();
    assert.deepEqual(warned, []);
    assert.equal(takeOver(node)?.messages.length, 1);
  });

  it('is dropped when flows stand still for long', async () => {
    const { RED, warned } = runtime();
    leaveBehind(RED, node, left(), 5);
    await until(() => warned.length > 0);
    assert.deepEqual(warned, gone('its flow was stopped'));
  });

  it('is dropped when Node-RED ends', () => {
    const { RED, warned } = runtime();
    leaveBehind(RED, node, left());
    const atExit = process.listeners('exit').filter((listener) => String(listener).includes('Node-RED ended'));
    assert.equal(atExit.length, 1);
    atExit[0](0);
    assert.deepEqual(warned, gone('Node-RED ended'));
  });
});
