import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import helper from 'node-red-node-test-helper';
import { serveHealth } from '../../../nodes/admin/health';
import type { Health } from '../../../nodes/admin/health-state';
import { SegmenterError } from '../../../src/base/errors';
import { SECONDS_BOUNDS } from '../../../src/jobs/host/job-counters';
import type { HostStats } from '../../../src/jobs/host/job-host';
import { FakeHost, PREDICTED } from '../fake-host';
import { logLines, sample, startFlow, stopFlow, until } from '../run-node';

import predict = require('../../../nodes/predict/predict');

const GIB = 2 ** 30;
const FOLDERS = { scratchFolder: '/fast/scratch', modelsFolder: '/share/models' };
const BUSY: HostStats = {
  lanes: [
    { name: 'predict 0a', running: 1, waiting: 4, workers: [{ pid: 7, job: 'predict' }] },
    { name: 'pixel', running: 0, waiting: 0, workers: [] },
  ],
  jobs: [
    {
      job: 'predict',
      done: 12,
      failed: { 'worker-lost': 1 },
      seconds: { count: 13, sum: 6.5, upTo: SECONDS_BOUNDS.map((bound) => (bound >= 0.5 ? 13 : 0)) },
    },
  ],
  running: [{ job: 'predict', lane: 'predict 0a', silentFor: 1000 }],
  predictsOn: { engine: 'onnx', device: 'cpu', precision: 'float32' },
};

describe('health and metrics', () => {
  let end: (() => void) | undefined;
  afterEach(async () => {
    end?.();
    await stopFlow();
  });

  async function start(free: Record<string, number | 'dead'> = {}, watchMs?: number) {
    const host = new FakeHost()
      .on('predict', () => PREDICTED)
      .on('disk-space', ({ folder }) => {
        const left = free[folder] ?? 100;
        if (left === 'dead') throw new SegmenterError('timeout', `${folder}: asking took longer than 10 s`);
        return { space: { free: left * GIB, size: 1000 * GIB } };
      });
    const flow = await startFlow({
      file: (RED) => {
        predict(RED);
        end = serveHealth(RED, watchMs);
      },
      type: 'segmenter-predict',
      config: { model: 'nuclei', modelType: 'str' },
      access: host.access(FOLDERS),
    });
    return { host, flow };
  }
  const health = async () => {
    const { status, body, headers } = await helper.request().get('/segmenter/health');
    return { status, health: body as Health, headers };
  };

  it('are ready where nothing is wrong, and told to the own site only', async () => {
    const { host, flow } = await start();
    host.counted = BUSY;
    flow.receive({ payload: { ...sample('a'), verdict: { state: 'review' } } } as never);
    await until(() => flow.sent[0].length === 1);
    const { status, health: told, headers } = await health();
    assert.equal(status, 200);
    assert.equal(headers['access-control-allow-origin'], undefined);
    assert.equal(headers['cache-control'], 'no-store');
    assert.deepEqual([told.ready, told.reasons, told.warnings], [true, [], []]);
    assert.match(told.version, /^\d+\.\d+\.\d+/);
    assert.deepEqual(told.queues, [
      { name: 'predict 0a', running: 1, waiting: 4, workers: 1 },
      { name: 'pixel', running: 0, waiting: 0, workers: 0 },
    ]);
    assert.deepEqual(told.predictsOn, BUSY.predictsOn);
    assert.deepEqual([told.lastResult?.sample, told.lastResult?.node.type], ['a', 'segmenter-predict']);
    assert.deepEqual(
      told.disks.slice(0, 2).map(({ place, path, level }) => [place, path, level]),
      [
        ['scratch', '/fast/scratch', 'enough'],
        ['models', '/share/models', 'enough'],
      ],
    );
  });

  it('say with 503 which disk is full or silent, and warn in the log once', async () => {
    await start({ '/fast/scratch': 0.5, '/share/models': 'dead' });
    const lines = logLines();
    const first = await health();
    assert.equal(first.status, 503);
    assert.deepEqual(first.health.reasons, [
      'the disk of the scratch folder /fast/scratch has 0.5 GB left: results are refused, or soon will be',
      '/share/models: asking took longer than 10 s',
    ]);
    await health();
    assert.deepEqual(
      lines().filter((line) => line.startsWith('segmenter:')),
      first.health.reasons.map((reason) => `segmenter: ${reason}`),
    );
  });

  it('are ready with a warning before a disk is full', async () => {
    await start({ '/share/models': 3 });
    const { status, health: told } = await health();
    assert.equal(status, 200);
    assert.deepEqual(told.warnings, [
      'the disk of the models folder /share/models has 3.2 GB left: make room before it is full',
    ]);
  });

  it('say with 503 which queue is stuck', async () => {
    const { host } = await start();
    host.counted = { ...BUSY, running: [{ job: 'predict', lane: 'predict 0a', silentFor: 31 * 60_000 }] };
    const { status, health: told } = await health();
    assert.equal(status, 503);
    assert.deepEqual(told.reasons, ['predict 0a queue: predict gave no sign for 31 min']);
  });

  it('warn in the log with nobody asking while there is work, and look at nothing while there is none', async () => {
    const { host } = await start({ '/fast/scratch': 3 }, 5);
    const lines = logLines();
    await sleep(100);
    assert.deepEqual(host.inputs('disk-space'), []);
    host.counted = { ...BUSY, running: [] };
    await until(() => lines().some((line) => line.includes('/fast/scratch has 3.2 GB left')));
    assert.equal(host.inputs('disk-space').filter(({ folder }) => folder === '/fast/scratch').length, 1);
  });

  it('are text as Prometheus reads it', async () => {
    const { host, flow } = await start({ '/share/models': 'dead' });
    host.counted = BUSY;
    flow.receive({ payload: { ...sample('b'), verdict: { state: 'alarm' } } } as never);
    await until(() => flow.sent[0].length === 1);
    const { status, text, headers } = await helper.request().get('/segmenter/metrics');
    assert.equal(status, 200);
    assert.equal(headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
    for (const line of [
      'segmenter_ready 0',
      'segmenter_queue_waiting{queue="predict 0a"} 4',
      'segmenter_workers{queue="predict 0a"} 1',
      'segmenter_jobs_done_total{job="predict"} 12',
      'segmenter_jobs_failed_total{job="predict",code="worker-lost"} 1',
      'segmenter_job_seconds_bucket{job="predict",le="0.25"} 0',
      'segmenter_job_seconds_bucket{job="predict",le="0.5"} 13',
      'segmenter_job_seconds_bucket{job="predict",le="+Inf"} 13',
      'segmenter_job_seconds_sum{job="predict"} 6.5',
      `segmenter_disk_free_bytes{place="scratch"} ${100 * GIB}`,
      'segmenter_disk_silent{place="models"} 1',
    ]) {
      assert.ok(text.split('\n').includes(line), `${line} in\n${text}`);
    }
    assert.match(text, /^segmenter_results_total\{node="segmenter-predict",verdict="alarm"\} [1-9]\d*$/m);
    assert.doesNotMatch(text, /segmenter_disk_free_bytes\{place="models"\}/);
    // Every line is a comment or a sample, as the format has it.
    for (const line of text.trimEnd().split('\n')) {
      assert.match(line, /^(?:# (?:HELP|TYPE) \w+ .+|\w+(?:\{\w+="[^"]*"(?:,\w+="[^"]*")*\})? [-+\d.e]+)$/);
    }
  });
});
