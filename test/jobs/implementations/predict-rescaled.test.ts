import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { Random } from '../../../src/base/random';
import { readAll } from '../../../src/formats';
import { count, type Shape5 } from '../../../src/image/region';
import { RescaledReader } from '../../../src/inference/rescaling';
import { predictJob } from '../../../src/jobs/implementations/predict';
import type { JobLimits } from '../../../src/jobs/io/limits';
import type { ComputeSettings } from '../../../src/jobs/job-types';
import { publishModel } from '../../../src/models/publish';
import { buildPredictor, divisor, initialParameters, type NetworkSpec } from '../../../src/network';
import { MemoryReader } from '../../inference/support';
import { cardFields } from '../../models/support';
import { pixelsOf, Workbench } from './workbench';

const COMPUTE: ComputeSettings = {
  ...{ engine: 'auto', device: 'cpu', threads: 1, precision: 'float32', memoryMB: 0, queue: 1 },
};
const SPEC: NetworkSpec = { dimensions: 3, inChannels: 1, filters: [4, 8] };

describe('predict with rescaling', () => {
  let bench: Workbench;
  beforeEach(async () => {
    bench = await Workbench.open();
    const card = cardFields({
      ...{ name: 'net', dimensions: 3, channels: [{ index: 0, name: 'c0' }], divisor: divisor(SPEC) },
      ...{ patch: { z: 8, y: 16, x: 16 }, pixelSize: { z: 2, y: 0.5, x: 0.5 } },
    });
    const onnx = buildPredictor(SPEC, initialParameters(SPEC, 1));
    await publishModel(bench.settings.modelsFolder, { card, onnx, metricsCsv: '' });
  });
  afterEach(() => bench.close());

  const shape: Shape5 = [2, 1, 9, 40, 30];
  const grid: Shape5 = [2, 1, 5, 20, 60];
  const pixelSize = { z: 1, y: 0.25, x: 1 };

  /** Noise, and the left half of each plane brighter, so that it is not blank. */
  function noise(): Uint16Array<ArrayBuffer> {
    const random = new Random(3);
    return Uint16Array.from({ length: count(shape) }, (_, i) => random.integer(5000) + (i % 30 < 15 ? 20_000 : 0));
  }

  const run = (image: Awaited<ReturnType<Workbench['image']>>, rescale: boolean, limits?: Partial<JobLimits>) =>
    predictJob({ image, model: 'net', overlap: 0.25, rescale, compute: COMPUTE }, { ...bench.context(), limits });

  it('equals rescaling by hand, predicting, and rescaling the map', async () => {
    const raw = await bench.image('raw.ome.tiff', shape, noise(), { pixelSize });
    const { probability, metrics } = await run(raw, true);
    assert.deepEqual(probability.shape, shape);
    assert.deepEqual(probability.pixelSize, pixelSize);
    assert.deepEqual(metrics.rescaled, { pixelSize: { z: 1.8, y: 0.5, x: 0.5 }, size: [5, 20, 60] });
    assert.deepEqual(metrics.warnings, []);

    const { data } = await readAll(raw);
    const byHand = new RescaledReader(new MemoryReader(data, shape, 'uint16'), shape, grid);
    const rescaled = await byHand.read({ start: [0, 0, 0, 0, 0], size: grid });
    const image = await bench.image('rescaled.ome.tiff', grid, rescaled, { pixelSize: { z: 2, y: 0.5, x: 0.5 } });
    const map = (await readAll((await run(image, false)).probability)).data;
    const back = new RescaledReader(new MemoryReader(map, grid, 'float32'), grid, shape);
    const expected = await back.read({ start: [0, 0, 0, 0, 0], size: shape });
    const found = await pixelsOf(probability);
    assert.deepEqual(found, Array.from(expected));
    assert.ok(new Set(found).size > 1000);
  });

  it('leaves one file in the store, and in bands of rows and 16 bits gives the same map', async () => {
    const raw = await bench.image('raw.ome.tiff', shape, noise(), { pixelSize });
    const { probability: plain } = await run(raw, true);
    const usual = await pixelsOf(plain);
    const files = async () => {
      const names = await readdir(path.dirname(new URL(plain.uri).pathname));
      return names.filter((name) => name.endsWith('.ome.tiff'));
    };
    const before = await files();
    const { probability } = await run(raw, true, { bandPixels: 100, plainBytes: 0 });
    const more = (await files()).filter((name) => !before.includes(name));
    assert.deepEqual([before.length, more.length], [1, 1], `${before} and ${more}`);
    assert.equal(probability.dtype, 'uint16');
    (await pixelsOf(probability)).forEach((value, i) => {
      assert.ok(Math.abs(value / 65535 - usual[i]) <= 1 / 65535);
    });
  });

  it('predicts an image without a pixel size as it is, and says so', async () => {
    const raw = await bench.image('raw.ome.tiff', shape, noise());
    const asked = await run(raw, true);
    assert.deepEqual(asked.metrics.warnings, ['not rescaled: raw states no pixel size']);
    assert.equal(asked.metrics.rescaled, undefined);
    assert.deepEqual(await pixelsOf(asked.probability), await pixelsOf((await run(raw, false)).probability));
  });
});
