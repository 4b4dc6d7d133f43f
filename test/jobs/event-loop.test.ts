import assert from 'node:assert/strict';
import path from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createJobHost, type JobHost } from '../../src/jobs/host/job-host';
import { toyList } from './toy-jobs';

const SETTINGS = { roots: ['/'], modelsFolder: '/m', scratchFolder: '/s', scratchQuotaMB: 1 };

/** How long exactly Node-RED is held is measured by `npm run -s bench -- event-loop`. */
const BLOCKED_MS = 1500;

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
    await host.run('list-samples', toyList({ do: 'block', ms: BLOCKED_MS }));
    delay.disable();
    const longestMs = delay.max / 1e6;
    assert.ok(longestMs < BLOCKED_MS / 3, `${longestMs} ms`);
  });
});
