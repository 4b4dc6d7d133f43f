import assert from 'node:assert/strict';
import { appendFile, mkdir, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { passOverAll } from '../../src/acquisition/pass-over';
import { buildCzi } from '../formats/czi/czi-builder';
import { buildTiff, planePage } from '../formats/tiff/tiff-builder';
import { writeGroup } from '../formats/zarr/hand-made';
import { type TemporaryFolder, temporaryFolder } from '../samples/temporary-files';
import { Watch } from './watch';

const TIFF = buildTiff([planePage(new Uint8Array(4).fill(7), 2, 2)]);
const LARGER = buildTiff([planePage(new Uint8Array(9).fill(7), 3, 3)]);
const CZI = buildCzi([{ pixelType: 0, width: 2, height: 2, payload: new Uint8Array(4) }], { metadata: '<METADATA />' });

describe('a look for complete acquisitions', () => {
  let folder: TemporaryFolder;
  let watch: Watch;
  const put = (name: string, bytes: Uint8Array) => folder.write(`in/${name}`, Buffer.from(bytes));
  beforeEach(async () => {
    folder = await temporaryFolder();
    await mkdir(folder.at('in'));
    watch = new Watch(folder);
  });
  afterEach(() => folder.remove());

  it('finds nothing in an empty folder, and fails where there is none', async () => {
    assert.deepEqual(await watch.told(), []);
    await rm(folder.at('in'), { recursive: true });
    await assert.rejects(watch.look(), { code: 'not-found' });
  });

  it('tells each image once, in any subfolder, and leaves out what is none', async () => {
    await put('b/2.tif', TIFF);
    await put('b/10.tif', TIFF);
    await put('a.czi', CZI);
    await put('notes.txt', TIFF);
    await put('.hidden.tif', TIFF);
    await put('c.tif.partial', TIFF);
    assert.deepEqual(await watch.told(), ['a.czi', 'b/2.tif', 'b/10.tif']);
    assert.deepEqual(await watch.told(), []);
  });

  it('waits for a slow writer, however long it pauses, and tells its file once', async () => {
    for (let size = 1; size < TIFF.length; size += 40) {
      await put('slow.tif', TIFF.subarray(0, size));
      assert.deepEqual(await watch.told(20), [], `${size} bytes`);
    }
    await put('slow.tif', TIFF);
    assert.deepEqual(await watch.told(), ['slow.tif']);
  });

  it('tells what is half for ever after the patience', async () => {
    await put('torn.tif', TIFF.subarray(0, 60));
    assert.deepEqual(await watch.told(20), []);
    watch.now += 60_000;
    assert.deepEqual(await watch.told(), ['torn.tif']);
  });

  it('tells what changes after it was told', async () => {
    await put('a.tif', TIFF);
    assert.deepEqual(await watch.told(), ['a.tif']);
    await utimes(folder.at('in', 'a.tif'), 5, 5);
    assert.deepEqual(await watch.told(), ['a.tif changed']);
    assert.deepEqual(await watch.told(), []);
  });

  it('tells an OME-TIFF set once, when all of it is there and complete, and again when a later file changes', async () => {
    const page = planePage(new Uint8Array(2).fill(7), 1, 2);
    const data = ['a', 'b'].map(
      (name, c) =>
        `<TiffData IFD="0" FirstC="${c}"><UUID FileName="${name}.ome.tif">urn:uuid:${name}</UUID></TiffData>`,
    );
    const pixels = `<Image ID="Image:0"><Pixels ID="Pixels:0" DimensionOrder="XYZCT" Type="uint8" SizeX="2" SizeY="1" SizeZ="1" SizeC="2" SizeT="1">${data.join('')}</Pixels></Image>`;
    const values = `<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06" UUID="urn:uuid:a">${pixels}</OME>`;
    page.fields[270] = { type: 2, values };
    const bytes = buildTiff([page]);
    await put('b.ome.tif', bytes);
    assert.deepEqual(await watch.told(200), []);
    const [waiting] = (await watch.look()).pending;
    assert.match(waiting.waitsFor, /files of its set: a\.ome\.tif/);
    await put('a.ome.tif', bytes.subarray(0, 50));
    assert.deepEqual(await watch.told(20), []);
    await put('a.ome.tif', bytes);
    assert.deepEqual(await watch.told(), ['a.ome.tif']);
    assert.deepEqual(await watch.told(), []);
    await utimes(folder.at('in', 'b.ome.tif'), 5e9, 5e9);
    assert.deepEqual(await watch.told(), ['a.ome.tif changed']);
    await utimes(folder.at('in', 'a.ome.tif'), 6e9, 6e9);
    assert.deepEqual(await watch.told(), ['a.ome.tif changed']);
    assert.deepEqual(await watch.told(), []);
  });

  it('tells a Zarr image when nothing comes into it any more', async () => {
    writeGroup(folder.at('in', 'a.zarr'), 3, {});
    await watch.look();
    watch.now += 4000;
    await mkdir(folder.at('in', 'a.zarr', '0'), { recursive: true });
    await writeFile(folder.at('in', 'a.zarr', '0', 'c'), 'x');
    assert.deepEqual((await watch.look()).complete, []);
    watch.now += 4000;
    assert.deepEqual((await watch.look()).complete, []);
    watch.now += 1000;
    assert.deepEqual(
      (await watch.look()).complete.map(({ name }) => name),
      ['a.zarr'],
    );
  });

  it('waits for a done-file beside the image', async () => {
    await put('a.tif', TIFF);
    const doneFile = '*.done';
    assert.deepEqual(await watch.told(20, { doneFile }), []);
    await put('b.done', TIFF);
    assert.deepEqual(await watch.told(20, { doneFile }), []);
    await put('a.done', TIFF);
    assert.deepEqual(await watch.told(20, { doneFile }), ['a.tif']);
  });

  it('passes over what was there before, half of it or whole, and tells what becomes of it', async () => {
    await put('old.tif', TIFF);
    await put('half.tif', TIFF.subarray(0, 50));
    const request = { watched: folder.at('in'), roots: [folder.path], at: watch.now };
    await passOverAll(request, await watch.journal());
    assert.deepEqual(await watch.told(200), []);
    await appendFile(folder.at('in', 'half.tif'), TIFF.subarray(50));
    await put('new.tif', TIFF);
    assert.deepEqual(await watch.told(), ['half.tif changed', 'new.tif']);
  });

  it('tells what was never answered again, in another process', async () => {
    await put('a.tif', TIFF);
    await put('b.tif', TIFF);
    await watch.look();
    watch.now += 6000;
    const { complete } = await watch.look();
    await watch.note(complete, 'told');
    await watch.note(complete.slice(1), 'answered');
    assert.deepEqual(await watch.told(), []);
    const next = new Watch(folder);
    assert.deepEqual(await next.told(6, { again: true }), ['a.tif again']);
  });

  it('tells no more at a time than it may, and the rest in the next looks', async () => {
    for (let i = 0; i < 5; i++) await put(`${i}.tif`, TIFF);
    await watch.look();
    watch.now += 6000;
    const names: string[] = [];
    for (let step = 0; step < 3; step++) {
      const { complete, more } = await watch.look({ most: 2 });
      assert.equal(more, step < 2);
      names.push(...complete.map(({ name }) => name));
      await watch.note(complete, 'answered');
    }
    assert.deepEqual(names, ['0.tif', '1.tif', '2.tif', '3.tif', '4.tif']);
  });

  it('takes a renamed file for a new one, and forgets nothing of one that is gone', async () => {
    await put('a.tif', TIFF);
    assert.deepEqual(await watch.told(), ['a.tif']);
    await rename(folder.at('in', 'a.tif'), folder.at('in', 'b.tif'));
    assert.deepEqual(await watch.told(), ['b.tif']);
    await rename(folder.at('in', 'b.tif'), folder.at('in', 'a.tif'));
    assert.deepEqual(await watch.told(), []);
  });

  it('says what cannot be taken, and goes on', async () => {
    await put('a.tif', TIFF);
    const { symlink } = await import('node:fs/promises');
    await symlink(path.parse(folder.path).root, folder.at('in', 'out.tif')).catch(() => undefined);
    const { problems } = await watch.look();
    assert.ok(problems.every((problem) => problem.startsWith('out.tif: ')));
    assert.deepEqual(await watch.told(), ['a.tif']);
  });

  it('is not disturbed by a name that the disk does not take back', async function () {
    const name = Buffer.concat([Buffer.from(folder.at('in', 'a')), Buffer.from([0xff]), Buffer.from('.tif')]);
    // Disks of Windows and Macs refuse it.
    await writeFile(name, TIFF).catch(() => this.skip());
    await put('b.tif', TIFF);
    const found = await watch.look();
    assert.deepEqual(found, JSON.parse(JSON.stringify(found)));
    assert.deepEqual(await watch.told(), ['b.tif']);
  });

  it('tells links to files of one name each once, by their own names', async () => {
    for (const plate of ['p1', 'p2']) {
      await mkdir(folder.at('store', plate), { recursive: true });
      await writeFile(folder.at('store', plate, 'img.tif'), plate === 'p1' ? TIFF : LARGER);
      await symlink(folder.at('store', plate, 'img.tif'), folder.at('in', `${plate}.tif`));
    }
    assert.deepEqual(await watch.told(), ['p1.tif', 'p2.tif']);
    assert.deepEqual(await watch.told(), []);
    await watch.look();
    assert.equal((await watch.journal()).size, 2);
  });

  it('tells what lies behind a link to a folder of its own once, by its own name, also where the link comes later', async () => {
    await put('.kept/b.tif', TIFF);
    await put('sub/a.tif', TIFF);
    await symlink(folder.at('in', '.kept'), folder.at('in', 'shown'));
    assert.deepEqual(await watch.told(), ['shown/b.tif', 'sub/a.tif']);
    await symlink(folder.at('in', 'sub'), folder.at('in', 'also'));
    await symlink(folder.at('in'), folder.at('in', 'self'));
    for (const names of [['also', 'self'], null]) {
      for (let looks = 0; looks < 2; looks++) {
        const { complete, pending } = await watch.look({ names });
        assert.deepEqual([complete, pending], [[], []]);
      }
    }
  });

  it('leaves alone what is on its way, and gives its place to others', async () => {
    for (const name of ['a.tif', 'b.tif', 'c.tif']) await put(name, TIFF);
    const open = new Set(['a.tif']);
    await watch.look({ open, most: 1 });
    watch.now += 6000;
    const found = await watch.look({ open, most: 1 });
    assert.deepEqual(
      found.complete.map(({ name }) => name),
      ['b.tif'],
    );
    assert.equal(found.more, true);
  });

  it('comes to new files though very many wait for something that does not come', async () => {
    for (let i = 0; i < 2100; i++) await put(`a${i}.tif`, TIFF.subarray(0, 40));
    for (let looks = 0; looks < 3; looks++) await watch.look();
    await put('z.tif', TIFF);
    assert.deepEqual(await watch.told(), ['z.tif']);
    // Each has its turn, and waits from when it was first seen.
    watch.now += 60_000;
    let told = 0;
    for (let looks = 0; looks < 3; looks++) {
      const { complete } = await watch.look({ most: 5000 });
      await watch.note(complete, 'answered');
      told += complete.length;
    }
    assert.equal(told, 2100);
  });

  it('takes the characters of a name as they are for its done-file', async () => {
    await put('a$&b.tif', TIFF);
    await put('a$&b.done', TIFF);
    assert.deepEqual(await watch.told(6, { doneFile: '*.done' }), ['a$&b.tif']);
  });

  it('takes an image at once that its done-file says to be complete, and not by the done-file of an earlier version', async () => {
    await put('a.tif', TIFF);
    await put('a.done', TIFF);
    const { complete } = await watch.look({ doneFile: '*.done' });
    assert.deepEqual(
      complete.map(({ name }) => name),
      ['a.tif'],
    );
    await watch.note(complete, 'answered');
    await put('a.tif', LARGER);
    await utimes(folder.at('in', 'a.done'), 5, 5);
    assert.deepEqual((await watch.look({ doneFile: '*.done' })).complete, []);
    assert.deepEqual(await watch.told(6, { doneFile: '*.done' }), ['a.tif changed']);
  });

  it('takes at once what was renamed when it was whole, and waits where it is written to after', async () => {
    await put('a.tif', TIFF);
    await put('half.tif', TIFF.subarray(0, 60));
    const renamed = new Set(['a.tif', 'half.tif']);
    const { complete } = await watch.look({ names: ['a.tif', 'half.tif'], renamed });
    assert.deepEqual(
      complete.map(({ name }) => name),
      ['a.tif'],
    );
    await watch.note(complete, 'answered');
    await put('half.tif', TIFF);
    assert.deepEqual((await watch.look()).complete, []);
    assert.deepEqual(await watch.told(), ['half.tif']);
  });

  it('looks at the names alone that it is told, and at what is pending; it says what it left out, and when to look again', async () => {
    for (const name of ['a.tif', 'b.tif', 'c.tif']) await put(name, TIFF);
    const first = await watch.look({ names: ['a.tif', 'c.tif', 'gone.tif', 'notes.txt'], open: new Set(['c.tif']) });
    assert.deepEqual([first.pending.map(({ name }) => name), first.skipped], [['a.tif'], ['c.tif']]);
    assert.equal(first.worthAfter, 5000);
    watch.now += 5000;
    const { complete, worthAfter } = await watch.look({ names: [] });
    assert.deepEqual([complete.map(({ name }) => name), worthAfter], [['a.tif'], null]);
  });

  it('tells a CZI of several files once, and once more for all that come later', async () => {
    const part = (filePart: number) => {
      const block = { pixelType: 0, width: 2, height: 2, payload: new Uint8Array(4), filePart };
      return buildCzi([block], { metadata: '<METADATA />', filePart });
    };
    await put('a.czi', CZI);
    await put('a(1).czi', part(1));
    assert.deepEqual(await watch.told(), ['a.czi']);
    await put('a(2).czi', part(2));
    await watch.look();
    watch.now += 4000;
    await put('a(3).czi', part(3));
    assert.deepEqual(await watch.told(12), ['a.czi changed']);
    assert.deepEqual(await watch.told(), []);
  });
});
