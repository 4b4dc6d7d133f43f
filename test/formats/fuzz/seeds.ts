import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { createImageWriter, type WriteFormat, type WriteInfo } from '../../../src/formats';
import { bytesOf, dtypeOf, type PixelArray } from '../../../src/image/dtype';
import { count, type Shape5 } from '../../../src/image/region';
import { REFERENCES, sharedPath } from '../../support/shared-data';
import { buildCzi, storedZstd } from '../czi/czi-builder';
import { NUMPY_FILES, numpyFile } from '../numpy/numpy-files';
import { pattern } from '../pixel-patterns';
import { buildMmStack } from '../tiff/mmstack-builder';
import { buildNdTiff } from '../tiff/ndtiff-builder';
import { buildTiff, planePage } from '../tiff/tiff-builder';

/** A sound file that mutations begin with; of a folder (OME-Zarr, NDTiff) its files by their paths inside it. */
export interface Seed {
  name: string;
  /** ending of the file or folder, with its dot */
  extension: string;
  bytes: Uint8Array | Record<string, Uint8Array>;
  /** of a folder that is no image itself: the file in it that is opened */
  opened?: string;
}

const LARGEST_GOLDEN = 20_000;

/** Every seed, in an order that does not depend on the machine. */
export async function fuzzSeeds(): Promise<Seed[]> {
  return [
    ...builtTiffs(),
    ...(await writtenTiffs()),
    ...(await writtenZarrs()),
    ...(await codecTiffs()),
    ...(await bitmaps()),
    ...tables(),
    ...builtCzis(),
    ndTiff(),
    ...golden(),
    ...referenceTiffs(),
  ];
}

function tiff(name: string, bytes: Uint8Array): Seed {
  return { name, extension: '.tif', bytes };
}

/** Two files, positions, a plane that was taken twice. */
function ndTiff(): Seed {
  const [height, width] = [6, 8];
  const plane = (seed: number, axes: Record<string, number | string>, file = 0) => ({
    axes,
    file,
    pixels: pattern('uint16', height * width, seed) as Uint16Array<ArrayBuffer>,
    metadata: { PixelSizeUm: 0.5 },
  });
  const planes = [
    plane(1, { position: 'a', z: 0 }),
    plane(2, { position: 'a', z: 1 }),
    plane(3, { position: 'b', z: 0 }, 1),
    plane(4, { position: 'a', z: 0 }, 1),
  ];
  const bytes = buildNdTiff(planes, { height, width });
  return { name: 'NDTiff', extension: '.ndtiff', bytes, opened: 'scan_NDTiffStack.tif' };
}

/** Scenes, smaller versions, a further dimension; metadata that end in zeros. */
function builtCzis(): Seed[] {
  const tile = { pixelType: 1, width: 16, height: 16 };
  const pixels = bytesOf(pattern('uint16', 256));
  const blocks = [0, 1].flatMap((s) => [
    { ...tile, x: 100 * s, at: { S: s, C: 0, H: 0 }, payload: pixels },
    { ...tile, x: 100 * s, at: { S: s, C: 0, H: 1 }, payload: storedZstd(pixels), compression: 5 },
    ...[0, 1].map((h) => ({
      ...tile,
      x: 100 * s,
      storedWidth: 8,
      storedHeight: 8,
      at: { S: s, C: 0, H: h },
      payload: pixels.subarray(0, 128),
    })),
  ]);
  const scenes = [0, 1].map((s) => `<Scene Index="${s}" Name="P${s}"><ArrayName>B0${s + 1}</ArrayName></Scene>`);
  const image = `<Image><Dimensions><S><Scenes>${scenes.join('')}</Scenes></S></Dimensions></Image>`;
  const metadata = `<ImageDocument><Metadata><Information>${image}</Information></Metadata></ImageDocument>${'\0'.repeat(64)}`;
  return [{ name: 'CZI scenes', extension: '.czi', bytes: buildCzi(blocks, { metadata }) }];
}

function builtTiffs(): Seed[] {
  const [height, width] = [20, 24];
  const pages = (dtype: 'uint8' | 'uint16' | 'float32', options: Parameters<typeof planePage>[3], n = 3) =>
    Array.from({ length: n }, (_, i) => planePage(pattern(dtype, height * width, i), height, width, options));
  const imageJ = pages('uint16', { littleEndian: false }, 1);
  imageJ[0].fields[270] = { type: 2, values: 'ImageJ=1.54f\nimages=2\nslices=2\nspacing=0.5\nunit=um\n' };
  const packed = planePage(pattern('uint8', 36 * height), height, 36);
  packed.fields[256] = { type: 4, values: [width] };
  packed.fields[258] = { type: 3, values: [12] };
  const svs = [
    planePage(pattern('uint8', 64 * 64), 64, 64, { tile: [32, 32] }),
    planePage(new Uint8Array(1024), 32, 32, { tile: [32, 32] }),
  ];
  svs[0].fields[270] = { type: 2, values: 'Aperio 1\n64x64|MPP = 0.5' };
  return [
    tiff('strips', buildTiff(pages('uint16', { rowsPerStrip: 7 }))),
    tiff(
      'big-endian deflate',
      buildTiff(pages('uint16', { littleEndian: false, compression: 8, predictor: 2 }), { littleEndian: false }),
    ),
    tiff('BigTIFF tiles', buildTiff(pages('float32', { tile: [16, 16], compression: 8, predictor: 3 }), { big: true })),
    tiff('PackBits', buildTiff(pages('uint8', { compression: 32773, rowsPerStrip: 5 }))),
    tiff('planar colour', buildTiff([planePage(pattern('uint8', 3 * 240), 10, 24, { samples: 3, planar: true })])),
    tiff('ImageJ', Buffer.concat([buildTiff(imageJ, { littleEndian: false }), new Uint8Array(960)])),
    tiff('12 bits', buildTiff([packed])),
    tiff('Aperio', buildTiff(svs)),
    microManagerStack(),
    ...dialectTiffs(),
  ];
}

/** Two descriptions in one directory, and blocks behind the pages. */
function microManagerStack(): Seed {
  const pixels =
    '<Pixels ID="Pixels:0" DimensionOrder="XYCZT" Type="uint16" SizeX="6" SizeY="4" SizeZ="1" SizeC="2" SizeT="1">';
  const content = `<Image ID="Image:0">${pixels}<Channel ID="Channel:0:0"/><Channel ID="Channel:0:1"/><TiffData/></Pixels></Image>`;
  const xml = `<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06">${content}</OME>`;
  const planes = [0, 1].map((channel) => ({ channel, slice: 0, frame: 0, value: 500 * channel + 3 }));
  return tiff('Micro-Manager stack', buildMmStack(planes, { height: 4, width: 6, position: 0, xml }));
}

/** Programs that say what pages are, each in its own words. */
function dialectTiffs(): Seed[] {
  const file = (name: string, texts: Array<Record<number, string>>, samples = 1): Seed => {
    const pages = texts.map((fields, i) => {
      const extra = Object.fromEntries(Object.entries(fields).map(([tag, values]) => [tag, { type: 2, values }]));
      return planePage(pattern('uint8', 24 * samples, i), 4, 6, { extra, samples, planar: samples > 1 });
    });
    return tiff(name, buildTiff(pages));
  };
  const qptiff = (type: string) =>
    `<PerkinElmer-QPI-ImageDescription><ImageType>${type}</ImageType><Name>DAPI</Name></PerkinElmer-QPI-ImageDescription>`;
  const place = (z: number) => JSON.stringify({ Axes: { z, channel: 'GFP' }, PixelSizeUm: 0.5 });
  return [
    file('tifffile', [{ 270: '{"shape": [2, 1, 4, 6], "axes": "CZYX"}' }, {}]),
    file('tifffile planes as colours', [{ 270: '{"shape": [3, 4, 6], "axes": "ZYX"}' }], 3),
    file('SCIFIO', [{ 270: 'SCIFIO=0.4\naxes=X,Y,Time\nlengths=6,4,2\nscales=1,1,1\nunits=um,um,s\n' }, {}]),
    file('QPTIFF', [{ 270: qptiff('FullResolution') }, { 270: qptiff('Thumbnail') }]),
    file('ScanImage', [
      { 305: 'SI.hChannels.channelSave = [1;2]\nSI.hFastZ.enable = 1\nSI.hStackManager.numSlices = 1\n' },
      {},
    ]),
    file('Micro-Manager', [{ 51123: place(0) }, { 51123: place(2) }]),
    file('page names', [{ 285: 'DNA' }, { 285: 'CD3' }]),
  ];
}

async function writtenTiffs(): Promise<Seed[]> {
  const folder = mkdtempSync(path.join(tmpdir(), 'segmenter-fuzz-seeds-'));
  const written = async (
    name: string,
    format: WriteFormat,
    extra: Partial<WriteInfo>,
    pixels: PixelArray,
  ): Promise<Seed> => {
    const shape = extra.shape ?? ([1, 1, 1, 20, 24] as Shape5);
    const file = path.join(folder, 'image.tif');
    const channels = Array.from({ length: shape[1] }, (_, index) => ({ index, name: `c${index}` }));
    const info = { shape, dtype: dtypeOf(pixels), channels, pixelSize: { z: 1, y: 0.5, x: 0.5 }, ...extra };
    const writer = await createImageWriter(file, info, format, { existing: 'replace' });
    await writer.write(pixels);
    await writer.finish();
    return tiff(name, readFileSync(file));
  };
  try {
    const stack: Shape5 = [2, 2, 2, 9, 10];
    const wide: Shape5 = [1, 1, 1, 4, 1200];
    const acquisition = { date: '2024-01-01T00:00:00', stage: { z: 1, y: 2, x: 3 }, well: 'B3', plate: 'P', field: 1 };
    return [
      await written('OME-TIFF', 'ome-tiff', { shape: stack, acquisition }, pattern('uint8', count(stack))),
      await written(
        'OME-TIFF pyramid',
        'ome-tiff',
        { shape: wide, tile: 64, pyramid: 'mean' },
        new Uint16Array(count(wide)).fill(7),
      ),
      await written('ImageJ stack', 'tiff', { shape: stack, compression: 'none' }, pattern('uint16', count(stack))),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Folders of both Zarr versions, with chunks and a pyramid. */
async function writtenZarrs(): Promise<Seed[]> {
  const folder = mkdtempSync(path.join(tmpdir(), 'segmenter-fuzz-seeds-'));
  const shape: Shape5 = [2, 2, 1, 20, 24];
  const channels = [0, 1].map((index) => ({ index, name: `c${index}` }));
  const seeds: Seed[] = [];
  try {
    for (const [name, format, extra] of [
      ['Zarr 3', 'ome-zarr', { compression: 'none', tile: 16, pyramid: 'nearest' }],
      ['Zarr 3 gzip', 'ome-zarr', { compression: 'deflate' }],
      ['Zarr 2', 'ome-zarr-v2', { compression: 'deflate', tile: 16 }],
    ] as Array<[string, WriteFormat, Partial<WriteInfo>]>) {
      const target = path.join(folder, `${name}.ome.zarr`);
      const pixels = pattern('uint16', count(shape));
      const info = { shape, dtype: dtypeOf(pixels), channels, pixelSize: { z: 1, y: 0.5, x: 0.5 }, ...extra };
      const writer = await createImageWriter(target, info, format);
      await writer.write(pixels);
      await writer.finish();
      seeds.push({ name, extension: '.ome.zarr', bytes: filesOf(target) });
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return seeds;
}

function filesOf(folder: string): Record<string, Uint8Array> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  const files = names.filter((name) => statSync(path.join(folder, name)).isFile());
  return Object.fromEntries(files.map((name) => [name, readFileSync(path.join(folder, name))]));
}

async function codecTiffs(): Promise<Seed[]> {
  const [width, height] = [40, 30];
  const grey = sharp(pattern('uint8', width * height) as Uint8Array, {
    raw: { width, height, channels: 1 },
  }).toColourspace('b-w');
  const smooth = Uint8Array.from({ length: 48 * 32 * 3 }, (_, i) => (i / 9) % 256);
  const colour = sharp(smooth, { raw: { width: 48, height: 32, channels: 3 } });
  const lzw = await grey.clone().tiff({ compression: 'lzw', predictor: 'horizontal' }).toBuffer();
  const jpeg = await colour.tiff({ compression: 'jpeg', tile: true, tileWidth: 32, tileHeight: 32 }).toBuffer();
  // A frame of one run: magic, "single segment, 1 byte of size", size, block header, the byte.
  const frame = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x20, 240, ((240 << 3) & 0xff) | 3, 240 >> 5, 0, 9);
  const page = planePage(new Uint8Array(240), 10, 24);
  page.fields[259] = { type: 3, values: [50000] };
  const fax = await grey.clone().threshold().tiff({ compression: 'ccittfax4', bitdepth: 1 }).toBuffer();
  return [
    tiff('LZW', lzw),
    tiff('JPEG', jpeg),
    tiff('CCITT', fax),
    tiff('Zstd', buildTiff([{ ...page, blocks: [frame] }])),
  ];
}

async function bitmaps(): Promise<Seed[]> {
  const smooth = Uint8Array.from({ length: 32 * 24 * 3 }, (_, i) => (i / 7) % 256);
  const image = sharp(smooth, { raw: { width: 32, height: 24, channels: 3 } });
  const grey = sharp(pattern('uint16', 32 * 24) as Uint16Array, { raw: { width: 32, height: 24, channels: 1 } });
  return [
    { name: 'PNG', extension: '.png', bytes: await image.clone().png().toBuffer() },
    { name: 'PNG palette', extension: '.png', bytes: await image.clone().png({ palette: true }).toBuffer() },
    { name: 'PNG 16 bits', extension: '.png', bytes: await grey.toColourspace('grey16').png().toBuffer() },
    { name: 'JPEG', extension: '.jpg', bytes: await image.clone().jpeg().toBuffer() },
    { name: 'JPEG progressive', extension: '.jpg', bytes: await image.clone().jpeg({ progressive: true }).toBuffer() },
  ];
}

/** What is no image: polygons of NumPy and JSON, and manifests. */
function tables(): Seed[] {
  const numpy = (Object.keys(NUMPY_FILES) as Array<keyof typeof NUMPY_FILES>).map(
    (name): Seed => ({ name: `npy ${name}`, extension: '.npy', bytes: numpyFile(name) }),
  );
  const json = JSON.stringify({
    polygons: [
      {
        points: [
          [1, 2],
          [3, 4],
          [5, 1],
        ],
        z: 0,
      },
    ],
  });
  const csv = '"",raw,seg1,seg2,merge_mask,split\n0,a.tif,b.tif,"c d.tif",,train\n1,e.tif,f.tif,,,test\n';
  return [
    ...numpy,
    { name: 'JSON polygons', extension: '.json', bytes: Buffer.from(json) },
    { name: 'manifest', extension: '.csv', bytes: Buffer.from(csv) },
  ];
}

/** Codecs of which this project has no encoder. */
function referenceTiffs(): Seed[] {
  return ['uint16-lerc', 'float32-lerc', 'uint16-lerc-deflate', 'rgb-webp'].map((name) =>
    tiff(name, readFileSync(path.join(REFERENCES, 'tiff', `${name}.tif`))),
  );
}

function golden(): Seed[] {
  const folder = sharedPath('data/czi');
  if (!folder) throw new Error('the golden CZI files are missing');
  return readdirSync(folder)
    .filter((name) => name.endsWith('.czi') && statSync(path.join(folder, name)).size <= LARGEST_GOLDEN)
    .sort()
    .map((name) => ({ name, extension: '.czi', bytes: readFileSync(path.join(folder, name)) }));
}
