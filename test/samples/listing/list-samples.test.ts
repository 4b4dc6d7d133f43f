import assert from 'node:assert/strict';
import { symlink } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { describePairing, listSamples } from '../../../src/samples/listing/list-samples';
import type { SampleRequest } from '../../../src/samples/request';
import { requestOf, type TemporaryFolder, temporaryFolder } from '../temporary-files';

describe('listSamples', () => {
  let folder: TemporaryFolder;
  beforeEach(async () => {
    folder = await temporaryFolder();
  });
  afterEach(() => folder.remove());

  const list = (given: Partial<SampleRequest>) => listSamples(requestOf(given), [folder.path]);
  const ids = async (given: Partial<SampleRequest>) => (await list(given)).entries.map(({ id }) => id);
  const refused = (given: Partial<SampleRequest>, message: RegExp, code = 'invalid-input') =>
    assert.rejects(list(given), { code, message });

  describe('where raw images are', () => {
    it('takes one file, whatever its name', async () => {
      await folder.touch('a.ome.tif', 'odd');
      assert.deepEqual((await list({ raw: folder.at('a.ome.tif') })).entries, [
        { id: 'a', scene: null, raw: folder.at('a.ome.tif') },
      ]);
      assert.deepEqual(await ids({ raw: folder.at('odd') }), ['odd']);
    });

    it('takes a folder with its subfolders, in the order of names with their numbers', async () => {
      await folder.touch('img10.tif', 'img9.png', 'p 1/b.OME.TIFF', 'p 1/deep/c.jpg', 'image.ome.zarr/.zattrs');
      assert.deepEqual(await ids({ raw: folder.path }), ['image', 'img9', 'img10', 'p 1/b', 'p 1/deep/c']);
    });

    it('takes a Zarr image as one file, wherever it is met, and a group in it', async () => {
      await folder.touch(
        'p/a.zarr/.zgroup',
        'p/a.zarr/0/c.png',
        'p/b.ome.zarr/zarr.json',
        'p/b.ome.zarr/A/1/0/zarr.json',
      );
      await folder.touch('p/c.zarr.partial-00ff/zarr.json', 'plain/.zgroup', 'plain/0/.zarray');
      assert.deepEqual(await ids({ raw: folder.at('p') }), ['a', 'b']);
      assert.deepEqual(await ids({ raw: folder.at('**', '*') }), ['p/a', 'p/b', 'plain']);
      assert.deepEqual(await ids({ raw: folder.path }), ['p/a', 'p/b', 'plain']);
      assert.deepEqual(await ids({ raw: folder.at('p', '*.zarr') }), ['a', 'b']);
      assert.deepEqual(await ids({ raw: folder.at('p', 'a.zarr') }), ['a']);
      const field = folder.at('p', 'b.ome.zarr', 'A', '1', '0');
      assert.deepEqual((await list({ raw: field })).entries, [{ id: 'b/A/1/0', scene: null, raw: field }]);
      assert.deepEqual(await ids({ raw: folder.at('plain') }), ['plain']);
    });

    it('takes an address on an allowed server', async () => {
      const raw = 'https://data.lab.example/x/plate%201.ome.zarr/A/1/0';
      const request = requestOf({ raw });
      const { entries } = await listSamples(request, [folder.path, 'https://data.lab.example/x']);
      assert.deepEqual(entries, [{ id: 'plate 1/A/1/0', scene: null, raw }]);
      await refused({ raw }, /lies on no allowed server \(none\)/, 'not-allowed');
    });

    it('passes over hidden, unfinished and other files, and tells of images it does not read', async () => {
      await folder.touch('a.tif', '.b.tif', '.git/c.tif', 'd.tif.partial-00ff', 'e.tif.partial', 'notes.txt', 'f.nd2');
      const { entries, problems } = await list({ raw: folder.path });
      assert.deepEqual(
        entries.map(({ id }) => id),
        ['a'],
      );
      assert.deepEqual(problems, ['raw: passed over, format not read: f.nd2']);
    });

    it('takes a glob, its id counting from the folder before the first sign', async () => {
      await folder.touch('exp [1] (x)/p1/raw/a.tif', 'exp [1] (x)/p2/raw/a.tif', 'exp [1] (x)/p1/seg/a.tif');
      await folder.touch('exp [1] (x)/p1/raw/.hidden.tif', 'exp [1] (x)/p1/raw/notes.txt');
      assert.deepEqual(await ids({ raw: folder.at('exp [1] (x)', '*', 'raw', '*') }), ['p1/raw/a', 'p2/raw/a']);
    });

    it('takes an upload under the name it came with', async () => {
      await folder.touch('upload_1.bin');
      const raw = { bytesFile: folder.at('upload_1.bin'), filename: 'C:\\scope\\A02.ome.tif' };
      assert.deepEqual((await list({ raw })).entries, [{ id: 'A02', scene: null, raw: folder.at('upload_1.bin') }]);
      assert.deepEqual(await ids({ raw: { bytesFile: folder.at('upload_1.bin') } }), ['upload_1.bin']);
    });

    it('counts ids from a folder above where one is given, so that files of one name are told apart', async () => {
      await folder.touch('in/plateA/pos0.tif', 'in/plateB/pos0.tif', 'in/top.tif', 'elsewhere/pos0.tif');
      await folder.touch('in/plateA/well.zarr/.zgroup', 'in/plateA/well.zarr/A/1/0/.zgroup');
      await folder.write('in/plateB/m.csv', 'raw\npos0.tif\n');
      const idsFrom = folder.at('in');
      const below = (...parts: string[]) => ids({ raw: folder.at('in', ...parts), idsFrom });
      assert.deepEqual(await below('plateA', 'pos0.tif'), ['plateA/pos0']);
      assert.deepEqual(await below('plateB', 'pos0.tif'), ['plateB/pos0']);
      assert.deepEqual(await below('top.tif'), ['top']);
      assert.deepEqual(await below(), ['plateA/pos0', 'plateA/well', 'plateB/pos0', 'top']);
      assert.deepEqual(await below('plateB'), ['plateB/pos0']);
      assert.deepEqual(await below('plate?', 'p*.tif'), ['plateA/pos0', 'plateB/pos0']);
      assert.deepEqual(await below('plateA', 'well.zarr', 'A', '1', '0'), ['plateA/well/A/1/0']);
      assert.deepEqual(await ids({ manifest: folder.at('in/plateB/m.csv'), idsFrom }), ['plateB/pos0']);
      assert.deepEqual(await ids({ raw: folder.at('elsewhere/pos0.tif'), idsFrom }), ['pos0']);
      assert.deepEqual(await ids({ raw: folder.at('elsewhere/pos0.tif'), idsFrom: folder.at('else') }), ['pos0']);
      const upload = { bytesFile: folder.at('in/plateA/pos0.tif'), filename: 'sent.tif' };
      assert.deepEqual(await ids({ raw: upload, idsFrom }), ['sent']);
      await refused({ raw: folder.at('in/top.tif'), idsFrom: '/etc' }, /etc/, 'not-allowed');
    });

    it('counts ids from a watched folder that is a link, and pairs as ever', async function () {
      if (process.platform === 'win32') this.skip();
      await folder.touch('disk/plateA/pos0.tif', 'seg/pos0_seg.tif');
      await symlink(folder.at('disk'), folder.at('watched'));
      for (const [at, from] of [
        ['watched', 'watched'],
        ['watched', 'disk'],
        ['disk', 'watched'],
      ]) {
        const raw = folder.at(at, 'plateA', 'pos0.tif');
        const [entry] = (await list({ raw, seg1: folder.at('seg'), idsFrom: folder.at(from) })).entries;
        assert.deepEqual([entry.id, entry.seg1], ['plateA/pos0', folder.at('seg', 'pos0_seg.tif')]);
      }
    });

    it('gives the scene on', async () => {
      await folder.touch('a.tif');
      assert.equal((await list({ raw: folder.path, scene: 2 })).entries[0].scene, 2);
    });

    it('names what is not there, and folders without images', async () => {
      await folder.touch('notes/a.txt', 'other/a.lif');
      await refused({ raw: folder.at('no.tif') }, /no\.tif: no such file/, 'not-found');
      await refused({ raw: folder.at('*.tif') }, /raw: no images found in .*\*\.tif/, 'not-found');
      await refused({ raw: folder.at('notes') }, /raw: no images found in .*notes \(\.ome\.tiff/, 'not-found');
      await refused({ raw: folder.at('other') }, /formats that are not read: a\.lif/, 'not-found');
    });

    it('wants exactly one of raw and manifest', async () => {
      await refused({}, /raw and manifest: expected exactly one/);
      await refused({ raw: 'a', manifest: 'b' }, /raw and manifest: expected exactly one/);
    });

    it('refuses paths outside the roots, also through links and ..', async () => {
      await folder.touch('in/a.tif', 'out/b.tif');
      const inside = (given: Partial<SampleRequest>) => listSamples(requestOf(given), [folder.at('in')]);
      const code = 'not-allowed';
      await assert.rejects(inside({ raw: folder.at('out') }), { code });
      await assert.rejects(inside({ raw: `${folder.at('in')}${path.sep}..${path.sep}out` }), { code });
      await assert.rejects(inside({ raw: folder.at('out', '*.tif') }), { code });
      await assert.rejects(inside({ raw: path.join(os.homedir(), '*') }), { code });
      if (process.platform === 'win32') return;
      await symlink(folder.at('out', 'b.tif'), folder.at('in', 'link.tif'));
      await assert.rejects(inside({ raw: folder.at('in', 'link.tif') }), { code, message: /leads to .*b\.tif/ });
    });

    it('follows links inside the roots and ends in circles of them', async function () {
      if (process.platform === 'win32') this.skip();
      await folder.touch('store/a.tif', 'set/b.tif');
      await symlink(folder.at('store'), folder.at('set', 'linked'));
      await symlink(folder.at('set'), folder.at('set', 'again'));
      const { entries } = await list({ raw: folder.at('set') });
      assert.deepEqual(
        entries.map(({ id, raw }) => [id, raw]),
        [
          ['b', folder.at('set', 'b.tif')],
          ['linked/a', folder.at('store', 'a.tif')],
        ],
      );
    });
  });

  describe('pairing', () => {
    it('pairs folders by path and name, whatever the format', async () => {
      await folder.touch('raw/p/a.ome.tif', 'raw/b.tif', 'seg/p/a.png', 'seg/b.tif', 'mask/b.npy', 'mask2/p/a.geojson');
      const { entries, problems } = await list({
        raw: folder.at('raw'),
        seg1: folder.at('seg'),
        mergeMask: folder.at('mask'),
        excludeMask: folder.at('mask2'),
      });
      const [b, a] = entries;
      assert.deepEqual(b, {
        id: 'b',
        scene: null,
        raw: folder.at('raw', 'b.tif'),
        seg1: folder.at('seg', 'b.tif'),
        mergeMask: folder.at('mask', 'b.npy'),
      });
      assert.deepEqual([a.id, a.seg1, a.mergeMask], ['p/a', folder.at('seg', 'p', 'a.png'), undefined]);
      assert.equal(a.excludeMask, folder.at('mask2', 'p', 'a.geojson'));
      assert.deepEqual(problems, []);
    });

    it('strips one affix that pairs the names, and says so', async () => {
      await folder.touch('raw/a_raw.tif', 'raw/b_raw.tif', 'seg/a_seg.tif', 'seg/b_seg.tif');
      await folder.touch('masks/excluding_mask_b.ome.npy');
      const { entries, problems } = await list({
        raw: folder.at('raw'),
        seg1: folder.at('seg'),
        excludeMask: folder.at('masks'),
      });
      assert.deepEqual(
        entries.map(({ id, seg1, excludeMask }) => [id, seg1 && path.basename(seg1), excludeMask !== undefined]),
        [
          ['a', 'a_seg.tif', false],
          ['b', 'b_seg.tif', true],
        ],
      );
      assert.deepEqual(problems, [
        'raw: "_raw" stripped from file names to pair them',
        'seg1: "_seg" stripped from file names to pair them',
        'excludeMask: "excluding_mask_" stripped from file names to pair them',
      ]);
    });

    it('strips the suffixes that are given', async () => {
      await folder.touch('raw/a.w1.tif', 'seg/a.w2.tif');
      const given = { raw: folder.at('raw'), seg1: folder.at('seg'), suffixes: { raw: '.w1', seg1: '.w2' } };
      assert.deepEqual(await ids(given), ['a']);
    });

    it('lists every orphan on both sides', async () => {
      await folder.touch('raw/a.tif', 'raw/b.tif', 'raw/c.tif', 'seg/a_seg.tif', 'seg/b_seg.tif', 'seg/d_seg.tif');
      await folder.touch('mask/x.npy');
      const given = { raw: folder.at('raw'), seg1: folder.at('seg'), excludeMask: folder.at('mask') };
      await refused(given, /raw without seg1: c; seg1 without raw: d_seg; excludeMask without raw: x$/);
      await folder.touch(...Array.from({ length: 30 }, (_, i) => `many/r${i}.tif`));
      await refused({ raw: folder.at('many'), seg1: folder.at('seg') }, /raw without seg1: r0, .*r19 and 10 more/);
    });

    it('does not pair numbers that merely begin alike', async () => {
      await folder.touch('raw/img_1.tif', 'raw/img_2.tif', 'seg/img_10.tif', 'seg/img_2.tif');
      await refused(
        { raw: folder.at('raw'), seg1: folder.at('seg') },
        /raw without seg1: img_1; seg1 without raw: img_10/,
      );
    });

    it('pairs single files whatever their names', async () => {
      await folder.touch('x.tif', 'y.tif', 'z.npy');
      const given = { raw: folder.at('x.tif'), seg1: folder.at('y.tif'), excludeMask: folder.at('z.npy') };
      assert.deepEqual((await list(given)).entries, [
        { id: 'x', scene: null, raw: given.raw, seg1: given.seg1, excludeMask: given.excludeMask },
      ]);
    });

    it('looks for the files of a single raw image in folders, whatever else they hold', async () => {
      await folder.touch('in/a.tif', 'seg/p/a_seg.tif', 'seg/b_seg.tif', 'seg/b_seg.png', 'mask/b.npy');
      const [entry] = (
        await list({ raw: folder.at('in', 'a.tif'), seg1: folder.at('seg'), mergeMask: folder.at('mask') })
      ).entries;
      assert.equal(entry.seg1, folder.at('seg', 'p', 'a_seg.tif'));
      assert.equal(entry.mergeMask, undefined);
      await folder.touch('in/c.tif', 'seg/a_mask.tif');
      await refused({ raw: folder.at('in', 'c.tif'), seg1: folder.at('seg') }, /raw without seg1: c/);
      await refused({ raw: folder.at('in', 'a.tif'), seg1: folder.at('seg') }, /several files may belong to "a"/);
    });

    it('tells raw images and segmentations in one folder apart', async () => {
      await folder.touch('a.tif', 'b.tif', 'a_seg.tif', 'b_seg.tif', 'a.npy');
      const expected = [
        ['a', folder.at('a_seg.tif')],
        ['b', folder.at('b_seg.tif')],
      ];
      const pairs = async (given: Partial<SampleRequest>) =>
        (await list(given)).entries.map(({ id, seg1 }) => [id, seg1]);
      assert.deepEqual(await pairs({ raw: folder.path, seg1: folder.path, suffixes: { seg1: '_seg' } }), expected);
      assert.deepEqual(await pairs({ raw: folder.path, seg1: folder.at('*_seg.tif') }), expected);
      assert.deepEqual(await pairs({ raw: folder.at('b.tif'), seg1: folder.path }), expected.slice(1));
      const [a, b] = (await list({ raw: folder.at('?.tif'), excludeMask: folder.at('*.npy') })).entries;
      assert.deepEqual([a.excludeMask, b.excludeMask], [folder.at('a.npy'), undefined]);
      await folder.touch('sub/a.tif', 'sub/seg/a.tif');
      assert.deepEqual(await pairs({ raw: folder.at('sub'), seg1: folder.at('sub', 'seg') }), [
        ['a', folder.at('sub', 'seg', 'a.tif')],
      ]);
    });

    it('finds polygons beside the images', async () => {
      await folder.touch('a.tif', 'b.tif', 'a.npy');
      const { entries } = await list({ raw: folder.path, excludeMask: folder.path });
      assert.deepEqual(
        entries.map(({ excludeMask }) => excludeMask),
        [folder.at('a.npy'), undefined],
      );
    });

    it('takes raw and segmentation from channels of the same files, but not from the same channel', async () => {
      await folder.touch('a.tif', 'b.tif');
      const { entries } = await list({ raw: folder.path, seg1: folder.path, seg1Channel: 1 });
      assert.deepEqual(entries[1], { id: 'b', scene: null, raw: folder.at('b.tif'), seg1: folder.at('b.tif') });
      await refused({ raw: folder.path, seg1: folder.path }, /seg1 is the same image as raw .*channel 0/);
    });
  });

  describe('where few images have a segmentation yet', () => {
    const given = () => ({ raw: folder.at('raw'), seg1: folder.at('seg') });
    beforeEach(async () => {
      await folder.touch(...['a', 'b', 'c', 'd'].map((name) => `raw/${name}.tif`));
    });

    it('leaves out the others and counts them, if it is told to', async () => {
      await folder.touch('seg/b_seg.tif', 'seg/d_seg.tif');
      await refused(given(), /raw without seg1: a, c/);
      const { entries, problems } = await list({ ...given(), leaveOut: true });
      assert.deepEqual(
        entries.map(({ id, seg1 }) => [id, seg1]),
        [
          ['b', folder.at('seg', 'b_seg.tif')],
          ['d', folder.at('seg', 'd_seg.tif')],
        ],
      );
      assert.match(problems.join('; '), /2 of 4 images left out, which have no seg1: a, c/);
    });

    it('still refuses files that belong to no raw image, and leaves nothing out where all pair', async () => {
      await folder.touch('seg/b.tif', 'seg/x.tif');
      await refused({ ...given(), leaveOut: true }, /seg1 without raw: x/);
      await folder.touch('all/a.tif', 'all/b.tif', 'all/c.tif', 'all/d.tif');
      assert.deepEqual((await list({ ...given(), seg1: folder.at('all'), leaveOut: true })).problems, []);
    });

    it('takes a single image by its own', async () => {
      await folder.touch('seg/b.tif');
      const raw = folder.at('raw', 'a.tif');
      await refused({ ...given(), raw, leaveOut: true }, /raw without seg1: a/);
    });

    it('counts what pairs, and names what does not', async () => {
      await folder.touch('seg/b.tif', 'seg/x.tif', 'masks/c.npy');
      const request = requestOf({ ...given(), excludeMask: folder.at('masks') });
      assert.deepEqual(await describePairing(request, [folder.path]), {
        raw: 4,
        roles: [
          { role: 'seg1', files: 2, pairs: 1, rawWithout: ['a', 'c', 'd'], withoutRaw: ['x'] },
          { role: 'excludeMask', files: 1, pairs: 1, rawWithout: [], withoutRaw: [] },
        ],
      });
    });
  });
});
