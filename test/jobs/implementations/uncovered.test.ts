import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Random } from '../../../src/base/random';
import { describeImage, openDescription, readAll } from '../../../src/formats';
import type { ImageDescription } from '../../../src/image/description';
import { bytesOf, type PixelArray } from '../../../src/image/dtype';
import { DEFAULT_RULE, streamNormalisation } from '../../../src/image/normalisation';
import { count, type Region } from '../../../src/image/region';
import { predictJob } from '../../../src/jobs/implementations/predict';
import { saveImageJob } from '../../../src/jobs/implementations/save-image';
import { thresholdJob } from '../../../src/jobs/implementations/threshold';
import type { ComputeSettings, SaveSettings, ThresholdSettings } from '../../../src/jobs/job-types';
import { publishModel } from '../../../src/models/publish';
import { buildPredictor, divisor, initialParameters, type NetworkSpec } from '../../../src/network';
import { thresholdOf } from '../../../src/thresholding/methods';
import { weightOfHeld } from '../../../src/training/data/open-part';
import { TrainingImage } from '../../../src/training/data/training-image';
import { buildCzi } from '../../formats/czi/czi-builder';
import { cardFields } from '../../models/support';
import { Workbench } from './workbench';

const COMPUTE: ComputeSettings = {
  ...{ engine: 'auto', device: 'cpu', threads: 1, precision: 'float32', memoryMB: 0, queue: 1 },
};
const SPEC: NetworkSpec = { dimensions: 2, inChannels: 1, filters: [4, 8] };
const SIDE = 32;
const TILE = 16;

/** A mosaic of four places, three of which have a tile. */
describe('pixels that no tile covers', () => {
  let bench: Workbench;
  let image: ImageDescription;
  let stored: Uint16Array<ArrayBuffer>;
  let everything: PixelArray;
  const isHeld = (i: number) => i % SIDE < TILE || i < TILE * SIDE;
  const whole = (of: ArrayLike<number>) => Array.from(of).filter((_, i) => !isHeld(i));

  beforeEach(async () => {
    bench = await Workbench.open();
    await mkdir(bench.data, { recursive: true });
    const random = new Random(8);
    const blocks = [0, 1, 2].map((m) => {
      const pixels = Uint16Array.from(
        { length: TILE * TILE },
        () => 1000 + random.integer(random.integer(9) > 6 ? 4000 : 200),
      );
      const place = { x: (m % 2) * TILE, y: Math.floor(m / 2) * TILE, width: TILE, height: TILE };
      return { pixelType: 1, ...place, at: { M: m }, payload: bytesOf(pixels) };
    });
    const file = path.join(bench.data, 'mosaic.czi');
    await writeFile(file, buildCzi(blocks));
    image = await describeImage(file, { id: 'mosaic' });
    const { data } = await readAll(image);
    everything = data;
    stored = Uint16Array.from(Array.from(data).filter((_, i) => isHeld(i)));
  });
  afterEach(() => bench.close());
  /** By the pixels that are held alone, no two of which are neighbours across a gap. */
  const normalisationOfStored = () => {
    const chunks = async function* () {
      yield { pixels: everything, weight: Uint8Array.from(everything, (_, i) => (isHeld(i) ? 1 : 0)) };
    };
    return streamNormalisation(DEFAULT_RULE, 'uint16', everything.length, chunks, 'stored');
  };

  const settings = { value: 0, minSize: 0, fillHoles: false, label: false, connectivity: 'faces' } as const;
  for (const method of ['otsu', 'li', 'mean', 'triangle'] satisfies ThresholdSettings['method'][]) {
    it(`have no part in the threshold of ${method}`, async () => {
      const input = { image, settings: { ...settings, method }, model: null, raw: null, id: 'a' };
      const { metrics } = await thresholdJob(input, bench.context<'threshold'>());
      assert.equal(metrics.threshold, thresholdOf(method, stored));
    });
  }

  it('are told of by a copy, and by who reads it, for it holds zeros there', async () => {
    const settings = { filename: null, existing: 'error', compression: 'deflate', layout: 'auto', png: false } as const;
    const save = (of: ImageDescription, format: SaveSettings['format']) =>
      saveImageJob(
        { image: of, role: 'raw', id: format, settings: { ...settings, format, folder: path.join(bench.data, 'out') } },
        bench.context(),
      );
    for (const format of ['ome-tiff', 'ome-zarr', 'ome-zarr-v2'] as const) {
      const { path: file, notes } = await save(image, format);
      const share = '256 of 1024 pixels (25 %)';
      assert.deepEqual(notes, [
        `raw of ${format}: ${share} are not in its file; the copy holds zeros there, which count as any`,
      ]);
      const copy = await describeImage(file, { id: 'copy' });
      assert.deepEqual((await readAll(copy)).data, everything);
      assert.deepEqual(copy.notes, [
        `${share} were not in the file that this is a copy of: they are 0, and count as any`,
      ]);
    }
    const corner = { start: [0, 0, 0, 0, 0], size: [1, 1, 1, TILE, TILE] } satisfies Region;
    const held = await save({ ...image, region: corner, shape: corner.size }, 'tiff');
    assert.equal(held.notes, undefined);
  });

  it('are background of every mask, also of a map whose raw image has them', async () => {
    const shape = image.shape;
    const map = await bench.image('map.ome.tiff', shape, new Float32Array(SIDE * SIDE).fill(0.9));
    const below = { ...settings, method: 'value', value: 0.5 } as const;
    const input = { image: map, settings: below, model: null, raw: image, id: 'a' };
    const { mask, metrics } = await thresholdJob(input, bench.context<'threshold'>());
    const { data } = await readAll(mask);
    assert.ok(whole(data).every((value) => value === 0));
    assert.equal(data.filter((value) => value === 255).length, 3 * TILE * TILE);
    assert.equal(metrics.foreground, 1);
  });

  it('are no hole that is filled', async () => {
    const tiles = [0, 1, 2, 3, 5, 6, 7, 8].map((m) => ({
      ...{ pixelType: 0, x: (m % 3) * 4, y: Math.floor(m / 3) * 4, width: 4, height: 4, at: { M: m } },
      payload: new Uint8Array(16).fill(9),
    }));
    // A hole in a tile is one.
    tiles[0].payload[5] = 0;
    const file = path.join(bench.data, 'ring.czi');
    await writeFile(file, buildCzi(tiles));
    const ring = await describeImage(file, { id: 'ring' });
    const filling = { ...settings, method: 'value', value: 1, fillHoles: true, label: true } as const;
    const input = { image: ring, settings: filling, model: null, raw: null, id: 'a' };
    const { mask, labels, metrics } = await thresholdJob(input, bench.context<'threshold'>());
    const { data } = await readAll(mask);
    assert.equal(data.filter((value) => value === 255).length, 8 * 16);
    assert.ok(labels);
    assert.equal((await readAll(labels)).data[6 * 12 + 6], 0);
    assert.equal(metrics.foreground, 1);
  });

  it('have no part in the normalisation of a prediction, whose map is 0 there', async () => {
    const card = cardFields({
      ...{
        name: 'net',
        normalisation: DEFAULT_RULE,
        channels: [{ index: 0, name: 'C0' }],
        divisor: divisor(SPEC),
        patch: { z: null, y: 16, x: 16 },
      },
    });
    const onnx = buildPredictor(SPEC, initialParameters(SPEC, 1));
    await publishModel(bench.settings.modelsFolder, { card, onnx, metricsCsv: '' });
    const run = { image, model: 'net', overlap: 0.25, compute: COMPUTE };
    const { probability, metrics } = await predictJob(run, bench.context());
    assert.deepEqual(metrics.normalisation, [[await normalisationOfStored()]]);
    const { data } = await readAll(probability);
    assert.ok(whole(data).every((value) => value === 0));
    assert.ok(Array.from(data).every((value, i) => !isHeld(i) || value > 0));
  });

  it('teach nothing: weight 0, out of the index and of the normalisation in training and validation', async () => {
    const alone = await normalisationOfStored();
    const target = {
      read: async ({ size }: Region) => new Uint8Array(count(size)).fill(1),
      close: async () => undefined,
    };
    for (const masked of [true, false]) {
      const raw = await openDescription(image);
      const weight = weightOfHeld(raw, null, image.shape, 0);
      const parts = { id: 'a', t: 0, shape: image.shape, dtype: image.dtype, channelNames: ['C0'], anisotropy: 1 };
      const loaded = await TrainingImage.load({ ...parts, raw, target, weight }, DEFAULT_RULE, true, masked);
      assert.deepEqual(loaded.normalisation, [alone]);
      assert.equal(loaded.index.includedCount, stored.length);
      assert.deepEqual((await loaded.unmasked()).normalisation, [alone]);
    }
  });
});
