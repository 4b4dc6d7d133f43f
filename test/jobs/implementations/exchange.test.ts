import assert from 'node:assert/strict';
import { copyFile, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { ImageDescription } from '../../../src/image/description';
import { exportModelJob, importModelJob } from '../../../src/jobs/implementations/models/exchange';
import { overlayJob } from '../../../src/jobs/implementations/overlay';
import { predictJob } from '../../../src/jobs/implementations/predict';
import { thresholdJob } from '../../../src/jobs/implementations/threshold';
import type { ComputeSettings } from '../../../src/jobs/job-types';
import { publishModel } from '../../../src/models/publish';
import { resolveModel } from '../../../src/models/resolve';
import { networkOfStart } from '../../../src/training/fine-tuning';
import { differing, medianOf, testImage, testModel } from '../../exchange/support';
import { pixelsOf, Workbench } from './workbench';

const COMPUTE: ComputeSettings = {
  ...{ engine: 'auto', device: 'cpu', threads: 1, precision: 'float32', memoryMB: 0, queue: 1 },
};
const SIZE: [number, number, number] = [1, 80, 88];

describe('the jobs that give models away and take them', () => {
  let bench: Workbench;
  let image: ImageDescription;
  let threshold = 0;
  before(async () => {
    bench = await Workbench.open();
    const { data } = testImage(1, SIZE);
    image = await bench.image('raw.ome.tiff', [1, 1, ...SIZE], data);
    const spec = { dimensions: 2, inChannels: 1, filters: [4, 8] } as const;
    const { card, onnx } = testModel({ ...spec, filters: [...spec.filters] }, [64, 64], {
      ...{ name: 'own', norms: 'training', normalisation: { method: 'percentile-zscore', low: 0, high: 100 } },
    });
    const publish = (cut: number) =>
      publishModel(bench.settings.modelsFolder, { card: { ...card, threshold: cut }, onnx, metricsCsv: '' });
    await publish(0.5);
    threshold = medianOf(Float32Array.from(await pixelsOf((await predict('own')).probability)));
    await publish(threshold);
  });
  after(() => bench.close());

  const predict = (model: string) => predictJob({ image, model, overlap: 0.25, compute: COMPUTE }, bench.context());
  const masked = async (model: string) => {
    const { probability } = await predict(model);
    const settings = {
      method: 'model',
      value: 0,
      minSize: 0,
      fillHoles: false,
      label: true,
      connectivity: 'faces',
    } as const;
    const cut = await thresholdJob({ id: 'a', image: probability, raw: null, settings, model }, bench.context());
    return cut.mask;
  };
  const exported = async (format: 'bioimageio' | 'czann' | 'onnx') =>
    exportModelJob({ model: 'own', format, origin: { authors: ['A'], licence: 'MIT' } }, bench.context());

  it('make a package whose import gives the same mask, with its own threshold, and a picture of it', async () => {
    const made = await exported('bioimageio');
    assert.equal(made.filename, 'own-v2.bioimageio.zip');
    const file = path.join(bench.data, made.filename);
    await copyFile(made.path, file);
    await rm(made.path);
    const taken = await importModelJob({ file, settings: { name: 'taken' } }, bench.context());
    assert.deepEqual([taken.model.name, taken.model.version, taken.warnings], ['taken', 'v1', []]);
    assert.ok(taken.tested && taken.tested.difference < 1e-4);
    const [own, other] = [await masked('own'), await masked('taken')];
    assert.ok(differing(await pixelsOf(own), await pixelsOf(other), 127) <= 1e-4);
    assert.ok((await pixelsOf(own)).some((value) => value > 0));
    const view = { t: 0, z: 'middle', longest: 64, style: 'overlay' } as const;
    const found = { kind: 'mask', image: other } as const;
    const picture = await overlayJob({ raw: image, found, truth: null, weight: null, view }, bench.context());
    assert.ok(picture.bytes > 0);
  });

  it('make the next version each time, known by the bytes of its network', async () => {
    const made = await exported('onnx');
    const file = path.join(bench.data, 'plain.onnx');
    await copyFile(made.path, file);
    const settings = { name: 'plain', axes: 'bcyx', normalisation: { method: 'none' } } as const;
    const first = await importModelJob({ file, settings }, bench.context());
    const second = await importModelJob({ file, settings }, bench.context());
    assert.deepEqual([first.model.version, second.model.version, first.tested], ['v1', 'v2', null]);
    assert.equal(first.model.sha256, second.model.sha256);
    const { card } = await resolveModel(bench.settings.modelsFolder, 'plain', [bench.settings.modelsFolder]);
    assert.deepEqual(card.imported, { format: 'ONNX', sha256: first.model.sha256 });
  });

  it('refuse to train on what came as a graph', async () => {
    const made = await exported('onnx');
    const file = path.join(bench.data, 'start.onnx');
    await copyFile(made.path, file);
    const settings = { name: 'start', axes: 'bcyx', normalisation: { method: 'none' } } as const;
    await importModelJob({ file, settings }, bench.context());
    const { card } = await resolveModel(bench.settings.modelsFolder, 'start', [bench.settings.modelsFolder]);
    const asked = { dimensions: 2, inChannels: 1, modelSize: 'small', levels: 'auto' } as const;
    assert.throws(() => networkOfStart(asked, { card, parameters: new Float32Array(0) }), {
      code: 'invalid-input',
      message: /cannot start from start@v1: it was imported from ONNX.*expected a model that was trained here/,
    });
  });

  it('leave no version behind where something is wrong', async () => {
    const file = path.join(bench.data, 'broken.onnx');
    await writeFile(file, 'no network');
    const settings = { name: 'broken', axes: 'bcyx', normalisation: { method: 'none' } } as const;
    await assert.rejects(importModelJob({ file, settings }, bench.context()), { code: 'corrupt-file' });
    assert.ok(!(await readdir(bench.settings.modelsFolder)).includes('broken'));
    await assert.rejects(exportModelJob({ model: 'nobody', format: 'onnx', origin: {} }, bench.context()), {
      code: 'not-found',
    });
    await assert.rejects(importModelJob({ file: '/etc/passwd', settings }, bench.context()), { code: 'not-allowed' });
  });
});
