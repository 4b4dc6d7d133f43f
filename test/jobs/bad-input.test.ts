import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { ErrorCode } from '../../src/base/errors';
import type { ImageDescription } from '../../src/image/description';
import type { PixelArray } from '../../src/image/dtype';
import { count, type Shape5 } from '../../src/image/region';
import { implementations } from '../../src/jobs/implementations';
import { checkInput } from '../../src/jobs/inputs';
import type { JobInput, JobName, JobOutput, TrainSettings } from '../../src/jobs/job-types';
import type { JobImplementation } from '../../src/jobs/protocol';
import { publishModel } from '../../src/models/publish';
import { buildPredictor, initialParameters, type NetworkSpec } from '../../src/network';
import type { Sample } from '../../src/samples/sample';
import { cardFields } from '../models/support';
import { pixelsOf, Workbench } from './implementations/workbench';
import { COMPUTE } from './toy-jobs';

const SHAPE: Shape5 = [1, 1, 1, 16, 16];
const STACK: Shape5 = [1, 1, 4, 16, 16];
const PLAN = { sizeZ: null, sizeY: 8, sizeX: 8, perImage: 2, sampling: 'balanced' as const, overlap: 0, seed: 0 };
const TRAINING: TrainSettings = {
  ...{
    model: 'm',
    dimensions: 'auto',
    modelSize: 'small',
    levels: 'auto',
    epochs: 1,
    batchSize: 1,
    learningRate: 0.001,
  },
  ...{
    loss: 'dice+bce',
    validation: 0,
    maxMinutes: null,
    patience: null,
    startFrom: null,
    augment: false,
    tiles: 'auto',
    seed: 0,
  },
};
const THRESHOLD = { value: 0.5, minSize: 0, fillHoles: false, label: true, connectivity: 'faces' as const };

/** What each job behind a node makes of input that is wrong: an error that says so, and nothing half done. */
describe('bad input to the jobs of the nodes', function () {
  this.timeout(30_000);
  let bench: Workbench;
  let good: Sample;
  beforeEach(async () => {
    bench = await Workbench.open();
    const raw = await image('raw', (i) => i % 97);
    good = { id: 'a', raw, seg1: await image('seg1', half), seg2: await image('seg2', half) };
  });
  afterEach(() => bench.close());

  const half = (i: number) => (i < 128 ? 1 : 0);

  function image(name: string, value: (i: number) => number, shape = SHAPE, folder?: string) {
    const pixels: PixelArray = Float32Array.from({ length: count(shape) }, (_, i) => value(i));
    return bench.image(`${name}.ome.tiff`, shape, pixels, { folder });
  }

  async function run<K extends JobName>(job: K, input: JobInput<K>): Promise<JobOutput<K>> {
    const implementation = (await implementations[job]()) as unknown as JobImplementation<K>;
    return (await implementation(checkInput(job, input), bench.context<K>())) as JobOutput<K>;
  }

  /** Each job, with an image in the place where its node puts the one it works on. */
  const JOBS: Record<string, (given: ImageDescription) => Promise<unknown>> = {
    'merge-masks': (seg1) => run('merge-masks', { sample: { ...good, seg1 }, base: 'seg1', regions: null }),
    'exclude-regions': (regions) => run('exclude-regions', { sample: good, regions }),
    patch: (seg1) => run('list-patches', { sample: { ...good, seg1 }, plan: PLAN }),
    train: (seg1) => train({ seg1 }),
    predict: (given) => predict(given),
    threshold: (given) => threshold(given),
    evaluate: (predicted) => run('evaluate', { predicted, truth: good.seg1 as ImageDescription, weight: null }),
    'save-image': (given) =>
      run('save-image', {
        image: given,
        role: 'mask',
        id: 'a',
        settings: {
          ...{ folder: path.join(bench.data, 'out'), filename: null, format: 'ome-tiff', existing: 'error' },
          ...{ compression: 'none', layout: 'auto', png: true },
        },
      }),
  };

  function train(changes: Partial<Sample>, settings: Partial<TrainSettings> = {}) {
    const samples = [{ ...good, patches: PLAN, ...changes }];
    return run('train', { samples, settings: { ...TRAINING, ...settings }, compute: COMPUTE });
  }

  async function predict(given: ImageDescription, model = 'tiny') {
    await publishTiny('tiny', 2);
    return run('predict', { image: given, model, overlap: 0.25, compute: COMPUTE });
  }

  function threshold(
    given: ImageDescription,
    method: 'value' | 'otsu' | 'model' = 'value',
    model: string | null = null,
  ) {
    const settings = { ...THRESHOLD, method };
    return run('threshold', { image: given, settings, model, raw: null, id: 'a' });
  }

  async function publishTiny(name: string, dimensions: 2 | 3) {
    const spec: NetworkSpec = { dimensions, inChannels: 1, filters: [4, 8] };
    const card = cardFields({ name, dimensions, architecture: { type: 'residual-unet', filters: spec.filters } });
    const onnx = buildPredictor(spec, initialParameters(spec, 1));
    await publishModel(bench.settings.modelsFolder, { card, onnx, metricsCsv: '' });
  }

  async function refuses(work: Promise<unknown>, code: ErrorCode, message: RegExp): Promise<void> {
    await assert.rejects(work, { code, message });
    const store = path.join(bench.folder, 'cache', 'segmenter-scratch');
    // What is refused before the job begins opens no store.
    const left = existsSync(store) ? await readdir(store) : [];
    const files = left.filter((name) => !name.startsWith('.'));
    assert.deepEqual(files, [], 'a file was left in the scratch store');
    assert.ok(
      !(await readdir(bench.data)).includes('out') || (await readdir(path.join(bench.data, 'out'))).length === 0,
    );
  }

  /** Files that went wrong after they were described. */
  const FILES: Record<string, { spoil: (file: string) => Promise<unknown>; code: ErrorCode; message: RegExp }> = {
    'a missing file': {
      spoil: async () => undefined,
      code: 'not-found',
      message: /gone\.tiff/,
    },
    'a truncated file': {
      spoil: (file) => truncate(file, 300),
      code: 'corrupt-file',
      message: /bad\.ome\.tiff.*truncated|bad\.ome\.tiff.*damaged/,
    },
    'a corrupt TIFF': {
      spoil: (file) => writeFile(file, 'this was an image once, and is none any more'),
      code: 'corrupt-file',
      message: /bad\.ome\.tiff/,
    },
  };

  for (const job of [
    'merge-masks',
    'exclude-regions',
    'patch',
    'train',
    'predict',
    'threshold',
    'evaluate',
    'save-image',
  ]) {
    describe(job, () => {
      for (const [what, { spoil, code, message }] of Object.entries(FILES)) {
        it(`refuses ${what} and names it`, async () => {
          const bad = await image('bad', half);
          await spoil(fileURLToPath(bad.uri));
          const gone = { ...bad, uri: pathToFileURL(path.join(bench.data, 'gone.tiff')).href };
          await refuses(JOBS[job](code === 'not-found' ? gone : bad), code, message);
        });
      }

      it('refuses a path outside the allowed roots', async () => {
        const outside = await image('o', half, SHAPE, bench.folder);
        await refuses(JOBS[job](outside), 'not-allowed', /o\.ome\.tiff.*outside the allowed folders/);
      });
    });
  }

  for (const job of ['merge-masks', 'exclude-regions', 'patch', 'train', 'evaluate']) {
    it(`${job} refuses shapes that differ, naming both`, async () => {
      const other = await image('other', half, [1, 1, 1, 16, 12]);
      await refuses(JOBS[job](other), 'invalid-input', /16.*12|12.*16/);
    });
  }

  for (const job of ['merge-masks', 'predict', 'threshold', 'evaluate']) {
    it(`${job} refuses pixels that are NaN`, async () => {
      const bad = await image('nan', (i) => (i === 7 ? Number.NaN : 1));
      await refuses(JOBS[job](bad), 'invalid-input', /NaN/);
    });
  }

  it('train refuses raw pixels that are NaN', async () => {
    await refuses(train({ raw: await image('nan', () => Number.NaN) }), 'invalid-input', /NaN/);
  });

  for (const job of ['patch', 'predict', 'threshold', 'evaluate']) {
    it(`${job} refuses an image of two channels where it takes one`, async () => {
      const two = await image('two', half, [1, 2, 1, 16, 16]);
      await refuses(JOBS[job](two), 'invalid-input', /channel/);
    });
  }

  it('patch sizes must be multiples of 4, for the patch node and for training', async () => {
    const plan = { ...PLAN, sizeX: 10 };
    await refuses(run('list-patches', { sample: good, plan }), 'invalid-input', /sizeX: .*multiple of 4, got 10/);
    await refuses(train({ patches: plan }), 'invalid-input', /sizeX: .*multiple of 4, got 10/);
  });

  it('a segmentation without foreground: nothing to train on, a score with a flag, a mask without objects', async () => {
    const empty = await image('empty', () => 0);
    await refuses(train({ seg1: empty }), 'invalid-input', /expected some foreground \(non-zero\), got none in a/);
    const scores = await run('evaluate', { predicted: empty, truth: empty, weight: null });
    assert.deepEqual([scores.dice, scores.emptyReference], [1, true]);
    const { mask, metrics } = await threshold(empty);
    assert.ok((await pixelsOf(mask)).every((value) => value === 0));
    assert.deepEqual(metrics.objects, { total: 0, rows: [], file: null });
  });

  it('a constant image is predicted, thresholded and learned from without numbers that are none', async () => {
    const constant = await image('constant', () => 5);
    const { probability } = await predict(constant);
    assert.ok((await pixelsOf(probability)).every((value) => value >= 0 && value <= 1));
    const { mask, metrics } = await threshold(constant, 'otsu');
    assert.equal(metrics.threshold, 5);
    assert.ok((await pixelsOf(mask)).every((value) => value === 0));
    const { metrics: trained } = await train({ raw: constant });
    assert.ok(Number.isFinite(trained.loss), `loss ${trained.loss}`);
    assert.match(String(trained.warnings), /is constant: every pixel is 5/);
  });

  it('an unknown model, and a folder outside the roots, are named', async () => {
    await refuses(predict(good.raw, 'nobody'), 'not-found', /nobody.*known models: tiny/);
    await refuses(predict(good.raw, '/usr/share'), 'not-allowed', /\/usr\/share/);
    await refuses(threshold(good.raw, 'model', 'nobody'), 'not-found', /nobody/);
    await refuses(train({}, { startFrom: 'nobody' }), 'not-found', /nobody/);
    await refuses(train({}, { startFrom: '/usr/share' }), 'not-allowed', /\/usr\/share/);
  });

  it('a 3D model takes no plane, in prediction and in training', async () => {
    await publishTiny('stacks', 3);
    await refuses(predict(good.raw, 'stacks'), 'invalid-input', /expected a stack, because stacks v1 is a 3D model/);
    await refuses(train({ patches: undefined }, { dimensions: 3 }), 'invalid-input', /expected a stack for a 3D model/);
    const { probability } = await predict(await image('stack', half, STACK), 'stacks');
    assert.deepEqual(probability.shape, STACK);
  });
});
