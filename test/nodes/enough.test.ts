import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import helper from 'node-red-node-test-helper';

import enough = require('../../nodes/enough/enough');
import events = require('../../nodes/events/events');

import type { TimedEvent } from '../../src/events/event';
import { FakeHost } from './fake-host';
import { errorOf, failedSample, type NodeUnderTest, sample, startFlow, stopFlow, until } from './run-node';

describe('enough', () => {
  let userDir: string;
  let flow: NodeUnderTest;
  beforeEach(() => {
    userDir = mkdtempSync(path.join(os.tmpdir(), 'segmenter-enough-'));
    helper.settings({ userDir });
  });
  afterEach(async () => {
    await stopFlow();
    helper.settings({});
    rmSync(userDir, { recursive: true, force: true, maxRetries: 5 });
  });

  const start = async (config: object = {}, others?: { files: never[]; nodes: never[] }) => {
    const access = new FakeHost().access();
    flow = await startFlow({ file: enough, type: 'segmenter-enough', config, access, outputs: 2, others });
  };
  const send = (id: string, total: number, more: object = {}) =>
    flow.receive({ payload: sample(id), metrics: { objects: { total } }, ...more } as never);
  const through = (count: number) => until(() => flow.completed.length === count, `${count} messages`);
  const count = (i: number) => (flow.sent[0][i] as { count?: unknown }).count;

  it('counts over a run, tells once when it is enough, and lets all samples go on', async () => {
    await start({ target: '10' });
    send('a', 6, { run: 'r' });
    send('b', 3, { run: 'r' });
    send('b', 4, { run: 'r' });
    send('c', 5, { run: 'r' });
    await through(4);
    assert.deepEqual(
      flow.sent.map((sent) => sent.length),
      [4, 1],
    );
    assert.deepEqual(count(1), { run: 'r', count: 9, target: 10, images: 2, enough: false });
    assert.deepEqual(count(3), { run: 'r', count: 15, target: 10, images: 3, enough: true });
    const [told] = flow.sent[1];
    const { event, node, at, ...rest } = told.payload as TimedEvent;
    assert.deepEqual(
      [told.topic, (told as { run?: string }).run, event, node.type],
      ['enough', 'r', 'enough', 'segmenter-enough'],
    );
    assert.ok(!Number.isNaN(Date.parse(at)));
    const reason = '10 objects in 2 images, 10 are enough';
    assert.deepEqual(rest, { sample: 'b', run: 'r', count: 10, target: 10, images: 2, reason });
    assert.equal(flow.statuses.at(-1)?.text, 'Enough: 15 of 10');
  });

  it('begins at 0 with a new run and a reset, and remembers over a restart', async () => {
    await start({ target: 10 });
    send('a', 8, { run: 'r' });
    send('a', 2, { run: 'other' });
    await through(2);
    await stopFlow();
    helper.settings({ userDir });
    await start({ target: 10 });
    send('b', 2, { run: 'r' });
    await through(1);
    assert.equal(flow.sent[1].length, 1);
    flow.receive({ reset: true, run: 'r', payload: '' } as never);
    send('b', 9, { run: 'r' });
    send('c', 1, { run: 'r' });
    await through(4);
    assert.deepEqual(
      flow.sent.map((sent) => sent.length),
      [3, 2],
    );
    assert.equal((count(1) as { count: number }).count, 9);
  });

  it('counts images, too, which need no objects; what failed does not count', async () => {
    await start({ target: 2, counted: 'images' });
    flow.receive({ payload: sample('a') } as never);
    flow.receive({ payload: failedSample('b') } as never);
    flow.receive({ payload: sample('c') } as never);
    await through(3);
    assert.equal(flow.sent[1].length, 1);
    assert.equal((flow.sent[1][0].payload as TimedEvent).sample, 'c');
    assert.equal(flow.sent[0].length, 3);
  });

  it('refuses what does not say how many objects there are', async () => {
    await start();
    flow.receive({ payload: sample('a'), metrics: { objects: { total: -1 } } } as never);
    await until(() => flow.caught.length === 1);
    assert.match(errorOf(flow.caught[0]).message, /msg\.metrics\.objects\.total: expected the number of objects/);
  });

  it('is heard by an events node, as an error is, each with the same words', async () => {
    const heard = [
      { id: 'ev', type: 'segmenter-events', z: 'tab', x: 0, y: 0, name: '', from: 'flow', wires: [['hears']] },
      { id: 'hears', type: 'helper', z: 'tab', x: 0, y: 0 },
      { id: 'ev2', type: 'segmenter-events', z: 'elsewhere', x: 0, y: 0, name: '', from: 'flow', wires: [['hears2']] },
      { id: 'elsewhere', type: 'tab', label: 'elsewhere' },
      { id: 'hears2', type: 'helper', z: 'elsewhere', x: 0, y: 0 },
    ];
    await start({ target: 1 }, { files: [events as never], nodes: heard as never[] });
    const told: Array<{ topic?: string; payload: TimedEvent }> = [];
    let others = 0;
    helper.getNode('hears').on('input', (msg: unknown) => told.push(msg as (typeof told)[number]));
    helper.getNode('hears2').on('input', () => others++);
    send('a', 3);
    flow.receive({ payload: 7 } as never);
    await until(() => told.length === 2);
    const [first, second] = told;
    assert.deepEqual([first.topic, first.payload.event, first.payload.sample], ['enough', 'enough', 'a']);
    assert.deepEqual(first.payload, flow.sent[1][0].payload);
    assert.deepEqual([second.topic, second.payload.code, second.payload.node.id], ['error', 'invalid-input', 'node']);
    assert.equal(others, 0);
  });
});
