import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import helper from 'node-red-node-test-helper';

import positions = require('../../nodes/positions/positions');

import type { JobOutput } from '../../src/jobs/job-types';
import type { NextPosition } from '../../src/stage/forms';
import type { Candidate } from '../../src/stage/objects';
import { FakeHost } from './fake-host';
import {
  errorOf,
  failedSample,
  image,
  logLines,
  type NodeUnderTest,
  payloadOf,
  sample,
  startFlow,
  stopFlow,
  until,
} from './run-node';

/** An image of 201 x 101 pixels of half a micrometre whose middle is at 1000, 2000. */
const RAW = {
  ...image('a-raw', [1, 1, 1, 101, 201]),
  pixelSize: { z: null, y: 0.5, x: 0.5 },
  acquisition: { stage: { z: 5, y: 2000, x: 1000 } },
};
const OBJECTS = { total: 3, rows: [], file: null };
const measures = { size: 9, sizeMicrometres: 2, meanIntensity: 7, elongation: null };
const candidate = (object: number, x: number): Candidate => ({
  object,
  centroid: { z: 0, y: 50, x },
  measures,
  score: 9,
});
const RANKED: JobOutput<'rank-objects'> = {
  candidates: [candidate(2, 200), candidate(1, 100), candidate(3, 104)],
  total: 4,
  atBorder: 1,
};

describe('positions', () => {
  let userDir: string;
  let flow: NodeUnderTest;
  let host: FakeHost;
  beforeEach(() => {
    userDir = mkdtempSync(path.join(os.tmpdir(), 'segmenter-positions-'));
    helper.settings({ userDir });
    host = new FakeHost().on('rank-objects', () => RANKED);
  });
  afterEach(async () => {
    await stopFlow();
    helper.settings({});
    rmSync(userDir, { recursive: true, force: true, maxRetries: 5 });
  });

  const start = async (config: object = {}) => {
    flow = await startFlow({ file: positions, type: 'segmenter-positions', config, access: host.access(), outputs: 2 });
  };
  const send = (more: object = {}, raw: object = RAW) =>
    flow.receive({ payload: sample('a', { raw: raw as never }), metrics: { objects: OBJECTS }, ...more } as never);
  const through = (count: number) => until(() => flow.completed.length === count, `${count} messages`);
  const found = (i = -1) => payloadOf<{ positions: NextPosition[] }>(flow.sent[0].at(i) as never).positions;
  const at = (list: NextPosition[]) => list.map(({ object, x, y, z }) => [object, x, y, z]);

  it('says where the objects are, in short ways from where the stage is', async () => {
    await start({ rank: 'rarest', inside: true });
    send({ well: 'B3' });
    await through(1);
    const [input] = host.inputs('rank-objects');
    assert.deepEqual([input.by, input.inside, input.labels, input.objects], ['rarest', true, null, OBJECTS]);
    assert.deepEqual(at(found()), [
      [1, 1000, 2000, 5],
      [3, 1002, 2000, 5],
      [2, 1050, 2000, 5],
    ]);
    const [{ name, sample: id, measures: told, score }] = found();
    assert.deepEqual([name, id, told, score], ['a-1', 'a', measures, 9]);
    const [[out], [request]] = flow.sent;
    assert.deepEqual((out.metrics as { positions: object }).positions, { given: 3, total: 4, atBorder: 1, near: 0 });
    assert.deepEqual((out.metrics as { objects: object }).objects, OBJECTS);
    assert.deepEqual([request.topic, request.payload, request.metrics], ['positions', found(), undefined]);
    assert.equal((request as { well?: string }).well, 'B3');
    assert.equal(flow.statuses.at(-1)?.text, '3 positions');
  });

  it('takes the first, as ranked and apart, also from those of earlier images of a run and over a restart', async () => {
    const config = { most: '2', distance: '3', travel: 'ranked' };
    await start(config);
    send({ run: 'r1' });
    await through(1);
    assert.deepEqual(
      found().map(({ object }) => object),
      [2, 1],
    );
    send({ run: 'r1' });
    await through(2);
    assert.deepEqual(found(), []);
    assert.equal(flow.sent[1].length, 1);
    assert.equal(flow.statuses.at(-1)?.text, 'Been there already');
    send({ run: 'r2' });
    await through(3);
    assert.equal(found().length, 2);
    await stopFlow();
    helper.settings({ userDir });
    await start(config);
    send({ run: 'r1' });
    await through(1);
    assert.deepEqual(found(), []);
    send({ run: 'r1', reset: true });
    await through(2);
    assert.equal(found().length, 2);
  });

  it('turns and mirrors as set, and takes the stage from the message', async () => {
    await start({ flipX: true, rotation: '90', travel: 'ranked', most: 1 });
    send({ stage: { x: 10, y: 20 } });
    await through(1);
    assert.deepEqual(at(found()), [[2, 10, 20 - 50, null]]);
  });

  it('goes by a calibration, and says how well its points fit', async () => {
    await start({ orientation: 'calibration', points: 'calibration', pointsType: 'msg', most: 1, travel: 'ranked' });
    const lines = logLines();
    // The feature goes left in the image where the stage's y grows, and up where its x grows.
    const points = [
      [0, 0, 100, 50],
      [0, 10, 80, 50],
      [10, 0, 100, 30],
    ].map(([x, y, px, py]) => ({
      stage: { x, y },
      pixel: { x: px, y: py },
    }));
    send({ calibration: { points, pixelSize: { x: 0.5, y: 0.5 } } });
    await through(1);
    const [[object, x, y]] = at(found());
    assert.equal(object, 2);
    assert.ok(Math.abs((x ?? 0) - 1000) < 1e-9 && Math.abs((y ?? 0) - 2050) < 1e-9, `${x}, ${y}`);
    const { residual, points: count } = (flow.sent[0][0].metrics as { positions: { residual: number; points: number } })
      .positions;
    assert.ok(residual < 1e-9 && count === 3);
    assert.match(lines()[0], /the 3 points of the calibration fit to/);
    send({ calibration: { points: points.slice(0, 2), pixelSize: { x: 0.5, y: 0.5 } } });
    await through(1);
    await until(() => flow.caught.length === 1);
    assert.match(errorOf(flow.caught[0]).message, /calibration\.points: expected 3 or more matched points, got 2/);
    send();
    await until(() => flow.caught.length === 2);
    assert.match(errorOf(flow.caught[1]).message, /points \(msg\.calibration\): expected a calibration/);
  });

  it('maps the pixels of an image that has no place of its own by points of it', async () => {
    await start({ orientation: 'fiducials', points: 'calibration', pointsType: 'msg', most: 1, travel: 'ranked' });
    const points = [
      [0, 0],
      [200, 0],
      [0, 100],
    ].map(([x, y]) => ({ pixel: { x, y }, stage: { x: 2 * x + 1, y: -y } }));
    send({ calibration: { points } }, { ...RAW, acquisition: undefined, pixelSize: null });
    await through(1);
    const [[, x, y, z]] = at(found());
    assert.ok(Math.abs((x ?? 0) - 401) < 1e-9 && Math.abs((y ?? 0) + 50) < 1e-9);
    assert.equal(z, null);
  });

  it('gives a useq MDASequence with what else it shall do', async () => {
    await start({ form: 'useq', sequence: '{"channels": [{"config": "DAPI"}]}', sequenceType: 'json' });
    send();
    await through(1);
    const sequence = payloadOf(flow.sent[1][0]) as { stage_positions: object[]; channels: object[]; metadata: object };
    assert.deepEqual(sequence.stage_positions[0], { x: 1000, y: 2000, z: 5, name: 'a-1' });
    assert.deepEqual(sequence.channels, [{ config: 'DAPI' }]);
    assert.deepEqual(sequence.metadata, { segmenter: { positions: found() } });
  });

  it('sends images back that a gate did not pass, or that failed, as often as set', async () => {
    await start({ of: 'image', scans: 2, run: '', runType: 'str' });
    const verdict = { state: 'review', reasons: ['blurred', 'empty'], unchecked: [] };
    const judged = () => flow.receive({ payload: sample('a', { raw: RAW as never, verdict }) } as never);
    for (let i = 1; i <= 3; i++) {
      judged();
      await through(i);
    }
    assert.equal(flow.sent[0].length, 3);
    assert.equal(flow.sent[1].length, 2);
    const [again] = flow.sent[1][0].payload as NextPosition[];
    assert.deepEqual(again, {
      ...{ name: 'a', sample: 'a', object: null, x: 1000, y: 2000, z: 5, measures: null, score: null },
      reason: 'blurred; empty',
    });
    const elsewhere = { ...RAW, acquisition: { stage: { z: null, y: 0, x: 0 } } };
    flow.receive({ payload: { ...failedSample('b'), raw: elsewhere } } as never);
    await through(4);
    assert.deepEqual((flow.sent[1][2].payload as NextPosition[])[0].reason, 'b is broken');
    flow.receive({ payload: failedSample('c') } as never);
    await through(5);
    assert.equal(flow.sent[1].length, 3);
    assert.equal(host.calls.length, 0);
  });

  it('refuses what has no objects, no place or no pixel size: the sample goes on as failed', async () => {
    await start();
    send({ metrics: { objects: { total: 3 } } });
    send({}, { ...RAW, acquisition: undefined });
    send({}, { ...RAW, pixelSize: null });
    await until(() => flow.caught.length === 3);
    const messages = flow.caught.map((msg) => errorOf(msg).message);
    assert.match(messages[0], /msg\.metrics\.objects: expected the object table that threshold makes/);
    assert.match(messages[1], /a-raw: stage position: expected x and y in micrometres/);
    assert.match(messages[2], /a-raw: pixel size/);
    assert.equal(flow.sent[0].length, 3);
    for (const msg of flow.sent[0]) assert.ok(payloadOf<{ failed?: object }>(msg).failed);
    assert.equal(flow.sent[1].length, 0);
  });

  it('passes on what failed before', async () => {
    await start();
    flow.receive({ payload: failedSample('x') } as never);
    await through(1);
    assert.deepEqual(
      flow.sent.map((sent) => sent.length),
      [1, 0],
    );
  });
});
