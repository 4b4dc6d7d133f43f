import assert from 'node:assert/strict';
import path from 'node:path';
import type { Engine } from '../../src/engines/engine';
import { onnxOnCpu } from '../../src/engines/onnx/cpu';
import { predictVolume } from '../../src/inference/predict-volume';
import { planTiles } from '../../src/inference/tiles';
import { suggestPlan } from '../../src/patches/plan';
import type { Sample } from '../../src/samples/sample';
import { prepareTraining, type TrainingRequest } from '../../src/training/prepare';
import { train } from '../../src/training/train';
import type { ImagePredictor } from '../../src/training/validation/validate';
import { Album, SETTINGS } from './fixtures';

const predict: ImagePredictor = (session, pixels, shape, geometry, signal) =>
  predictVolume(session, pixels, shape, planTiles(geometry, [shape[1], shape[2], shape[3]], 0.25), { signal });

describe('training with the ONNX engine', function () {
  this.timeout(60_000);
  let album: Album;
  let engine: Engine;
  before(async () => {
    album = new Album();
    engine = await onnxOnCpu.open({ threads: 1, precision: 'float32' });
  });
  after(() => album.remove());

  const run = async (
    samples: Sample[],
    folder: string,
    of: Engine,
    more: Partial<TrainingRequest['settings']> = {},
  ) => {
    const settings = { ...SETTINGS, epochs: 4, ...more };
    const preparation = await prepareTraining({ samples, settings, start: null });
    const where = { engine: of, predict, folder: path.join(album.folder, folder), memoryMB: 50, open: album.open };
    return train(preparation, { ...where, checkpointSeconds: 0.2 });
  };

  it('learns discs in 2D; the same bytes again, and after a kill', async () => {
    const samples = ['a', 'bb', 'ccc', 'dddd'].map((id) => album.sample(id));
    const first = await run(samples, 'first', engine);
    assert.ok(first.validation && first.validation.dice > 0.9, `Dice ${first.validation?.dice}`);
    assert.ok(first.history[3].loss < 0.7 * first.history[0].loss);
    assert.deepEqual((await run(samples, 'again', engine)).parameters, first.parameters);

    const killed: Engine = {
      ...{ name: engine.name, device: engine.device, threads: engine.threads },
      createPrediction: (model) => engine.createPrediction(model),
      createTraining: async (spec, options, state) => {
        const session = await engine.createTraining(spec, options, state);
        const steps: typeof session.steps = async (some) => {
          if ((await session.readState()).step === 30) throw new Error('killed');
          return session.steps(some);
        };
        const { stepsAtOnce } = session;
        return { stepsAtOnce, steps, readState: () => session.readState(), dispose: () => session.dispose() };
      },
    };
    await assert.rejects(run(samples, 'killed', killed), /killed/);
    assert.deepEqual((await run(samples, 'killed', engine)).parameters, first.parameters);
  });

  it('learns balls in 3D from one stack with a block held out', async () => {
    const shape: [number, number, number, number, number] = [1, 1, 12, 40, 32];
    const patches = { ...suggestPlan([[12, 32, 32]], 3), sizeZ: 8, sizeY: 16, sizeX: 16 };
    const sample = album.sample('stack', shape, { patches });
    const result = await run([sample], 'stack', engine, { epochs: 6 });
    assert.match(result.facts.notes.join(), /a block of 1 of 1 images/);
    assert.ok(result.validation && result.validation.dice > 0.8, `Dice ${result.validation?.dice}`);
  });
});
