import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describeImage } from '../../../src/formats';
import type { ImageDescription } from '../../../src/image/description';
import type { Shape5 } from '../../../src/image/region';
import { saveImageJob } from '../../../src/jobs/implementations/save-image';
import type { SaveSettings } from '../../../src/jobs/job-types';
import { toPath } from '../../../src/storage/paths';
import { pixelsOf, Workbench } from './workbench';

const SHAPE: Shape5 = [1, 1, 2, 3, 4];
const NUMBERS = Uint16Array.from({ length: 24 }, (_, i) => (i % 3 === 0 ? 0 : 1 + (i % 5)));

describe('labels in the OME-Zarr of their image', () => {
  let bench: Workbench;
  let settings: SaveSettings;
  let labels: ImageDescription;
  beforeEach(async () => {
    bench = await Workbench.open();
    settings = {
      ...{ folder: path.join(bench.data, 'out'), filename: null, format: 'ome-tiff', existing: 'own' },
      ...{ compression: 'deflate', layout: 'auto', png: false, place: 'image', objects: 'table' },
    };
    labels = await bench.image('labels.ome.tiff', SHAPE, NUMBERS);
  });
  afterEach(() => bench.close());

  const zarr = async (format: 'ome-zarr' | 'ome-zarr-v2') => {
    const image = await bench.image(`${format}.ome.tiff`, [1, 2, 2, 3, 4], new Uint16Array(48).fill(7));
    const plain = { ...settings, place: 'folder' as const, objects: 'none' as const, format };
    const { path: place } = await saveImageJob({ image, role: 'raw', id: format, settings: plain }, bench.context());
    return describeImage(place, { id: 'a' });
  };
  const save = (raw: ImageDescription, change: Partial<SaveSettings> = {}) => {
    const input = { image: labels, raw, role: 'labels', id: 'a', settings: { ...settings, ...change } };
    return saveImageJob(input, bench.context());
  };
  const json = async (...parts: string[]) => JSON.parse(await readFile(path.join(...parts), 'utf8'));

  for (const format of ['ome-zarr', 'ome-zarr-v2'] as const) {
    it(`are listed with those of others, which stay, ${format}`, async () => {
      const raw = await zarr(format);
      const group = path.join(toPath(raw.uri), 'labels');
      const isNew = format === 'ome-zarr';
      // Labels of another tool, with what else it says there.
      await mkdir(path.join(group, 'labels'), { recursive: true });
      await writeFile(path.join(group, 'labels', '.zattrs'), '{"multiscales": []}');
      const others = isNew
        ? { zarr_format: 3, node_type: 'group', attributes: { ome: { version: '0.5', labels: ['labels'] }, tool: 1 } }
        : { labels: ['labels'], tool: 1 };
      await writeFile(path.join(group, isNew ? 'zarr.json' : '.zattrs'), JSON.stringify(others));
      const saved = await save(raw);
      assert.deepEqual(saved, { path: path.join(group, 'labels_2'), skipped: false });
      const list = isNew ? await json(group, 'zarr.json') : await json(group, '.zattrs');
      assert.deepEqual(isNew ? list.attributes.ome.labels : list.labels, ['labels', 'labels_2']);
      assert.equal(isNew ? list.attributes.tool : list.tool, 1);
      if (!isNew) assert.deepEqual(await json(group, '.zgroup'), { zarr_format: 2 });
      const attributes = isNew
        ? (await json(saved.path, 'zarr.json')).attributes.ome
        : await json(saved.path, '.zattrs');
      assert.deepEqual(attributes['image-label'], {
        ...(isNew ? {} : { version: '0.4' }),
        source: { image: '../../' },
      });
      assert.deepEqual(await pixelsOf(await describeImage(saved.path, { id: 'l' })), [...NUMBERS]);
      // The image is what it was, and the table lies in the folder.
      assert.deepEqual(await pixelsOf(await describeImage(toPath(raw.uri), { id: 'a' })), new Array(48).fill(7));
      assert.ok(readdirSync(settings.folder).some((name) => name.endsWith('.objects.csv')));
      assert.deepEqual(await save(raw), saved);
      assert.deepEqual(
        readdirSync(group).filter((name) => /partial|saving/.test(name)),
        [],
      );
      await assert.rejects(save(raw, { filename: 'labels', existing: 'replace' }), /exists|is there/i);
      assert.ok(existsSync(path.join(group, 'labels', '.zattrs')));
    });
  }

  it('are found by who reads consolidated metadata alone, of Zarr 2', async () => {
    const raw = await zarr('ome-zarr-v2');
    const image = toPath(raw.uri);
    const file = path.join(image, '.zmetadata');
    const own = ['.zattrs', '.zgroup', '0/.zarray'];
    const stale = { 'labels/labels/7/.zarray': {}, 'labels/others/.zgroup': { zarr_format: 2 } };
    const metadata: Record<string, unknown> = { ...stale };
    for (const name of own) metadata[name] = await json(image, name);
    await writeFile(file, JSON.stringify({ zarr_consolidated_format: 1, metadata }));
    await save(raw);
    const told = await json(file);
    assert.equal(told.zarr_consolidated_format, 1);
    const of = (folder: string, names: string[]) => names.map((name) => `${folder}${name}`);
    const listed = [
      ...own,
      ...of('labels/', ['.zattrs', '.zgroup', 'others/.zgroup']),
      ...of('labels/labels/', ['.zattrs', '.zgroup', '0/.zarray']),
    ];
    assert.deepEqual(Object.keys(told.metadata).sort(), listed.sort());
    for (const name of listed.filter((name) => !name.includes('others')))
      assert.deepEqual(told.metadata[name], await json(image, name), name);
    assert.deepEqual(told.metadata['labels/.zattrs'].labels, ['labels']);
    const before = await readFile(file, 'utf8');
    await save(raw, { existing: 'skip' });
    assert.equal(await readFile(file, 'utf8'), before);
  });

  it('are found by who would read consolidated metadata of Zarr 3, for these go; the image is as it was described', async () => {
    const { uri } = await zarr('ome-zarr');
    const image = toPath(uri);
    const file = path.join(image, 'zarr.json');
    const plain = await json(file);
    const level = await json(image, '0', 'zarr.json');
    const consolidated = { kind: 'inline', must_understand: false, metadata: { '0': level } };
    await writeFile(file, JSON.stringify({ ...plain, consolidated_metadata: consolidated }));
    const raw = await describeImage(image, { id: 'a' });
    await save(raw);
    assert.deepEqual(await json(file), plain);
    assert.deepEqual((await describeImage(image, { id: 'a' })).file, raw.file);
    assert.deepEqual(await pixelsOf(raw), new Array(48).fill(7));
  });

  it('are not written where consolidated metadata cannot be read', async () => {
    const raw = await zarr('ome-zarr-v2');
    await writeFile(path.join(toPath(raw.uri), '.zmetadata'), '{"metadata": 1}');
    await assert.rejects(save(raw), { code: 'corrupt-file', message: /\.zmetadata: expected consolidated metadata/ });
    assert.ok(!existsSync(path.join(toPath(raw.uri), 'labels')));
  });

  it('go into the folder, and say why, where the image is no OME-Zarr or another one', async () => {
    const tiff = await bench.image('raw.ome.tiff', SHAPE, new Uint16Array(24));
    const saved = await save(tiff);
    assert.equal(saved.path, path.join(settings.folder, 'a_labels.ome.tiff'));
    assert.match(saved.notes?.[0] ?? '', /^labels of a: saved into the folder, for .*raw\.ome\.tiff is no OME-Zarr$/);
    const raw = await zarr('ome-zarr');
    const size: Shape5 = [1, 2, 2, 3, 3];
    const part = await save({ ...raw, shape: size, region: { start: [0, 0, 0, 0, 0], size } });
    assert.match(part.notes?.[0] ?? '', /are of a part of/);
  });

  it('are written whole or not at all: a list that cannot be read stays as it is', async () => {
    const raw = await zarr('ome-zarr-v2');
    const group = path.join(toPath(raw.uri), 'labels');
    await mkdir(group);
    await writeFile(path.join(group, '.zattrs'), '{"labels": "one"}');
    await assert.rejects(save(raw), /\.zattrs: labels: expected a list of names/);
    assert.deepEqual(readdirSync(group), ['.zattrs']);
    assert.equal(await readFile(path.join(group, '.zattrs'), 'utf8'), '{"labels": "one"}');
  });

  it('are not written where a link leads out of the allowed folders', async function () {
    const raw = await zarr('ome-zarr');
    const outside = await mkdtemp(path.join(tmpdir(), 'segmenter-outside-'));
    try {
      await symlink(outside, path.join(toPath(raw.uri), 'labels')).catch(() => this.skip());
      await assert.rejects(save(raw), { code: 'not-allowed' });
      assert.deepEqual(readdirSync(outside), []);
    } finally {
      await rm(outside, { recursive: true });
    }
  });

  it('do not take the place of the group’s own files', async () => {
    const raw = await zarr('ome-zarr');
    for (const filename of ['zarr.json', 'ZARR.json.saving', '.zattrs', '__x']) {
      await assert.rejects(save(raw, { filename }), { code: 'invalid-input', message: /Zarr has no use for/ });
    }
    assert.ok(!existsSync(path.join(toPath(raw.uri), 'labels')));
  });

  it('that a kill left unlisted are listed when they are saved again, also where they are skipped', async () => {
    const raw = await zarr('ome-zarr');
    const list = path.join(toPath(raw.uri), 'labels', 'zarr.json');
    await save(raw);
    for (const existing of ['own', 'skip'] as const) {
      await rm(list);
      await save(raw, { existing });
      assert.deepEqual(JSON.parse(await readFile(list, 'utf8')).attributes.ome.labels, ['labels'], existing);
    }
  });

  it('of two writers at once are both listed', async () => {
    const raw = await zarr('ome-zarr');
    const group = path.join(toPath(raw.uri), 'labels');
    const names = ['cells', 'nuclei', 'spots'];
    await Promise.all(names.map((filename) => save(raw, { filename, objects: 'none' })));
    assert.deepEqual((await json(group, 'zarr.json')).attributes.ome.labels.sort(), names);
    const copy = path.join(bench.data, 'copy.zarr');
    await cp(group, copy, { recursive: true });
    assert.equal((await describeImage(copy, { id: 'c', scene: 2 })).shape[4], 4);
  });
});
