import assert from 'node:assert/strict';
import { readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Decision, regionsOfShapes } from '../../src/curation/decision';
import { exportReview } from '../../src/curation/export-review';
import { changed, newRecord, type ReviewRecord } from '../../src/curation/record';
import { UNKNOWN_NUMBER } from '../../src/masks/object-names';
import { readManifest } from '../../src/samples/manifest';
import { readRegionsFile } from '../../src/samples/regions-file';
import { type TemporaryFolder, temporaryFolder } from '../samples/temporary-files';
import { DECISION, sampleOf } from './samples';

const PLAIN: Decision = { ...DECISION, merge: [], exclude: [], strokes: [] };
const THROUGH = DECISION.merge.map((shape) => ({ ...shape, z: null }));

describe('exportReview', () => {
  let folder: TemporaryFolder;
  beforeEach(async () => {
    folder = await temporaryFolder();
  });
  afterEach(() => folder.remove());

  /** A decided sample whose files are there. */
  async function record(id: string, decision: Decision): Promise<ReviewRecord> {
    const sample = sampleOf(id);
    for (const role of ['raw', 'seg1', 'seg2'] as const) {
      const file = await folder.write(`${role}/${id}.tif`, '');
      Object.assign(sample[role] ?? {}, { uri: pathToFileURL(file).href });
    }
    return changed(newRecord(sample, new Date(0)), { decision }, 'Ada', new Date(0));
  }
  const twelve = (decision: Decision) => Promise.all(Array.from({ length: 12 }, (_, i) => record(`a${i}`, decision)));
  const out = () => folder.at('out');

  it('tells what is foreground where somebody said so', async () => {
    const records = await twelve(PLAIN);
    Object.assign(records[3].sample.seg1 ?? {}, { foreground: { kind: 'except', values: [2] } });
    await exportReview(records, { folder: out(), seed: 1 });
    const { entries } = await readManifest(folder.at('out', 'samples.csv'), [folder.path]);
    const stated = entries.filter(({ foreground }) => foreground);
    assert.deepEqual(
      stated.map(({ raw, foreground }) => [path.basename(raw), foreground?.seg1]),
      [['a3.tif', { kind: 'except', values: [2] }]],
    );
  });

  it('writes tables that the project reads, with masks, of used samples alone', async () => {
    const records = await twelve({ ...PLAIN, base: 'seg2', merge: THROUGH, exclude: DECISION.exclude });
    records.push(
      await record('no', { ...PLAIN, state: 'rejected' }),
      await record('open', { ...PLAIN, state: 'undecided' }),
    );
    const { split, samples, remarks } = await exportReview(records, { folder: out(), seed: 1 });
    assert.deepEqual([split, samples.length, remarks], ['sets', 12, []]);
    assert.deepEqual(await readdir(out()), ['masks', 'samples.csv', 'split.json', 'test.csv', 'train.csv', 'val.csv']);

    const { entries, problems } = await readManifest(folder.at('out', 'samples.csv'), [folder.path]);
    assert.deepEqual(problems, []);
    const { id: _, ...first } = entries[0];
    assert.deepEqual(
      { ...first, split: 'any' },
      {
        scene: null,
        raw: folder.at('raw', 'a0.tif'),
        seg1: folder.at('seg1', 'a0.tif'),
        seg2: folder.at('seg2', 'a0.tif'),
        mergeMask: folder.at('out', 'masks', 'merging_mask_a0.npy'),
        excludeMask: folder.at('out', 'masks', 'excluding_mask_a0.npy'),
        base: 'seg2',
        split: 'any',
      },
    );
    assert.deepEqual(await readRegionsFile(entries[0].excludeMask ?? ''), regionsOfShapes(DECISION.exclude));
    const sets = new Map(entries.map(({ raw, split }) => [raw, split]));
    const inTables: string[] = [];
    for (const set of ['train', 'val', 'test']) {
      const table = await readManifest(folder.at('out', `${set}.csv`), [folder.path]);
      for (const { raw } of table.entries) {
        assert.equal(sets.get(raw), set);
        inTables.push(raw);
      }
    }
    assert.equal(new Set(inTables).size, 12);
    assert.equal(inTables.length, 12);
    const csv = await readFile(folder.at('out', 'val.csv'), 'utf8');
    assert.match(
      csv,
      /^,raw,seg1,seg2,merge_mask,exclude_mask,base_image\n0,\.\.\/raw\/a\d+\.tif,.*,masks\/merging_mask_/,
    );
  });

  it('writes folds of fewer than 12, and absolute paths where they are asked for', async () => {
    const records = await Promise.all(['a', 'b', 'c', 'd'].map((id) => record(id, PLAIN)));
    const { split } = await exportReview(records, { folder: out(), seed: 1, paths: 'absolute' });
    assert.equal(split, 'folds');
    const folds = ['fold-1.csv', 'fold-2.csv', 'fold-3.csv', 'fold-4.csv'];
    assert.deepEqual(await readdir(out()), [...folds, 'samples.csv', 'split.json', 'train.csv', 'val.csv']);
    const held: string[] = [];
    for (const fold of folds) {
      const { entries } = await readManifest(folder.at('out', fold), [folder.path]);
      held.push(...entries.flatMap(({ raw, split }) => (split === 'val' ? [raw] : [])));
    }
    assert.deepEqual(
      held.sort(),
      ['a', 'b', 'c', 'd'].map((id) => folder.at('raw', `${id}.tif`)),
    );
    assert.ok((await readFile(folder.at('out', 'train.csv'), 'utf8')).includes(`0,${path.join(folder.path, 'raw')}`));
  });

  it('lets finished targets say what polygons cannot', async () => {
    const target = await folder.write('targets/a.tif', '');
    const records = await Promise.all([
      record('a', DECISION),
      record('b', DECISION),
      record('c', { ...PLAIN, exclude: [{ ...DECISION.exclude[0], z: [0, 1] }] }),
    ]);
    const options = { folder: out(), seed: 1, targets: new Map([['a', { file: target }]]) };
    const { samples, remarks } = await exportReview(records, options);
    assert.deepEqual(samples, ['a', 'c']);
    assert.match(remarks[0], /^b: left out, its target is needed/);
    assert.match(remarks[1], /^c: its excluding mask has planes of its own/);
    const { entries } = await readManifest(folder.at('out', 'samples.csv'), [folder.path]);
    assert.deepEqual([entries[0].seg1, entries[0].seg2, entries[0].base], [target, undefined, 'seg1']);
    const planes = await readRegionsFile(entries[1].excludeMask ?? '');
    assert.deepEqual(planes.polygons[0].z, [0, 1]);
  });

  it('says what pages are where somebody said it, once for a row', async () => {
    const records = await twelve(PLAIN);
    Object.assign(records[3].sample.raw, { pages: 'c' });
    Object.assign(records[4].sample.raw, { pages: 'c' });
    Object.assign(records[4].sample.seg1 ?? {}, { pages: 'z' });
    const { remarks } = await exportReview(records, { folder: out(), seed: 1 });
    assert.deepEqual(remarks, ['a4: left out, a row says once what pages are: c, z']);
    const { entries, problems } = await readManifest(folder.at('out', 'samples.csv'), [folder.path]);
    assert.deepEqual(problems, []);
    const paged = entries.filter(({ pages }) => pages).map(({ raw, pages }) => [path.basename(raw), pages]);
    assert.deepEqual(paged, [['a3.tif', 'c']]);
  });

  it('keeps the scenes of a file, each as a row with its scene', async () => {
    const [a, b, c, d] = await Promise.all(['a_s0', 'a_s1', 'a_s2', 'plain'].map((id) => record(id, PLAIN)));
    for (const [scene, { sample }] of [a, b, c].entries()) {
      sample.raw = { ...sample.raw, uri: a.sample.raw.uri, scene };
    }
    Object.assign(b.sample.seg1 ?? {}, { scene: 1 });
    Object.assign(c.sample.seg1 ?? {}, { scene: 1 });
    const { samples, remarks } = await exportReview([a, b, c, d], { folder: out(), seed: 1 });
    assert.deepEqual(samples, ['a_s0', 'a_s1', 'plain']);
    assert.match(remarks.join('\n'), /a_s2: left out, a row is of one scene, and .*a_s2\.tif is scene 1, not 2/);
    assert.match(remarks.join('\n'), /a_s1: is scene 1 of its file, of which Segmenter ML does not know/);
    const { entries, problems } = await readManifest(folder.at('out', 'samples.csv'), [folder.path]);
    assert.deepEqual(problems, []);
    assert.deepEqual(
      entries.map(({ raw, scene, error }) => [path.basename(raw), scene, error]),
      [
        ['a_s0.tif', 0, undefined],
        ['a_s0.tif', 1, undefined],
        ['plain.tif', null, undefined],
      ],
    );
  });

  it('tells what is unknown, of targets as of what they are made of', async () => {
    const rule = { kind: 'values', values: [0] } as const;
    const numbered = { kind: 'values' as const, values: [UNKNOWN_NUMBER] };
    const records = [
      await record('a', PLAIN),
      await record('b', PLAIN),
      await record('c', { ...PLAIN, strokes: DECISION.strokes }),
    ];
    for (const { sample } of records.slice(1)) Object.assign(sample.seg1 ?? {}, { unknown: rule });
    const targets = new Map([['c', { file: await folder.write('targets/c.ome.tiff', ''), unknown: numbered }]]);
    const { remarks } = await exportReview(records, { folder: out(), seed: 1, targets });
    assert.match(remarks.join('\n'), /b: has unknown pixels, of which Segmenter ML does not know/);
    const { entries } = await readManifest(folder.at('out', 'samples.csv'), [folder.path]);
    assert.deepEqual(
      entries.map(({ unknown }) => unknown),
      [undefined, { seg1: rule, seg2: null }, { seg1: numbered, seg2: numbered }],
    );
  });

  it('leaves out what a table cannot name', async () => {
    const [a, b, c, d] = await Promise.all(['a', 'b', 'c', 'd'].map((id) => record(id, PLAIN)));
    b.sample.raw = { ...b.sample.raw, select: { t: [1] } };
    c.sample.raw = { ...c.sample.raw, uri: a.sample.raw.uri };
    delete d.sample.seg1;
    d.decision.base = 'seg2';
    const { samples, remarks } = await exportReview([a, b, c, d], { folder: out(), seed: 1 });
    assert.deepEqual(samples, ['a', 'd']);
    assert.match(
      remarks.join('\n'),
      /b: left out, a table names whole scenes of files.*\nc: left out, a table names each scene of a file once/,
    );
    const { entries } = await readManifest(folder.at('out', 'samples.csv'), [folder.path]);
    assert.deepEqual([entries[1].seg1, entries[1].base], [folder.at('seg2', 'd.tif'), 'seg1']);
  });

  it('replaces an earlier export and nothing else', async () => {
    const exclude = await record('a', { ...PLAIN, exclude: DECISION.exclude });
    await exportReview([exclude], { folder: out(), seed: 1 });
    assert.deepEqual(await readdir(folder.at('out', 'masks')), ['excluding_mask_a.npy']);
    await exportReview([await record('a', PLAIN)], { folder: out(), seed: 1 });
    assert.deepEqual(await readdir(out()), ['samples.csv', 'split.json']);
    await rm(folder.at('out', 'split.json'));
    await assert.rejects(exportReview([exclude], { folder: out(), seed: 1 }), { code: 'exists' });
    const none = exportReview([await record('b', { ...PLAIN, state: 'rejected' })], {
      folder: folder.at('x'),
      seed: 1,
    });
    await assert.rejects(none, { code: 'not-found', message: /no used sample to export/ });
    assert.deepEqual((await readdir(folder.path)).sort(), ['out', 'raw', 'seg1', 'seg2']);
  });
});
