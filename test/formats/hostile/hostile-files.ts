import { buildCzi } from '../czi/czi-builder';
import { buildNdTiff } from '../tiff/ndtiff-builder';
import { type BuildPage, buildTiff, planePage } from '../tiff/tiff-builder';

/** A file that asks for as much work as its size allows; of a folder (OME-Zarr, NDTiff) its files by their names. */
export interface HostileFile {
  name: string;
  extension: string;
  bytes: Uint8Array | Record<string, string | Uint8Array>;
  /** of a folder that is no image itself: the file in it that is opened */
  opened?: string;
}

type Text = string;

/** Kinds of hostile files, each of about so many bytes. */
export function hostileFiles(size: number): HostileFile[] {
  const repeat = (text: string, share = 1) => text.repeat(Math.ceil((size * share) / text.length));
  const many = (each: (i: number) => string) => {
    const count = Math.floor(size / each(0).length);
    return Array.from({ length: count }, (_, i) => each(i)).join('');
  };
  return [
    ...Object.entries(cziTexts(repeat, many)).map(([name, xml]) => czi(`CZI ${name}`, xml)),
    ...cziDirectories(Math.floor(size / 200)),
    ...Object.entries(tiffTexts(repeat, many)).map(([name, text]) => tiff(`TIFF ${name}`, text)),
    ...tiffDirectories(Math.floor(size / 400)),
    ...ndTiffs(size),
    ...Object.entries(zarrAttributes(repeat)).map(([name, text]) => zarr(`Zarr ${name}`, text)),
    ...Object.entries(numpyHeaders(repeat)).map(([name, text]) => numpy(`NumPy ${name}`, text)),
    ...Object.entries(pickles(repeat)).map(([name, bytes]) => {
      return numpy(`pickle ${name}`, "{'descr': '|O', 'fortran_order': False, 'shape': (1,), }\n", bytes);
    }),
    ...Object.entries(tables(repeat, many)).map(([name, text]) => file(`CSV ${name}`, '.csv', text)),
    ...Object.entries(polygons(repeat)).map(([name, text]) => file(`polygons ${name}`, '.json', text)),
  ];
}

type Repeat = (text: string, share?: number) => string;
type Many = (each: (i: number) => string) => string;

function cziTexts(repeat: Repeat, many: Many): Record<string, Text> {
  const document = (inner: string) => `<ImageDocument><Metadata>${inner}</Metadata></ImageDocument>`;
  const information = (inner: string) => document(`<Information>${inner}</Information>`);
  const channels = (letter: string) => `<Channels>${many((i) => `<Channel Id="${letter}:${i}"/>`)}</Channels>`;
  return {
    'zeros before the end': `${document('')}${repeat('\0')}x`,
    'elements without end': repeat('<a>'),
    'elements in each other': information(`${repeat('<a>', 0.5)}${repeat('</a>', 0.6)}`),
    attributes: document(`<Information ${many((i) => `a${i}="1" `)}></Information>`),
    'signs that begin': repeat('<'),
    'quotes without end': repeat('<a "'),
    comments: repeat('<!--'),
    scenes: information(
      `<Image><Dimensions><S><Scenes>${many((i) => `<Scene Index="${i}" Name="A1"/>`)}</Scenes></S></Dimensions></Image>`,
    ),
    channels: `${document(`<Information><Image><Dimensions>${channels('a')}</Dimensions></Image></Information><DisplaySetting>${channels('b')}</DisplaySetting>`)}`,
  };
}

/** Planes that are all one, in as many positions as there are planes, and far apart. */
function ndTiffs(size: number): HostileFile[] {
  const entry = 110;
  const count = Math.floor(size / entry);
  const [height, width] = [8, 8];
  const pixels = new Uint16Array(height * width);
  const kinds: Record<string, (i: number) => Record<string, number | string>> = {
    'one plane again and again': () => ({ z: 0 }),
    positions: (i) => ({ position: `p${i}` }),
    'planes far apart': (i) => ({ z: i, time: i, channel: i }),
    'axes of no kind': (i) => ({ [`axis${i}`]: i }),
  };
  const once = buildNdTiff([{ axes: { z: 0 }, pixels }], { height, width });
  const index = Buffer.from(once['NDTiff.index']);
  const axesLength = index.readUInt32LE(0);
  const rest = index.subarray(4 + axesLength);
  return Object.entries(kinds).map(([name, axesOf]) => {
    const entries = Array.from({ length: count }, (_, i) => {
      const axes = Buffer.from(JSON.stringify(axesOf(i)));
      const length = Buffer.alloc(4);
      length.writeUInt32LE(axes.length);
      return Buffer.concat([length, axes, rest]);
    });
    const bytes = { ...once, 'NDTiff.index': Buffer.concat(entries) };
    return { name: `NDTiff ${name}`, extension: '.ndtiff', bytes, opened: 'scan_NDTiffStack.tif' };
  });
}

function cziDirectories(count: number): HostileFile[] {
  const blocks = (part: (i: number) => Partial<Parameters<typeof buildCzi>[0][number]>) => {
    const block = { pixelType: 1, width: 64, height: 64, payload: new Uint8Array(0) };
    return Array.from({ length: count }, (_, i) => ({ ...block, ...part(i) }));
  };
  const half = { storedWidth: 32, storedHeight: 32 };
  const lettered = (i: number) => {
    const names = Array.from({ length: 8 }, (_, k) => (8 * i + k).toString(26).padStart(4, '0'));
    return Object.fromEntries(
      names.map((name) => [name.replace(/\d/g, (n) => 'QRSTUVWXYZ'[Number(n)]).toUpperCase(), i]),
    );
  };
  const file = (name: string, list: Parameters<typeof buildCzi>[0]): HostileFile => {
    return { name: `CZI ${name}`, extension: '.czi', bytes: buildCzi(list) };
  };
  return [
    file('tiles over each other', [...blocks((i) => ({ x: i % 3 })), ...blocks((i) => ({ x: i % 3, ...half }))]),
    file(
      'channels far apart',
      blocks((i) => ({ at: { C: i * 100 } })),
    ),
    file(
      'dimensions',
      blocks((i) => ({ at: lettered(i) })),
    ),
  ];
}

function tiffTexts(repeat: Repeat, many: Many): Record<string, Text> {
  const ome = (inner: string, attributes = '') => `<?xml version="1.0"?><OME ${attributes}>${inner}</OME>`;
  const image = (inner: string, sizes = 'SizeZ="1" SizeC="1"') =>
    `<Image ID="Image:0"><Pixels DimensionOrder="XYZCT" SizeX="4" SizeY="4" SizeT="1" ${sizes} Type="uint8">${inner}</Pixels></Image>`;
  return {
    'OME attributes': ome(
      image(''),
      many((i) => `a${i}="1" `),
    ),
    'OME elements in each other': ome(`${repeat('<a>', 0.5)}${repeat('</a>', 0.6)}`),
    'OME signs that begin': ome(repeat('<')),
    'OME references': ome(`${image('')}<x>${repeat('&amp;&#956;')}</x>`),
    'OME spaces': ome(`${image('')}<x>${repeat(' ')}</x>`),
    'OME planes listed again': ome(image(repeat('<TiffData PlaneCount="1048576"/>'), 'SizeZ="1048576" SizeC="1"')),
    'OME channels': ome(image(repeat('<Channel SamplesPerPixel="1048576"/>'), 'SizeZ="1" SizeC="1048576"')),
    'OME images': ome(many(() => image(''))),
    'OME files': ome(image(many((i) => `<TiffData><UUID FileName="f${i}.tif">urn:uuid:${i}</UUID></TiffData>`))),
    'OME file with a long name': ome(`<BinaryOnly MetadataFile="${repeat('x')}"/>`),
    'a document type': `<?xml version="1.0"?>${repeat('<!DOCTYP')}<OME/>`,
    'spaces before OME': `${repeat(' ')}<OM`,
    'beginnings of OME': `<?xml ${repeat('<OME UUID=')}`,
    'truncated stacks': `{${repeat('"truncated": true')}`,
    'ImageJ lines': `ImageJ=1\n${repeat('a=b\n')}`,
    'ImageJ units': `ImageJ=1\nunit=${repeat('\\u00b5')}`,
    'ImageJ images': 'ImageJ=1\nimages=99999999\nslices=99999999',
    'tifffile lists in each other': `{"shape": ${repeat('[', 0.5)}`,
    'tifffile axes': `{"shape": [${repeat('1,')}1], "axes": "${repeat('Z', 0.5)}"}`,
    'tifffile shape': `{"shape": [99999999, 99999999], "axes": "YX", "truncated": true}`,
    'SCIFIO axes': `SCIFIO=1\naxes=${repeat('X,', 0.5)}\nlengths=${repeat('1,', 0.5)}`,
    'QPTIFF elements': `<PerkinElmer-QPI-ImageDescription>${repeat('<a>')}`,
    'ScanImage channels': `scanimage.SI.hChannels.channelSave = [${repeat('1;')}]`,
    'ScanImage keys': `SI.a = 1\n${many((i) => `SI.k${i} = 1\n`)}`,
    'ScanImage spaces': `${repeat(' \n')}SI.`,
    'Aperio numbers': `Aperio ${repeat('MPP ')}`,
  };
}

function tiffDirectories(count: number): HostileFile[] {
  const pages = (width: (i: number) => number, kind: (i: number) => number): BuildPage[] =>
    Array.from({ length: count }, (_, i) => {
      const page = planePage(new Uint8Array(width(i)), 1, width(i), {});
      page.fields[254] = { type: 4, values: [kind(i)] };
      return page;
    });
  const file = (name: string, list: BuildPage[]): HostileFile => {
    return { name: `TIFF ${name}`, extension: '.tif', bytes: buildTiff(list) };
  };
  const one = () => 1;
  const full = () => 0;
  const [owner, ...subPages] = pages(
    (i) => (i === 0 ? 200 : 1),
    (i) => Math.min(1, i),
  );
  return [
    file(
      'pages of many sizes',
      pages((i) => 1 + (i % 200), full),
    ),
    file('smaller pages of one', [owner, ...subPages]),
    file('sub-directories', [{ ...owner, subPages }]),
    file('pages', pages(one, full)),
    file(
      'pages of tifffile',
      pages(one, full).map((page) => ({
        ...page,
        fields: { ...page.fields, 270: { type: 2, values: '{"shape": [1], "axes": "X"}' } },
      })),
    ),
    file(
      'pages far apart',
      pages(one, full).map((page, i) => ({
        ...page,
        fields: { ...page.fields, 51123: { type: 2, values: JSON.stringify({ Axes: { z: i, time: i } }) } },
      })),
    ),
    file(
      'pages with names',
      pages(one, full).map((page, i) => ({
        ...page,
        fields: { ...page.fields, 285: { type: 2, values: `${'1a'.repeat(50)}${i}` } },
      })),
    ),
    file('tiles that are one', [sharedTiles(count)]),
  ];
}

/** One tile of 64 KiB, listed as often as the file's size allows. */
function sharedTiles(count: number): BuildPage {
  const [page] = [planePage(new Uint8Array(256 * 256), 256, 256, { tile: [256, 256], compression: 8 })];
  const tiles = 40 * count;
  page.fields[257] = { type: 4, values: [256 * tiles] };
  page.fields[324] = { type: 4, values: new Array<number>(tiles).fill(8) };
  page.fields[325] = { type: 4, values: new Array<number>(tiles).fill(page.blocks[0].length) };
  return page;
}

function zarrAttributes(repeat: Repeat): Record<string, Text> {
  const multiscales = (more: string) =>
    `{"multiscales":[{"axes":[{"name":"y","type":"space"},{"name":"x","type":"space"}],${more}}]}`;
  return {
    'lists in each other': `{"a":${repeat('[', 0.5)}${repeat(']', 0.5)}}`,
    'no JSON': repeat('{"a":'),
    wells: `{"plate":{"wells":[${repeat('{"path":"A/1"},')}{"path":"A/1"}]}}`,
    datasets: multiscales(`"datasets":[${repeat('{"path":"0"},')}{"path":"0"}]`),
    'a long path': multiscales(`"datasets":[{"path":"${repeat('a/')}"}]`),
    'slashes in a path': multiscales(`"datasets":[{"path":"${repeat('/')}"}]`),
    labels: `{"labels":[${repeat('"0",')}"0"]}`,
  };
}

function numpyHeaders(repeat: Repeat): Record<string, Text> {
  return {
    spaces: `{'descr': '<f8', 'fortran_order': False, 'shape': (${repeat(' ')}`,
    shapes: repeat("'shape':  (1,"),
    axes: `{'descr': '<f8', 'fortran_order': False, 'shape': (${repeat('1,')}), }`,
    types: repeat("'descr':   '"),
  };
}

function pickles(repeat: Repeat): Record<string, Buffer> {
  const pickle = (...parts: Array<string | Uint8Array>) => {
    const all = ['\x80\x02', ...parts].map((part) => Buffer.from(part as string, 'latin1'));
    return Buffer.concat(all);
  };
  const length = '\x00\x00\x10\x00';
  const million = '\x00'.repeat(2 ** 20);
  return {
    'arrays of the same bytes': pickle(
      `B${length}${million}q\x00`,
      'cnumpy\ndtype\nX\x02\x00\x00\x00u1\x85Rq\x01cnumpy.core.numeric\n_frombuffer\nq\x02',
      repeat(`h\x02(h\x00h\x01J${length}\x85X\x01\x00\x00\x00CtR`, 0.1),
      '.',
    ),
    'texts encoded again': pickle(
      `X${length}${million}q\x00c_codecs\nencode\nq\x01X\x06\x00\x00\x00latin1q\x02`,
      repeat('h\x01h\x00h\x02\x86R', 0.1),
      '.',
    ),
    'lists in each other': pickle(repeat(']', 0.5), repeat('a', 0.49), '.'),
    'lists of the same': pickle(']q\x00', 'h\x00h\x00\x86q\x00'.repeat(2000), '.'),
    'a long name': pickle(`c${repeat('A')}\nx\n.`),
  };
}

function tables(repeat: Repeat, many: Many): Record<string, Text> {
  return {
    'rows without segmentation': `raw\n${many((i) => `no/such/folder/a${i}.tif\n`)}`,
    columns: `${many((i) => `c${i},`)}\n`,
    quotes: `raw\n${repeat('"')}`,
    'a long path': `raw\n${repeat('a/')}b.tif\n`,
  };
}

function polygons(repeat: Repeat): Record<string, Text> {
  return {
    'lists in each other': `${repeat('[', 0.5)}${repeat(']', 0.5)}`,
    'collections in each other': `${repeat('{"type":"GeometryCollection","geometries":[', 0.9)}${repeat(']}', 0.05)}`,
    vertices: `{"polygons":[[${repeat('[1,2],')}[3,4]]]}`,
    'what is no polygon': `{"polygons":[${repeat('1,')}1]}`,
  };
}

function file(name: string, extension: string, text: string): HostileFile {
  return { name, extension, bytes: Buffer.from(text) };
}

function czi(name: string, metadata: string): HostileFile {
  const block = { pixelType: 1, width: 4, height: 4, payload: new Uint8Array(32) };
  return { name, extension: '.czi', bytes: buildCzi([block], { metadata }) };
}

function tiff(name: string, text: string): HostileFile {
  const page = planePage(new Uint8Array(16), 4, 4, {});
  page.fields[270] = { type: 2, values: text };
  return { name, extension: '.tif', bytes: buildTiff([page]) };
}

function zarr(name: string, attributes: string): HostileFile {
  return { name, extension: '.ome.zarr', bytes: { '.zgroup': '{"zarr_format":2}', '.zattrs': attributes } };
}

function numpy(name: string, header: string, data: Uint8Array = new Uint8Array(0)): HostileFile {
  const lead = Buffer.alloc(12);
  lead.write('\x93NUMPY\x02\x00', 'latin1');
  lead.writeUInt32LE(header.length, 8);
  return { name, extension: '.npy', bytes: Buffer.concat([lead, Buffer.from(header, 'latin1'), data]) };
}
