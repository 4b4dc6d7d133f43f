import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import helper from 'node-red-node-test-helper';
import { serveReports } from '../../nodes/admin/reports';
import { serveResults } from '../../nodes/admin/results';
import { SegmenterError } from '../../src/base/errors';
import type { Reports, Run, Runs } from '../../src/results/page-api';
import { evaluateMetrics } from '../support/job-metrics';
import { FakeHost } from './fake-host';
import { image, sample, startFlow, stopFlow, until } from './run-node';

import evaluate = require('../../nodes/evaluate/evaluate');

const BASE = '/segmenter/reports';

describe('the routes of reports', () => {
  let folder: string;
  let host: FakeHost;
  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'report-routes-'));
    const copy = path.join(folder, 'copy.html');
    host = new FakeHost()
      .on('evaluate', ({ predicted }) => evaluateMetrics(Number(predicted.id)))
      .on('report', () => ({ path: '/scratch/report.html', bytes: 5 }))
      .on('read-report', (wanted) => {
        if ('model' in wanted && wanted.model.version !== 'v1')
          throw new SegmenterError('not-found', 'no such version');
        writeFileSync(copy, '<h1>report</h1>');
        return { path: copy };
      });
  });
  afterEach(async () => {
    await stopFlow();
    rmSync(folder, { recursive: true });
  });

  const start = () =>
    startFlow({
      file: (RED) => {
        (RED.settings as { userDir?: string }).userDir = folder;
        evaluate(RED);
        serveResults(RED);
        serveReports(RED);
      },
      type: 'segmenter-evaluate',
      access: host.access(),
      outputs: 2,
    });
  type Answer = { status: number; headers: Record<string, string>; body: unknown; text: string };
  const get = async (address: string) => (await helper.request().get(address)) as unknown as Answer;

  it('opens the last report of a node, apart from this site, and tells the results page that there is one', async () => {
    const flow = await start();
    const payload = sample('a', { seg1: image('seg1'), mask: image('0.5') });
    flow.receive({ payload, parts: { id: 'q', index: 0, count: 1 } });
    await until(() => flow.sent[1].length === 1);
    assert.equal(flow.sent[1][0].report, '/scratch/report.html');
    const [{ run, node }] = ((await get('/segmenter/results/runs')).body as Runs).runs;
    const { report } = (await get(`/segmenter/results/run/${run}`)).body as Run;
    assert.ok(report);

    const { address } = (await get(`${BASE}/node/${node.id}`)).body as { address: string };
    const { status, headers, text } = await get(`${BASE}/${address}`);
    assert.deepEqual([status, text], [200, '<h1>report</h1>']);
    assert.match(String(headers['content-security-policy']), /^default-src 'none'; .*; sandbox;/);
    assert.equal(headers['access-control-allow-origin'], undefined);
    assert.deepEqual(host.inputs('read-report'), [{ file: '/scratch/report.html' }]);
    assert.ok(!existsSync(path.join(folder, 'copy.html')), 'the copy is removed');
    // A tab is loaded again.
    assert.equal((await get(`${BASE}/${address}`)).status, 200);
  });

  it('lists reports, and opens the copy that lies with the model where the scratch store has removed one', async () => {
    const flow = await start();
    const model = { name: 'nuclei', version: 'v1', uri: 'file:///models/nuclei/v1', sha256: 'ab'.repeat(32) };
    const payload = sample('a', { seg1: image('seg1'), mask: image('0.5') });
    flow.receive({ payload, model, parts: { id: 'with-model', index: 0, count: 1 } });
    await until(() => flow.sent[1].length === 1);
    const { reports } = (await get(`${BASE}/list`)).body as Reports;
    assert.deepEqual([reports[0].model, reports[0].images, reports[0].meanDice], ['nuclei@v1', 1, 0.5]);
    assert.equal(JSON.stringify(reports).includes('/scratch/'), false, 'no place on disk is told');
    host.on('read-report', (wanted) => {
      if ('file' in wanted) throw new SegmenterError('not-found', 'it is gone');
      writeFileSync(path.join(folder, 'copy.html'), '<h1>copy</h1>');
      return { path: path.join(folder, 'copy.html') };
    });
    const { address } = (await get(`${BASE}/entry/${reports[0].id}`)).body as { address: string };
    const { status, text } = await get(`${BASE}/${address}`);
    assert.deepEqual([status, text], [200, '<h1>copy</h1>']);
    assert.deepEqual(host.inputs('read-report').at(-1), {
      model: { name: 'nuclei', version: 'v1' },
      of: 'evaluation',
    });
    assert.equal((await get(`${BASE}/entry/nothing`)).status, 404);
  });

  it('opens the report of a model, and nothing that was not asked for', async () => {
    await start();
    const { address } = (await get(`${BASE}/model/nuclei/v1`)).body as { address: string };
    assert.equal((await get(`${BASE}/${address}`)).status, 200);
    assert.deepEqual(host.inputs('read-report'), [{ model: { name: 'nuclei', version: 'v1' }, of: 'training' }]);
    const other = (await get(`${BASE}/model/nuclei/v9`)).body as { address: string };
    assert.equal((await get(`${BASE}/${other.address}`)).status, 404);
    assert.equal((await get(`${BASE}/open/0123456789abcdef0123456789abcdef`)).status, 404);
    assert.equal((await get(`${BASE}/node/nobody`)).status, 404);
  });
});
