import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Random } from '../../src/base/random';
import type { Shape5 } from '../../src/image/region';
import { createJobHost, type JobHost } from '../../src/jobs/host/job-host';
import type { JobInput, JobProgress, TrainSettings } from '../../src/jobs/job-types';
import type { Sample } from '../../src/samples/sample';
import { pixelsOf, Workbench } from './implementations/workbench';
import { COMPUTE } from './toy-jobs';

const SETTINGS: TrainSettings = {
  model: 'blobs',
  dimensions: 'auto',
  modelSize: 'small',
  levels: 'auto',
  epochs: 2,
  batchSize: 2,
  learningRate: 0.001,
  loss: 'dice+bce',
  validation: 0.25,
  maxMinutes: null,
  patience: null,
  startFrom: null,
  augment: false,
  tiles: 'auto',
  seed: 1,
};
const PATCHES = { sizeZ: null, sizeY: 16, sizeX: 16, perImage: 2, sampling: 'balanced' as const, overlap: 0, seed: 0 };
const SHAPE: Shape5 = [1, 1, 1, 24, 24];

/** Real training and prediction in real workers, on images of a few pixels. */
describe('training and prediction in workers', function () {
  this.timeout(60_000);
  let bench: Workbench;
  let host: JobHost;
  let samples: Sample[];
  before(async () => {
    bench = await Workbench.open();
    samples = [];
    for (let i = 0; i < 4; i++) samples.push(await blobs(i));
  });
  after(() => bench.close());
  beforeEach(() => {
    host = createJobHost(bench.settings);
  });
  afterEach(() => host.shutdown());

  /** A bright square on noise, and its mask. */
  async function blobs(seed: number): Promise<Sample> {
    const random = new Random(seed);
    const [top, left] = [4 + random.integer(8), 4 + random.integer(8)];
    const mask = new Uint8Array(24 * 24);
    for (let y = top; y < top + 8; y++) mask.fill(255, y * 24 + left, y * 24 + left + 8);
    const pixels = Float32Array.from(mask, (inside) => (inside ? 10 : 0) + random.normal());
    const raw = await bench.image(`b${seed}.ome.tiff`, SHAPE, pixels, { pixelSize: { z: null, y: 0.5, x: 0.5 } });
    return { id: `b${seed}`, raw, seg1: await bench.image(`s${seed}.ome.tiff`, SHAPE, mask), patches: PATCHES };
  }
  const input = (changes: Partial<TrainSettings> = {}): JobInput<'train'> => ({
    samples,
    settings: { ...SETTINGS, ...changes },
    compute: COMPUTE,
  });
  const runs = (model: string) => readdir(path.join(bench.settings.modelsFolder, model, '.runs')).catch(() => []);

  it('trains, publishes a version, predicts with it and thresholds at its threshold', async () => {
    const seen: JobProgress<'train'>[] = [];
    const trained = await host.run('train', input(), { onProgress: (progress) => seen.push(progress) });
    const { model, metrics } = trained;
    assert.deepEqual([model.name, model.version], ['blobs', 'v1']);
    const folder = fileURLToPath(model.uri);
    assert.equal(trained.report, path.join(folder, 'report.html'));
    const report = await readFile(path.join(folder, 'report.html'), 'utf8');
    assert.match(report, /<h1>The model blobs@v1<\/h1>/);
    assert.match(report, /Images judged<\/span><b>1<\/b>/);
    for (const { id } of samples) assert.ok(report.includes(`${id}<br>`), `${id} is listed as trained on`);
    assert.ok(report.includes(model.sha256));
    assert.equal(report.match(/<svg class="chart"/g)?.length, 4, 'loss, validation Dice, thresholds, calibration');
    for (const file of ['model.onnx', 'model.json', 'metrics.csv', 'checkpoints/best.bin']) {
      assert.ok(existsSync(path.join(folder, file)), file);
    }
    assert.deepEqual([metrics.engine, metrics.device, metrics.threads, metrics.ended], ['onnx', 'cpu', 1, 'budget']);
    assert.ok(typeof metrics.seconds === 'number' && typeof metrics.validationDice === 'number');
    assert.deepEqual(
      seen.filter(({ epochEnd }) => epochEnd).map(({ epoch }) => epoch),
      [1, 2],
    );
    assert.deepEqual(await runs('blobs'), []);

    const predict = { image: samples[0].raw, model: 'blobs', overlap: 0.25, compute: COMPUTE };
    const cold = await host.run('predict', predict);
    assert.deepEqual(cold.model, model);
    assert.deepEqual([cold.probability.shape, cold.probability.dtype], [[...SHAPE], 'float32']);
    assert.deepEqual(cold.probability.pixelSize, { z: null, y: 0.5, x: 0.5 });
    assert.deepEqual([cold.metrics.engine, cold.metrics.device, cold.metrics.threads], ['onnx', 'cpu', 1]);
    assert.deepEqual(cold.metrics.warnings, []);
    const warm = await host.run('predict', { ...predict, model: 'blobs@v1' });
    assert.deepEqual(await pixelsOf(warm.probability), await pixelsOf(cold.probability));

    const settings = {
      method: 'model' as const,
      value: 0,
      minSize: 0,
      fillHoles: false,
      label: false,
      connectivity: 'faces' as const,
    };
    const threshold = { image: cold.probability, settings, model: 'blobs@v1', raw: samples[0].raw, id: 'b0' };
    const masked = await host.run('threshold', threshold);
    assert.equal(masked.metrics.threshold, metrics.threshold);
  });

  it('gives the same bytes for the same training', async () => {
    const first = await host.run('train', input({ model: 'same', validation: 0 }));
    const second = await host.run('train', input({ model: 'same', validation: 0 }));
    assert.deepEqual([first.model.version, second.model.version], ['v1', 'v2']);
    assert.equal(first.model.sha256, second.model.sha256);
  });

  it('stops with the best so far, which can be the start of another', async () => {
    const stop = new AbortController();
    const onProgress = ({ step }: JobProgress<'train'>) => {
      if (step > 2) stop.abort();
    };
    const { model, metrics } = await host.run('train', input({ model: 'stopped', epochs: 10_000 }), {
      stop: stop.signal,
      onProgress,
    });
    assert.equal(metrics.ended, 'stopped');
    assert.ok(metrics.steps < 1000);
    const tuned = await host.run('train', input({ model: 'tuned', startFrom: `${model.name}@${model.version}` }));
    assert.equal(tuned.model.name, 'tuned');
    assert.notEqual(tuned.model.sha256, model.sha256);
  });

  it('goes on from its checkpoint after a cancel, and publishes nothing for it', async () => {
    const request = input({ model: 'resumed', epochs: 12, validation: 0 });
    const controller = new AbortController();
    let reached = 0;
    const interrupted = host.run('train', request, {
      signal: controller.signal,
      onProgress: ({ step }) => {
        reached = step;
        if (step >= 8) controller.abort();
      },
    });
    await assert.rejects(interrupted, { code: 'cancelled' });
    assert.ok(reached >= 8);
    assert.equal((await runs('resumed')).length, 1);
    let first = 0;
    const onProgress = ({ step }: JobProgress<'train'>) => {
      first ||= step;
    };
    const resumed = await host.run('train', request, { onProgress });
    assert.ok(first > 8, `went on at step ${first}`);
    assert.equal(resumed.model.version, 'v1');
    const whole = await host.run('train', input({ model: 'whole', epochs: 12, validation: 0 }));
    assert.equal(resumed.model.sha256, whole.model.sha256);
  });

  it('publishes the best checkpoint when the training does not stop in time', async () => {
    await host.shutdown();
    host = createJobHost(bench.settings, { patience: { cancelMs: 2000, killMs: 500, stopMs: 0 } });
    const stop = new AbortController();
    const onProgress = ({ validationDice }: JobProgress<'train'>) => {
      // The best by validation is on disk with the end of its epoch.
      if (validationDice !== null) setTimeout(() => stop.abort(), 100);
    };
    const { model, metrics } = await host.run('train', input({ model: 'killed', epochs: 10_000 }), {
      stop: stop.signal,
      onProgress,
    });
    assert.equal(model.version, 'v1');
    assert.equal(metrics.ended, 'stopped');
    assert.ok(metrics.bestStep > 0);
    assert.deepEqual(await runs('killed'), []);
  });

  it('keeps nothing of a training that is stopped before its first step', async () => {
    const stop = new AbortController();
    const stopped = host.run('train', input({ model: 'none' }), { stop: stop.signal });
    stop.abort();
    await assert.rejects(stopped, { code: 'cancelled', message: /before its first/ });
    await assert.rejects(host.run('predict', { image: samples[0].raw, model: 'none', overlap: 0, compute: COMPUTE }), {
      code: 'not-found',
      message: /model "none" is not in/,
    });
    assert.equal((await host.run('train', input({ model: 'none' }))).metrics.ended, 'budget', 'and it can run again');
  });

  it('gives who asks twice under one request the version that it gave, and others a new one', async () => {
    const asked = { ...input({ model: 'requested' }), request: 'a' };
    const first = await host.run('train', asked);
    const again = await host.run('train', asked);
    assert.deepEqual([again.model, again.report], [first.model, first.report]);
    assert.deepEqual(again.metrics.validationDice, first.metrics.validationDice);
    const [other, nobody] = [
      await host.run('train', { ...asked, request: 'b' }),
      await host.run('train', input({ model: 'requested' })),
    ];
    assert.deepEqual(
      [first, other, nobody].map(({ model }) => model.version),
      ['v1', 'v2', 'v3'],
    );
    const left = await readdir(path.join(bench.settings.modelsFolder, 'requested', '.runs'));
    assert.deepEqual(left, []);
  });

  it('can always be asked for again, whenever it was stopped or cancelled', async () => {
    const request = input({ model: 'again' });
    for (const stopMs of [3500, 0]) {
      await host.shutdown();
      host = createJobHost(bench.settings, { patience: { cancelMs: 2000, killMs: 500, stopMs } });
      for (const after of [0, 1, 40, 150, 300, 450]) {
        for (const how of ['stop', 'signal']) {
          const end = new AbortController();
          const ended = host.run('train', request, { [how]: end.signal }).catch((error: { code?: string }) => {
            assert.equal(error.code, 'cancelled');
          });
          await sleep(after);
          end.abort();
          await ended;
        }
      }
      const { metrics } = await host.run('train', request);
      assert.deepEqual([metrics.ended, metrics.warnings], ['budget', []]);
    }
    assert.deepEqual(await runs('again'), []);
  });

  it('does not let a damaged checkpoint stand in the way of the same training, and says so', async () => {
    const request = input({ model: 'damaged', epochs: 12, validation: 0 });
    const controller = new AbortController();
    const interrupted = host.run('train', request, {
      signal: controller.signal,
      onProgress: ({ step }) => {
        if (step >= 8) controller.abort();
      },
    });
    await assert.rejects(interrupted, { code: 'cancelled' });
    const [run] = await runs('damaged');
    const file = path.join(bench.settings.modelsFolder, 'damaged', '.runs', run, 'training.ckpt');
    // A training that says that it has ended would be published as it is.
    const text = (await readFile(file)).toString('latin1').replace('"ended":null', '"ended":"time"');
    await writeFile(file, Buffer.from(text, 'latin1'));
    const { model, metrics } = await host.run('train', request);
    assert.equal(metrics.ended, 'budget');
    assert.match(String(metrics.warnings), /training\.ckpt: its content does not match its checksum; .*starts anew/);
    const whole = await host.run('train', input({ model: 'undamaged', epochs: 12, validation: 0 }));
    assert.equal(model.sha256, whole.model.sha256);
    assert.deepEqual(await runs('damaged'), []);
  });

  it('loses only its job when the worker is killed in training; the next one goes on', async () => {
    const request = input({ model: 'lost', epochs: 200 });
    const lost = host.run('train', request, {
      onProgress: ({ step }) => {
        const pid = host.stats().lanes[0].workers[0]?.pid;
        if (step > 5 && pid) process.kill(pid, 'SIGKILL');
      },
    });
    await assert.rejects(lost, { code: 'worker-lost', message: /train worker .*signal SIGKILL while it ran "train"/ });
    const next = await host.run('train', input({ model: 'lost', epochs: 1 }));
    assert.equal(next.model.name, 'lost');
  });

  it('refuses bad input with an error that names it', async () => {
    const refuse = async (job: Promise<unknown>, code: string, message: RegExp) =>
      assert.rejects(job, { code, message });
    const outside = await bench.image('o.tiff', SHAPE, new Float32Array(576), { folder: bench.folder });
    const nan = await bench.image('nan.tiff', SHAPE, new Float32Array(576).fill(Number.NaN));
    const train = (sample: Sample, changes: Partial<TrainSettings> = {}) =>
      host.run('train', { ...input(changes), samples: [sample] });
    await refuse(train({ ...samples[0], raw: outside }), 'not-allowed', /o\.tiff/);
    await refuse(train({ ...samples[0], raw: nan }), 'invalid-input', /NaN/);
    await refuse(train({ ...samples[0], seg1: undefined }), 'invalid-input', /b0.*target or seg1/);
    await refuse(train(samples[0], { model: '../up' }), 'invalid-input', /model name/);
    await refuse(train(samples[0], { startFrom: 'nobody' }), 'not-found', /nobody/);
    await refuse(train({ ...samples[0], patches: { ...PATCHES, sizeX: 18 } }), 'invalid-input', /sizeX/);
    await refuse(train(samples[0], { dimensions: 3 }), 'invalid-input', /3D/);
    const compute = { ...COMPUTE, engine: 'tensorflow' as const, device: 'webgpu' as const };
    await refuse(host.run('train', { ...input(), compute }), 'invalid-input', /tensorflow on webgpu/);
    await host.run('train', input({ model: 'known', epochs: 1, validation: 0 }));
    const predict = (image: Sample['raw'], model: string) =>
      host.run('predict', { image, model, overlap: 0.25, compute: COMPUTE });
    await refuse(predict(nan, 'known'), 'invalid-input', /NaN/);
    await refuse(predict(outside, 'known'), 'not-allowed', /o\.tiff/);
    await refuse(predict(samples[0].raw, '/usr/share'), 'not-allowed', /usr/);
    const two = await bench.image('two.ome.tiff', [1, 2, 1, 12, 24], new Float32Array(576));
    await refuse(predict(two, 'known'), 'invalid-input', /1 channel/);
  });
});
