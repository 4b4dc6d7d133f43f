import assert from 'node:assert/strict';
import { utimesSync } from 'node:fs';
import { readFile, rm, utimes } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ImageDescription } from '../../../src/image/description';
import { trainingHash } from '../../../src/jobs/host/training-jobs';
import { evaluateJob } from '../../../src/jobs/implementations/evaluate';
import { excludeRegionsJob } from '../../../src/jobs/implementations/exclude-regions';
import { openSampleJob } from '../../../src/jobs/implementations/list-samples';
import { mergeMasksJob } from '../../../src/jobs/implementations/merge-masks';
import { pictureJob } from '../../../src/jobs/implementations/picture';
import { predictJob } from '../../../src/jobs/implementations/predict';
import { saveImageJob } from '../../../src/jobs/implementations/save-image';
import { thresholdJob } from '../../../src/jobs/implementations/threshold';
import type { ComputeSettings, SaveSettings, ThresholdSettings, TrainSettings } from '../../../src/jobs/job-types';
import { publishModel } from '../../../src/models/publish';
import { buildPredictor, divisor, initialParameters, type NetworkSpec } from '../../../src/network';
import type { Sample } from '../../../src/samples/sample';
import { cardFields } from '../../models/support';
import { requestOf } from '../../samples/temporary-files';
import { pixelsOf, Workbench } from './workbench';

const SETTINGS: ThresholdSettings = {
  method: 'value',
  value: 100,
  minSize: 0,
  fillHoles: false,
  label: false,
  connectivity: 'faces',
};
const NAME = 'acquired.tif';

describe('files that are overwritten', () => {
  let bench: Workbench;
  beforeEach(async () => {
    bench = await Workbench.open();
  });
  afterEach(() => bench.close());

  /** The n-th acquisition, of the same name and size: pixel n is bright. */
  async function acquire(n: number): Promise<void> {
    await rm(path.join(bench.data, NAME), { force: true });
    const pixels = Uint8Array.from({ length: 16 }, (_, i) => (i === n ? 200 : 0));
    await bench.image(NAME, [1, 1, 1, 4, 4], pixels);
    // As microscopes write: seconds apart.
    const time = new Date(Date.UTC(2026, 0, 1, 0, 0, n));
    await utimes(path.join(bench.data, NAME), time, time);
  }

  async function load(): Promise<Sample> {
    const entry = { id: 'acquired', raw: path.join(bench.data, NAME), scene: null };
    const [sample] = await openSampleJob({ entry, request: requestOf({}) }, bench.context<'open-sample'>());
    return JSON.parse(JSON.stringify(sample));
  }

  const threshold = (image: ImageDescription) => {
    const input = { image, settings: SETTINGS, model: null, raw: image, id: 'acquired' };
    return thresholdJob(input, bench.context<'threshold'>());
  };

  it('of five events for one file the last is segmented, the others are errors', async () => {
    const samples: Sample[] = [];
    for (let n = 0; n < 5; n++) {
      await acquire(n);
      samples.push(await load());
    }
    for (const [n, { raw }] of samples.entries()) {
      if (n < 4) {
        const message = new RegExp(
          `acquired\\.tif has changed since it was loaded as acquired: .*00:00:0${n}\\.000Z, .*00:00:04\\.000Z`,
        );
        await assert.rejects(threshold(raw), { code: 'changed', message });
      } else {
        const { mask } = await threshold(raw);
        assert.deepEqual(
          await pixelsOf(mask),
          Array.from({ length: 16 }, (_, i) => (i === 4 ? 255 : 0)),
        );
        assert.equal(mask.file, undefined, 'results of our own never change');
      }
    }
  });

  it('no job reads a file that was overwritten since it was loaded', async () => {
    await acquire(0);
    const { raw } = await load();
    await acquire(1);
    const spec: NetworkSpec = { dimensions: 2, inChannels: 1, filters: [4, 8] };
    const card = cardFields({ name: 'net', channels: raw.channels, divisor: divisor(spec) });
    const onnx = buildPredictor(spec, initialParameters(spec, 1));
    await publishModel(bench.settings.modelsFolder, { card, onnx, metricsCsv: '' });
    const compute: ComputeSettings = {
      ...{ engine: 'auto', device: 'cpu', threads: 1, precision: 'float32', memoryMB: 0, queue: 1 },
    };
    const save: SaveSettings = {
      ...{ folder: path.join(bench.data, 'out'), filename: null, format: 'ome-tiff', existing: 'error' },
      ...{ compression: 'none', layout: 'auto', png: false },
    };
    const sample: Sample = { id: 'a', raw, seg1: raw, seg2: raw, mergeMask: raw, excludeMask: raw };
    const jobs: Record<string, () => Promise<unknown>> = {
      predict: () => predictJob({ image: raw, model: 'net', overlap: 0.25, compute }, bench.context()),
      'save-image': () => saveImageJob({ image: raw, role: 'raw', id: 'a', settings: save }, bench.context()),
      'merge-masks': () => mergeMasksJob({ sample, base: 'seg1', regions: raw }, bench.context()),
      'exclude-regions': () => excludeRegionsJob({ sample, regions: raw }, bench.context()),
    };
    for (const [name, job] of Object.entries(jobs)) await assert.rejects(job(), { code: 'changed' }, name);
  });

  it('a file that is overwritten while a job reads it fails the job', async () => {
    await acquire(0);
    const { raw } = await load();
    const context = bench.context<'evaluate'>();
    const file = path.join(bench.data, NAME);
    let reports = 0;
    const progress = () => {
      reports++;
      utimesSync(file, new Date(), new Date());
    };
    const job = evaluateJob({ predicted: raw, truth: raw, weight: null }, { ...context, progress });
    await assert.rejects(job, { code: 'changed' });
    assert.ok(reports > 0);
  });

  it('the page never shows pixels of another version than the sample’s', async () => {
    const tile = { view: 'xy', t: 0, c: 0, at: 0, level: 0, row: 0, column: 0 } as const;
    const draw = async (image: ImageDescription) => {
      const { path: drawn } = await pictureJob({ image, purpose: null, tile }, bench.context<'picture'>());
      return Array.from(await readFile(drawn)).indexOf(200);
    };
    await acquire(1);
    const first = await load();
    assert.equal(await draw(first.raw), 1);
    await acquire(2);
    const second = await load();
    assert.equal(await draw(second.raw), 2);
    await assert.rejects(draw(first.raw), { code: 'changed' });
  });

  it('samples of another version of a file are another training', async () => {
    const hash = (sample: Sample) => trainingHash({} as TrainSettings, [sample], {} as ComputeSettings);
    await acquire(1);
    const first = await load();
    assert.equal(hash(await load()), hash(first));
    await acquire(2);
    assert.notEqual(hash(await load()), hash(first));
  });

  it('an upload is a file of our own, which no one overwrites', async () => {
    await acquire(1);
    const bytesFile = path.join(bench.data, NAME);
    const entry = { id: 'up', raw: bytesFile, scene: null };
    const request = requestOf({ raw: { bytesFile, filename: 'up.tif' } });
    const [sample] = await openSampleJob({ entry, request }, bench.context<'open-sample'>());
    assert.ok('raw' in sample);
    const { raw } = sample;
    assert.equal(raw.file, undefined);
    assert.equal(fileURLToPath(raw.uri), bytesFile);
  });
});
