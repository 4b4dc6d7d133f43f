import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { Shape5 } from '../../src/image/region';
import { createJobHost } from '../../src/jobs/host/job-host';
import { pattern } from '../formats/pixel-patterns';
import { Workbench } from './implementations/workbench';

const SHAPE: Shape5 = [1, 1, 1, 256, 256];
/** Till then caches fill and code is compiled. */
const WARM_UP = 100;
const JOBS = 300;
/** A job that kept its image's pixels would take 13 MB over the measured jobs, and one that kept its labels 52. */
const MOST_GROWTH_BYTES = 12 * 2 ** 20;

describe('memory of 300 jobs', function () {
  this.timeout(120_000);
  let bench: Workbench;
  before(async () => {
    bench = await Workbench.open();
  });
  after(() => bench.close());

  it('stays flat in the worker that does them', async function () {
    if (process.platform !== 'linux') {
      console.log('      skipped: the memory of another process is read from /proc, which Linux has');
      return this.skip();
    }
    const image = await bench.image('cells.ome.tiff', SHAPE, pattern('uint8', 256 * 256));
    const host = createJobHost(bench.settings, { pixelWorkers: 1 });
    const settings = {
      method: 'otsu',
      value: 0,
      minSize: 0,
      fillHoles: true,
      label: true,
      connectivity: 'faces',
    } as const;
    try {
      const pids = new Set<number>();
      const memory: number[] = [];
      for (let job = 1; job <= JOBS; job++) {
        await host.run('threshold', { image, model: null, raw: image, id: 'cells', settings });
        for (const { workers } of host.stats().lanes) for (const { pid } of workers) if (pid) pids.add(pid);
        if (job >= WARM_UP && job % 10 === 0) memory.push(Math.max(...[...pids].map(residentBytes)));
      }
      assert.equal(pids.size, 1, 'one worker did them all');
      // The lowest of the first and last measurements: what is not collected yet is no leak.
      const growth = Math.min(...memory.slice(-5)) - Math.min(...memory.slice(0, 5));
      console.log(`      memory grew by ${(growth / 2 ** 20).toFixed(1)} MB from job ${WARM_UP} to ${JOBS}`);
      assert.ok(growth < MOST_GROWTH_BYTES, `memory grew by ${growth} bytes: ${memory}`);
    } finally {
      await host.shutdown();
    }
  });
});

/** Memory of a process that is in RAM (proc(5): VmRSS). */
function residentBytes(pid: number): number {
  const found = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  assert.ok(found, `no VmRSS of process ${pid}`);
  return Number(found[1]) * 1024;
}
