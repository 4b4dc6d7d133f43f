import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Shape5 } from '../../../src/image/region';
import { thresholdJob } from '../../../src/jobs/implementations/threshold';
import type { ThresholdSettings } from '../../../src/jobs/job-types';
import { publishModel } from '../../../src/models/publish';
import { cardFields, namedOnnx } from '../../models/support';
import { pixelsOf, Workbench } from './workbench';

const SETTINGS: ThresholdSettings = {
  method: 'value',
  value: 0.5,
  minSize: 0,
  fillHoles: false,
  label: true,
  connectivity: 'faces',
};
const SHAPE: Shape5 = [1, 1, 1, 4, 4];
/** Two objects: one of 3 pixels, one of 1. */
const MAP = Float32Array.of(0.9, 0.8, 0, 0, 0.6, 0.1, 0, 0, 0, 0, 0, 0, 0, 0, 0.5, 0.7);

describe('threshold job', () => {
  let bench: Workbench;
  beforeEach(async () => {
    bench = await Workbench.open();
  });
  afterEach(() => bench.close());
  const binary = (...at: number[]) => Array.from({ length: 16 }, (_, i) => (at.includes(i) ? 255 : 0));

  it('gives mask, labels and an object table with micrometres and mean intensities', async () => {
    const pixelSize = { z: null, y: 0.5, x: 0.5 };
    const image = await bench.image('p.ome.tiff', SHAPE, MAP, { pixelSize });
    const raw = await bench.image(
      'r.ome.tiff',
      SHAPE,
      Uint8Array.from({ length: 16 }, (_, i) => i),
    );
    const context = bench.context<'threshold'>();
    const { mask, labels, metrics } = await thresholdJob(
      { image, settings: SETTINGS, model: null, raw, id: 'a' },
      context,
    );
    assert.deepEqual(await pixelsOf(mask), binary(0, 1, 4, 15));
    assert.ok(labels);
    assert.deepEqual(await pixelsOf(labels), [1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2]);
    assert.deepEqual([mask.dtype, labels.dtype, mask.id, mask.channels[0].name], ['uint8', 'uint16', 'a', 'mask']);
    assert.deepEqual(mask.pixelSize, pixelSize);
    const objects = metrics.objects;
    assert.equal(objects.total, 2);
    assert.equal(objects.file, null);
    assert.deepEqual(objects.rows[0], {
      label: 1,
      size: 3,
      sizeMicrometres: 0.75,
      centroid: { z: 0, y: 1 / 3, x: 1 / 3 },
      centroidMicrometres: { z: 0, y: 0.5 / 3, x: 0.5 / 3 },
      meanIntensity: 5 / 3,
      box: { start: { z: 0, y: 0, x: 0 }, size: { z: 1, y: 2, x: 2 } },
    });
    assert.equal(metrics.threshold, 0.5);
    assert.equal(metrics.foreground, 0.25);
    assert.equal(metrics.intensityChannel, 'c0');
    assert.ok(typeof metrics.seconds === 'number' && metrics.seconds >= 0);
    const last = context.seen.at(-1);
    assert.equal(last?.done, last?.total);
  });

  it('removes small objects; without labels gives none', async () => {
    const image = await bench.image('p.tiff', SHAPE, MAP);
    const settings = { ...SETTINGS, minSize: 2, label: false };
    const { mask, labels, metrics } = await thresholdJob(
      { image, settings, model: null, raw: null, id: 'a' },
      bench.context(),
    );
    assert.deepEqual(await pixelsOf(mask), binary(0, 1, 4));
    assert.equal(labels, undefined);
    assert.equal(metrics.objects.total, 1);
  });

  it('fills holes', async () => {
    const ring = Uint8Array.of(0, 0, 0, 0, 0, 9, 9, 9, 0, 9, 0, 9, 0, 9, 9, 9);
    const image = await bench.image('p.tiff', SHAPE, ring);
    const settings = { ...SETTINGS, fillHoles: true };
    const { mask } = await thresholdJob({ image, settings, model: null, raw: null, id: 'a' }, bench.context());
    assert.deepEqual(await pixelsOf(mask), binary(5, 6, 7, 9, 10, 11, 13, 14, 15));
  });

  it('states thresholds in the quantity where integers are stored, each time point on its own', async () => {
    const stored = Uint16Array.of(0, 0, 0, 65535, 0, 0, 0, 0, 0, 0, 32767, 32768);
    const image = await bench.image('p.ome.tiff', [2, 1, 1, 2, 3], stored, { scale: 1 / 65535 });
    const { mask, labels, metrics } = await thresholdJob(
      { image, settings: SETTINGS, model: null, raw: null, id: 'a' },
      bench.context(),
    );
    assert.deepEqual(await pixelsOf(mask), [0, 0, 0, 255, 0, 0, 0, 0, 0, 0, 0, 255]);
    assert.ok(labels);
    assert.deepEqual(await pixelsOf(labels), [0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1]);
    assert.ok(Math.abs(Number(metrics.threshold) - 0.5) < 1e-12);
    const rows = metrics.objects.rows;
    assert.deepEqual(
      rows.map(({ t, label }) => [t, label]),
      [
        [0, 1],
        [1, 1],
      ],
    );
  });

  it('finds an automatic threshold for each time point', async () => {
    const image = await bench.image('p.ome.tiff', [2, 1, 1, 2, 2], Uint8Array.of(1, 1, 1, 9, 20, 20, 90, 90));
    const settings = { ...SETTINGS, method: 'mean' as const };
    const { mask, metrics } = await thresholdJob({ image, settings, model: null, raw: null, id: 'a' }, bench.context());
    assert.deepEqual(metrics.thresholds, [3, 55]);
    assert.equal(metrics.threshold, null);
    assert.deepEqual(await pixelsOf(mask), [0, 0, 0, 255, 0, 0, 255, 255]);
  });

  it('takes 0.5 for method model without a model, and names unknown models', async () => {
    const image = await bench.image('p.tiff', SHAPE, MAP);
    const settings = { ...SETTINGS, method: 'model' as const, value: 0.1 };
    const { metrics } = await thresholdJob({ image, settings, model: null, raw: null, id: 'a' }, bench.context());
    assert.equal(metrics.threshold, 0.5);
    await assert.rejects(thresholdJob({ image, settings, model: 'nuclei', raw: null, id: 'a' }, bench.context()), {
      code: 'not-found',
      message: /model "nuclei"/,
    });
    await assert.rejects(thresholdJob({ image, settings, model: '/etc/model', raw: null, id: 'a' }, bench.context()), {
      code: 'not-allowed',
    });
  });

  it('tells which version a bare name means where the newest one is worse', async () => {
    const image = await bench.image('p.tiff', SHAPE, MAP);
    const settings = { ...SETTINGS, method: 'model' as const };
    const comparison = { startedFrom: 'nuclei@v1', startDice: 0.992, dice: 0.4, isWorse: true };
    for (const card of [cardFields({ threshold: 0.75 }), cardFields({ threshold: 0.2, comparison })]) {
      const onnx = namedOnnx(`${card.threshold}`);
      await publishModel(bench.settings.modelsFolder, { card, onnx, metricsCsv: '' });
    }
    const run = async (model: string) =>
      (await thresholdJob({ image, settings, model, raw: null, id: 'a' }, bench.context())).metrics;
    const bare = await run('nuclei');
    assert.equal(bare.threshold, 0.75);
    assert.match(String(bare.warnings), /^nuclei@v2 is worse than nuclei@v1.* means v1; nuclei@latest/);
    const pinned = await run('nuclei@v2');
    assert.deepEqual([pinned.threshold, pinned.warnings], [0.2, undefined]);
  });

  it('removes what the model knows as specks, by area where pixels have another size', async () => {
    const cards = { pixelSize: { z: null, y: 0.5, x: 0.5 }, threshold: 0.5, smallestObject: 2 };
    const onnx = namedOnnx('specks');
    await publishModel(bench.settings.modelsFolder, { card: cardFields(cards), onnx, metricsCsv: '' });
    let images = 0;
    const run = async (y: number | null, change: Partial<ThresholdSettings>) => {
      const pixelSize = y === null ? null : { z: null, y, x: y };
      const image = await bench.image(`p${images++}.ome.tiff`, SHAPE, MAP, { pixelSize });
      const settings = { ...SETTINGS, method: 'model' as const, minSize: null, ...change };
      const { metrics } = await thresholdJob({ image, settings, model: 'nuclei', raw: null, id: 'a' }, bench.context());
      return [metrics.minSize, metrics.objects.total];
    };
    assert.deepEqual(await run(0.5, {}), [2, 1]);
    assert.deepEqual(await run(0.25, {}), [8, 0]);
    assert.deepEqual(await run(1, {}), [1, 2]);
    assert.deepEqual(await run(null, {}), [2, 1]);
    assert.deepEqual(await run(0.5, { minSize: 0 }), [0, 2]);
    assert.deepEqual(await run(0.5, { method: 'value' }), [0, 2]);
  });

  it('writes a long object table to a file and says so', async () => {
    const dots = Uint8Array.from({ length: 64 * 64 }, (_, i) => (i % 2 === 0 && Math.floor(i / 64) % 2 === 0 ? 1 : 0));
    const image = await bench.image('p.tiff', [1, 1, 1, 64, 64], dots);
    const { metrics } = await thresholdJob(
      { image, settings: SETTINGS, model: null, raw: null, id: 'a' },
      bench.context(),
    );
    const { total, rows, file } = metrics.objects;
    assert.deepEqual([total, rows.length], [1024, 1000]);
    assert.ok(file);
    const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
    assert.equal(lines.length, 1025);
    assert.match(lines[0], /^t,label,size_pixels,size_um,centroid_z/);
    assert.equal(lines[1024], '0,1024,1,,0,62,62,,,,,0,62,62,1,1,1');
  });

  it('refuses NaN, several channels and a raw image of another size', async () => {
    const nan = await bench.image(
      'n.tiff',
      SHAPE,
      MAP.map((value, i) => (i === 3 ? Number.NaN : value)),
    );
    const run = (image: typeof nan, method: ThresholdSettings['method'], raw: typeof nan | null = null) =>
      thresholdJob({ image, settings: { ...SETTINGS, method }, model: null, raw, id: 'a' }, bench.context());
    for (const method of ['value', 'otsu'] as const) {
      await assert.rejects(run(nan, method), {
        code: 'invalid-input',
        message: `n (${path.join(bench.data, 'n.tiff')}): image: expected numbers, but 1 of 16 pixels are NaN`,
      });
    }
    const colours = await bench.image('c.ome.tiff', [1, 2, 1, 2, 4], new Uint8Array(16));
    await assert.rejects(run(colours, 'otsu'), { code: 'invalid-input', message: /c to threshold: channels.*got 2/ });
    const image = await bench.image('p.tiff', SHAPE, MAP);
    await assert.rejects(run(image, 'value', colours), {
      code: 'invalid-input',
      message: /raw.*the same T, Z, Y and X/,
    });
  });
});
