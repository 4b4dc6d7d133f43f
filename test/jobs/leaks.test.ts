import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Shape5 } from '../../src/image/region';
import { createJobHost, type JobHost } from '../../src/jobs/host/job-host';
import { pattern } from '../formats/pixel-patterns';
import { Workbench } from './implementations/workbench';

const SHAPE: Shape5 = [1, 1, 1, 256, 256];
/** Till then caches fill and code is compiled. */
const WARM_UP = 100;
const JOBS = 300;
/** A job that kept its image's pixels would keep 13 MB of the measured jobs, one that kept 8 kB as much as this. */
const MOST_LIVE_GROWTH_BYTES = 1.5 * 2 ** 20;
/** Memory outside of JavaScript counts too. */
const MOST_GROWTH_BYTES = 12 * 2 ** 20;
const PROBE = path.resolve(__dirname, '..', 'support', 'live-memory.js');

interface Memory {
  /** in RAM, in bytes */
  rss: number;
  /** what JavaScript still reaches, its buffers too, in bytes */
  live: number;
}

describe('memory of 300 jobs', function () {
  this.timeout(120_000);
  const before = { ...process.env };
  let bench: Workbench;
  let host: JobHost;
  let answer: string;

  beforeEach(async () => {
    bench = await Workbench.open();
    answer = path.join(bench.folder, 'memory.json');
    process.env.LIVE_MEMORY = answer;
    process.env.NODE_OPTIONS = `${before.NODE_OPTIONS ?? ''} --require=${PROBE}`;
    host = createJobHost(bench.settings, { pixelWorkers: 1 });
  });
  afterEach(async () => {
    process.env.NODE_OPTIONS = before.NODE_OPTIONS ?? '';
    delete process.env.LIVE_MEMORY;
    await host.shutdown();
    await bench.close();
  });

  it('stays flat in the worker that does them', async function () {
    if (process.platform !== 'linux') {
      console.log('      skipped: other systems have no signal that asks a process for its memory');
      return this.skip();
    }
    const image = await bench.image('cells.ome.tiff', SHAPE, pattern('uint8', 256 * 256));
    const settings = {
      method: 'otsu',
      value: 0,
      minSize: 0,
      fillHoles: true,
      label: true,
      connectivity: 'faces',
    } as const;
    const pids = new Set<number>();
    let warm: Memory | null = null;
    for (let job = 1; job <= JOBS; job++) {
      await host.run('threshold', { image, model: null, raw: image, id: 'cells', settings });
      for (const { workers } of host.stats().lanes) for (const { pid } of workers) if (pid) pids.add(pid);
      if (job === WARM_UP) warm = await memoryOf([...pids][0], answer);
    }
    assert.equal(pids.size, 1, 'one worker did them all');
    const after = await memoryOf([...pids][0], answer);
    assert.ok(warm);
    const [live, rss] = [after.live - warm.live, after.rss - warm.rss];
    console.log(`      from job ${WARM_UP} to ${JOBS}: live ${megabytes(live)} MB, in RAM ${megabytes(rss)} MB`);
    assert.ok(live < MOST_LIVE_GROWTH_BYTES, `what is reached grew by ${live} bytes`);
    assert.ok(rss < MOST_GROWTH_BYTES, `the process grew by ${rss} bytes, of which ${live} are reached`);
  });
});

/** Asks a worker that loaded the probe. What is not collected yet is no leak, so it collects first. */
async function memoryOf(pid: number, answer: string): Promise<Memory> {
  rmSync(answer, { force: true });
  process.kill(pid, 'SIGUSR2');
  for (let waited = 0; waited < 20_000; waited += 20) {
    const text = existsSync(answer) ? readFileSync(answer, 'utf8') : '';
    if (text.endsWith('\n')) return JSON.parse(text) as Memory;
    await wait(20);
  }
  assert.fail(`process ${pid} does not tell its memory`);
}

function megabytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1);
}
