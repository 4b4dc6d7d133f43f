import assert from 'node:assert/strict';
import type { Engine } from '../../../src/engines/engine';
import { onnxOnCpu } from '../../../src/engines/onnx/cpu';
import { createSession, type SessionSettings } from '../../../src/engines/onnx/session';
import { onnxOnWebGpu } from '../../../src/engines/onnx/webgpu';
import { EngineUnavailableError } from '../../../src/engines/unavailable';
import { CPU_LOWERINGS } from '../../../src/graph/lowering/cpu';
import { GPU_LOWERINGS } from '../../../src/graph/lowering/gpu';
import { buildPredictor, buildTrainingStep, initialParameters, type NetworkSpec } from '../../../src/network';
import { randomValues, relativeError } from '../../graph/support';
import { needShared } from '../../support/shared-data';
import { assertFirstStep, assertTraining, GOLDEN_CASES, inspectWithOnnx, readGolden } from '../golden-case';

const OPTIONS = { threads: 2, precision: 'float32' } as const;
const STRICT: SessionSettings = { threads: 2, provider: 'webgpu', strict: true };
const SPECS: NetworkSpec[] = [
  { dimensions: 2, inChannels: 2, filters: [4, 8, 16] },
  { dimensions: 3, inChannels: 1, filters: [4, 8] },
];

// `.ci/webgpu` runs this file on a software driver
describe('ONNX Runtime on WebGPU', function () {
  this.timeout(300_000);
  let engine: Engine;
  let cpu: Engine;
  before(async function () {
    cpu = await onnxOnCpu.open(OPTIONS);
    try {
      engine = await onnxOnWebGpu.open(OPTIONS);
    } catch (error) {
      if (!(error instanceof EngineUnavailableError) || error.state !== 'absent') throw error;
      console.log(`      skipped: ${error.message}`);
      this.skip();
    }
  });

  for (const name of GOLDEN_CASES) {
    it(`trains as PyTorch does: ${name}`, async function () {
      const golden = readGolden(needShared(this, `data/golden/${name}`));
      assertFirstStep(golden, await inspectWithOnnx(golden, GPU_LOWERINGS, STRICT));
      await assertTraining(name, golden, engine);
    });
  }

  for (const spec of SPECS) {
    it(`predicts batches in ${spec.dimensions}D as the CPU does`, async () => {
      const parameters = initialParameters(spec, 1);
      const sizes =
        spec.dimensions === 2
          ? [
              [32, 16],
              [16, 16],
            ]
          : [
              [4, 16, 8],
              [8, 8, 8],
            ];
      const [ours, theirs] = [
        await engine.createPrediction({ spec, parameters }),
        await cpu.createPrediction({ spec, parameters }),
      ];
      for (const [i, size] of sizes.entries()) {
        for (const items of [3, 1]) {
          const shape = [items, spec.inChannels, ...size];
          const input = randomValues(shape, i, (random) => random.normal());
          const error = relativeError(await ours.predict(input, shape), await theirs.predict(input, shape));
          assert.ok(error < 1e-4, `[${shape}]: relative error ${error}`);
        }
      }
      await ours.dispose();
      await theirs.dispose();
    });
  }

  it('predicts with any ONNX model, leaving to the CPU what WebGPU has no operator for', async () => {
    const [, spec] = SPECS;
    const model = buildPredictor(spec, initialParameters(spec, 1));
    await assert.rejects(createSession(model, STRICT), /fallback to CPU EP has been explicitly disabled/);
    const shape = [1, 1, 4, 8, 8];
    const input = randomValues(shape, 1, (random) => random.normal());
    const [ours, theirs] = [await engine.createPrediction(model), await cpu.createPrediction(model)];
    assert.ok(relativeError(await ours.predict(input, shape), await theirs.predict(input, shape)) < 1e-4);
    await ours.dispose();
    await theirs.dispose();
  });

  it('leaves no operator of a training step to the CPU: such a graph is refused', async () => {
    const [spec] = SPECS;
    const options = { batchSize: 1, patch: [16, 16], loss: 'dice', weightDecay: 0 } as const;
    const step = buildTrainingStep(spec, { ...options, patch: [16, 16], lowerings: CPU_LOWERINGS });
    await assert.rejects(createSession(step, STRICT), /fallback to CPU EP has been explicitly disabled/);
  });
});
