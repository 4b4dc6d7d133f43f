import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describeImage, fileVersion, readAll } from '../../../src/formats';
import { openImage } from '../../../src/formats/open-image';
import { wholeRegion } from '../../../src/image/region';
import { withRoots } from '../../../src/storage/roots';
import { failure } from '../error-matching';
import { buildTiff, planePage } from './tiff-builder';

/** What is known of files that were written a moment ago is not kept. */
const SETTLED_MS = 2100;
const NAMESPACE = 'http://www.openmicroscopy.org/Schemas/OME/2016-06';
const ome = (content: string, uuid: string) => `<OME xmlns="${NAMESPACE}" UUID="urn:uuid:${uuid}">${content}</OME>`;
const data = (file: string, where: string) =>
  `<TiffData IFD="0" ${where}><UUID FileName="${file}.ome.tif">urn:uuid:${file}</UUID></TiffData>`;
const image = (content: string, sizes: string, id = 0) =>
  `<Image ID="Image:${id}"><Pixels ID="Pixels:${id}" DimensionOrder="XYZCT" Type="uint8" SizeX="2" SizeY="1" ${sizes}>` +
  `${content}</Pixels></Image>`;

describe('OME-TIFF sets of several files', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'segmenter-sets-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const at = (name: string) => path.join(folder, name);
  /** A file of one page whose pixels are all `value`. */
  const write = (name: string, value: number, description: string): string => {
    const page = planePage(new Uint8Array(2).fill(value), 1, 2);
    page.fields[270] = { type: 2, values: description };
    writeFileSync(at(name), buildTiff([page]));
    return at(name);
  };

  async function read(file: string, scene = 0): Promise<number[]> {
    const source = await openImage(file, { scene });
    try {
      return [...(await source.read(wholeRegion(source.info.levels[0])))].filter((_, i) => i % 2 === 0);
    } finally {
      await source.close();
    }
  }

  const spread = image(
    data('a', 'FirstC="0"') + data('b', 'FirstC="1"') + data('c', 'FirstC="2"'),
    'SizeZ="1" SizeC="3" SizeT="1"',
  );

  it('an image is put together from its files, whichever is opened', async () => {
    for (const [i, name] of ['a', 'b', 'c'].entries()) write(`${name}.ome.tif`, 10 + i, ome(spread, name));
    for (const name of ['a', 'b', 'c']) assert.deepEqual(await read(at(`${name}.ome.tif`)), [10, 11, 12]);
  });

  it('of a set that is known already, files that changed or went are seen', async function () {
    this.timeout(20_000);
    for (const [i, name] of ['a', 'b', 'c'].entries()) write(`${name}.ome.tif`, 10 + i, ome(spread, name));
    await sleep(SETTLED_MS);
    assert.deepEqual(await read(at('a.ome.tif')), [10, 11, 12]);
    write('b.ome.tif', 90, ome(spread, 'b'));
    assert.deepEqual(await read(at('a.ome.tif')), [10, 90, 12]);
    rmSync(at('c.ome.tif'));
    await assert.rejects(read(at('a.ome.tif')), failure('not-found', /c\.ome\.tif/));
    write('c.ome.tif', 70, ome(spread, 'c'));
    assert.deepEqual(await read(at('a.ome.tif')), [10, 90, 70]);
  });

  it('an image of a set that was loaded is refused once any of its files is written anew, by the name of that file', async () => {
    for (const [i, name] of ['a', 'b', 'c'].entries()) write(`${name}.ome.tif`, 10 + i, ome(spread, name));
    const file = at('a.ome.tif');
    const described = async () => describeImage(file, { id: 's', version: await fileVersion(file) });
    const image = await described();
    assert.deepEqual(await read(file), [10, 11, 12]);
    assert.equal((await readAll(JSON.parse(JSON.stringify(image)))).data[2], 11);

    write('b.ome.tif', 90, ome(spread, 'b'));
    utimesSync(at('b.ome.tif'), new Date(), new Date(Date.now() + 60_000));
    await assert.rejects(
      readAll(image),
      failure('changed', /a file of the set of .*a\.ome\.tif has changed since it was loaded as s; .*b\.ome\.tif, 20/),
    );
    assert.equal((await readAll(await described())).data[2], 90);
    // Of which nobody knows versions.
    assert.equal((await readAll(await describeImage(file, { id: 's' }))).data[2], 90);
  });

  it('each file gives the images that have planes in it', async () => {
    const both = (name: string) =>
      ome(
        image(data('a', ''), 'SizeZ="1" SizeC="1" SizeT="1"') +
          image(data('b', ''), 'SizeZ="1" SizeC="1" SizeT="1"', 1),
        name,
      );
    write('a.ome.tif', 1, both('a'));
    write('b.ome.tif', 2, both('b'));
    assert.deepEqual(await read(at('b.ome.tif')), [2]);
    await assert.rejects(read(at('b.ome.tif'), 1), failure('invalid-input', /scene: expected an integer from 0 to 0/));
  });

  it('a missing part is an error that names it', async () => {
    write('a.ome.tif', 1, ome(spread, 'a'));
    write('c.ome.tif', 3, ome(spread, 'c'));
    await assert.rejects(
      read(at('a.ome.tif')),
      failure('not-found', /a\.ome\.tif: .* the part "b\.ome\.tif" is missing/),
    );
  });

  it('a part that belongs to another set is not taken for it', async () => {
    write('a.ome.tif', 1, ome(spread, 'a'));
    write('b.ome.tif', 2, ome(spread, 'stranger'));
    write('c.ome.tif', 3, ome(spread, 'c'));
    await assert.rejects(
      read(at('a.ome.tif')),
      failure('corrupt-file', /b\.ome\.tif is not the part .* urn:uuid:stranger/),
    );
  });

  it('parts with too few pages, other sizes or no directory are errors', async () => {
    write('a.ome.tif', 1, ome(spread, 'a'));
    writeFileSync(at('b.ome.tif'), buildTiff([planePage(new Uint8Array(3), 1, 3)]));
    write('c.ome.tif', 1, '');
    await assert.rejects(read(at('a.ome.tif')), failure('corrupt-file', /plane t=0 c=1 z=0 is 1 x 3/));
    const two = spread.replace('IFD="0" FirstC="1"', 'IFD="1" FirstC="1"');
    write('a.ome.tif', 1, ome(two, 'a'));
    write('b.ome.tif', 1, '');
    await assert.rejects(
      read(at('a.ome.tif')),
      failure('corrupt-file', /directory 1, but b\.ome\.tif has 1: truncated/),
    );
  });

  it('names that lead out of the folder are refused, links out of it too', async () => {
    mkdirSync(at('inner'));
    write('b.ome.tif', 2, '');
    write('c.ome.tif', 2, '');
    const naming = (name: string) =>
      read(write('inner/a.ome.tif', 1, ome(spread.replace('FileName="b.ome.tif"', `FileName="${name}"`), 'a')));
    for (const name of ['/etc/hostname', '..', 'C:\\b.ome.tif', 'x/']) {
      await assert.rejects(naming(name), failure('corrupt-file', /names a part of its set/), name);
    }
    for (const name of ['../b.ome.tif', 'x\\..\\..\\b.ome.tif']) {
      await assert.rejects(naming(name), failure('not-allowed', /outside the allowed folders/), name);
    }
    await assert.rejects(naming('x/b.ome.tif'), failure('not-found', /"x\/b\.ome\.tif" is missing/));
    symlinkSync(at('b.ome.tif'), at('inner/b.ome.tif'));
    symlinkSync('/dev/zero', at('inner/c.ome.tif'));
    await assert.rejects(
      read(write('inner/a.ome.tif', 1, ome(spread, 'a'))),
      failure('corrupt-file', /which is no file of the same folder/),
    );
  });

  it('a set may lie in several folders, all of them inside the roots of the work', async () => {
    for (const each of ['one', 'one/below', 'two']) mkdirSync(at(each));
    const there = (text: string, file: string, place: string) =>
      text.replace(`FileName="${file}.ome.tif"`, `FileName="${place}"`);
    const text = there(there(spread, 'b', '../two/b.ome.tif'), 'c', 'below\\c.ome.tif');
    const main = write('one/a.ome.tif', 10, ome(text, 'a'));
    write('two/b.ome.tif', 11, ome(text, 'b'));
    write('one/below/c.ome.tif', 12, ome(text, 'c'));
    assert.deepEqual(await withRoots([folder], () => read(main)), [10, 11, 12]);
    await assert.rejects(
      withRoots([at('one')], () => read(main)),
      failure('not-allowed', /two/),
    );
    symlinkSync('/dev', at('one/device'));
    const device = write('one/d.ome.tif', 1, ome(there(spread, 'b', 'device/zero'), 'a'));
    await assert.rejects(
      withRoots([folder], () => read(device)),
      failure('not-allowed', /leads to \/dev\/zero/),
    );
  });

  it('a companion file holds the metadata of files that only point to it', async () => {
    const stub = (name: string) => ome('<BinaryOnly MetadataFile="set.companion.ome" UUID="urn:uuid:set"/>', name);
    for (const [i, name] of ['a', 'b', 'c'].entries()) write(`${name}.ome.tif`, 20 + i, stub(name));
    await assert.rejects(read(at('a.ome.tif')), failure('not-found', /set\.companion\.ome" is missing/));
    writeFileSync(at('set.companion.ome'), ome(spread, 'set'));
    assert.deepEqual(await read(at('c.ome.tif')), [20, 21, 22]);
    writeFileSync(at('set.companion.ome'), stub('set'));
    await assert.rejects(read(at('a.ome.tif')), failure('corrupt-file', /names another one/));
    writeFileSync(at('set.companion.ome'), 'not XML at all');
    await assert.rejects(read(at('a.ome.tif')), failure('corrupt-file', /a\.ome\.tif/));
  });

  it('the metadata may also be in another TIFF of the set', async () => {
    write('a.ome.tif', 1, ome(spread, 'a'));
    for (const name of ['b', 'c']) {
      write(
        `${name}.ome.tif`,
        name === 'b' ? 2 : 3,
        ome('<BinaryOnly MetadataFile="a.ome.tif" UUID="urn:uuid:a"/>', name),
      );
    }
    assert.deepEqual(await read(at('c.ome.tif')), [1, 2, 3]);
  });
});
