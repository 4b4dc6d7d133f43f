import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { Random } from '../../src/base/random';
import type { Shape5 } from '../../src/image/region';
import { createJobHost, type JobHost } from '../../src/jobs/host/job-host';
import { runId } from '../../src/jobs/io/training/known-trainings';
import type { JobInput, JobProgress, TrainSettings } from '../../src/jobs/job-types';
import type { Sample } from '../../src/samples/sample';
import { LiveHistory } from '../../src/training/live-history';
import { readEvents } from '../support/event-files';
import { Workbench } from './implementations/workbench';
import { COMPUTE } from './toy-jobs';

const SETTINGS: TrainSettings = {
  ...{ model: 'blobs', dimensions: 'auto', modelSize: 'small', levels: 'auto', epochs: 6, batchSize: 2 },
  ...{ learningRate: 0.001, loss: 'dice+bce', validation: 0.25, maxMinutes: null, patience: null, startFrom: null },
  ...{ augment: false, tiles: 'auto', seed: 1 },
};
const PATCHES = { sizeZ: null, sizeY: 16, sizeX: 16, perImage: 2, sampling: 'balanced' as const, overlap: 0, seed: 0 };
const SHAPE: Shape5 = [1, 1, 1, 32, 40];

describe('what a training leaves for people', function () {
  this.timeout(60_000);
  let bench: Workbench;
  let host: JobHost;
  let samples: Sample[];
  before(async () => {
    bench = await Workbench.open();
    host = createJobHost(bench.settings);
    samples = [];
    for (let i = 0; i < 4; i++) samples.push(await blobs(i));
  });
  after(async () => {
    await host.shutdown();
    await bench.close();
  });

  async function blobs(seed: number): Promise<Sample> {
    const random = new Random(seed);
    const [top, left] = [4 + random.integer(8), 4 + random.integer(8)];
    const mask = new Uint8Array(32 * 40);
    for (let y = top; y < top + 8; y++) mask.fill(255, y * 40 + left, y * 40 + left + 8);
    const pixels = Float32Array.from(mask, (inside) => (inside ? 10 : 0) + random.normal());
    const raw = await bench.image(`b${seed}.ome.tiff`, SHAPE, pixels);
    return { id: `b${seed}`, raw, seg1: await bench.image(`s${seed}.ome.tiff`, SHAPE, mask), patches: PATCHES };
  }
  const input = (changes: Partial<TrainSettings> = {}): JobInput<'train'> => ({
    samples,
    settings: { ...SETTINGS, ...changes },
    compute: COMPUTE,
  });
  const listed = async (model: string) => {
    const { trainings } = await host.run('list-trainings', {});
    return trainings.filter((training) => training.model === model);
  };
  const runsOf = (model: string) => path.join(bench.settings.modelsFolder, model, '.runs');

  it('is with the model: facts, epochs, pictures, events that an independent reader reads', async () => {
    const live = new LiveHistory();
    const { model, metrics } = await host.run('train', input(), { onProgress: (report) => live.add(report) });
    const folder = fileURLToPath(model.uri);
    const [known] = await listed('blobs');
    assert.deepEqual([known.id, known.version, known.state, known.ended], ['blobs@v1', 'v1', 'ended', 'budget']);
    assert.deepEqual([known.validationDice, known.threshold], [metrics.validationDice, metrics.threshold]);
    assert.deepEqual(known.data, {
      ...{ samples: 4, failed: 0, images: 3, validationImages: 1 },
      split: 'files',
      folds: 0,
    });
    assert.deepEqual([known.step, known.epoch, known.computedBy], [metrics.steps, 6, 'onnx on cpu']);
    assert.equal(known.settings.learningRate, 0.001);

    const { training, history } = await host.run('training', { id: 'blobs@v1' });
    assert.equal(history.length, 6);
    assert.deepEqual(
      live.rows.map(({ threshold: _, seconds: _seconds, ...row }) => row),
      history.map(({ threshold: _, seconds: _seconds, ...row }) => row),
    );
    assert.ok(training.pictures.length > 0);
    for (const picture of training.pictures) {
      const file = await host.run('training-picture', { id: 'blobs@v1', file: picture.file });
      const { width, height, channels } = await sharp(await readFile(file.path)).metadata();
      assert.deepEqual([width, height, channels], [40, 32, 3]);
    }
    await assert.rejects(host.run('training-picture', { id: 'blobs@v1', file: '../model.json' }), {
      code: 'not-found',
    });

    const [name] = readdirSync(folder).filter((file) => file.includes('tfevents'));
    const events = readEvents(readFileSync(path.join(folder, name)));
    assert.deepEqual(events[0].fileVersion, 'brain.Event:2');
    const scalars = (tag: string) => events.flatMap(({ step, values }) => (tag in values ? [[step, values[tag]]] : []));
    const near = (a: unknown[][], b: Array<[number, number]>) => {
      assert.deepEqual(
        a.map(([step]) => step),
        b.map(([step]) => step),
      );
      for (const [i, [, value]] of b.entries()) assert.ok(Math.abs(Number(a[i][1]) - value) <= 1e-6 * Math.abs(value));
    };
    near(
      scalars('loss'),
      history.map(({ step, loss }) => [step, loss]),
    );
    near(
      scalars('learning rate'),
      history.map(({ step, learningRate }) => [step, learningRate]),
    );
    const judged = history.flatMap(
      ({ step, validationDice: dice }): Array<[number, number]> => (dice === null ? [] : [[step, dice]]),
    );
    near(scalars('validation/Dice'), judged);
    assert.ok(events.some(({ pictures }) => Object.keys(pictures).length > 0));
    assert.match(events.map(({ texts }) => texts.settings ?? '').join(''), /\| learningRate \| 0\.001 \|/);
    const [start] = events.flatMap(({ hparams }) => hparams['_hparams_/session_start_info'] ?? []);
    const { learningRate, loss, augment, maxMinutes } = start.sessionStartInfo?.hparams ?? {};
    assert.deepEqual(
      [learningRate.numberValue, loss.stringValue, augment.boolValue, maxMinutes],
      [0.001, 'dice+bce', false, undefined],
    );
    const [end] = events.flatMap(({ hparams }) => hparams['_hparams_/session_end_info'] ?? []);
    assert.equal(end.sessionEndInfo?.status, 1, 'it ended well');
    near(scalars('final/Dice'), [[metrics.steps, metrics.validationDice ?? 0]]);
    for (const score of ['IoU', 'precision', 'recall', 'NSD', 'object AP', 'ECE']) {
      const [[step, value]] = scalars(`final/${score}`);
      assert.ok(step === metrics.steps && value >= 0 && value <= 1, `${score}: ${value}`);
    }
    assert.equal(existsSync(path.join(runsOf('blobs'))) && readdirSync(runsOf('blobs')).length > 0, false);
  });

  it('tells of folds, each with its Dice and its pictures', async () => {
    const live = new LiveHistory();
    const folds = input({ model: 'folds', epochs: 40, validation: null });
    await host.run('train', folds, { onProgress: (report) => live.add(report) });
    const { training, history } = await host.run('training', { id: 'folds@v1' });
    assert.equal(training.stages.length, training.data.folds + 1);
    const judged = history.filter(({ validationDice }) => validationDice !== null);
    assert.equal(judged.length, training.data.folds);
    assert.deepEqual(
      live.rows.map(({ validationDice }) => validationDice),
      history.map(({ validationDice }) => validationDice),
    );
    assert.deepEqual(
      [...new Set(training.pictures.map(({ fold }) => fold))],
      training.stages.slice(1).map((_, i) => i + 1),
    );
  });

  it('is there while it goes on and when it was interrupted, and goes on', async () => {
    const request = input({ model: 'resumed', epochs: 400 });
    const cancel = new AbortController();
    let run = '';
    const interrupted = host.run('train', request, {
      signal: cancel.signal,
      onProgress: (report: JobProgress<'train'>) => {
        run = report.run ?? '';
        if (report.step >= 30) cancel.abort();
      },
    });
    await assert.rejects(interrupted, { code: 'cancelled' });
    const id = runId('resumed', run);
    const [known] = await listed('resumed');
    assert.deepEqual([known.id, known.version, known.state], [id, null, 'interrupted']);
    const first = await host.run('training', { id });
    assert.ok(first.training.step >= 30 && first.history.length > 0);
    const [name] = readdirSync(path.join(runsOf('resumed'), run)).filter((file) => file.includes('tfevents'));
    assert.ok(readEvents(readFileSync(path.join(runsOf('resumed'), run, name))).length > first.history.length);

    const { model } = await host.run(
      'train',
      { ...request, settings: { ...request.settings } },
      {
        stop: AbortSignal.timeout(1500),
      },
    );
    const after = await host.run('training', { id });
    assert.deepEqual([after.id, after.training.run, after.training.begun], ['resumed@v1', run, first.training.begun]);
    assert.deepEqual(after.history.slice(0, first.history.length), first.history);
    assert.equal(model.version, 'v1');
  });

  it('says why one failed', async () => {
    const request = input({ model: 'broken', learningRate: 1, epochs: 2 });
    const raw = await bench.image('nan.ome.tiff', SHAPE, new Float32Array(32 * 40).fill(Number.NaN));
    await assert.rejects(host.run('train', { ...request, samples: [...samples, { ...samples[0], id: 'nan', raw }] }));
    const [known] = await listed('broken');
    assert.equal(known.state, 'failed');
    assert.match(known.error?.message ?? '', /nan/i);
  });

  it('is known of a version that has no such file, by its card, and of one whose file is damaged', async () => {
    const folder = path.join(bench.settings.modelsFolder, 'blobs', 'v1');
    const [before] = await listed('blobs');
    const read = async () => {
      const [known] = await listed('blobs');
      const {
        run: _run,
        begun: _begun,
        changed: _changed,
        data: _data,
        notes: _notes,
        ...rest
      } = known as never as Record<string, unknown>;
      return rest;
    };
    const { run: _run, begun: _begun, changed: _changed, data: _data, ...expected } = before;
    writeFileSync(path.join(folder, 'training.json'), '{"format": 1');
    assert.deepEqual(await read(), expected);
    rmSync(path.join(folder, 'training.json'));
    assert.deepEqual(await read(), expected);
    assert.equal((await host.run('training', { id: 'blobs@v1' })).history.length, 6);
  });

  it('is refused for an id that is none, or leads elsewhere', async () => {
    for (const id of ['blobs', 'blobs@v9', 'nobody@v1', '../blobs@v1', 'blobs@0123456789abcdef']) {
      await assert.rejects(host.run('training', { id }), ({ code }: { code: string }) =>
        /not-found|invalid-input/.test(code),
      );
    }
  });
});
