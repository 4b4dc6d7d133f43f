import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, readlinkSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { ReviewFolder } from '../../src/curation/review-folder';
import { archiveRecords, clearLeftovers } from '../../src/curation/review-upkeep';
import { describeImage } from '../../src/formats';
import type { ImageDescription } from '../../src/image/description';
import type { Shape5 } from '../../src/image/region';
import { exportReviewJob } from '../../src/jobs/implementations/export-review';
import { keepImagesJob } from '../../src/jobs/implementations/keep-images';
import { saveImageJob } from '../../src/jobs/implementations/save-image';
import { emptyBin, listBin, moveToBin, restore } from '../../src/models/bin';
import { clearAbandonedRuns, runFolder } from '../../src/models/layout';
import { publishModel } from '../../src/models/publish';
import { renameModel } from '../../src/models/rename';
import { makeSampleData } from '../../src/simulation/make-sample-data';
import { clearPartial, partialPath } from '../../src/storage/partial';
import { placeOfNumbers, writerTag } from '../../src/storage/writer-tag';
import { DECISION } from '../curation/samples';
import { cardFields } from '../models/support';
import { Workbench } from './implementations/workbench';

const SHAPE: Shape5 = [1, 1, 1, 4, 5];
const YEAR = 365 * 24 * 3600 * 1000;

/** Names as people give them, and such that come near those that this package gives. */
const FOREIGN = [
  'notes.txt',
  '.hidden',
  'raw 01.tif',
  'a.merge.geojson',
  'mask_1-0123456789abcdef.ome.tiff',
  'a.ome.tiff',
  'a.json.partial-0123456789ab',
  'a.json.partial-0123456789abcdef0123456789ab',
  'a.json.partial-0123456789abcdef0123456789ab.txt',
  'model.onnx.bak',
  'training.ckpt.old',
  'state.json~',
  'deadbeef/raw.tif',
  '.publish.partial-mine/model.onnx',
  'images/raw.tif',
  'sub/.deep/raw.tif',
];

describe('files that somebody else put where this package cleans', () => {
  let bench: Workbench;
  beforeEach(async () => {
    bench = await Workbench.open();
    mkdirSync(bench.data, { recursive: true });
  });
  afterEach(() => bench.close());

  /** Plants files, a link to each kind of thing outside, and makes all of it old. @returns what tells them later */
  const plant = (folder: string): (() => void) => {
    const outside = path.join(bench.folder, 'outside', path.basename(folder));
    mkdirSync(outside, { recursive: true });
    writeFileSync(path.join(outside, 'precious.tif'), folder);
    const old = new Date(Date.now() - YEAR);
    const files = FOREIGN.map((name) => path.join(folder, name));
    for (const file of files) {
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, file);
      utimesSync(file, old, old);
    }
    const links = ['link-to-file.tif', 'link-to-folder'].map((name) => path.join(folder, name));
    symlinkSync(path.join(outside, 'precious.tif'), links[0]);
    symlinkSync(outside, links[1]);
    utimesSync(folder, old, old);
    return () => {
      for (const file of files) assert.equal(readFileSync(file, 'utf8'), file);
      for (const link of links) assert.ok(readlinkSync(link).startsWith(outside), link);
      assert.equal(readFileSync(path.join(outside, 'precious.tif'), 'utf8'), folder);
    };
  };

  const sampleOf = async (id: string) => ({
    id,
    raw: await bench.image(`${id}-raw.ome.tiff`, SHAPE, new Uint16Array(20)),
    seg1: await bench.image(`${id}-seg.ome.tiff`, SHAPE, new Uint8Array(20).fill(1)),
  });
  const inScratch = (name: string) => {
    const folder = path.join(bench.folder, 'cache', 'segmenter-scratch');
    return bench.image(name, SHAPE, new Uint8Array(20).fill(3), { folder });
  };

  it('stay in a review folder and all below it, whatever is cleaned, finished or begun anew', async () => {
    const folder = path.join(bench.data, 'review');
    const review = await ReviewFolder.open(folder);
    const given = await sampleOf('a');
    const kept = await keepImagesJob(
      { sample: { ...given, seg2: await inScratch('mask_1-00000000000000aa.ome.tiff') }, folder: `${folder}/images` },
      bench.context(),
    );
    // All of these are there before anything of this package but the mark of the folder, as somebody may fill it at once.
    const still = ['', 'images', 'targets', 'run', 'archive'].map((name) => plant(path.join(folder, name)));
    await review.add(kept);
    const decision = {
      ...DECISION,
      merge: [],
      exclude: [],
      strokes: [{ points: [[1, 1] as [number, number]], radius: 1, value: 0 as const, z: null }],
    };
    await review.save('a', { revision: 0, decision }, null);
    const target = await inScratch('target_1-00000000000000bb.ome.tiff');
    const input = { folder, seed: 0, paths: 'absolute' as const, targets: { a: target } };
    const { samples, remarks } = await exportReviewJob(input, bench.context());
    assert.deepEqual([samples, remarks], [['a'], []]);
    // Where somebody's file has the name of a target, the target has another.
    assert.match(readFileSync(path.join(folder, 'tables', 'samples.csv'), 'utf8'), /targets.a~2\.ome\.tiff/);
    await review.save('a', { revision: 1, decision: { ...DECISION, merge: [], strokes: [], exclude: [] } }, null);
    await exportReviewJob({ ...input, targets: {} }, bench.context());
    assert.ok(!readdirSync(path.join(folder, 'targets')).includes('a~2.ome.tiff'), 'a target that nothing names goes');
    await archiveRecords(review);
    await clearLeftovers(review, { now: Date.now() + YEAR });
    await clearLeftovers(await ReviewFolder.open(folder), { now: Date.now() + YEAR });
    for (const check of still) check();
    assert.deepEqual(review.list(), []);
  });

  it('keep a folder from being taken for a review, and stay in it', async () => {
    const folder = path.join(bench.data, 'mine');
    const still = [plant(folder), plant(path.join(folder, 'targets'))];
    await assert.rejects(ReviewFolder.open(folder), { code: 'exists', message: /choose an empty one/ });
    const input = { folder, seed: 0, paths: 'absolute' as const, targets: {} };
    await assert.rejects(exportReviewJob(input, bench.context()), { code: 'exists' });
    for (const check of still) check();
    assert.ok(!readdirSync(folder).some((name) => name.startsWith('.segmenter')));
  });

  it('stay in folders of tables and Zarr images, which are not replaced then', async () => {
    const folder = path.join(bench.data, 'review');
    const review = await ReviewFolder.open(folder);
    await review.add(await sampleOf('a'));
    await review.save('a', { revision: 0, decision: { ...DECISION, merge: [], exclude: [], strokes: [] } }, null);
    const input = { folder, seed: 0, paths: 'absolute' as const, targets: {} };
    await exportReviewJob(input, bench.context());
    await exportReviewJob(input, bench.context());
    const tables = plant(path.join(folder, 'tables'));
    await assert.rejects(exportReviewJob(input, bench.context()), { code: 'exists', message: /which would be lost/ });
    tables();
    const settings = {
      ...{ folder: bench.data, filename: 'image', format: 'ome-zarr' as const, existing: 'replace' as const },
      ...{ compression: 'deflate' as const, layout: 'auto' as const, png: false },
    };
    const image = await bench.image('b.ome.tiff', SHAPE, new Uint16Array(20).fill(7));
    for (let i = 0; i < 2; i++) await saveImageJob({ image, role: 'raw', id: 'b', settings }, bench.context());
    const zarr = plant(path.join(bench.data, 'image.ome.zarr'));
    const again = saveImageJob({ image, role: 'raw', id: 'b', settings }, bench.context());
    await assert.rejects(again, { code: 'exists', message: /which would be lost/ });
    zarr();
    await clearPartial(bench.data);
  });

  it('stay in the folders of models and trainings', async () => {
    const models = path.join(bench.folder, 'models');
    const run = runFolder(models, 'n', 'deadbeefdeadbeef');
    const dead = writerTag({ place: await placeOfNumbers(), pid: 0x7fffffff, started: null });
    const unfinished = path.join(models, 'n', `.publish.partial-${dead}`);
    mkdirSync(unfinished, { recursive: true });
    writeFileSync(path.join(unfinished, 'model.json'), '{}');
    const still = [path.join(models, 'n'), path.join(models, 'n', '.runs'), run, unfinished].map(plant);
    for (const name of ['training.ckpt', 'metrics.csv']) writeFileSync(path.join(run, name), '');
    symlinkSync(path.join(bench.folder, 'outside'), path.join(models, 'n', '.runs', 'ffffffffffffffff'));
    const old = new Date(Date.now() - YEAR);
    utimesSync(run, old, old);
    await clearAbandonedRuns(models, 'n', 'none');
    await publishModel(models, { card: cardFields({ name: 'n' }), onnx: Buffer.from('x'), metricsCsv: '' });
    for (const check of still) check();
    assert.ok(!readdirSync(run).includes('training.ckpt'), 'what a training left goes');
    assert.ok(!readdirSync(unfinished).includes('model.json'), 'what a publisher left goes');
  });

  it('stay in a model that is renamed and comes back from the bin, and in the bin', async () => {
    const models = path.join(bench.folder, 'models');
    await publishModel(models, { card: cardFields({ name: 'n' }), onnx: Buffer.from('x'), metricsCsv: '' });
    const live = path.join(models, 'n', await partialPath('.publish'));
    const still = [path.join(models, 'n'), path.join(models, '.bin')].map(plant);
    await renameModel(models, 'n', 'm', [bench.folder]);
    await renameModel(models, 'm', 'n', [bench.folder]);
    await moveToBin(models, 'n', null);
    await restore(models, (await listBin(models))[0].id);
    await publishModel(models, { card: cardFields({ name: 'n' }), onnx: Buffer.from('y'), metricsCsv: '' });
    await moveToBin(models, 'n', 'v1');
    await emptyBin(models, null);
    for (const check of still) check();
    assert.deepEqual(await listBin(models), []);
    mkdirSync(live);
    await assert.rejects(renameModel(models, 'n', 'm', [bench.folder]), { code: 'busy' });
  });

  it('are never replaced by what is saved of them, under another name or for another image', async () => {
    const raw = await bench.image('raw.ome.tiff', SHAPE, new Uint16Array(20).fill(5));
    const mask = await bench.image('mask.ome.tiff', SHAPE, new Uint8Array(20).fill(1));
    const file = path.join(bench.data, 'raw.ome.tiff');
    symlinkSync(file, path.join(bench.data, 'link.ome.tiff'));
    const before = readFileSync(file);
    const save = (image: ImageDescription, filename: string) => {
      const settings = {
        ...{ folder: bench.data, filename, format: 'ome-tiff' as const, existing: 'replace' as const },
        ...{ compression: 'deflate' as const, layout: 'auto' as const, png: false },
      };
      return saveImageJob({ image, role: 'prediction', id: 'a', raw, settings }, bench.context());
    };
    for (const name of ['raw.ome.tiff', 'link.ome.tiff']) {
      await assert.rejects(save(raw, name), { code: 'invalid-input', message: /is read from/ });
      await assert.rejects(save(mask, name), { code: 'invalid-input', message: /raw image of the sample/ });
    }
    const linked = { ...raw, uri: pathToFileURL(path.join(bench.data, 'link.ome.tiff')).href };
    await assert.rejects(save(linked, 'raw.ome.tiff'), { code: 'invalid-input' });
    assert.deepEqual(readFileSync(file), before);
    await save(mask, 'other.ome.tiff');
    assert.equal((await describeImage(path.join(bench.data, 'other.ome.tiff'), { id: 'o' })).dtype, 'uint8');
  });

  it('stay where sample data are made', async function () {
    this.timeout(120_000);
    const folder = path.join(bench.data, 'samples');
    const names = ['', 'curation', 'incoming', 'curation/raw'];
    const own = path.join(folder, 'curation', 'raw', 'nuclei_01.ome.tiff');
    const still = names.map((name) => plant(path.join(folder, name)));
    for (const file of [path.join(folder, 'curation', 'manifest.csv'), own]) writeFileSync(file, 'mine');
    await makeSampleData(folder);
    for (const check of still) check();
    for (const file of [path.join(folder, 'curation', 'manifest.csv'), own])
      assert.equal(readFileSync(file, 'utf8'), 'mine');
  });
});
