import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  CancelledError,
  fromErrorRecord,
  InvalidInputError,
  SegmenterError,
  UnsupportedError,
} from '../../src/base/errors';
import { Random } from '../../src/base/random';
import { describeMachine } from '../../src/engines/choosing/machine';
import { TrialMemory } from '../../src/engines/choosing/trial-memory';
import type { Backend } from '../../src/engines/engine';
import { onnxOnCpu } from '../../src/engines/onnx/cpu';
import { EngineUnavailableError } from '../../src/engines/unavailable';
import { failureOf } from '../../src/jobs/host/chosen-backend';
import { createJobHost, type JobHost } from '../../src/jobs/host/job-host';
import { StopTimeoutError } from '../../src/jobs/host/worker-process';
import type { JobInput } from '../../src/jobs/job-types';
import type { Sample } from '../../src/samples/sample';
import { pixelsOf, Workbench } from './implementations/workbench';
import { COMPUTE, TRAIN_SETTINGS } from './toy-jobs';

const GPU = { engine: 'onnx', device: 'webgpu' } as const;
const CPU = { engine: 'onnx', device: 'cpu' } as const;

describe('a failure', () => {
  it('is the device’s where it says so, takes its process with it, or fails to compute', () => {
    const gone = new EngineUnavailableError({ engine: 'onnx', device: 'cpu' }, 'broken', 'no library', null);
    assert.equal(failureOf(fromErrorRecord(gone.toRecord()), CPU), 'certain');
    assert.equal(failureOf(new SegmenterError('worker-lost', 'gone'), GPU), 'certain');
    assert.equal(failureOf(new SegmenterError('engine', 'out of memory'), GPU), 'probable');
    const hung = (foreign: boolean) => new SegmenterError('timeout', 'hangs', { hungDevice: 'webgpu', foreign });
    assert.equal(failureOf(hung(false), GPU), 'probable');
    assert.equal(failureOf(hung(true), GPU), null);
    assert.equal(failureOf(new SegmenterError('timeout', 'a share that does not answer'), GPU), null);
  });

  it('is no device’s where an engine does not do such work, and another one may', () => {
    const unfit = new UnsupportedError('a.onnx', 'not here', { engine: 'tensorflow' });
    assert.equal(failureOf(unfit, { engine: 'tensorflow', device: 'cpu' }), 'unfit');
    assert.equal(failureOf(new UnsupportedError('a.tif', 'not read'), CPU), null);
  });

  it('is not the device’s where input, settings, a person or the processor made it', () => {
    const lossLost = new SegmenterError('engine', 'the loss is NaN', { loss: null });
    for (const error of [
      lossLost,
      new InvalidInputError('a', 'b', 1),
      new CancelledError(),
      new StopTimeoutError('x'),
    ]) {
      assert.equal(failureOf(error, GPU), null, error.message);
    }
    assert.equal(failureOf(new SegmenterError('worker-lost', 'gone'), CPU), null);
    assert.equal(failureOf(new SegmenterError('engine', 'out of memory'), CPU), null);
  });
});

/** Real jobs in real processes, on a device that is lost on the way. */
describe('work on a device that fails', function () {
  this.timeout(60_000);
  const SHAPE = [1, 1, 1, 24, 24] as const;
  const AUTO = { ...COMPUTE, engine: 'auto', device: 'auto' } as const;
  const failing: Backend = { ...onnxOnCpu, device: 'webgpu' };
  const SETTINGS = { ...TRAIN_SETTINGS, batchSize: 2, validation: 0.25, seed: 1 };
  let bench: Workbench;
  let host: JobHost;
  let samples: Sample[];
  let allowed: string | undefined;
  const train = (model: string, compute: JobInput<'train'>['compute'], epochs = 3) =>
    host.run('train', { samples, settings: { ...SETTINGS, model, epochs }, compute });

  before(async () => {
    allowed = process.env.SEGMENTER_BACKENDS;
    delete process.env.SEGMENTER_BACKENDS;
    bench = await Workbench.open();
    samples = [];
    for (let i = 0; i < 4; i++) samples.push(await blob(i));
  });
  after(async () => {
    if (allowed !== undefined) process.env.SEGMENTER_BACKENDS = allowed;
    await bench.close();
  });
  beforeEach(async () => {
    const memory = new TrialMemory(bench.settings.scratchFolder, await describeMachine());
    for (const [device, speed] of [
      ['cpu', 1],
      ['webgpu', 3],
    ] as const) {
      const speeds = { predict2d: speed, predict3d: speed, train2d: speed, train3d: speed };
      await memory.remember({ engine: 'onnx', device, precision: 'float32', outcome: { state: 'working', speeds } });
    }
    const entry = path.join(__dirname, 'failing-device-worker.js');
    host = createJobHost(bench.settings, { entry, backends: [onnxOnCpu, failing] });
  });
  afterEach(async () => {
    delete process.env.LOSE_PREDICTIONS;
    await host.shutdown();
  });

  /** A bright square on noise, and its mask. */
  async function blob(seed: number): Promise<Sample> {
    const random = new Random(seed);
    const [top, left] = [4 + random.integer(8), 4 + random.integer(8)];
    const mask = new Uint8Array(24 * 24);
    for (let y = top; y < top + 8; y++) mask.fill(255, y * 24 + left, y * 24 + left + 8);
    const pixels = Float32Array.from(mask, (inside) => (inside ? 10 : 0) + random.normal());
    const patches = {
      sizeZ: null,
      sizeY: 16,
      sizeX: 16,
      perImage: 8,
      sampling: 'balanced',
      overlap: 0,
      seed: 0,
    } as const;
    const raw = await bench.image(`b${seed}.ome.tiff`, [...SHAPE], pixels);
    return { id: `b${seed}`, raw, seg1: await bench.image(`s${seed}.ome.tiff`, [...SHAPE], mask), patches };
  }

  it('a training goes on from its last checkpoint, and its card says so', async () => {
    const { model, metrics } = await train('lost', AUTO);
    const [lost, change] = metrics.notes.filter((note) => note.includes('webgpu'));
    assert.match(
      lost,
      /^onnx on webgpu failed \(train worker .* signal SIGKILL .*\); the job goes on with onnx on cpu$/,
    );
    assert.equal(change, 'from step 12 on computed by onnx on cpu, before by onnx on webgpu');
    assert.deepEqual([metrics.steps, metrics.device, metrics.warnings], [36, 'cpu', [lost]]);
    const card = JSON.parse(await readFile(path.join(fileURLToPath(model.uri), 'model.json'), 'utf8')) as {
      metrics: Record<string, unknown>;
    };
    assert.deepEqual([card.metrics.notes, card.metrics.engine, card.metrics.device], [metrics.notes, 'onnx', 'cpu']);
    // The device that was lost computes as the processor does, so nothing else may differ.
    const whole = await train('whole', COMPUTE);
    assert.equal(model.sha256, whole.model.sha256);
  });

  it('a prediction is done again as a whole; a device that was named is not replaced', async () => {
    await train('known', COMPUTE, 1);
    process.env.LOSE_PREDICTIONS = '1';
    const predict = (compute: JobInput<'predict'>['compute']) =>
      host.run('predict', { image: samples[0].raw, model: 'known', overlap: 0.25, compute });
    const scratch = path.join(bench.settings.scratchFolder);
    const written = async () => (await readdir(scratch, { recursive: true })).filter((name) => name.endsWith('.tiff'));
    await assert.rejects(predict({ ...AUTO, engine: 'onnx', device: 'webgpu' }), {
      code: 'engine',
      message: 'the device was lost',
    });
    assert.deepEqual(await written(), []);
    const { probability, metrics } = await predict(AUTO);
    assert.deepEqual(metrics.warnings, [
      'onnx on webgpu failed (the device was lost); the job goes on with onnx on cpu',
    ]);
    assert.deepEqual([metrics.device, metrics.chosen], ['cpu', 'onnx on cpu: the only one that works here']);
    assert.equal((await written()).length, 1);
    const { probability: direct } = await predict(COMPUTE);
    assert.deepEqual(await pixelsOf(probability), await pixelsOf(direct));
  });
});
