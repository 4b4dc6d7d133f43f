import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { inflateRawSync } from 'node:zlib';
import { createImageWriter, describeImage, readAll } from '../../../src/formats';
import type { ImageDescription } from '../../../src/image/description';
import { count, type Shape5, type Zyx } from '../../../src/image/region';
import { saveImageJob } from '../../../src/jobs/implementations/save-image';
import { thresholdJob } from '../../../src/jobs/implementations/threshold';
import type { SaveSettings, ThresholdSettings } from '../../../src/jobs/job-types';
import type { ObjectRecord } from '../../../src/jobs/results';
import { decode } from '../../../src/objects/decode';
import { DEFAULT_DECODING, OBJECT_MAPS } from '../../../src/objects/settings';
import { simulateTimeLapse } from '../../../src/simulation/time-lapse';
import { decodeRoi, unzip } from '../../exchange/roi-decoder';
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
  let made = 0;
  let image: ImageDescription;
  let save: SaveSettings;
  before(async () => {
    bench = await Workbench.open();
    balls = touchingBalls(SHAPE, 30, 6, 3, 0.2);
    image = await mapsOf([balls]);
    save = {
      ...{ folder: bench.data, filename: null, format: 'ome-zarr', existing: 'error' },
      ...{ compression: 'deflate', layout: 'auto', png: false },
    };
  });
  after(() => bench.close());

  /** The image that predict writes, [t, 3, z, y, x]. */
  async function mapsOf(times: Balls[]): Promise<ImageDescription> {
    const shape: Shape5 = [times.length, 3, ...SHAPE];
    const file = path.join(bench.data, `maps-${made++}.ome.tiff`);
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

  const LAPSES = {
    planes: { size: [1, 120, 120] as Zyx, times: 10, nuclei: 10, radius: 8, planeDistance: 1 },
    stacks: { size: [16, 72, 72] as Zyx, times: 8, nuclei: 12, radius: 7, planeDistance: 2 },
  };
  for (const [kind, lapseOf] of Object.entries(LAPSES)) {
    it(`keep their numbers over time where they are followed, in ${kind}`, async () => {
      const { shape, labels: truth, parents } = simulateTimeLapse({ ...lapseOf, speed: 3, division: 0.08, seed: 4 });
      const [, height, width] = lapseOf.size;
      // Nuclei that touch would be one object: the mask leaves a line between them.
      const mask = truth.map((label, i) =>
        label > 0 && [1, width, height * width].every((d) => [0, label].includes(truth[i + d] ?? 0)) ? 1 : 0,
      );
      const lapse = await bench.image(`lapse-${kind}.ome.tiff`, shape, Uint8Array.from(mask), {
        pixelSize: { z: lapseOf.planeDistance, y: 1, x: 1 },
      });
      const settings = { method: 'value' as const, touching: 'together' as const, minSize: 20 };
      const { labels, metrics } = await run(lapse, { ...settings, track: true });
      assert.ok(labels);
      const { data } = await readAll(labels);
      const seen = new Map<string, number>();
      const links = { right: 0, all: 0 };
      const plane = lapseOf.size[0] * height * width;
      for (let t = 1; t < shape[0]; t++) {
        for (let i = 0; i < plane; i++) {
          const [a, b] = [(t - 1) * plane + i, t * plane + i];
          if (data[a] === 0 || data[b] === 0 || truth[a] !== truth[b]) continue;
          seen.set([t, truth[b]].join(), data[a] === data[b] ? 1 : 0);
        }
      }
      for (const isRight of seen.values()) {
        links.all++;
        links.right += isRight;
      }
      assert.ok(links.all > 60 && links.right >= 0.97 * links.all, JSON.stringify(links));
      assert.ok(parents.some((parent) => parent > 0));
      const { rows } = metrics.objects;
      assert.ok(rows.every(({ parent }) => parent !== undefined));
      // Daughters name a track that was there before them.
      for (const { t = 0, parent = 0 } of rows) {
        if (parent > 0) assert.ok(rows.some((row) => row.label === parent && (row.t ?? 0) < t));
      }
      assert.ok(rows.some(({ parent = 0 }) => parent > 0));
      assert.equal(metrics.tracks, new Set(data).size - 1);
      // What is saved of the labels says the same of each.
      const saving = { ...save, format: 'ome-tiff' as const, objects: 'table' as const };
      const input = { image: labels, role: 'labels', id: `lapse-${kind}`, settings: saving };
      const saved = await saveImageJob(input, bench.context<'save-image'>());
      const table = (await readFile(`${saved.path}.objects.csv`, 'utf8')).trimEnd().split('\n');
      const [names, ...lines] = table.map((line) => line.split(','));
      const at = (line: string[], name: string) => Number(line[names.indexOf(name)]);
      assert.deepEqual(
        new Set(lines.map((line) => ['t', 'label', 'parent'].map((name) => at(line, name)).join())),
        new Set(rows.map(({ t, label, parent }) => [t, label, parent].join())),
      );
      const apart = await run(lapse, settings);
      assert.equal(apart.metrics.objects.rows[0].parent, undefined);
      assert.equal(apart.metrics.objects.total, metrics.objects.total);
    });
  }

  it('have a table with its names where there is none', async () => {
    const empty = await bench.image('no-objects.ome.tiff', [1, 1, 1, 4, 4], new Uint16Array(16));
    const saving = { ...save, format: 'ome-tiff' as const, objects: 'table' as const };
    const input = { image: empty, role: 'labels', id: 'none', settings: saving };
    const saved = await saveImageJob(input, bench.context<'save-image'>());
    const text = await readFile(`${saved.path}.objects.csv`, 'utf8');
    assert.match(text, /^t,label,size_pixels,.*,at_border\n$/);
  });

  it('keep their numbers in dense layers, which are followed with progress and can be cancelled at any time point', async () => {
    const [times, side] = [4, 30];
    const width = 10 * side + 4;
    const pixels = new Uint8Array(times * width * width);
    for (let t = 0; t < times; t++) {
      for (let i = 0; i < 100 * side * side; i++) {
        const [y, x] = [Math.floor(i / (10 * side)), i % (10 * side)];
        if (y % 10 < 9 && x % 10 < 9) pixels[(t * width + y) * width + x + t] = 1;
      }
    }
    const image = await bench.image('layer.ome.tiff', [times, 1, 1, width, width], pixels);
    const settings = { ...SETTINGS, method: 'value' as const, touching: 'together' as const, track: true };
    const input = { image, settings, model: null, raw: null, id: 'layer' };
    const context = bench.context<'threshold'>();
    const { labels, metrics } = await thresholdJob(input, context);
    assert.ok(labels);
    assert.equal(metrics.tracks, side * side);
    // In the first time point cells are numbered in their order, which stays theirs.
    const { data } = await readAll(labels);
    for (let t = 0; t < times; t++) {
      for (let i = 0; i < side * side; i++) {
        const [y, x] = [10 * Math.floor(i / side), 10 * (i % side) + t];
        assert.equal(data[(t * width + y) * width + x], i + 1);
      }
    }
    const { total } = context.seen[0];
    assert.deepEqual(
      context.seen.map(({ done }) => done),
      Array.from({ length: total }, (_, i) => i + 1),
    );
    // Whenever it is cancelled it ends, after mask, each time point that is followed and labels alike.
    for (let at = 1; at < total; at++) {
      const abort = new AbortController();
      const progress = ({ done }: { done: number }) => done === at && abort.abort();
      const cancelled = thresholdJob(input, { ...bench.context<'threshold'>(abort.signal), progress });
      await assert.rejects(cancelled, { code: 'cancelled' });
    }
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

  it('are saved with a table and outlines of them beside their labels', async () => {
    const later = touchingBalls(SHAPE, 30, 6, 4, 0.2);
    const { labels, metrics } = await run(await mapsOf([balls, later]), {});
    assert.ok(labels);
    const raw = await bench.image('raw.ome.tiff', [2, 2, ...SHAPE], new Uint8Array(4 * count(SHAPE)).fill(7), {
      pixelSize: PIXEL_SIZE,
    });
    const settings = { ...save, format: 'ome-tiff' as const, objects: 'all' as const, objectClass: 'Ball' };
    const input = { image: labels, role: 'labels', id: 'two', raw, settings };
    const limits = { bandPixels: 300, runBytes: 2000 };
    const saved = await saveImageJob(input, { ...bench.context<'save-image'>(), limits });
    const lines = (await readFile(`${saved.path}.objects.csv`, 'utf8')).trimEnd().split('\n');
    const [names, ...rows] = lines.map((line) => line.split(','));
    assert.equal(rows.length, metrics.objects.total);
    const column = (name: string) => rows.map((row) => row[names.indexOf(name)]);
    for (const [i, { t = 0, label, size, shape }] of metrics.objects.rows.entries()) {
      assert.deepEqual([column('t')[i], column('label')[i], column('size_pixels')[i]], [t, label, size].map(String));
      assert.equal(column('neighbours')[i], String(shape?.neighbours));
      assert.equal(Number(column('surface')[i]), shape?.surface);
      assert.deepEqual([column('mean_intensity')[i], column('mean_intensity_1')[i]], ['7', '7']);
    }
    const { features } = JSON.parse(await readFile(`${saved.path}.objects.geojson`, 'utf8'));
    const { data } = await readAll(labels);
    const planes = new Set<string>();
    const [depth, plane] = [SHAPE[0], SHAPE[1] * SHAPE[2]];
    for (const [i, label] of data.entries()) {
      const z = Math.floor(i / plane) % depth;
      if (label > 0) planes.add([Math.floor(i / plane / depth), z, label].join());
    }
    const found = features.map((f: { geometry: { plane: { t: number; z: number } }; properties: { label: number } }) =>
      [f.geometry.plane.t, f.geometry.plane.z, f.properties.label].join(),
    );
    assert.deepEqual(new Set(found), planes);
    assert.equal(found.length, planes.size);
    for (const { geometry, properties } of features) {
      assert.equal(properties.classification.name, 'Ball');
      const { size } = metrics.objects.rows.find(
        ({ t = 0, label }) => t === geometry.plane.t && label === properties.label,
      ) as ObjectRecord;
      assert.equal(properties.measurements['Volume µm^3'], 2 * size);
      const means = Object.entries(properties.measurements).filter(([name]) => name.endsWith(': Mean'));
      assert.deepEqual(
        means.map(([, mean]) => mean),
        [7, 7],
      );
    }
    const rois = [...unzip(await readFile(`${saved.path}.objects.roi.zip`), inflateRawSync).values()].map(decodeRoi);
    assert.deepEqual(new Set(rois.map(({ t, z, name }) => [t - 1, z - 1, Number.parseInt(name, 10)].join())), planes);
    assert.equal(rois.length, planes.size);
  });

  it('are not measured of an image that is no labels, which is saved none the less', async () => {
    const map = await bench.image('map.ome.tiff', [1, 1, 1, 2, 2], Float32Array.of(0, 0.5, 1, 0));
    const settings = { ...save, format: 'ome-tiff' as const, objects: 'table' as const };
    const input = { image: map, role: 'labels', id: 'map', settings };
    await assert.rejects(saveImageJob(input, bench.context<'save-image'>()), /a label image of whole numbers .*0\.5/);
    assert.deepEqual(
      (await readdir(bench.data)).filter((name) => name.startsWith('map_')),
      ['map_labels.ome.tiff'],
    );
  });

  it('are marked as labels in OME-Zarr', async () => {
    const { labels } = await run(image, {});
    assert.ok(labels);
    const settings = save;
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
