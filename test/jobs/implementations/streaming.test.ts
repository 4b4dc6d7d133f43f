import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { Random } from '../../../src/base/random';
import { createImageWriter, describeImage, openImage } from '../../../src/formats';
import type { Acquisition, ImageDescription } from '../../../src/image/description';
import { dtypeOf, type PixelArray } from '../../../src/image/dtype';
import { count, type Shape5 } from '../../../src/image/region';
import { evaluateJob } from '../../../src/jobs/implementations/evaluate';
import { excludeRegionsJob } from '../../../src/jobs/implementations/exclude-regions';
import { listPatchesJob } from '../../../src/jobs/implementations/list-patches';
import { mergeMasksJob } from '../../../src/jobs/implementations/merge-masks';
import { predictJob } from '../../../src/jobs/implementations/predict';
import { saveImageJob } from '../../../src/jobs/implementations/save-image';
import { thresholdJob } from '../../../src/jobs/implementations/threshold';
import type { JobLimits } from '../../../src/jobs/io/limits';
import type { ComputeSettings, SaveSettings, ThresholdSettings } from '../../../src/jobs/job-types';
import type { WorkerJobName } from '../../../src/jobs/protocol';
import { publishModel } from '../../../src/models/publish';
import { buildPredictor, divisor, initialParameters, type NetworkSpec } from '../../../src/network';
import type { Sample } from '../../../src/samples/sample';
import { cardFields } from '../../models/support';
import { pixelsOf, Workbench } from './workbench';

/** Bands of a few rows, runs in a file from the first on, every result in compressed tiles. */
const TINY: Partial<JobLimits> = { bandPixels: 150, runBytes: 0, plainBytes: 0 };
const COMPUTE: ComputeSettings = {
  engine: 'auto',
  device: 'cpu',
  threads: 1,
  precision: 'float32',
  memoryMB: 0,
  queue: 1,
};
const ACQUISITION: Acquisition = {
  date: '2026-03-01T10:00:00.000Z',
  timeIncrement: 1.5,
  stage: { z: 10.5, y: 2000, x: -300.25 },
  plate: 'P7',
  well: 'B3',
  field: 2,
};

describe('jobs on images that are large for their limits', () => {
  let bench: Workbench;
  beforeEach(async () => {
    bench = await Workbench.open();
  });
  afterEach(() => bench.close());

  const tiny = <K extends WorkerJobName>() => ({ ...bench.context<K>(), limits: TINY });

  /** An image in tiles of 16, so that bands follow them. */
  async function tiled(name: string, shape: Shape5, pixels: PixelArray, more = {}): Promise<ImageDescription> {
    const file = path.join(bench.data, `${name}.ome.tiff`);
    const channels = Array.from({ length: shape[1] }, (_, index) => ({ index, name: `${name} ${index}` }));
    const info = { shape, dtype: dtypeOf(pixels), channels, pixelSize: { z: 2, y: 0.5, x: 0.25 }, tile: 16, ...more };
    const writer = await createImageWriter(file, info, 'ome-tiff');
    await writer.write(pixels);
    await writer.finish();
    return describeImage(file, { id: name });
  }

  function blobs(shape: Shape5, seed: number): Uint16Array<ArrayBuffer> {
    const random = new Random(seed);
    let value = 0;
    return Uint16Array.from({ length: count(shape) }, () => {
      if (random.chance(0.3)) value = random.integer(1000);
      return value;
    });
  }

  it('threshold: every method gives the same mask, labels and table', async () => {
    const all = ['value', 'model', 'otsu', 'li', 'yen', 'isodata', 'triangle', 'mean'] as const;
    for (const [shape, methods] of [
      [[1, 1, 1, 61, 47], all],
      [
        [2, 1, 3, 33, 29],
        ['otsu', 'li'],
      ],
    ] as Array<[Shape5, typeof all]>) {
      const image = await tiled(`i${shape[2]}`, shape, blobs(shape, 3));
      const raw = await tiled(
        `r${shape[2]}`,
        shape,
        Float32Array.from(blobs(shape, 4), (v) => v / 7),
      );
      for (const method of methods) {
        const settings: ThresholdSettings = {
          method,
          value: 480,
          minSize: method === 'otsu' ? 4 : 0,
          fillHoles: method !== 'value',
          label: true,
          connectivity: method === 'li' ? 'full' : 'faces',
        };
        const input = { image, settings, model: null, raw, id: 'x' };
        const [usual, small] = [await thresholdJob(input, bench.context()), await thresholdJob(input, tiny())];
        assert.deepEqual(await pixelsOf(small.mask), await pixelsOf(usual.mask), method);
        assert.ok(small.labels && usual.labels);
        assert.deepEqual(await pixelsOf(small.labels), await pixelsOf(usual.labels), method);
        const { seconds: _, ...metrics } = usual.metrics;
        const { seconds: __, ...others } = small.metrics;
        assert.deepEqual({ ...others, objects: null }, { ...metrics, objects: null });
        const [a, b] = [usual, small].map((result) => result.metrics.objects);
        assert.deepEqual([b.total, b.rows], [a.total, a.rows]);
        if (a.file && b.file) assert.equal(await readFile(b.file, 'utf8'), await readFile(a.file, 'utf8'));
      }
    }
    const left = await readdir(path.join(bench.settings.scratchFolder, 'segmenter-scratch'));
    assert.deepEqual(
      left.filter((name) => name.startsWith('.spill')),
      [],
    );
  });

  it('threshold: a cancel between bands is heard, and leaves no file behind', async () => {
    const image = await tiled('i', [1, 1, 4, 61, 47], blobs([1, 1, 4, 61, 47], 3));
    const settings: ThresholdSettings = {
      ...{ method: 'otsu', value: 0, minSize: 3, fillHoles: true, label: true, connectivity: 'full' },
    };
    const bands = 4 * Math.ceil(61 / 3);
    // In each of the passes: histogram, foreground, mask, labels.
    for (const at of [2, bands + 5, 2 * bands + 5, 3 * bands + 5]) {
      const stop = new AbortController();
      const progress = ({ done }: { done: number }) => {
        if (done === at) stop.abort();
      };
      const context = { ...tiny<'threshold'>(), signal: stop.signal, progress };
      await assert.rejects(thresholdJob({ image, settings, model: null, raw: null, id: 'x' }, context), {
        code: 'cancelled',
      });
      const left = await readdir(path.join(bench.settings.scratchFolder, 'segmenter-scratch'));
      const unfinished = left.filter((name) => name.startsWith('.spill') || name.includes('.partial'));
      assert.deepEqual(unfinished, [], `after ${at} bands`);
    }
  });

  it('evaluate: the same scores, of masks and of label images, with weights', async () => {
    const shape: Shape5 = [2, 1, 3, 40, 37];
    const binary = (seed: number) => Uint8Array.from(blobs(shape, seed), (v) => (v > 500 ? 255 : 0));
    const labels = (seed: number) => blobs(shape, seed).map((v) => (v > 400 ? v % 90 : 0));
    const weight = await tiled(
      'w',
      shape,
      Uint8Array.from(blobs(shape, 9), (v) => (v > 100 ? 1 : 0)),
    );
    const truth = await tiled('t', shape, binary(5));
    for (const predicted of [await tiled('p', shape, binary(6)), await tiled('l', shape, labels(7))]) {
      for (const excluded of [null, weight]) {
        const input = { predicted, truth, weight: excluded };
        const { seconds: _, ...usual } = await evaluateJob(input, bench.context());
        const { seconds: __, ...small } = await evaluateJob(input, tiny());
        assert.deepEqual(small, usual);
      }
    }
  });

  it('merge-masks, exclude-regions and list-patches: the same, for masks of images and of polygons', async () => {
    const shape: Shape5 = [1, 1, 3, 40, 37];
    const segmentation = (seed: number) => Uint8Array.from(blobs(shape, seed), (v) => (v > 500 ? 1 : 0));
    const raw = await tiled('raw', shape, blobs(shape, 1));
    const seg1 = await tiled('s1', shape, segmentation(2));
    const seg2 = await tiled('s2', shape, segmentation(3));
    const sample: Sample = { id: 'a', raw, seg1, seg2 };
    const polygon = [
      [3.5, 2],
      [30, 35],
      [38, 5],
    ];
    const mask = await tiled('m', [1, 1, 1, 40, 37], segmentation(4).slice(0, 1480));
    for (const regions of [polygon, mask]) {
      const merged = await mergeMasksJob({ sample, base: 'seg1', regions }, bench.context());
      const mergedSmall = await mergeMasksJob({ sample, base: 'seg1', regions }, tiny());
      assert.deepEqual(await pixelsOf(mergedSmall), await pixelsOf(merged));
      const weight = await excludeRegionsJob({ sample, regions }, bench.context());
      const weightSmall = await excludeRegionsJob({ sample, regions }, tiny());
      assert.deepEqual(await pixelsOf(weightSmall), await pixelsOf(weight));
      const plan = { sizeZ: 1, sizeY: 8, sizeX: 8, perImage: 6, sampling: 'balanced', overlap: 0, seed: 1 } as const;
      const patches = { sample: { ...sample, weight }, plan: { ...plan, sizeZ: null } };
      assert.deepEqual(await listPatchesJob(patches, tiny()), await listPatchesJob(patches, bench.context()));
    }
  });

  it('save-image: the same pixels, and a rendering of about the same look', async () => {
    const shape: Shape5 = [1, 2, 3, 40, 37];
    const image = await tiled('raw', shape, blobs(shape, 1));
    const folder = path.join(bench.data, 'out');
    const settings: SaveSettings = {
      ...{ folder, filename: null, format: 'ome-tiff', existing: 'replace', compression: 'deflate', png: true },
      layout: 'auto',
    };
    const usual = await saveImageJob({ image, role: 'raw', id: 'x', settings }, bench.context());
    const small = await saveImageJob({ image, role: 'raw', id: 'y', settings }, tiny());
    const pixels = async (file: string) => pixelsOf(await describeImage(file, { id: 'saved' }));
    assert.deepEqual(await pixels(small.path), await pixels(usual.path));
    assert.ok(usual.png && small.png);
    // Nothing is made smaller here: means of one pixel.
    assert.deepEqual(await pixels(small.png), await pixels(usual.png));
  });

  describe('with a model', () => {
    const spec: NetworkSpec = { dimensions: 2, inChannels: 1, filters: [4, 8] };

    beforeEach(async () => {
      const patch = { z: null, y: 16, x: 16 };
      const card = cardFields({ name: 'net', channels: [{ index: 0, name: 'raw 0' }], patch, divisor: divisor(spec) });
      const onnx = buildPredictor(spec, initialParameters(spec, 1));
      await publishModel(bench.settings.modelsFolder, { card, onnx, metricsCsv: '' });
    });

    it('predict: a large map is stored as 16 bits in compressed tiles, and thresholds as the small one', async () => {
      const shape: Shape5 = [1, 1, 2, 90, 70];
      const image = await tiled('raw', shape, blobs(shape, 8));
      const input = { image, model: 'net', overlap: 0.25, compute: COMPUTE };
      const { probability: usual } = await predictJob(input, bench.context());
      // Little memory: tiles come row by row.
      const frugal = { ...input, compute: { ...COMPUTE, memoryMB: 0.1 } };
      const { probability: small } = await predictJob(frugal, tiny());
      assert.deepEqual([usual.dtype, usual.scale], ['float32', undefined]);
      assert.deepEqual([small.dtype, small.scale], ['uint16', 1 / 65535]);
      const expected = await pixelsOf(usual);
      (await pixelsOf(small)).forEach((value, i) => {
        assert.equal(value, Math.round(expected[i] * 65535));
      });
      const source = await openImage(new URL(small.uri).pathname);
      assert.deepEqual(source.info.blocks[0].slice(3), [512, 512]);
      await source.close();
    });

    it('metadata go from the raw image through every result to the saved file', async () => {
      const shape: Shape5 = [3, 1, 1, 40, 37];
      await tiled('raw', shape, blobs(shape, 8), { acquisition: ACQUISITION });
      // Every second time point: twice the time between them.
      const raw = await describeImage(path.join(bench.data, 'raw.ome.tiff'), { id: 'raw', time: [0, 2] });
      assert.deepEqual(raw.acquisition, { ...ACQUISITION, timeIncrement: 3 });
      const { probability } = await predictJob({ image: raw, model: 'net', overlap: 0, compute: COMPUTE }, tiny());
      const settings: ThresholdSettings = {
        ...{ method: 'value', value: 0.5, minSize: 0, fillHoles: false, label: true, connectivity: 'faces' },
      };
      const found = await thresholdJob({ image: probability, settings, model: null, raw, id: 'raw' }, bench.context());
      assert.ok(found.labels);
      const sample: Sample = { id: 'raw', raw, seg1: found.mask, seg2: found.mask };
      const target = await mergeMasksJob({ sample, base: 'seg1', regions: null }, bench.context());
      const weight = await excludeRegionsJob({ sample, regions: null }, bench.context());
      const results = { probability, mask: found.mask, labels: found.labels, target, weight };
      for (const [role, image] of Object.entries({ raw, ...results })) {
        assert.deepEqual([image.acquisition, image.pixelSize], [raw.acquisition, raw.pixelSize], role);
        if (role !== 'raw') assert.deepEqual(image.channels, [{ index: 0, name: role }]);
        const saving: SaveSettings = {
          ...{ folder: bench.data, filename: null, format: 'ome-tiff', existing: 'error', compression: 'none' },
          ...{ png: false, layout: 'auto' },
        };
        const saved = await saveImageJob({ image, role, id: 'out', settings: saving }, bench.context());
        const again = await describeImage(saved.path, { id: 'again' });
        assert.deepEqual([again.pixelSize, again.channels[0].name], [raw.pixelSize, image.channels[0].name], role);
        assert.deepEqual(again.acquisition, raw.acquisition, role);
      }
    });
  });
});
