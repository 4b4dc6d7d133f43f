import assert from 'node:assert/strict';
import { openEngine } from '../../src/engines';
import { physicalCores } from '../../src/engines/physical-cores';

describe('openEngine', () => {
  it('opens ONNX Runtime on the CPU with as many threads as asked for, or as there are cores', async () => {
    const asked = await openEngine({ device: 'auto', threads: 3 });
    assert.deepEqual([asked.name, asked.device, asked.threads], ['onnx', 'cpu', 3]);
    const cores = await openEngine({ device: 'cpu', threads: 0 });
    assert.equal(cores.threads, physicalCores());
    assert.ok(Number.isInteger(cores.threads) && cores.threads >= 1);
  });

  for (const device of ['cuda', 'webgpu'] as const) {
    it(`refuses ${device}, naming it`, async () => {
      await assert.rejects(openEngine({ device, threads: 0 }), {
        name: 'SegmenterError',
        code: 'engine',
        message: `device: expected "auto" or "cpu", got "${device}": it is not available yet`,
      });
    });
  }
});
