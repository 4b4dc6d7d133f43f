import assert from 'node:assert/strict';
import path from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createJobHost, type JobHost } from '../../src/jobs/host/job-host';
import { toyList } from './toy-jobs';

const SETTINGS = { roots: ['/'], modelsFolder: '/m', scratchFolder: '/s', scratchQuotaMB: 1 };

describe('the event loop of a job host', () => {
  let host: JobHost;
  before(() => {
    host = createJobHost(SETTINGS, { entry: path.join(__dirname, 'toy-worker.js'), pixelWorkers: 1 });
  });
  after(() => host.shutdown());

  it('is not blocked while a child works', async () => {
    await host.run('list-samples', toyList({ do: 'pid' }));
    const delay = monitorEventLoopDelay({ resolution: 5 });
    delay.enable();
    await host.run('list-samples', toyList({ do: 'block', ms: 600 }));
    delay.disable();
    const longestMs = delay.max / 1e6;
    assert.ok(longestMs < 50, `${longestMs} ms`);
  });
});
