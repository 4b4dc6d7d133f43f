import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import helper from 'node-red-node-test-helper';
import { serveResults } from '../../nodes/admin/results';
import { DriftHistory, historyFolder } from '../../nodes/gate/drift-history';
import { resultsLog } from '../../nodes/results-access';
import { SegmenterError } from '../../src/base/errors';
import type { DriftCharts, DriftView, ResultView, Run, Runs } from '../../src/results/page-api';
import { evaluateMetrics } from '../support/job-metrics';
import { FakeHost } from './fake-host';
import { failedSample, image, sample, settle, startFlow, stopFlow, until } from './run-node';

import evaluate = require('../../nodes/evaluate/evaluate');
import gate = require('../../nodes/gate/gate');

const BASE = '/segmenter/results';
const TILE = 'view=xy&t=0&c=0&at=0&level=0&row=0&column=0';

describe('the routes of results', () => {
  let folder: string;
  let host: FakeHost;
  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'results-routes-'));
    const written = (name: string, bytes: Uint8Array) => {
      const file = path.join(folder, name);
      writeFileSync(file, bytes);
      return file;
    };
    host = new FakeHost()
      .on('evaluate', ({ predicted }) => evaluateMetrics(Number(predicted.id)))
      .on('picture-info', ({ image: { id, shape } }) => {
        if (id === 'gone') throw new SegmenterError('not-found', 'gone.tiff is no longer in the scratch store');
        const range = { min: 0, 'p0.1': 0, 'p0.5': 0, p1: 0, p50: 1, p99: 2, 'p99.5': 2, 'p99.9': 2, max: 2 };
        return {
          shape,
          dtype: 'uint16',
          channels: [{ name: 'c0' }],
          pixelSize: null,
          levels: [[32, 32]],
          tile: 512,
          ranges: [range],
        };
      })
      .on('picture', () => ({ path: written('tile.bin', Uint8Array.of(1, 2, 3, 4)), dtype: 'uint16', shape: [1, 2] }))
      .on('overlay', () => ({ path: written('overlay.png', Uint8Array.of(137, 80)), bytes: 2, size: [16, 16], z: 0 }));
  });
  afterEach(async () => {
    await stopFlow();
    rmSync(folder, { recursive: true });
  });

  const start = () =>
    startFlow({
      file: (RED) => {
        // Every test has a log of its own.
        (RED.settings as { userDir?: string }).userDir = folder;
        evaluate(RED);
        serveResults(RED);
      },
      type: 'segmenter-evaluate',
      config: { name: 'How good?' },
      access: host.access(),
      outputs: 2,
    });
  async function get<T>(address: string): Promise<{ status: number; headers: Record<string, string>; body: T }> {
    const { status, headers, body } = await helper.request().get(`${BASE}/${address}`);
    return { status, headers: headers as Record<string, string>, body: body as T };
  }
  const masked = (id: string, dice: number) => sample(id, { seg1: image('seg1'), mask: image(String(dice)) });

  async function passedRun(): Promise<{ run: string; rows: Run['rows'] }> {
    const flow = await start();
    const payloads = [masked('plate/a', 0.9), masked('b', 0.4), failedSample('c')];
    const metrics = { uncertainty: 0.25, threshold: 0.6 };
    payloads.forEach((payload, index) => {
      flow.receive({ payload, metrics, parts: { id: 'q', index, count: 3 } });
    });
    await until(() => flow.sent[1].length === 1);
    const { runs } = (await get<Runs>('runs')).body;
    assert.equal(runs.length, 1);
    assert.deepEqual(runs[0].node, { id: 'node', type: 'segmenter-evaluate', name: 'How good?', flow: 'test' });
    assert.deepEqual([runs[0].samples, runs[0].failed], [3, 1]);
    const { rows } = (await get<Run>(`run/${runs[0].run}`)).body;
    return { run: runs[0].run, rows };
  }

  it('tell what passed a node, what it scored and what failed', async () => {
    const { rows } = await passedRun();
    assert.deepEqual(
      rows.map(({ sample: id, metrics, failed }) => [id, metrics, failed]),
      [
        ['plate/a', { dice: 0.9, uncertainty: 0.25, threshold: 0.6 }, null],
        ['b', { dice: 0.4, uncertainty: 0.25, threshold: 0.6 }, null],
        ['c', {}, 'c is broken'],
      ],
    );
  });

  it('give what gates have charted, with the runs that samples are shown in', async () => {
    const { run } = await passedRun();
    const history = new DriftHistory(historyFolder(folder, 'node'), assert.fail);
    const group = { model: 'nuclei@v1', instrument: 'left' };
    await history.add(group, 'b', { foreground: 0.1 });
    await history.add(group, 'long ago', { foreground: 0.2, objects: 3 });
    await history.close();
    assert.deepEqual((await get<DriftCharts>('drift')).body, { charts: [] });
    await stopFlow();
    host = new FakeHost();
    await startFlow({
      file: (RED) => {
        (RED.settings as { userDir?: string }).userDir = folder;
        gate(RED);
        serveResults(RED);
      },
      type: 'segmenter-gate',
      config: { name: 'Night' },
      access: host.access(),
      outputs: 4,
    });
    const { charts } = (await get<DriftCharts>('drift')).body;
    const [{ id, last, ...chart }] = charts;
    assert.ok(Date.now() - last < 60_000);
    const node = { id: 'node', type: 'segmenter-gate', name: 'Night', flow: 'test' };
    assert.deepEqual(chart, { ...group, gate: node, results: 2, out: [] });
    const { points, baseline } = (await get<DriftView>(`drift/${encodeURIComponent(id)}`)).body;
    assert.equal(baseline, 30);
    assert.deepEqual(
      points.map(({ sample: name, run: of, series }) => [name, of, series.foreground?.value, series.objects?.value]),
      [
        ['b', run, 0.1, undefined],
        ['long ago', null, 0.2, 3],
      ],
    );
    for (const other of ['0123456789abcdef.node', '../gate.node', `${id}x`])
      assert.equal((await get(`drift/${encodeURIComponent(other)}`)).status, 404, other);
  });

  it('give what the gates in subflows have charted, each use of one for itself', async () => {
    const place = { x: 0, y: 0, wires: [] };
    const judged = { id: 'inner-gate', type: 'segmenter-gate', name: 'Judge', z: 'inner', ...place };
    const into = (z: string, next: string) => ({ id: z, type: 'subflow', name: z, in: [{ wires: [{ id: next }] }] });
    const nodes = [
      into('inner', 'inner-gate'),
      judged,
      into('outer', 'nested'),
      { id: 'nested', type: 'subflow:inner', name: '', z: 'outer', ...place },
      { id: 'left', type: 'subflow:inner', name: 'Left', z: 'tab', ...place },
      { id: 'deep', type: 'subflow:outer', name: 'Deep', z: 'tab', ...place },
    ];
    const { node } = await startFlow({
      file: (RED) => {
        (RED.settings as { userDir?: string }).userDir = folder;
        gate(RED);
        serveResults(RED);
      },
      type: 'segmenter-gate',
      access: host.access(),
      others: { files: [], nodes },
    });
    assert.equal(node.id, 'node');
    const judge = { payload: sample('a'), metrics: { foreground: 0.1 }, model: { name: 'nuclei', version: 'v1' } };
    for (const id of ['left', 'deep']) helper.getNode(id).receive(judge as never);
    const gatesOf = async () => (await get<DriftCharts>('drift')).body.charts.map((chart) => chart.gate);
    for (let i = 0; i < 100 && (await gatesOf()).length < 2; i++) await settle();
    const gates = (await gatesOf()).sort((a, b) => (a.id < b.id ? -1 : 1));
    const expected = { type: 'segmenter-gate', name: 'Judge' };
    assert.deepEqual(gates, [
      { id: 'deep-nested-inner-gate', ...expected, flow: 'test / Deep / inner' },
      { id: 'left-inner-gate', ...expected, flow: 'test / Left' },
    ]);
    const [{ id }] = (await get<DriftCharts>('drift')).body.charts;
    assert.equal((await get<DriftView>(`drift/${encodeURIComponent(id)}`)).body.points.length, 1);
  });

  it('describe the images of a sample, with and without the one that is gone', async () => {
    const flow = await start();
    flow.receive({ payload: { ...masked('a', 0.5), probability: { ...image('gone'), scale: 1 / 255 } } });
    await until(() => flow.sent[0].length === 1);
    const [{ run }] = (await get<Runs>('runs')).body.runs;
    const [{ id }] = (await get<Run>(`run/${run}`)).body.rows;
    const { body } = await get<ResultView>(`image/${id}`);
    assert.deepEqual(Object.keys(body.pictures).sort(), ['mask', 'raw', 'seg1']);
    assert.deepEqual(body.missing, [{ role: 'probability', message: 'gone.tiff is no longer in the scratch store' }]);
    assert.deepEqual([body.sample, body.metrics.dice, body.pictures.raw.scale], ['a', 0.5, 1]);
    assert.deepEqual(body.compared, { found: 'mask', truth: 'seg1' });
    assert.deepEqual(
      host.inputs('picture-info').map(({ purpose }) => purpose),
      [null, null, 'segmentation', 'segmentation'],
    );
  });

  it('give the pixels of a tile and a thumbnail once, and leave no file behind', async () => {
    const { rows } = await passedRun();
    const tile = await get<Buffer>(`tile/${rows[0].id}?image=mask&${TILE}`);
    assert.deepEqual([tile.status, tile.headers['x-dtype'], tile.headers['x-shape']], [200, 'uint16', '1,2']);
    assert.equal(host.inputs('picture')[0].purpose, 'segmentation');
    for (let i = 0; i < 2; i++) {
      const { status, headers } = await get(`thumbnail/${rows[0].id}`);
      assert.deepEqual([status, headers['content-type'], headers['cache-control']], [200, 'image/png', 'no-store']);
    }
    const [asked, ...more] = host.inputs('overlay');
    assert.deepEqual([more.length, asked.found?.kind, asked.truth?.id], [0, 'mask', 'seg1']);
    assert.deepEqual(
      [existsSync(path.join(folder, 'tile.bin')), existsSync(path.join(folder, 'overlay.png'))],
      [false, false],
    );
  });

  it('show the numbers of objects where each pixel has its own, else where there are any', async () => {
    const flow = await start();
    flow.receive({ payload: { ...masked('a', 0.5), labels: image('labels') } });
    await until(() => flow.sent[0].length === 1);
    const [{ run }] = (await get<Runs>('runs')).body.runs;
    const [{ id }] = (await get<Run>(`run/${run}`)).body.rows;
    for (const level of [0, 1]) {
      assert.equal((await get(`tile/${id}?image=labels&${TILE.replace('level=0', `level=${level}`)}`)).status, 200);
    }
    assert.deepEqual(
      host.inputs('picture').map(({ purpose }) => purpose),
      [null, 'segmentation'],
    );
  });

  it('look at files inside the allowed folders, and refuse others, by jobs alone', async () => {
    await start();
    host
      .on('list-samples', ({ raw }) => {
        if (String(raw).startsWith('/etc')) throw new SegmenterError('not-allowed', `${raw} lies in no allowed folder`);
        const entries = String(raw).endsWith('.tif') ? [String(raw)] : ['/data/one.tif', '/data/two.tif'];
        return {
          entries: entries.map((file) => ({ id: file, raw: file, scene: null })),
          problems: ['passed over x.txt'],
        };
      })
      .on('open-sample', ({ entry }) =>
        entry.scene === null ? [sample('s0'), sample('s1')] : [sample(`scene ${entry.scene}`)],
      );
    const listed = await get<Run>(`files/${encodeURIComponent('/data')}`);
    assert.deepEqual(
      listed.body.rows.map(({ sample: name }) => name),
      ['one.tif', 'two.tif'],
    );
    assert.deepEqual([listed.body.node, listed.body.problems], [null, ['passed over x.txt']]);
    const scenes = (await get<Run>(`files/${encodeURIComponent('/data/big.tif')}`)).body.rows;
    assert.deepEqual(
      scenes.map(({ sample: name }) => name),
      ['s0', 's1'],
    );
    const { body } = await get<ResultView>(`image/${encodeURIComponent(scenes[1].id)}`);
    assert.equal(body.sample, 'big.tif');
    assert.equal(host.inputs('open-sample').at(-1)?.entry.scene, 1);
    const refused = await get<{ error: { code: string; message: string } }>(
      `files/${encodeURIComponent('/etc/passwd')}`,
    );
    assert.deepEqual([refused.status, refused.body.error.code], [403, 'not-allowed']);
    assert.match(refused.body.error.message, /\/etc\/passwd/);
  });

  it('refuse what is not there or does not fit, in JSON', async () => {
    const { rows } = await passedRun();
    const code = async (address: string) => {
      const { status, body } = await get<{ error: { code: string } }>(address);
      return [status, body.error.code];
    };
    assert.deepEqual(await code('run/nobody'), [404, 'not-found']);
    assert.deepEqual(await code('image/nobody'), [404, 'not-found']);
    assert.deepEqual(await code('image/file:nothing'), [404, 'not-found']);
    assert.deepEqual(await code(`tile/${rows[0].id}?image=labels&${TILE}`), [404, 'not-found']);
    assert.deepEqual(await code(`tile/${rows[0].id}?image=uri&${TILE}`), [400, 'invalid-input']);
    assert.deepEqual(await code(`tile/${rows[0].id}?image=mask&${TILE}&row=-1`), [400, 'invalid-input']);
    assert.deepEqual(await code(`image/${rows[2].id}`), [404, 'not-found']);
  });

  it('keep what passed on disk, below the user folder', async () => {
    const { run } = await passedRun();
    await until(() => existsSync(path.join(folder, 'segmenter', 'results', 'results-1.jsonl')));
    assert.equal((await resultsLog({ settings: { userDir: folder } } as never).samples(run)).length, 3);
  });
});
