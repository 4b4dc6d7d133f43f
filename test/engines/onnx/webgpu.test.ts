import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Engine } from '../../../src/engines/engine';
import { onnxOnCpu } from '../../../src/engines/onnx/cpu';
import { createSession, onnxRuntime, type SessionSettings } from '../../../src/engines/onnx/session';
import { onnxOnWebGpu } from '../../../src/engines/onnx/webgpu';
import { EngineUnavailableError } from '../../../src/engines/unavailable';
import { CPU_LOWERINGS, GPU_LOWERINGS } from '../../../src/graph/lowering/tables';
import { buildPredictor, buildTrainingStep, initialParameters, type NetworkSpec } from '../../../src/network';
import { buildStateCopy, STATE_NAMES } from '../../../src/network/models';
import { randomValues, relativeError } from '../../graph/support';
import { readTrainingReference, replay, TRAINING_REFERENCES } from '../../references/training-case';
import { needShared } from '../../support/shared-data';
import { assertFirstStep, assertTraining, GOLDEN_CASES, inspectWithOnnx, readGolden } from '../golden-case';

const OPTIONS = { threads: 2, precision: 'float32' } as const;
const STRICT: SessionSettings = { threads: 2, provider: 'webgpu', strict: true };
const SPECS: NetworkSpec[] = [
  { dimensions: 2, inChannels: 2, filters: [4, 8, 16] },
  { dimensions: 3, inChannels: 1, filters: [4, 8] },
  { dimensions: 2, inChannels: 1, outChannels: 3, filters: [4, 8] },
];

// `.ci/webgpu` runs this file on a software driver
describe('ONNX Runtime on WebGPU', function () {
  this.timeout(900_000);
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

  for (const name of TRAINING_REFERENCES) {
    it(`has the logits and gradients of PyTorch: ${name}`, async () => {
      const reference = readTrainingReference(name);
      assertFirstStep(reference, await inspectWithOnnx(reference, GPU_LOWERINGS, STRICT));
    });
  }

  for (const name of ['2d-muon', '3d-muon']) {
    it(`goes where PyTorch's steps go: ${name}`, async () => {
      const { far } = await replay(engine, readTrainingReference(name));
      assert.ok(far < 1e-3, `weights are ${far} of their way from PyTorch's`);
    });
  }

  for (const spec of SPECS) {
    it(`predicts batches in ${spec.dimensions}D as the CPU does, outputs ${spec.outChannels ?? 1}`, async () => {
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

  it('predicts with any ONNX model: what WebGPU has no operator for, or fails in, the CPU computes', async () => {
    const [, spec] = SPECS;
    // a transposed convolution in 3D
    const model = buildPredictor(spec, initialParameters(spec, 1));
    const [ours, theirs] = [await engine.createPrediction(model), await cpu.createPrediction(model)];
    for (const shape of [
      [1, 1, 4, 8, 8],
      [2, 1, 4, 4, 8],
    ]) {
      const input = randomValues(shape, 1, (random) => random.normal());
      assert.ok(relativeError(await ours.predict(input, shape), await theirs.predict(input, shape)) < 1e-4);
    }
    assert.equal(ours.warnings?.length, 1);
    assert.match(String(ours.warnings), /^webgpu cannot compute this model, the CPU does: prediction of \[1,1,4,8,8\]/);
    await assert.rejects(ours.predict(new Float32Array(4 * 8 * 8 * 2), [1, 2, 4, 8, 8]), { code: 'engine' });
    await ours.dispose();
    await theirs.dispose();
  });

  it('leaves no operator of a training step to the CPU: such a graph is refused', async () => {
    const [spec] = SPECS;
    const options = { batchSize: 1, patch: [16, 16], loss: 'dice', weightDecay: 0 } as const;
    const step = buildTrainingStep(spec, { ...options, patch: [16, 16], lowerings: CPU_LOWERINGS });
    await assert.rejects(createSession(step, STRICT), /fallback to CPU EP has been explicitly disabled/);
  });

  it('keeps the state on the device between steps', async () => {
    const [spec] = SPECS;
    const copy = await createSession(buildStateCopy(spec, GPU_LOWERINGS), { ...STRICT, keep: ['next.average'] });
    const { Tensor } = onnxRuntime();
    const vector = initialParameters(spec, 1);
    const feeds = STATE_NAMES.map((name) => [name, new Tensor('float32', vector, [vector.length])]);
    const results = await copy.run(Object.fromEntries(feeds));
    assert.deepEqual([results['next.average'].location, results['next.parameters'].location], ['gpu-buffer', 'cpu']);
    results['next.average'].dispose();
    await copy.release();
  });

  it('fails with an error, not with the process, where the device has not enough memory; then goes on', async () => {
    const spec: NetworkSpec = { dimensions: 2, inChannels: 1, filters: [64, 64] };
    const session = await engine.createPrediction({ spec, parameters: initialParameters(spec, 1) });
    const side = 4096;
    await assert.rejects(session.predict(new Float32Array(side * side), [1, 1, side, side]), { code: 'engine' });
    assert.equal((await session.predict(new Float32Array(64), [1, 1, 8, 8])).length, 64);
    await session.dispose();
  });

  it('computes no tf32, trains in no float16', async () => {
    await assert.rejects(
      onnxOnWebGpu.open({ threads: 1, precision: 'tf32' }),
      /precision: expected float32 or float16/,
    );
    try {
      const half = await onnxOnWebGpu.open({ threads: 1, precision: 'float16' });
      const [spec] = SPECS;
      const state = { step: 0, ...stateOf(initialParameters(spec, 1)) };
      const options = { batchSize: 1, patch: [16, 16], loss: 'dice' as const, weightDecay: 0 };
      await assert.rejects(half.createTraining(spec, options, state), { code: 'invalid-input' });
    } catch (error) {
      assert.ok(error instanceof EngineUnavailableError, String(error));
      assert.match(error.message, /no float16; choose the precision float32/);
    }
  });
});

describe('WebGPU without a GPU', () => {
  it('is absent, with what to do about it, and the process goes on', async function () {
    if (process.platform !== 'linux') this.skip();
    const module = path.resolve(__dirname, '../../../src/engines/onnx/webgpu.js');
    const code = `require(${JSON.stringify(module)}).onnxOnWebGpu.open({ threads: 1, precision: 'float32' })
      .then(() => console.log('opened'), ({ code, details }) => console.log(JSON.stringify({ code, ...details })))`;
    const env = {
      ...process.env,
      LD_LIBRARY_PATH: '',
      VK_ICD_FILENAMES: '/nowhere.json',
      VK_DRIVER_FILES: '/nowhere.json',
    };
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', code], { env });
    const { engine, device, state, reason, remedy } = JSON.parse(stdout);
    assert.deepEqual([engine, device, state], ['onnx', 'webgpu', 'absent']);
    assert.match(reason, /no GPU with a working driver/);
    assert.match(remedy, /Vulkan/);
  });
});

function stateOf(parameters: Float32Array) {
  const zeros = () => new Float32Array(parameters.length);
  return { parameters, average: parameters, firstMoment: zeros(), secondMoment: zeros() };
}
