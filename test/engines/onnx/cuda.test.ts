import assert from 'node:assert/strict';
import type { Engine } from '../../../src/engines/engine';
import { cudaUnavailable, onnxOnCuda } from '../../../src/engines/onnx/cuda';
import { EngineUnavailableError } from '../../../src/engines/unavailable';
import { GPU_LOWERINGS } from '../../../src/graph/lowering/tables';
import { needShared } from '../../support/shared-data';
import { assertFirstStep, assertTraining, GOLDEN_CASES, inspectWithOnnx, readGolden } from '../golden-case';

describe('what is the matter with CUDA', () => {
  const cases: Array<[string, 'absent' | 'broken', RegExp]> = [
    [
      'Failed to load library /x/libonnxruntime_providers_cuda.so with error: libcublasLt.so.12: cannot open shared object file: No such file',
      'broken',
      /^engine onnx on cuda is broken: libcublasLt.so.12 is not found; install NVIDIA's driver, CUDA 12 and cuDNN 9/,
    ],
    ['CUDA failure 100: no CUDA-capable device is detected ; GPU=0', 'absent', /no NVIDIA GPU was found/],
    ['CUDA failure 35: CUDA driver version is insufficient', 'broken', /failure 35.*install NVIDIA's driver/],
  ];
  for (const [reason, state, message] of cases) {
    it(reason.slice(0, 60), () => {
      const error = cudaUnavailable(reason);
      assert.equal(error.state, state);
      assert.match(error.message, message);
    });
  }
});

describe('ONNX Runtime on CUDA', function () {
  this.timeout(300_000);
  let engine: Engine;
  before(async function () {
    try {
      engine = await onnxOnCuda.open({ threads: 2, precision: 'float32' });
    } catch (error) {
      assert.ok(error instanceof EngineUnavailableError);
      console.log(`      skipped: ${error.message}`);
      this.skip();
    }
  });

  for (const name of GOLDEN_CASES) {
    it(`trains as PyTorch does: ${name}`, async function () {
      const golden = readGolden(needShared(this, `data/golden/${name}`));
      assertFirstStep(golden, await inspectWithOnnx(golden, GPU_LOWERINGS, { threads: 2, provider: 'cuda' }));
      await assertTraining(name, golden, engine);
    });
  }

  it('belongs to one precision a process', async () => {
    await assert.rejects(onnxOnCuda.open({ threads: 2, precision: 'tf32' }), /expected a process of its own/);
  });
});
