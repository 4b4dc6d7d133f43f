import assert from 'node:assert/strict';
import { openEngine } from '../../src/engines';
import type { BackendOptions } from '../../src/engines/engine';
import { physicalCores } from '../../src/engines/physical-cores';

const OPEN = { engine: 'auto', device: 'auto', threads: 0, precision: 'float32' } as const;

describe('openEngine', () => {
  it('opens ONNX Runtime on the CPU with as many threads as asked for, or as there are cores', async () => {
    const asked = await openEngine({ ...OPEN, device: 'cpu', threads: 3 });
    assert.deepEqual([asked.name, asked.device, asked.threads], ['onnx', 'cpu', 3]);
    const cores = await openEngine({ ...OPEN, engine: 'onnx', device: 'cpu' });
    assert.equal(cores.threads, physicalCores());
    assert.ok(Number.isInteger(cores.threads) && cores.threads >= 1);
  });

  it('gives every backend the number of threads that is meant, and the precision', async () => {
    for (const [threads, meant] of [
      [0, physicalCores()],
      [7, 7],
    ]) {
      const told: BackendOptions[] = [];
      const open = (options: BackendOptions) => {
        told.push(options);
        return Promise.reject(new Error('told'));
      };
      const backends = [{ engine: 'tensorflow', device: 'cuda', open }] as const;
      await assert.rejects(openEngine({ ...OPEN, threads, precision: 'tf32' }, backends), /told/);
      assert.deepEqual(told, [{ threads: meant, precision: 'tf32' }]);
    }
  });

  it('refuses an engine that has no such device, naming what there is', async () => {
    await assert.rejects(openEngine({ ...OPEN, engine: 'tensorflow', device: 'webgpu' }), {
      name: 'InvalidInputError',
      message: /^engine and device: expected one of onnx on cpu.*, got "tensorflow on webgpu"$/,
    });
  });

  it('refuses another precision than float32 on the CPU', async () => {
    await assert.rejects(openEngine({ ...OPEN, engine: 'onnx', device: 'cpu', precision: 'float16' }), {
      name: 'InvalidInputError',
      message: 'precision: expected float32 on the CPU, got "float16"',
    });
  });
});
