import assert from 'node:assert/strict';
import { symlink } from 'node:fs/promises';
import { listSamples } from '../../src/samples/listing/list-samples';
import { readManifest } from '../../src/samples/manifest';
import { parseManifest } from '../../src/samples/manifest-table';
import type { SampleEntry } from '../../src/samples/request';
import { requestOf, type TemporaryFolder, temporaryFolder } from './temporary-files';

describe('readManifest', () => {
  let folder: TemporaryFolder;
  beforeEach(async () => {
    folder = await temporaryFolder();
    await folder.touch('raw/a.ome.tif', 'raw/b.tif', 'seg/a.tif', 'seg/b.tif', 'seg2/a.tif', 'masks/m.npy');
  });
  afterEach(() => folder.remove());

  const read = async (text: string) => readManifest(await folder.write('manifest.csv', text), [folder.path]);
  const refused = (text: string, message: RegExp, code = 'invalid-input') =>
    assert.rejects(read(text), { code, message });

  it("reads Segmenter ML's columns, with paths from the CSV's folder or absolute", async () => {
    const { entries, problems } = await read(
      ',raw,seg1,seg2,merge_mask,exclude_mask,base_image\n' +
        '0,raw/a.ome.tif,seg/a.tif,seg2/a.tif,masks/m.npy,,seg2\n' +
        `1,${folder.at('raw', 'b.tif')},seg/b.tif,,,masks/m.npy,seg1\n`,
    );
    assert.deepEqual(entries, [
      {
        id: 'raw/a',
        scene: null,
        raw: folder.at('raw', 'a.ome.tif'),
        seg1: folder.at('seg', 'a.tif'),
        seg2: folder.at('seg2', 'a.tif'),
        mergeMask: folder.at('masks', 'm.npy'),
        base: 'seg2',
      },
      {
        id: 'raw/b',
        scene: null,
        raw: folder.at('raw', 'b.tif'),
        seg1: folder.at('seg', 'b.tif'),
        excludeMask: folder.at('masks', 'm.npy'),
        base: 'seg1',
      },
    ]);
    assert.deepEqual(problems, []);
  });

  it('reads the split, tells of other columns, and bears what spreadsheets do', async () => {
    const { entries, problems } = await read(
      '\uFEFFraw;split;"note; mine"\r\n"raw/a.ome.tif";train;x\r\n\r\nraw/b.tif; test ;\r\n',
    );
    assert.deepEqual(
      entries.map(({ id, split }) => [id, split]),
      [
        ['raw/a', 'train'],
        ['raw/b', 'test'],
      ],
    );
    assert.deepEqual(problems, [`${folder.at('manifest.csv')}: columns ignored: note; mine`]);
  });

  it('reads what is foreground, of each row', async () => {
    const { entries } = await read(
      'raw,seg1,foreground,seg2_foreground\nraw/a.ome.tif,seg/a.tif,"1, 3",\nraw/b.tif,seg/b.tif,,> 0\n',
    );
    assert.deepEqual(
      entries.map(({ foreground }) => foreground),
      [
        { seg1: { kind: 'values', values: [1, 3] }, seg2: { kind: 'values', values: [1, 3] } },
        { seg2: { kind: 'above', value: 0 } },
      ],
    );
    await refused(
      'raw,seg1,foreground\nraw/a.ome.tif,seg/a.tif,cells\n',
      /line 2: foreground: expected "non-zero".*got "cells"/,
    );
  });

  it('reads what is unknown, of each row, and refuses what is foreground too', async () => {
    const { entries } = await read(
      'raw,seg1,foreground,unknown,seg2_unknown\nraw/a.ome.tif,seg/a.tif,2,0,none\nraw/b.tif,seg/b.tif,,none,\n',
    );
    assert.deepEqual(
      entries.map(({ unknown }) => unknown),
      [
        { seg1: { kind: 'values', values: [0] }, seg2: null },
        { seg1: null, seg2: null },
      ],
    );
    await refused(
      'raw,seg1,foreground,unknown\nraw/a.ome.tif,seg/a.tif,"1, 2","0, 2"\n',
      /line 2: unknown: expected values that are not foreground \(foreground\), got "2"/,
    );
  });

  it('says that an empty file has no columns', async () => {
    await refused('', /manifest\.csv: the column "raw" is missing; .*, found nothing$/);
  });

  it('reads what the pages of files are, of each row', async () => {
    const { entries } = await read('raw,pages\nraw/a.ome.tif,c\nraw/b.tif,\n');
    assert.deepEqual(
      entries.map(({ pages }) => pages),
      ['c', undefined],
    );
    await refused('raw,pages\nraw/a.ome.tif,y\n', /line 2: pages: expected z, c or t, got "y"/);
  });

  it('counts ids from the common folder of images that lie elsewhere', async () => {
    await folder.touch('x/raw/p1/a.tif', 'x/raw/p2/a.tif');
    const text = 'raw\n../x/raw/p1/a.tif\n../x/raw/p2/a.tif\n';
    const manifest = await folder.write('lists/manifest.csv', text);
    const { entries } = await readManifest(manifest, [folder.path]);
    assert.deepEqual(
      entries.map(({ id }) => id),
      ['p1/a', 'p2/a'],
    );
  });

  it('names the line of everything that does not fit, all at once', async () => {
    const text =
      'raw,seg1,seg2,merge_mask,exclude_mask,base_image,split\n' +
      ',seg/a.tif,,,,,\n' +
      'raw/no.tif,,,,masks/no.npy,,\n' +
      'raw/a.ome.tif,seg/a.tif,,masks/m.npy,,seg2,\n' +
      'raw/b.tif,seg/b.tif,,,,raw,validation\n';
    await assert.rejects(read(text), (error: Error & { details?: { faults?: string[] } }) => {
      assert.match(error.message, /manifest\.csv: 8 faults: line 2: raw is empty/);
      assert.deepEqual(error.details?.faults, [
        'line 2: raw is empty',
        'line 3: seg1 is empty, other rows have one',
        `line 3: raw: no such file ${folder.at('raw', 'no.tif')}`,
        `line 3: exclude_mask: no such file ${folder.at('masks', 'no.npy')}`,
        'line 4: base_image is seg2, but seg2 is empty',
        'line 4: merge_mask needs seg2, which is empty',
        'line 5: base_image: expected seg1 or seg2, got "raw"',
        'line 5: split: expected train, val or test, got "validation"',
      ]);
      return true;
    });
  });

  it('a row that does not fit stops no other', async () => {
    const { entries } = await read(
      'raw,seg1,split\nraw/b.tif,seg/b.tif,val\nraw/no.tif,seg/a.tif,\nraw/a.ome.tif,,\nraw/a.ome.tif\n,seg/a.tif,\n',
    );
    const told = entries.map(({ id, error }) => [id, error?.code, error?.message.replaceAll(folder.path, '')]);
    assert.deepEqual(told, [
      ['raw/b', undefined, undefined],
      ['raw/no', 'not-found', '/manifest.csv, line 3: raw: no such file /raw/no.tif'],
      ['raw/a', 'invalid-input', '/manifest.csv, line 4: seg1 is empty, other rows have one'],
      [
        'raw/a',
        'invalid-input',
        '/manifest.csv, line 5: 1 cells, expected 3 as the header has, line 5: seg1 is empty, other rows have one',
      ],
      ['line 6', 'invalid-input', '/manifest.csv, line 6: raw is empty'],
    ]);
  });

  it('an image that appears twice is told of once, the others go on', async () => {
    const { entries } = await read('raw\nraw/b.tif\nraw/a.ome.tif\nraw/b.tif\n');
    assert.deepEqual(
      entries.map(({ id, error }) => [id, error === undefined]),
      [
        ['raw/b', false],
        ['raw/a', true],
      ],
    );
    assert.match(entries[0].error?.message ?? '', /line 2: raw has the same id "raw\/b" as in line 4; .*column scene/);
  });

  it('several rows are of one image where each says its scene, by a column or the names of its files', async () => {
    await folder.touch('slide.czi', 'slide_s0_mask.tif', 'slide_s1_mask.tif', 'x.tif', 'y.tif');
    const named = await read('raw,seg1\nslide.czi,slide_s0_mask.tif\nslide.czi,slide_s1_mask.tif\n');
    const told = (entries: SampleEntry[]) => entries.map(({ id, scene, error }) => [id, scene, error?.message]);
    assert.deepEqual(told(named.entries), [
      ['slide', 0, undefined],
      ['slide', 1, undefined],
    ]);
    assert.deepEqual(named.entries[1].ofScenes, [{ scene: 1, seg1: folder.at('slide_s1_mask.tif') }]);
    const column = await read('raw,seg1,scene\nslide.czi,x.tif,1\nslide.czi,y.tif,0\n');
    assert.deepEqual(told(column.entries), [
      ['slide', 1, undefined],
      ['slide', 0, undefined],
    ]);
    assert.deepEqual(column.problems, []);
    const { entries } = await read(
      'raw,seg1,scene\nslide.czi,x.tif,1\nslide.czi,y.tif,1\nraw/b.tif,seg/b.tif,\nraw/a.ome.tif,seg/a.tif,P1\n',
    );
    assert.deepEqual(
      told(entries).map(([id, , message]) => [id, message?.toString().replace(/.*csv, /, '')]),
      [
        ['slide', 'line 2: scene 1 of "slide" is the same as in line 3'],
        ['raw/b', undefined],
        ['raw/a', 'line 5: scene: expected a number from 0, got "P1"'],
      ],
    );
  });

  it('finds names that are composed differently, and takes what Windows writes', async () => {
    const [nfc, nfd] = ['NFC', 'NFD'].map((form) => 'Grün.tif'.normalize(form));
    await folder.touch(`x/${nfd}`, `y/${nfc}`);
    const text = `raw;seg1\r\n"x\\${nfc}";y\\${nfd}\r\n`;
    for (const bytes of [Buffer.from(`\ufeff${text}`), Buffer.from(`\ufeff${text}`, 'utf16le')]) {
      const manifest = await folder.write('manifest.csv', bytes);
      const { entries } = await readManifest(manifest, [folder.path]);
      assert.deepEqual(entries, [{ id: 'x/Grün', scene: null, raw: folder.at('x', nfd), seg1: folder.at('y', nfc) }]);
    }
    const manifest = await folder.write('latin.csv', Buffer.from('raw\nx/Gr\u00fcn.tif\n', 'latin1'));
    assert.equal((await readManifest(manifest, [folder.path])).entries[0].raw, folder.at('x', nfd));
  });

  it("ids are the same whatever a table writes before a name, with Windows' separators too", async () => {
    const { entries } = await read('raw,seg1\n.\\raw\\a.ome.tif,seg/a.tif\nraw\\..\\raw\\b.tif,seg/b.tif\n');
    assert.deepEqual(
      entries.map(({ id, error }) => [id, error]),
      [
        ['raw/a', undefined],
        ['raw/b', undefined],
      ],
    );
  });

  it('an image that stands for its own segmentation, in the same channel, is told of', async () => {
    const manifest = await folder.write('manifest.csv', 'raw,seg1\nraw/a.ome.tif,raw/a.ome.tif\nraw/b.tif,seg/b.tif\n');
    const list = (seg1Channel: number) =>
      listSamples(requestOf({ manifest, rawChannel: 0, seg1Channel }), [folder.path]);
    const errors = ({ entries }: { entries: SampleEntry[] }) => entries.map(({ error }) => error?.message ?? '');
    const [own, other] = errors(await list(0));
    assert.match(own, /seg1 is the same image as raw .*channel 0/);
    assert.equal(other, '');
    assert.deepEqual(errors(await list(1)), ['', '']);
  });

  it('refuses tables without raw, without rows, with ragged rows or twice the same column', async () => {
    await refused('image,seg1\na,b\n', /the column "raw" is missing; expected columns raw, .* found "image", "seg1"/);
    await refused('', /the column "raw" is missing/);
    await refused('raw,seg1\n', /no rows below the header/, 'not-found');
    await refused('raw,seg1\nraw/a.ome.tif\n', /manifest\.csv: .*line 2: 1 cells, expected 2/i);
    await refused('raw,raw\na,b\n', /two columns are named "raw"/);
    await refused('raw\n"raw/a.ome.tif\n', /manifest\.csv: .*quote/i, 'corrupt-file');
  });

  it('refuses files outside the roots, naming the line', async () => {
    await folder.touch('in/a.tif', 'out/b.tif');
    const manifest = await folder.write('in/manifest.csv', 'raw\na.tif\n../out/b.tif\n');
    const [good, bad] = (await readManifest(manifest, [folder.at('in')])).entries;
    assert.deepEqual([good.id, good.error, bad.id, bad.error?.code], ['a', undefined, '../out/b', 'not-allowed']);
    assert.match(bad.error?.message ?? '', /in\/manifest\.csv, line 3: raw: .*outside the allowed folders/);
    if (process.platform === 'win32') return;
    await symlink(folder.at('out', 'b.tif'), folder.at('in', 'link.tif'));
    const linked = await folder.write('in/linked.csv', 'raw\nlink.tif\n');
    await assert.rejects(readManifest(linked, [folder.at('in')]), { code: 'not-allowed' });
    const { entries } = await readManifest(linked, [folder.path]);
    assert.deepEqual(entries, [{ id: 'link', scene: null, raw: folder.at('out', 'b.tif') }]);
  });

  it('a path that is none is told of with its line', async () => {
    const manifest = await folder.write('manifest.csv', 'raw\na\0.tif\n');
    const expected = { code: 'invalid-input', message: /manifest\.csv: 1 fault: line 2: raw: path: expected the path/ };
    await assert.rejects(readManifest(manifest, [folder.path]), expected);
  });

  it('is what listSamples reads for a manifest, with the scene of the request', async () => {
    const manifest = await folder.write('manifest.csv', 'raw\nraw/b.tif\n');
    const { entries } = await listSamples(requestOf({ manifest, scene: 1 }), [folder.path]);
    assert.deepEqual(entries, [{ id: 'raw/b', scene: 1, raw: folder.at('raw', 'b.tif') }]);
  });
});

describe('parseManifest', () => {
  it('counts lines as an editor does, over quoted line breaks and empty lines', () => {
    const { rows } = parseManifest('raw,note\n\na,"two\nlines"\nb,x\n', 'm.csv');
    assert.deepEqual(
      rows.map(({ fields }) => fields),
      [{ raw: 'a' }, { raw: 'b' }],
    );
    assert.equal(rows[1].line, 5);
  });
});
