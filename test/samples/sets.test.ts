import assert from 'node:assert/strict';
import path from 'node:path';
import { openImage } from '../../src/formats/open-image';
import { listSamples } from '../../src/samples/listing/list-samples';
import type { SampleRequest } from '../../src/samples/request';
import { buildCzi } from '../formats/czi/czi-builder';
import { buildTiff, planePage } from '../formats/tiff/tiff-builder';
import { writeGroup, writeJson } from '../formats/zarr/hand-made';
import { openAll, requestOf, type TemporaryFolder, temporaryFolder } from './temporary-files';

const NAMESPACE = 'http://www.openmicroscopy.org/Schemas/OME/2016-06';
const ome = (content: string, uuid: string) => `<OME xmlns="${NAMESPACE}" UUID="urn:uuid:${uuid}">${content}</OME>`;
const data = (file: string, where = '') =>
  `<TiffData IFD="0" ${where}><UUID FileName="${file}.ome.tif">urn:uuid:${file}</UUID></TiffData>`;
const image = (content: string, id = 0, channels = 1) =>
  `<Image ID="Image:${id}"><Pixels ID="Pixels:${id}" DimensionOrder="XYZCT" Type="uint8" SizeX="2" SizeY="1" SizeZ="1" SizeC="${channels}" SizeT="1">${content}</Pixels></Image>`;

describe('what is one image', () => {
  let folder: TemporaryFolder;
  beforeEach(async () => {
    folder = await temporaryFolder();
  });
  afterEach(() => folder.remove());

  const list = (given: Partial<SampleRequest>) => listSamples(requestOf(given), [folder.path]);
  const ids = async (given: Partial<SampleRequest>) => (await list(given)).entries.map(({ id }) => id);
  const write = (name: string, description: string) => {
    const page = planePage(new Uint8Array(2).fill(7), 1, 2);
    page.fields[270] = { type: 2, values: description };
    return folder.write(name, buildTiff([page]));
  };
  const spread = image(data('a', 'FirstC="0"') + data('b', 'FirstC="1"'), 0, 2);

  it('an OME-TIFF set is one sample for each of its images, in folders, patterns and by its companion', async () => {
    const alone = image(data('c'), 1);
    for (const name of ['a', 'b', 'c']) await write(`set/${name}.ome.tif`, ome(spread + alone, name));
    await write('set/d.tif', '');
    assert.deepEqual(await ids({ raw: folder.at('set') }), ['a', 'c', 'd']);
    assert.deepEqual(await ids({ raw: folder.at('s*', '*') }), ['set/a', 'set/c', 'set/d']);
    assert.deepEqual(await ids({ raw: folder.at('set', '[bc]*') }), ['b', 'c']);
    const request = requestOf({ raw: folder.at('set'), rawChannel: null });
    const { entries } = await listSamples(request, [folder.path]);
    const [sample] = await openAll(entries[0], request, [folder.path]);
    assert.deepEqual(sample.raw.shape, [1, 2, 1, 1, 2]);
  });

  it('a companion file stands for the files that it names, and names them where it is to be opened', async () => {
    const stub = (name: string) => ome('<BinaryOnly MetadataFile="set.companion.ome" UUID="urn:uuid:set"/>', name);
    for (const name of ['a', 'b']) await write(`${name}.ome.tif`, stub(name));
    await write('other.tif', '');
    const companion = await folder.write('set.companion.ome', ome(spread + image(data('../c'), 1), 'set'));
    assert.deepEqual(await ids({ raw: companion }), ['a']);
    assert.deepEqual(await ids({ raw: folder.path }), ['a', 'other']);
    const refused = {
      code: 'unsupported',
      message: /holds the metadata of a set of TIFF files.*: a\.ome\.tif, b\.ome\.tif/,
    };
    await assert.rejects(openImage(companion), refused);
    const empty = await folder.write('x/set.companion.ome', ome(spread, 'set'));
    await assert.rejects(list({ raw: empty }), { code: 'not-found', message: /none is in its folder/ });
    const bad = await folder.write('x/bad.companion.ome', 'no XML');
    await assert.rejects(list({ raw: bad }), { code: 'corrupt-file' });
  });

  it('files that name a set that is elsewhere, or others of their own, are samples of their own', async () => {
    await write('renamed1.ome.tif', ome(spread, 'a'));
    await write('renamed2.ome.tif', ome(image(data('a')), 'a'));
    await write('broken.ome.tif', '<OME ');
    await folder.touch('empty.tif');
    assert.deepEqual(await ids({ raw: folder.path }), ['broken', 'empty', 'renamed1', 'renamed2']);
  });

  it('a CZI of several files is one sample, a copy of another is not', async () => {
    const czi = (part: number) => {
      const bytes = buildCzi([{ pixelType: 0, width: 1, height: 1, at: { C: 0 }, payload: new Uint8Array(1) }]);
      bytes.writeInt32LE(part, 32 + 48);
      return bytes;
    };
    await folder.write('x.czi', czi(0));
    await folder.write('x(1).czi', czi(1));
    await folder.write('x(2).czi', czi(0));
    await folder.write('y(1).czi', czi(1));
    assert.deepEqual(await ids({ raw: folder.path }), ['x', 'x(2)', 'y(1)']);
  });

  it('files are found by every ending that is read, in any case, in folders and patterns', async () => {
    const names = ['a.svs', 'b.SVS', 'c.btf', 'd.tf8', 'e.ome.tf2', 'f.OME.BTF', 'g.TIF', 'h.qptiff', 'i.ndpi'];
    await folder.touch(...names);
    const { entries, problems } = await list({ raw: folder.path });
    assert.deepEqual(
      entries.map(({ id }) => id),
      ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'],
    );
    assert.deepEqual(problems, ['raw: passed over, format not read: i.ndpi']);
    assert.deepEqual(await ids({ raw: folder.at('*.{svs,tf8}') }), ['a', 'b', 'd']);
    assert.deepEqual(await ids({ raw: folder.at('*.TIF') }), ['g']);
    assert.deepEqual(await ids({ raw: folder.at('*.tif') }), ['g']);
  });

  it('labels of OME-Zarr images are found by patterns and pair with their image', async () => {
    for (const name of ['a.ome.zarr', 'b.zarr', 'plain']) {
      for (const [place, levels] of [
        [[name], '0'],
        [[name, 'labels'], null],
        [[name, 'labels', 'nuclei'], '0'],
        [[name, 'labels', 'cells'], '0'],
      ] as const) {
        writeGroup(folder.at(...place), 2, {});
        if (levels) writeJson(folder.at(...place, levels, '.zarray'), {});
      }
    }
    const seg = async (raw: string, seg1: string) =>
      (await list({ raw, seg1 })).entries.map((entry) => [entry.id, entry.seg1?.slice(folder.path.length + 1)]);
    const pairs = ['a.ome.zarr', 'b.zarr'].map((name) => [name[0], path.join(name, 'labels', 'nuclei')]);
    assert.deepEqual(await seg(folder.at('*.zarr'), folder.at('*.zarr', 'labels', 'nuclei')), pairs);
    assert.deepEqual(await seg(folder.at('[ab]*'), folder.at('*.zarr', 'labels', 'n*')), pairs);
    assert.deepEqual(await seg(folder.at('a.ome.zarr'), folder.at('a.ome.zarr', 'labels', 'nuc*')), [pairs[0]]);
    assert.deepEqual(await ids({ raw: folder.at('b.zarr', 'labels', '*') }), ['b/labels/cells', 'b/labels/nuclei']);
    assert.deepEqual(await ids({ raw: folder.at('plain', 'labels', '*') }), ['cells', 'nuclei']);
    assert.deepEqual(await ids({ raw: folder.path }), ['a', 'b', 'plain']);
    const { entries } = await list({ raw: folder.at('*.zarr'), seg1: folder.at('*.zarr', 'labels', '*') });
    assert.match(entries[0].error?.message ?? '', /seg1: 2 files have the id "a"/);
    const everything = folder.at('*.zarr', '**');
    await assert.rejects(list({ raw: everything }), { code: 'invalid-input', message: /no \*\* below a Zarr image/ });
  });
});
