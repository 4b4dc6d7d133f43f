import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Health } from '../../nodes/admin/health-state';
import { NodeRedProcess } from './support/node-red-process';

describe('health and metrics of a real Node-RED', function () {
  this.timeout(60_000);
  let folder: string;
  let host: NodeRedProcess;

  before(async () => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'segmenter-health-'));
    // Who is not logged in may see how it is, and nothing else.
    const settings = {
      adminAuth: { type: 'credentials', users: [], default: { permissions: ['segmenter-health.read'] } },
      segmenter: { scratch: path.join(folder, 'scratch'), models: path.join(folder, 'models') },
    };
    host = await NodeRedProcess.start(path.join(folder, 'user'), {}, settings);
  });
  after(async () => {
    await host?.stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  it('are told with the permission for them alone, with disks that a worker looked at', async () => {
    const response = await fetch(`${host.url}segmenter/health`);
    const health = (await response.json()) as Health;
    assert.equal(response.status, health.ready ? 200 : 503);
    assert.deepEqual(
      health.disks.map(({ place, path: at }) => [place, at]),
      [
        ['scratch', path.join(folder, 'scratch')],
        ['models', path.join(folder, 'models')],
        ['user', path.join(folder, 'user')],
      ],
    );
    for (const { freeBytes, sizeBytes } of health.disks)
      assert.ok(sizeBytes && freeBytes !== null && freeBytes <= sizeBytes);
    // One process asks all disks, one after the other; a second one only beside a disk that takes its time.
    const [{ workers, ...look }, ...others] = health.queues;
    assert.deepEqual([look, others], [{ name: 'look', running: 0, waiting: 0 }, []]);
    assert.ok(workers === 1 || workers === 2, `${workers} workers`);
    const metrics = await fetch(`${host.url}segmenter/metrics`);
    assert.equal(metrics.status, 200);
    assert.match(await metrics.text(), /^segmenter_jobs_done_total\{job="disk-space"\} 3$/m);
    assert.equal((await fetch(`${host.url}segmenter/jobs`)).status, 401);
  });
});
