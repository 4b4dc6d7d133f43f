import assert from 'node:assert/strict';
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { openImage } from '../../src/formats';
import { buildCzi } from '../formats/czi/czi-builder';
import { failure } from '../formats/error-matching';
import { buildMmStack } from '../formats/tiff/mmstack-builder';
import { buildNdTiff } from '../formats/tiff/ndtiff-builder';
import { type BuildPage, buildTiff, planePage } from '../formats/tiff/tiff-builder';
import { type TemporaryFolder, temporaryFolder } from '../samples/temporary-files';
import { Watch } from './watch';

const [HEIGHT, WIDTH] = [4, 6];
const page = (value: number, extra: BuildPage['fields'] = {}): BuildPage =>
  planePage(new Uint16Array(HEIGHT * WIDTH).fill(value), HEIGHT, WIDTH, { extra });
const text = (values: string) => ({ type: 2, values });

/** Each row of docs/acquisition.md with files in the layout that its program writes. */
describe('what microscopes write', () => {
  let folder: TemporaryFolder;
  let watch: Watch;
  beforeEach(async () => {
    folder = await temporaryFolder();
    await mkdir(folder.at('in'));
    watch = new Watch(folder);
  });
  afterEach(() => folder.remove());

  const put = (name: string, bytes: Uint8Array) => folder.write(`in/${name}`, Buffer.from(bytes));
  const putAll = async (files: Record<string, Uint8Array>) => {
    for (const [name, bytes] of Object.entries(files)) await put(name, bytes);
  };
  /** What is waited for after a quiet time, each with its reason. */
  const waitsFor = async () => {
    await watch.look();
    watch.now += 6000;
    const { pending } = await watch.look();
    return pending.map(({ name, waitsFor: what }) => `${name}: ${what}`).sort();
  };
  /** [t, c, z], and the first pixel of each plane. */
  const read = async (name: string, scene = 0) => {
    const source = await openImage(folder.at('in', name), { scene });
    try {
      const [[t, c, z, y, x]] = source.info.levels;
      const pixels = await source.read({ start: [0, 0, 0, 0, 0], size: [t, c, z, y, x] });
      const planes = [...pixels].filter((_, i) => i % (y * x) === 0);
      return {
        shape: [t, c, z],
        planes,
        scenes: source.info.scenes,
        channels: source.info.channels.map((each) => each.name),
      };
    } finally {
      await source.close();
    }
  };

  it('ZEN, one CZI: complete when its directory is written', async () => {
    const scenes = [0, 1].map((s) => ({
      ...{ pixelType: 1, width: WIDTH, height: HEIGHT, x: 100 * s, at: { S: s } },
      payload: Buffer.from(new Uint16Array(HEIGHT * WIDTH).fill(s + 1).buffer),
    }));
    const whole = buildCzi(scenes, { metadata: '<ImageDocument/>' });
    await put('plate.czi', whole.subarray(0, whole.length - 100));
    assert.deepEqual(await waitsFor(), ['plate.czi: its end']);
    await put('plate.czi', whole);
    assert.deepEqual(await watch.told(), ['plate.czi']);
    assert.deepEqual([(await read('plate.czi')).scenes, (await read('plate.czi', 1)).planes], [2, [2]]);
  });

  it('ZEN, scenes written separately: each file by itself', async () => {
    const scene = (value: number) => ({
      ...{ pixelType: 1, width: WIDTH, height: HEIGHT },
      payload: Buffer.from(new Uint16Array(HEIGHT * WIDTH).fill(value).buffer),
    });
    for (const n of [1, 2])
      await put(`Experiment-01-Scene-${n}-A${n}.czi`, buildCzi([scene(n)], { metadata: '<ImageDocument/>' }));
    assert.deepEqual(await watch.told(), ['Experiment-01-Scene-1-A1.czi', 'Experiment-01-Scene-2-A2.czi']);
    assert.deepEqual((await read('Experiment-01-Scene-2-A2.czi')).planes, [2]);
  });

  it('formats of makers that are not read: refused by name with what to do, and watch says so', async () => {
    const expected: Record<string, RegExp> = {
      'a.nd2': /\.nd2 is a format of Nikon NIS-Elements that is not read; export it as OME-TIFF, .*bfconvert NAME\.nd2/,
      'a.lif': /\.lif is a format of Leica LAS X that is not read/,
      'a.xlef': /Leica LAS X/,
      'a.oir': /\.oir is a format of Evident \(Olympus\)/,
      'a.vsi': /\.vsi is a format of Evident \(Olympus\) cellSens/,
      'a.lsm': /\.lsm is a format of ZEISS ZEN black/,
      'a.ims': /Imaris/,
    };
    for (const [name, message] of Object.entries(expected)) {
      const file = await put(name, Buffer.from('some bytes of a format that is not read'));
      await assert.rejects(openImage(file), failure('unsupported', message));
    }
    await put('b.nd2', Buffer.from('another'));
    const { problems, complete } = await watch.look();
    assert.equal(complete.length, 0);
    assert.equal(problems.filter((problem) => /Nikon/.test(problem)).length, 1);
    assert.equal(problems.length, Object.keys(expected).length);
  });

  it('NIS-Elements and LAS X, exported as OME-TIFF: when all planes that it states are there', async () => {
    const xml = `<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06"><Image ID="Image:0"><Pixels ID="Pixels:0" DimensionOrder="XYCZT" Type="uint16" SizeX="${WIDTH}" SizeY="${HEIGHT}" SizeZ="2" SizeC="2" SizeT="1"><Channel ID="Channel:0:0" Name="DAPI"/><Channel ID="Channel:0:1" Name="GFP"/><TiffData/></Pixels></Image></OME>`;
    const pages = [1, 2, 3, 4].map((value, i) => page(value, i === 0 ? { 270: text(xml) } : {}));
    await put('Series001.ome.tif', buildTiff(pages.slice(0, 3)));
    assert.deepEqual(await waitsFor(), ['Series001.ome.tif: its end']);
    await put('Series001.ome.tif', buildTiff(pages));
    assert.deepEqual(await watch.told(), ['Series001.ome.tif']);
    const found = await read('Series001.ome.tif');
    assert.deepEqual(
      [found.shape, found.planes, found.channels],
      [
        [1, 2, 2],
        [1, 3, 2, 4],
        ['DAPI', 'GFP'],
      ],
    );
  });

  it('LAS X, OME-TIFF in a file for each channel: told once, when all are there', async () => {
    const files = ['C00', 'C01'].map((name) => `Image_${name}.ome.tif`);
    const xml = (own: number) =>
      `<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06" UUID="urn:uuid:${own}"><Image ID="Image:0"><Pixels ID="Pixels:0" DimensionOrder="XYCZT" Type="uint16" SizeX="${WIDTH}" SizeY="${HEIGHT}" SizeZ="1" SizeC="2" SizeT="1">${files.map((file, c) => `<Channel ID="Channel:0:${c}"/><TiffData FirstC="${c}" IFD="0" PlaneCount="1"><UUID FileName="${file}">urn:uuid:${c}</UUID></TiffData>`).join('')}</Pixels></Image></OME>`;
    await put(files[0], buildTiff([page(1, { 270: text(xml(0)) })]));
    assert.deepEqual(await waitsFor(), [`${files[0]}: files of its set: ${files[1]}`]);
    await put(files[1], buildTiff([page(2, { 270: text(xml(1)) })]));
    assert.deepEqual(await watch.told(), [files[0]]);
    assert.deepEqual((await read(files[0])).planes, [1, 2]);
  });

  it('NIS-Elements and LAS X, a TIFF for each plane: each is an image of its own', async () => {
    const names = ['Image_z00_ch00.tif', 'Image_z01_ch00.tif', 'Seq0000t01xy1z01c1.tif', 'Seq0000t01xy1z02c1.tif'];
    for (const [i, name] of names.entries()) await put(name, buildTiff([page(i)]));
    await put('MetaData/Image.xml', Buffer.from('<Data/>'));
    assert.deepEqual(await watch.told(), names);
    assert.deepEqual((await read(names[3])).planes, [3]);
  });

  it('Micro-Manager, image stack files: one for each position, whole once they are closed', async () => {
    const names = [0, 1].map((p) => `scan_MMStack_Pos${p}.ome.tif`);
    const images = names.map((name, p) => {
      const data = [0, 1].map(
        (c) =>
          `<TiffData FirstC="${c}" FirstT="0" FirstZ="0" IFD="${c}" PlaneCount="1"><UUID FileName="${name}">urn:uuid:${p}</UUID></TiffData>`,
      );
      return `<Image ID="Image:${p}" Name="Pos${p}"><Pixels ID="Pixels:${p}" DimensionOrder="XYCZT" Type="uint16" SizeX="${WIDTH}" SizeY="${HEIGHT}" SizeZ="1" SizeC="2" SizeT="1"><Channel ID="Channel:${p}:0" Name="DAPI"/><Channel ID="Channel:${p}:1" Name="GFP"/>${data.join('')}</Pixels></Image>`;
    });
    const xml = (p: number) =>
      `<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06" UUID="urn:uuid:${p}">${images.join('')}</OME>`;
    const stack = (position: number, reserved: number | false) =>
      buildMmStack(
        [0, 1].map((channel) => ({ channel, slice: 0, frame: 0, value: 10 * position + channel + 1 })),
        { height: HEIGHT, width: WIDTH, position, xml: xml(position), reserved },
      );
    for (const p of [0, 1]) await put(names[p], stack(p, 8192));
    assert.deepEqual(
      await waitsFor(),
      names.map((name) => `${name}: its end`),
    );
    for (const p of [0, 1]) await put(names[p], stack(p, false));
    assert.deepEqual(await watch.told(), names);
    const second = await read(names[1]);
    assert.deepEqual([second.planes, second.channels, second.scenes], [[11, 12], ['DAPI', 'GFP'], 1]);
  });

  it('Micro-Manager, separate image files: each plane is an image of its own', async () => {
    const names = [0, 1].map((c) => `Pos0/img_channel00${c}_position000_time000000000_z000.tif`);
    for (const [c, name] of names.entries()) {
      const metadata = {
        ChannelIndex: c,
        SliceIndex: 0,
        FrameIndex: 0,
        PositionIndex: 0,
        Channel: 'DAPI',
        PixelSizeUm: 0.5,
      };
      await put(name, buildTiff([page(c + 1, { 51123: text(JSON.stringify(metadata)) })]));
    }
    await put('Pos0/metadata.txt', Buffer.from('{}'));
    assert.deepEqual(await watch.told(), names);
    assert.deepEqual((await read(names[1])).planes, [2]);
  });

  it('Micro-Manager and Pycro-Manager, NDTiff: one image, whole once its writer gave back what it reserved', async () => {
    const planes = [0, 1, 2].map((z) => ({
      axes: { z, channel: 'GFP' },
      pixels: new Uint16Array(HEIGHT * WIDTH).fill(z + 1),
      file: z === 2 ? 1 : 0,
    }));
    const options = { height: HEIGHT, width: WIDTH, name: 'scan' };
    await putAll(buildNdTiff(planes, { ...options, reserved: 4096 }));
    assert.deepEqual(await waitsFor(), ['scan_NDTiffStack.tif: its end']);
    await putAll(buildNdTiff(planes, options));
    assert.deepEqual(await watch.told(), ['scan_NDTiffStack.tif']);
    const found = await read('scan_NDTiffStack.tif');
    assert.deepEqual([found.shape, found.planes, found.channels], [[1, 1, 3], [1, 2, 3], ['GFP']]);
  });

  it('ScanImage, BigTIFF: no number of frames is stated, so a quiet time or a done-file tells its end', async () => {
    const settings =
      'SI.hChannels.channelSave = [1;2]\nSI.hStackManager.enable = 1\nSI.hStackManager.numSlices = 2\nSI.hStackManager.framesPerSlice = 1\n';
    const frame = (n: number) =>
      page(n, { 270: text(`frameNumbers = ${n}\nframeTimestamps_sec = 0.${n}\n`), 305: text(settings) });
    await put('scan_00001.tif', buildTiff([1, 2].map(frame), { big: true }));
    assert.deepEqual((await watch.look()).complete, []);
    watch.now += 3000;
    await put('scan_00001.tif', buildTiff([1, 2, 3, 4].map(frame), { big: true }));
    const { pending } = await watch.look();
    assert.deepEqual(
      pending.map(({ waitsFor: what }) => what),
      ['5 s without a change'],
    );
    assert.deepEqual(await watch.told(), ['scan_00001.tif']);
    assert.deepEqual((await read('scan_00001.tif')).shape, [1, 2, 2]);
    const marked = new Watch(folder, { doneFile: '*.done' });
    await put('scan_00002.tif', buildTiff([1, 2].map(frame), { big: true }));
    marked.now = watch.now + 1000;
    const waiting = await marked.look();
    assert.deepEqual(
      waiting.pending.map(({ waitsFor: what }) => what),
      ['scan_00002.done'],
    );
    await put('scan_00002.done', new Uint8Array(0));
    const { complete } = await marked.look();
    assert.deepEqual(
      complete.map(({ name }) => name),
      ['scan_00002.tif'],
    );
  });

  it('stand in the documentation, each with what to do', async () => {
    const table = await readFile(path.resolve(__dirname, '../../../docs/acquisition.md'), 'utf8');
    for (const name of [
      'ZEN',
      'NIS-Elements',
      'LAS X',
      'MMStack',
      'NDTiff',
      'separate image files',
      'ScanImage',
      'cellSens',
      '.nd2',
      '.lif',
      '.oir',
    ])
      assert.ok(table.includes(name), name);
  });
});
