import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { createImageWriter, describeImage, readAll } from '../../../src/formats';
import type { ImageDescription } from '../../../src/image/description';
import { count, type Shape5, type Zyx } from '../../../src/image/region';
import { saveImageJob } from '../../../src/jobs/implementations/save-image';
import { thresholdJob } from '../../../src/jobs/implementations/threshold';
import type { SaveSettings, ThresholdSettings } from '../../../src/jobs/job-types';
import { decode } from '../../../src/objects/decode';
import { DEFAULT_DECODING, OBJECT_MAPS } from '../../../src/objects/settings';
import { type Balls, touchingBalls } from '../../objects/balls';
import { Workbench } from './workbench';

const SETTINGS: ThresholdSettings = {
  method: 'model',
  value: 0.5,
  minSize: null,
  fillHoles: false,
  label: true,
  connectivity: 'faces',
  touching: 'auto',
};
const SHAPE: Zyx = [8, 40, 44];
const PIXEL_SIZE = { z: 2, y: 1, x: 1 };

describe('objects of a model of objects, by the threshold job', () => {
  let bench: Workbench;
  let balls: Balls;
  let image: ImageDescription;
  before(async () => {
    bench = await Workbench.open();
    balls = touchingBalls(SHAPE, 30, 6, 3, 0.2);
    image = await mapsOf([balls]);
  });
  after(() => bench.close());

  /** The image that predict writes, [t, 3, z, y, x]. */
  async function mapsOf(times: Balls[]): Promise<ImageDescription> {
    const shape: Shape5 = [times.length, 3, ...SHAPE];
    const file = path.join(bench.data, `maps-${times.length}.ome.tiff`);
    const channels = OBJECT_MAPS.map((name, index) => ({ index, name }));
    const writer = await createImageWriter(
      file,
      { shape, dtype: 'float32', channels, pixelSize: PIXEL_SIZE },
      'ome-tiff',
      {},
    );
    for (const { maps } of times) for (const name of OBJECT_MAPS) await writer.write(maps[name]);
    await writer.finish();
    return describeImage(file, { id: 'maps' });
  }
  const run = (given: ImageDescription, settings: Partial<ThresholdSettings>, limits = {}) => {
    const input = { image: given, settings: { ...SETTINGS, ...settings }, model: null, raw: null, id: 'a' };
    return thresholdJob(input, { ...bench.context<'threshold'>(), limits });
  };
  const decoded = ({ maps }: Balls) => {
    const [foreground, boundary, centre] = OBJECT_MAPS.map((name) => maps[name].slice());
    return decode({ foreground, boundary, centre }, SHAPE, [2, 1, 1], DEFAULT_DECODING);
  };

  it('are those of its maps, with a mask of the same voxels', async () => {
    const { mask, labels, metrics } = await run(image, {});
    assert.ok(labels);
    const expected = decoded(balls);
    assert.ok(expected.count > 10);
    assert.equal(metrics.objects.total, expected.count);
    assert.deepEqual([labels.dtype, labels.shape], ['uint16', [1, 1, ...SHAPE]]);
    const { data } = await readAll(labels);
    assert.deepEqual(Int32Array.from(data), expected.labels);
    assert.deepEqual(
      Array.from((await readAll(mask)).data),
      Array.from(data, (label) => (label === 0 ? 0 : 255)),
    );
  });

  it('are the same in blocks, with bands of a few rows', async () => {
    const { labels } = await run(image, {}, { objectVoxels: 6000, bandPixels: 200, runBytes: 1000 });
    assert.ok(labels);
    assert.deepEqual(Int32Array.from((await readAll(labels)).data), decoded(balls).labels);
  });

  it('are numbered anew at each time point', async () => {
    const later = touchingBalls(SHAPE, 30, 6, 4, 0.2);
    const { labels, metrics } = await run(await mapsOf([balls, later]), {});
    assert.ok(labels);
    const { data } = await readAll(labels);
    const voxels = count(SHAPE);
    assert.deepEqual(Int32Array.from(data.subarray(voxels)), decoded(later).labels);
    assert.equal(metrics.objects.total, decoded(balls).count + decoded(later).count);
  });

  it('are one where what touches stays together, and divided at necks where that is asked for', async () => {
    const together = await run(image, { touching: 'together' });
    const necks = await run(image, { touching: 'necks' });
    const found = decoded(balls).count;
    assert.ok(together.metrics.objects.total < 0.5 * found, `${together.metrics.objects.total} of ${found}`);
    assert.ok(necks.metrics.objects.total > together.metrics.objects.total, `${necks.metrics.objects.total}`);
  });

  it('leave out what is smaller than asked for', async () => {
    const { metrics } = await run(image, { minSize: 400 });
    const sizes = new Map<number, number>();
    for (const label of decoded(balls).labels) sizes.set(label, (sizes.get(label) ?? 0) + 1);
    sizes.delete(0);
    assert.equal(metrics.objects.total, [...sizes.values()].filter((size) => size >= 400).length);
    assert.equal(metrics.minSize, 400);
  });

  it('are marked as labels in OME-Zarr', async () => {
    const { labels } = await run(image, {});
    assert.ok(labels);
    const settings: SaveSettings = {
      folder: bench.data,
      filename: null,
      format: 'ome-zarr',
      existing: 'error',
      compression: 'deflate',
      layout: 'auto',
      png: false,
    };
    for (const [role, expected] of [
      ['labels', {}],
      ['mask', undefined],
    ] as const) {
      const saved = await saveImageJob({ image: labels, role, id: 'a', settings }, bench.context<'save-image'>());
      const group = JSON.parse(await readFile(path.join(saved.path, 'zarr.json'), 'utf8'));
      assert.deepEqual(group.attributes.ome['image-label'], expected);
      assert.deepEqual(
        (await readAll(await describeImage(saved.path, { id: 'a' }))).data,
        (await readAll(labels)).data,
      );
    }
  });
});
