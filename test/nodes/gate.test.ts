import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { NodeMessageInFlow } from 'node-red';
import helper from 'node-red-node-test-helper';
import type { TimedEvent } from '../../src/events/event';

import gate = require('../../nodes/gate/gate');

import { DriftHistory, lastPoints, points } from '../../nodes/gate/drift-history';
import { FakeHost } from './fake-host';
import { failedSample, logLines, type NodeUnderTest, sample, startFlow, stopFlow, until } from './run-node';

const model = { name: 'nuclei', version: 'v1', uri: '', sha256: '' };
const unlike = { distance: 3, limit: 2, isUnlike: true, reasons: ['blurred'] };

describe('gate', () => {
  let userDir: string;
  let flow: NodeUnderTest;
  beforeEach(() => {
    userDir = mkdtempSync(path.join(os.tmpdir(), 'segmenter-gate-'));
    helper.settings({ userDir });
  });
  afterEach(async () => {
    await stopFlow();
    helper.settings({});
    rmSync(userDir, { recursive: true, force: true, maxRetries: 5 });
  });

  const start = async (config: object = {}) => {
    flow = await startFlow({ file: gate, type: 'segmenter-gate', config, access: new FakeHost().access(), outputs: 4 });
  };
  const send = (id: string, metrics: object, more: object = {}) =>
    flow.receive({ payload: sample(id), model, metrics, ...more } as never);
  const through = (count: number) => until(() => flow.completed.length === count, `${count} messages`);
  const counts = () => flow.sent.map((sent) => sent.length);
  const verdict = (msg: NodeMessageInFlow) => (msg.payload as { verdict: unknown }).verdict;
  const metrics = (dice: number, more: object = {}) => ({
    predicted: { dice, precision: dice, recall: dice },
    unlike: { ...unlike, isUnlike: false, reasons: [] },
    foreground: 0.1,
    objects: { total: 10 },
    ...more,
  });

  it('sends each result where its verdict says, and leaves the rest of the message alone', async () => {
    await start();
    send('good', metrics(0.9), { well: 'B3' });
    send('unsure', metrics(0.6));
    send('bad', metrics(0.4, { unlike }));
    await through(3);
    assert.deepEqual(counts(), [1, 1, 1, 0]);
    const [[good], [unsure], [bad]] = flow.sent;
    assert.deepEqual(verdict(good), { state: 'pass', reasons: [], unchecked: [] });
    assert.deepEqual((good as { well?: string }).well, 'B3');
    assert.deepEqual(good.metrics, metrics(0.9));
    assert.deepEqual(verdict(unsure), { state: 'review', reasons: ['predicted Dice 0.60, below 0.7'], unchecked: [] });
    assert.deepEqual(verdict(bad), {
      state: 'alarm',
      reasons: ['predicted Dice 0.40, below 0.5', 'unlike the images of the training: blurred'],
      unchecked: [],
    });
    assert.match(String(flow.statuses.at(-1)?.text), /^Alarm: predicted Dice 0\.40/);
    // In the words of the log, for Status nodes.
    const told = flow.statuses.flatMap((status) => (status as { event?: string }).event ?? []);
    assert.deepEqual(new Set(told), new Set(['started', 'verdict']));
  });

  it('takes bounds in percent and in objects, and blank for none', async () => {
    await start({ reviewDice: '', alarmDice: '', unlike: 'ignore', mostForeground: '5', leastObjects: '20' });
    send('a', metrics(0.1));
    await through(1);
    assert.deepEqual((verdict(flow.sent[1][0]) as { reasons: string[] }).reasons, [
      'foreground 10 %, more than 5 %',
      '10 objects, less than 20',
    ]);
  });

  it('warns once of a rule that it cannot apply, and lists it with each', async () => {
    await start();
    const lines = logLines();
    for (const id of ['a', 'b']) send(id, { foreground: 0.1 });
    await through(2);
    assert.deepEqual(counts(), [2, 0, 0, 0]);
    assert.deepEqual((verdict(flow.sent[0][1]) as { unchecked: string[] }).unchecked, [
      'predicted Dice',
      'likeness to the training',
    ]);
    assert.deepEqual(lines(), [
      'not judged: the message says nothing of predicted Dice',
      'not judged: the message says nothing of likeness to the training',
    ]);
  });

  it('sends what failed before to the alarms', async () => {
    await start();
    flow.receive({ payload: failedSample('x') } as never);
    await through(1);
    assert.deepEqual(counts(), [0, 0, 1, 0]);
    assert.equal((verdict(flow.sent[2][0]) as { state: string }).state, 'alarm');
  });

  it('refuses what is no sample', async () => {
    await start();
    flow.receive({ payload: 7 } as never);
    await until(() => flow.caught.length === 1, 'an error');
    assert.deepEqual(counts(), [0, 0, 0, 0]);
  });

  it('tells when results of one instrument drift, also over a restart, and not those of another', async () => {
    await start();
    for (let i = 0; i < 40; i++) send(`usual ${i}`, metrics(0.9 + 0.01 * (i % 3)), { instrument: 'left' });
    await through(40);
    assert.deepEqual(counts(), [40, 0, 0, 0]);
    await stopFlow();
    helper.settings({ userDir });
    await start();
    for (let i = 0; i < 8; i++) send(`right ${i}`, metrics(0.75), { instrument: 'right' });
    await through(8);
    assert.equal(flow.sent[3].length, 0);
    for (let i = 0; i < 8; i++) send(`left ${i}`, metrics(0.75), { instrument: 'left' });
    await through(16);
    assert.equal(flow.sent[3].length, 1);
    const { event, state, series, instrument, model: named, sample: id } = flow.sent[3][0].payload as TimedEvent;
    assert.deepEqual([event, state, series], ['drift', 'away', 'predictedDice']);
    assert.deepEqual([instrument, named], ['left', 'nuclei@v1']);
    assert.match(String(id), /^left/);
    assert.equal(flow.sent[3][0].topic, 'drift');
  });

  /** What is kept of the results of each model and instrument. */
  const history = () => {
    const folder = path.join(userDir, 'segmenter', 'gate', 'node');
    return readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.jsonl'))
      .map((name) => path.join(folder, name));
  };
  const lines = (file: string) => readFileSync(file, 'utf8').trim().split('\n');

  it('goes on behind half a line, and begins anew, and says so, where its memory is damaged', async () => {
    await start();
    send('a', metrics(0.9));
    await through(1);
    await stopFlow();
    const [file] = history();
    appendFileSync(file, '{"at":"2026-11-30T0');
    helper.settings({ userDir });
    await start();
    const said = logLines();
    send('b', metrics(0.9));
    await through(1);
    await stopFlow();
    assert.deepEqual(said(), []);
    assert.equal(JSON.parse(lines(file).at(-1) ?? '').charts.objects.count, 2);
    writeFileSync(file, '{"charts":7}\n');
    helper.settings({ userDir });
    await start();
    send('c', metrics(0.9));
    await through(1);
    await stopFlow();
    assert.equal(said().length, 1);
    assert.match(said()[0], /the charts begin anew/);
    assert.equal(JSON.parse(lines(file).at(-1) ?? '').charts.objects.count, 1);
  });

  it('keeps each result as it was charted, by model and instrument', async () => {
    await start();
    send('a', metrics(0.9), { instrument: 'left' });
    send('b', metrics(0.8), { instrument: 'right' });
    await through(2);
    await stopFlow();
    const kept = history().map((file) => JSON.parse(lines(file)[0]));
    const [a, b] = kept.sort((one, other) => (one.sample < other.sample ? -1 : 1));
    assert.deepEqual([a.sample, a.model, a.instrument], ['a', 'nuclei@v1', 'left']);
    assert.deepEqual([b.sample, b.instrument, b.values.predictedDice], ['b', 'right', 0.8]);
    assert.deepEqual(a.values, { predictedDice: 0.9, distance: 3, foreground: 0.1, objects: 10 });
  });

  it('keeps what it remembers small and below the user folder, whatever messages and ids say', async () => {
    await start();
    const long = 'x'.repeat(500_000);
    send('a', metrics(0.9, { foreground: -1, objects: { total: '7' } }), { instrument: long, model: { name: long } });
    await through(1);
    await stopFlow();
    const [file, ...others] = history();
    assert.deepEqual(others, []);
    const text = readFileSync(file, 'utf8');
    assert.ok(text.length < 2000, `${text.length} characters`);
    assert.deepEqual(Object.keys(JSON.parse(text).charts), ['predictedDice', 'distance']);
  });

  it('forgets the model and instrument that nothing came of for the longest', async () => {
    const folder = path.join(userDir, 'segmenter', 'gate');
    let now = Date.UTC(2026, 10, 30);
    const at = (i: number) => ({ model: 'nuclei@v1', instrument: String(i) });
    const one = new DriftHistory(folder, assert.fail, () => now++);
    for (let i = 0; i < 200; i++) await one.add(at(i), null, { objects: 1 });
    await one.add(at(0), null, { objects: 1 });
    await one.close();
    writeFileSync(path.join(folder, 'notes.txt'), '');
    const two = new DriftHistory(folder, assert.fail, () => now++);
    await two.add(at(200), null, { objects: 1 });
    await two.close();
    const left = (await lastPoints(folder)).map(({ point }) => Number(point.instrument)).sort((a, b) => a - b);
    assert.deepEqual(left, [0, ...Array.from({ length: 199 }, (_, i) => i + 2)]);
    assert.ok(readdirSync(folder).includes('notes.txt'));
    assert.deepEqual(await points(folder, '../gate', 10), []);
  });

  it('keeps the newest pairs, and each result of them, where very many come at once', async () => {
    const folder = path.join(userDir, 'segmenter', 'gate');
    let now = Date.UTC(2026, 10, 30);
    const at = (i: number) => ({ model: 'nuclei@v1', instrument: String(i) });
    const history = new DriftHistory(folder, assert.fail, () => now++);
    const many = Array.from({ length: 230 }, (_, i) => i);
    await Promise.all(many.map((i) => history.add(at(i), null, { objects: 1 })));
    await Promise.all(many.slice(-200).map((i) => history.add(at(i), null, { objects: 2 })));
    await history.close();
    const left = await lastPoints(folder);
    const names = left.map(({ point }) => Number(point.instrument)).sort((a, b) => a - b);
    assert.deepEqual(names, many.slice(-200));
    for (const { key, point } of left) {
      assert.equal(point.charts.objects?.count, 2);
      assert.equal((await points(folder, key, 10)).length, 2);
    }
  });
});
