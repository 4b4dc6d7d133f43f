import assert from 'node:assert/strict';
import {
  appendFileSync,
  copyFileSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { createImageWriter, describeImage } from '../../src/formats';
import type { ImageDescription } from '../../src/image/description';
import type { PixelArray } from '../../src/image/dtype';
import type { Shape5 } from '../../src/image/region';
import { predictJob } from '../../src/jobs/implementations/predict';
import { saveImageJob } from '../../src/jobs/implementations/save-image';
import { thresholdJob } from '../../src/jobs/implementations/threshold';
import type { ComputeSettings, JobInput, JobOutput, SaveSettings, ThresholdSettings } from '../../src/jobs/job-types';
import { publishModel } from '../../src/models/publish';
import { buildPredictor, divisor, initialParameters, type NetworkSpec } from '../../src/network';
import { recordPath } from '../../src/provenance/record';
import { pattern } from '../formats/pixel-patterns';
import { pixelsOf, Workbench } from '../jobs/implementations/workbench';
import { cardFields } from '../models/support';

const SPEC: NetworkSpec = { dimensions: 2, inChannels: 1, filters: [4, 8] };
const COMPUTE: ComputeSettings = {
  ...{ engine: 'onnx', device: 'cpu', threads: 1, precision: 'float32', memoryMB: 0, queue: 10 },
};
const SHAPE: Shape5 = [1, 1, 1, 40, 50];
const THRESHOLD: ThresholdSettings = {
  ...{ method: 'value', value: 0.5, minSize: 0, fillHoles: false, label: true, connectivity: 'faces' },
};

const bytesOf = ({ uri }: ImageDescription) => readFileSync(fileURLToPath(uri));

describe('results that are known', function () {
  this.timeout(20_000);
  let bench: Workbench;
  let raw: ImageDescription;
  beforeEach(async () => {
    bench = await Workbench.open();
    raw = await bench.image('well1.ome.tiff', SHAPE, pattern('uint16', 2000));
    await publish(1);
  });
  afterEach(() => bench.close());

  async function publish(seed: number): Promise<void> {
    const patch = { z: null, y: 16, x: 16 };
    const channels = [{ index: 0, name: 'raw 0' }];
    const card = cardFields({ name: 'net', channels, patch, divisor: divisor(SPEC) });
    const onnx = buildPredictor(SPEC, initialParameters(SPEC, seed));
    await publishModel(bench.settings.modelsFolder, { card, onnx, metricsCsv: '' });
  }

  const predict = (changes: Partial<JobInput<'predict'>> = {}) =>
    predictJob(
      { image: raw, model: 'net', overlap: 0.25, compute: COMPUTE, known: 'give', ...changes },
      bench.context(),
    );
  const threshold = (image: ImageDescription, changes: Partial<JobInput<'threshold'>> = {}) =>
    thresholdJob(
      { image, settings: THRESHOLD, model: null, raw, id: 'well1', known: 'give', ...changes },
      bench.context(),
    );
  const isKnown = ({ metrics }: Pick<JobOutput<'predict' | 'threshold'>, 'metrics'>) => metrics.known !== undefined;

  it('are given again, and are byte for byte what they would be if they were done again', async () => {
    const first = await predict();
    const again = await predict();
    assert.deepEqual([isKnown(first), isKnown(again)], [false, true]);
    assert.equal(again.probability.uri, first.probability.uri);
    const { known, ...metrics } = again.metrics;
    assert.deepEqual(metrics, first.metrics);
    assert.ok(Date.parse(known ?? '') <= Date.now());
    assert.deepEqual([again.key, again.model], [first.key, first.model]);
    const forced = await predict({ known: 'renew' });
    const asBefore = await predict({ known: undefined });
    for (const made of [forced, asBefore]) {
      assert.equal(isKnown(made), false);
      assert.notEqual(made.probability.uri, first.probability.uri);
      assert.deepEqual(bytesOf(made.probability), bytesOf(first.probability));
    }
    // What was forced takes the place of what was known.
    assert.equal((await predict()).probability.uri, forced.probability.uri);
    assert.deepEqual([forced.key, asBefore.key], [first.key, undefined]);
  });

  it('of threshold as of predict: mask, labels and table', async () => {
    const { probability } = await predict();
    const first = await threshold(probability);
    const again = await threshold(probability);
    assert.equal(isKnown(again), true);
    assert.deepEqual({ ...again.metrics, known: undefined }, { ...first.metrics, known: undefined });
    const anew = await threshold(probability, { known: 'renew' });
    for (const name of ['mask', 'labels'] as const) {
      const [one, two, three] = [first, again, anew].map((made) => made[name] ?? assert.fail(name));
      assert.equal(two.uri, one.uri);
      assert.deepEqual(bytesOf(three), bytesOf(one));
    }
    assert.deepEqual(anew.metrics.objects, first.metrics.objects);
  });

  it('are done anew where anything is changed that they depend on', async () => {
    const first = await predict();
    const { probability } = first;
    await threshold(probability);
    const wide = { ...raw, pixelSize: { z: null, y: 2, x: 2 } };
    const region = { start: [0, 0, 0, 0, 0], size: [1, 1, 1, 24, 24] } satisfies ImageDescription['region'];
    const changes: Array<Partial<JobInput<'predict'>>> = [
      { overlap: 0.5 },
      { mirror: true },
      { compute: { ...COMPUTE, threads: 2 } },
      { image: wide },
      { image: { ...raw, region, shape: [1, 1, 1, 24, 24] } },
    ];
    const keys = new Set([JSON.stringify(first.key)]);
    for (const change of changes) {
      const made = await predict(change);
      assert.equal(isKnown(made), false, JSON.stringify(change));
      keys.add(JSON.stringify(made.key));
    }
    assert.equal(keys.size, changes.length + 1);
    const settings: Array<Partial<ThresholdSettings>> = [
      { value: 0.51 },
      { minSize: 3 },
      { method: 'otsu' },
      { label: false },
    ];
    for (const change of settings) {
      const made = await threshold(probability, { settings: { ...THRESHOLD, ...change } });
      assert.equal(isKnown(made), false, JSON.stringify(change));
    }
    assert.equal(isKnown(await threshold(probability, { raw: null })), false);
    // What does not decide it: how many may wait, what is said of the image.
    const told = { ...raw, notes: ['planes are missing'] };
    assert.equal(isKnown(await predict({ compute: { ...COMPUTE, queue: 3 }, image: told })), true);
    await publish(2);
    const other = await predict();
    assert.equal(isKnown(other), false);
    assert.equal(other.key?.input, first.key?.input);
    assert.notEqual(other.key?.model, first.key?.model);
    assert.equal(isKnown(await predict({ model: 'net@v1' })), true);
  });

  it('are those of the bytes, whatever the file is called and when it was written', async () => {
    const file = path.join(bench.data, 'plain.ome.tiff');
    const write = async (pixels: PixelArray) => {
      const channels = [{ index: 0, name: 'c0' }];
      const info = { shape: SHAPE, dtype: 'uint16', channels, pixelSize: null, compression: 'none' } as const;
      const writer = await createImageWriter(file, info, 'ome-tiff', { existing: 'replace' });
      await writer.write(pixels);
      await writer.finish();
    };
    await write(pattern('uint16', 2000));
    const image = await describeImage(file, { id: 'plain' });
    const first = await predict({ image });
    const copy = path.join(bench.data, 'elsewhere.ome.tiff');
    copyFileSync(file, copy);
    const renamed = await predict({ image: await describeImage(copy, { id: 'other' }) });
    assert.equal(isKnown(renamed), true);
    assert.deepEqual([renamed.probability.id, renamed.probability.uri], ['other', first.probability.uri]);
    // Another image in the same place, of the same size and time.
    const { mtime, atime } = statSync(file);
    await write(pattern('uint16', 2000).map((value) => value ^ 1));
    utimesSync(file, atime, mtime);
    assert.deepEqual((await describeImage(file, { id: 'plain' })).file?.size, image.file?.size);
    const other = await predict({ image: await describeImage(file, { id: 'plain' }) });
    assert.equal(isKnown(other), false);
    assert.notDeepEqual(bytesOf(other.probability), bytesOf(first.probability));
  });

  it('are not given where a file of theirs is gone or was changed, nor where the note is damaged', async () => {
    const first = await predict();
    const whole = bytesOf(first.probability);
    const harms: Array<(file: string) => void> = [
      (file) => rmSync(file),
      (file) => writeFileSync(file, whole.subarray(0, 500)),
      (file) => writeFileSync(file, Buffer.from(whole).fill(1, 800, 801)),
    ];
    let last = first;
    for (const harm of harms) {
      harm(fileURLToPath(last.probability.uri));
      last = await predict();
      assert.equal(isKnown(last), false);
      assert.deepEqual(bytesOf(last.probability), whole);
    }
    const folder = path.dirname(fileURLToPath(last.probability.uri));
    assert.equal(isKnown(await predict()), true);
    for (const note of readdirSync(folder).filter((name) => name.startsWith('known_'))) {
      const at = path.join(folder, note);
      writeFileSync(at, readFileSync(at, 'utf8').replace(/"seconds":[\d.]+/, '"seconds":77'));
    }
    const anew = await predict();
    assert.equal(isKnown(anew), false);
    assert.notEqual(anew.metrics.seconds, 77);
  });

  describe('that were saved', () => {
    const SAVE: SaveSettings = {
      ...{
        folder: '',
        filename: null,
        format: 'ome-tiff',
        existing: 'own',
        compression: 'deflate',
        layout: 'auto',
        png: false,
      },
    };
    const origin = {
      ...{ steps: [], verdict: { state: 'pass', reasons: [], unchecked: [] } },
      node: { id: 'n', type: 'segmenter-save-image', name: '', flow: '' },
    } satisfies JobInput<'save-image'>['origin'];
    const save = (image: ImageDescription, settings: Partial<SaveSettings> = {}, more: object = {}) =>
      saveImageJob(
        {
          ...{ image, role: 'mask', id: 'well1', raw, origin, known: 'give' },
          settings: { ...SAVE, folder: path.join(bench.data, 'out'), ...settings },
          ...more,
        },
        bench.context(),
      );
    const mask = async () => (await threshold((await predict()).probability)).mask;

    it('are not written again where they lie there byte for byte with the same record', async () => {
      const image = await mask();
      const first = await save(image);
      const before = statSync(first.path).mtimeMs;
      const again = await save(image);
      assert.deepEqual([first.known, typeof again.known, again.skipped], [undefined, 'string', false]);
      assert.equal(statSync(again.path).mtimeMs, before);
      const judged = { ...origin, verdict: { state: 'review' as const, reasons: ['few'], unchecked: [] } };
      const changed: Array<[Partial<SaveSettings>, object]> = [
        [{ compression: 'none' }, {}],
        [{ filename: 'other' }, {}],
        [{}, { origin: judged }],
        [{}, { known: 'renew' }],
      ];
      for (const [settings, more] of changed) assert.equal((await save(image, settings, more)).known, undefined);
      await save(image);
      for (const file of [first.path, recordPath(first.path)]) {
        assert.ok((await save(image)).known);
        appendFileSync(file, ' ');
        assert.equal((await save(image)).known, undefined);
        rmSync(file);
        assert.equal((await save(image)).known, undefined);
      }
      await assert.rejects(save(image, { existing: 'error' }), { code: 'exists' });
    });

    it('are given from there when they went from the scratch store, unless somebody changed them', async () => {
      const image = await mask();
      const { path: saved } = await save(image);
      const pixels = await pixelsOf(image);
      rmSync(fileURLToPath(image.uri));
      const again = await threshold((await predict()).probability, { settings: THRESHOLD });
      // The labels are in the store, the mask is not.
      assert.equal(isKnown(again), true);
      assert.equal(fileURLToPath(again.mask.uri), saved);
      assert.deepEqual(await pixelsOf(again.mask), pixels);
      const { uri: _, file: __, format: ___, ...description } = again.mask;
      const { uri: ____, file: _____, format: ______, ...expected } = image;
      assert.deepEqual(description, expected);
      appendFileSync(saved, ' ');
      const anew = await threshold((await predict()).probability);
      assert.equal(isKnown(anew), false);
      assert.deepEqual(bytesOf(anew.mask).length > 0, true);
      assert.deepEqual(await pixelsOf(anew.mask), pixels);
    });
  });

  it('know nothing of OME-Zarr, whose files are many', async () => {
    const folder = path.join(bench.data, 'z.ome.zarr');
    const settings = {
      ...{ folder: bench.data, filename: 'z', format: 'ome-zarr', existing: 'own', compression: 'none' },
      ...{ layout: 'auto', png: false },
    } satisfies SaveSettings;
    await saveImageJob({ image: raw, role: 'raw', id: 'z', settings }, bench.context());
    const image = await describeImage(folder, { id: 'z' });
    const [first, second] = [await predict({ image }), await predict({ image })];
    assert.deepEqual([first.key, isKnown(second)], [undefined, false]);
  });
});
