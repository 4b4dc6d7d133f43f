import assert from 'node:assert/strict';
import { validate } from '../../src/base/schema';
import { readAll } from '../../src/formats';
import { createImageWriter } from '../../src/formats/image-writer';
import { ImageDescriptionSchema } from '../../src/image/description';
import { count, type Shape5 } from '../../src/image/region';
import { listSamples } from '../../src/samples/listing/list-samples';
import type { SampleEntry, SampleRequest } from '../../src/samples/request';
import { SampleSchema } from '../../src/samples/sample';
import { toUri } from '../../src/storage/paths';
import { numpyFile } from '../formats/numpy/numpy-files';
import { buildTiff, planePage } from '../formats/tiff/tiff-builder';
import { openAll, requestOf, type TemporaryFolder, temporaryFolder } from './temporary-files';

describe('openSample', () => {
  let folder: TemporaryFolder;
  beforeEach(async () => {
    folder = await temporaryFolder();
  });
  afterEach(() => folder.remove());

  async function image(name: string, shape: Shape5): Promise<string> {
    const channels = Array.from({ length: shape[1] }, (_, index) => ({ index, name: `channel ${index}` }));
    const info = { shape, dtype: 'uint8' as const, channels, pixelSize: { z: 0.5, y: 0.1, x: 0.1 } };
    const writer = await createImageWriter(folder.at(name), info, 'ome-tiff', { existing: 'replace' });
    await writer.write(new Uint8Array(count(shape)));
    await writer.finish();
    return folder.at(name);
  }

  const open = (entry: Partial<SampleEntry>, request: Partial<SampleRequest> = {}) =>
    openAll({ id: 'a', raw: '', scene: null, ...entry }, requestOf(request), [folder.path]);
  const refused = (entry: Partial<SampleEntry>, message: RegExp, request: Partial<SampleRequest> = {}) =>
    assert.rejects(open(entry, request), { code: 'invalid-input', message });

  it('a segmentation of one time point belongs to the one that was chosen', async () => {
    const [raw, seg1] = [await image('t.ome.tif', [3, 1, 1, 20, 30]), await image('one.ome.tif', [1, 1, 1, 20, 30])];
    const [sample] = await open({ raw, seg1 }, { time: [2] });
    assert.deepEqual([sample.raw.select?.t, sample.seg1?.select?.t], [[2], undefined]);
    await refused({ raw, seg1 }, /time: expected time points from 0 to 0 of .*one\.ome\.tif, got 2/, { time: [2, 0] });
    await refused({ raw: seg1 }, /time: expected time points from 0 to 0/, { time: [2] });
  });

  it('of several channels of a segmentation the first is taken where nobody chose, and that is said', async () => {
    const [raw, seg1] = [await image('raw.ome.tif', [1, 1, 1, 20, 30]), await image('two.ome.tif', [1, 2, 1, 20, 30])];
    const notes = async (request: Partial<SampleRequest>) => (await open({ raw, seg1 }, request))[0].seg1?.notes;
    const first = ['has 2 channels (channel 0, channel 1), of which the first is taken'];
    assert.deepEqual(await notes({ seg1Channel: 0 }), first);
    assert.deepEqual(await notes({ seg1Channel: 0, foreground: { seg1: { kind: 'non-zero' } } }), first);
    assert.equal(await notes({ seg1Channel: 1 }), undefined);
  });

  it('describes images and reads polygons, from a listing to a valid sample', async () => {
    await image('raw/p/a.ome.tif', [1, 2, 3, 20, 30]);
    await image('seg/p/a_seg.ome.tif', [1, 1, 3, 20, 30]);
    await image('merge/p/a.ome.tif', [1, 1, 1, 20, 30]);
    await folder.write('exclude/p/a.npy', numpyFile('object'));
    const request = requestOf({
      raw: folder.at('raw'),
      seg1: folder.at('seg'),
      mergeMask: folder.at('merge'),
      excludeMask: folder.at('exclude'),
      rawChannel: 'channel 1',
    });
    const { entries } = await listSamples(request, [folder.path]);
    const [sample, ...others] = await openAll({ ...entries[0], split: 'val' }, request, [folder.path]);
    assert.equal(others.length, 0);
    assert.equal(sample.id, 'p/a');
    assert.equal(sample.raw.uri, toUri(folder.at('raw', 'p', 'a.ome.tif')));
    assert.deepEqual(sample.raw.shape, [1, 1, 3, 20, 30]);
    assert.deepEqual(sample.raw.select, { c: [1] });
    assert.deepEqual(sample.seg1?.shape, [1, 1, 3, 20, 30]);
    assert.deepEqual((sample.mergeMask as { shape: number[] }).shape, [1, 1, 1, 20, 30]);
    assert.equal((sample.excludeMask as { polygons: unknown[] }).polygons.length, 2);
    assert.equal(sample.split, 'val');
    assert.deepEqual(validate(SampleSchema, JSON.parse(JSON.stringify(sample)), 'sample'), sample);
  });

  it('takes the pages of plain TIFF files as it is told, for each way in and every job that follows', async () => {
    const plain = (count: number) =>
      buildTiff(Array.from({ length: count }, (_, i) => planePage(new Uint8Array(6).fill(i), 2, 3)));
    await folder.write('raw/a.tif', plain(4));
    await folder.write('seg/a.tif', plain(4));
    await folder.write('m.csv', 'raw,seg1\nraw/a.tif,seg/a.tif\n');
    await folder.write('column.csv', 'raw,seg1,pages\nraw/a.tif,seg/a.tif,t\n');
    const sources: Array<Partial<SampleRequest>> = [
      { raw: folder.at('raw'), seg1: folder.at('seg') },
      { raw: folder.at('raw/*.tif'), seg1: folder.at('seg/*.tif') },
      { raw: folder.at('raw/a.tif'), seg1: folder.at('seg/a.tif') },
      { manifest: folder.at('m.csv') },
      { manifest: folder.at('column.csv'), pages: 'c' },
      { manifest: folder.at('column.csv'), pages: undefined },
    ];
    for (const source of sources) {
      const request = requestOf({ rawChannel: null, pages: 't', ...source });
      const { entries } = await listSamples(request, [folder.path]);
      const [{ raw, seg1 }] = await openAll(entries[0], request, [folder.path]);
      assert.deepEqual(
        [raw.shape, seg1?.shape, raw.pages, raw.notes],
        [[4, 1, 1, 2, 3], [4, 1, 1, 2, 3], 't', undefined],
      );
      const { data } = await readAll(validate(ImageDescriptionSchema, JSON.parse(JSON.stringify(raw)), 'raw'));
      assert.deepEqual(
        [...data].filter((_, i) => i % 6 === 0),
        [0, 1, 2, 3],
      );
    }
    const [{ raw }] = await open({ raw: folder.at('raw/a.tif') }, { rawChannel: null });
    assert.deepEqual(raw.shape, [1, 1, 4, 2, 3]);
    assert.match(String(raw.notes), /4 pages are taken for z planes/);
  });

  it('leaves very many polygons in their file', async () => {
    const raw = await image('a.ome.tif', [1, 1, 1, 20, 30]);
    const polygons = Array.from({ length: 4000 }, (_, i) => [
      [i, 0],
      [i, 1],
      [i + 1, 1],
      [i + 1, 0],
    ]);
    const mergeMask = await folder.write('many.json', JSON.stringify(polygons));
    const excludeMask = await folder.write('some.json', JSON.stringify(polygons.slice(0, 3000)));
    const [sample] = await open({ raw, mergeMask, excludeMask });
    assert.equal(sample.mergeMask, mergeMask);
    assert.equal((sample.excludeMask as { polygons: unknown[] }).polygons.length, 3000);
  });

  it('takes the chosen time points of every image; a mask of one goes through all', async () => {
    const raw = await image('a.ome.tif', [4, 1, 1, 20, 30]);
    const mask = await image('m.ome.tif', [1, 1, 1, 20, 30]);
    const [sample] = await open({ raw, seg1: raw, excludeMask: mask }, { time: [3, 1] });
    assert.deepEqual([sample.raw.shape[0], sample.seg1?.shape[0]], [2, 2]);
    assert.deepEqual(sample.raw.select?.t, [3, 1]);
    await refused({ raw }, /time: expected time points from 0 to 3/, { time: [4] });
    await refused({ raw, seg1: mask }, /seg1 .*m\.ome\.tif.*got \[1,1,1,20,30\]/);
  });

  it('names both shapes where a segmentation or mask does not fit', async () => {
    const raw = await image('a.ome.tif', [1, 1, 3, 20, 30]);
    const flat = await image('flat.ome.tif', [1, 1, 1, 20, 30]);
    const wide = await image('wide.ome.tif', [1, 1, 3, 20, 31]);
    await refused(
      { raw, seg1: flat },
      /seg1 .*flat\.ome\.tif .*as raw .*a\.ome\.tif of shape 1, 1, 3, 20, 30, got \[1,1,1,20,30\]/,
    );
    await refused({ raw, seg2: wide }, /seg2 .*wide\.ome\.tif/);
    await refused(
      { raw, excludeMask: wide },
      /excludeMask .*wide\.ome\.tif .*to fit raw image of a of shape 1, 1, 3, 20, 30/,
    );
  });

  it('wants one channel of a segmentation, and a channel that exists', async () => {
    const raw = await image('a.ome.tif', [1, 2, 1, 20, 30]);
    const [sample] = await open({ raw, seg1: raw }, { rawChannel: null, seg1Channel: 1 });
    assert.deepEqual([sample.raw.shape[1], sample.seg1?.channels], [2, [{ index: 1, name: 'channel 1' }]]);
    await refused({ raw, seg1: raw }, /seg1Channel: expected one channel of .*got \["0 channel 0","1 channel 1"\]/, {
      seg1Channel: null,
    });
    await refused(
      { raw },
      /channel: expected a channel of .*a\.ome\.tif \(0 "channel 0", 1 "channel 1"\), got "DAPI"/,
      {
        rawChannel: 'DAPI',
      },
    );
  });

  it('makes a sample of each scene, or of the one that is asked for', async () => {
    const raw = await folder.write('two.tif', tiffOfPages([4, 5]));
    const seg1 = await folder.write('seg.tif', tiffOfPages([4, 5]));
    const both = await open({ raw, seg1 });
    assert.deepEqual(
      both.map(({ id, raw: { scene, shape }, seg1: seg }) => [id, scene, shape[4], seg?.shape[4]]),
      [
        ['a_s0', 0, 4, 4],
        ['a_s1', 1, 5, 5],
      ],
    );
    assert.deepEqual(
      (await open({ raw, scene: 1 })).map(({ id }) => id),
      ['a_s1'],
    );
    const three = await folder.write('three.tif', tiffOfPages([4, 5, 6]));
    await refused({ raw, seg1: three }, /scenes of .*three\.tif: expected 1, or 2 as .*two\.tif has, got 3/);
  });

  it('refuses a scene the file does not have', async () => {
    const raw = await image('a.ome.tif', [1, 1, 1, 20, 30]);
    await assert.rejects(open({ raw, scene: 3 }), /scene/);
  });

  it('names missing, corrupt and forbidden files', async () => {
    await assert.rejects(open({ raw: folder.at('no.tif') }), { code: 'not-found', message: /no\.tif/ });
    const corrupt = await folder.write('bad.tif', 'no tiff at all');
    await assert.rejects(open({ raw: corrupt }), { code: 'corrupt-file', message: /bad\.tif/ });
    const raw = await image('a.ome.tif', [1, 1, 1, 20, 30]);
    const mask = await folder.write('evil.npy', numpyFile('osSystem'));
    await assert.rejects(open({ raw, mergeMask: mask }), { code: 'unsupported', message: /evil\.npy/ });
    const entry = { id: 'a', raw, scene: null };
    await assert.rejects(openAll(entry, requestOf({}), [folder.at('elsewhere')]), { code: 'not-allowed' });
  });
});

/** An uncompressed grey TIFF, one page of 2 rows for each width; pages of different width are scenes. */
function tiffOfPages(widths: number[]): Buffer {
  const ENTRIES = 6;
  const size = 2 + ENTRIES * 12 + 4;
  const pixels = 64;
  const file = Buffer.alloc(8 + widths.length * (size + pixels));
  file.write('II*\0', 'latin1');
  file.writeUInt32LE(8, 4);
  for (const [page, width] of widths.entries()) {
    const at = 8 + page * (size + pixels);
    const tags = [
      [256, width],
      [257, 2],
      [258, 8],
      [262, 1],
      [273, at + size],
      [279, width * 2],
    ];
    file.writeUInt16LE(tags.length, at);
    for (const [i, [tag, value]] of tags.entries()) {
      const entry = at + 2 + i * 12;
      file.writeUInt16LE(tag, entry);
      file.writeUInt16LE(4, entry + 2);
      file.writeUInt32LE(1, entry + 4);
      file.writeUInt32LE(value, entry + 8);
    }
    if (page + 1 < widths.length) file.writeUInt32LE(at + size + pixels, at + size - 4);
  }
  return file;
}
