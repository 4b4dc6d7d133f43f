import assert from 'node:assert/strict';
import { ChildProcess, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createJobHost, type HostOptions, type JobHost } from '../../src/jobs/host/job-host';
import { COMPUTE, toyList, toyPredict } from './toy-jobs';

const SETTINGS = { roots: ['/'], modelsFolder: '/m', scratchFolder: '/s', scratchQuotaMB: 1 };
/** Of a machine that may be busy with other tests. */
const QUICK = {
  cancelMs: 400,
  killMs: 400,
  stopMs: 400,
  silence: { beatMs: 100, silentMs: 2500, diskMs: 5000, stuckMs: 1000 },
};

describe('workers that hang', function () {
  this.timeout(30_000);
  let host: JobHost;
  let folder: string;
  const create = (options: HostOptions = {}) => {
    host = createJobHost(SETTINGS, {
      entry: path.join(__dirname, 'toy-worker.js'),
      patience: QUICK,
      pixelWorkers: 1,
      ...options,
    });
  };
  const echo = async (text: string) => (await host.run('list-samples', toyList({ do: 'echo', text }))).problems[0];
  const workers = () => host.stats().lanes.flatMap((lane) => lane.workers);
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'hung-'));
  });
  afterEach(() => host.shutdown());
  after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));

  const fifo = (name: string) => {
    const place = path.join(folder, name);
    execFileSync('mkfifo', [place]);
    return place;
  };

  it('fails the job of a process that was stopped, kills it, and goes on with another', async function () {
    if (process.platform === 'win32') this.skip();
    create();
    const halted = host.run('list-samples', toyList({ do: 'halt' }));
    const next = echo('next');
    await assert.rejects(halted, {
      code: 'worker-lost',
      message: /pixel worker \(process \d+\) was stopped from outside.* while it ran "list-samples"/,
    });
    assert.equal(await next, 'next');
  });

  it('fails a job that loops without end, and lets one of another lane go on meanwhile', async () => {
    create();
    const looping = host.run('list-samples', toyList({ do: 'block', ms: 60_000 }));
    const start = performance.now();
    const healthy = await host.run('predict', toyPredict({ do: 'echo', text: 'healthy' }));
    assert.equal(healthy.model.name, 'healthy');
    await assert.rejects(looping, { code: 'worker-lost', message: /did not answer for [\d.]+ s/ });
    assert.ok(performance.now() - start < 10_000);
    assert.equal(await echo('next'), 'next');
  });

  it('leaves a job that works and blocks for less alone, and one that says that it will be quiet', async () => {
    create();
    assert.deepEqual((await host.run('list-samples', toyList({ do: 'block', ms: 1000 }))).problems, ['blocked']);
    const said = { do: 'native', ms: 4000, limitMs: 60_000, device: 'cpu' } as const;
    assert.deepEqual((await host.run('list-samples', toyList(said))).problems, ['came back']);
  });

  it('gives timeout for a native call that takes longer than it said', async () => {
    create();
    const hung = { do: 'native', ms: 60_000, limitMs: 1500, device: 'cpu' } as const;
    await assert.rejects(host.run('predict', toyPredict(hung)), {
      code: 'timeout',
      message: /predict worker .* did not come back from a long call on cpu, which may take 1.5 s/,
    });
  });

  it('replaces a process whose job ran into a time limit: a call that hangs keeps one of its threads', async function () {
    if (process.platform === 'win32') this.skip();
    create();
    await echo('first');
    const [{ pid }] = workers();
    const job = toyList({ do: 'open', path: fifo('limit'), after: 'give-up' });
    await assert.rejects(host.run('list-samples', job), { code: 'timeout' });
    await echo('second');
    assert.notEqual(workers()[0].pid, pid);
  });

  it('ends a job that waits for a disk without end, which no limit of its own noticed', async function () {
    if (process.platform === 'win32') this.skip();
    create();
    const job = toyList({ do: 'open', path: fifo('endless'), after: 'wait' });
    await assert.rejects(host.run('list-samples', job), {
      code: 'timeout',
      message: /waited for 1 s for a disk or network share/,
    });
    assert.deepEqual((await host.run('list-samples', toyList({ do: 'wait', ms: 1500 }))).problems, ['waited']);
  });

  it('frees the place of a process that cannot be killed, and shuts down without waiting for it', async () => {
    create();
    await echo('first');
    const [{ pid }] = workers();
    const { kill } = ChildProcess.prototype;
    ChildProcess.prototype.kill = () => true;
    try {
      const stuck = host.run('list-samples', toyList({ do: 'block', ms: 8000 }));
      await assert.rejects(stuck, {
        code: 'worker-lost',
        message: /did not answer for [\d.]+ s; it cannot be ended, for it waits in the system for a disk or a driver/,
      });
      assert.equal(await echo('second'), 'second');
      assert.notEqual(workers()[0].pid, pid);
      const predicting = host.run('predict', toyPredict({ do: 'block', ms: 8000 }, COMPUTE)).catch(() => undefined);
      const start = performance.now();
      await host.shutdown();
      await predicting;
      assert.ok(performance.now() - start < 5000, 'shutdown waits');
    } finally {
      ChildProcess.prototype.kill = kill;
    }
  });
});
