import assert from 'node:assert/strict';
import { openImage } from '../../../src/formats/open-image';
import type { ImageSource } from '../../../src/formats/source';
import { isOmeXml, parseOmeXml } from '../../../src/formats/tiff/ome/xml';
import { type Region, wholeRegion } from '../../../src/image/region';
import { failure } from '../error-matching';
import { useTempFolder } from '../temp-folder';
import { type BuildPage, buildTiff, planePage } from './tiff-builder';

const HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06"';

interface Sizes {
  c?: number;
  z?: number;
  t?: number;
  order?: string;
  attributes?: string;
  channels?: string;
  data?: string;
}

function image({
  c = 1,
  z = 1,
  t = 1,
  order = 'XYZCT',
  attributes = '',
  channels = '',
  data = '<TiffData/>',
}: Sizes): string {
  return (
    `<Image ID="Image:0"><Pixels ID="Pixels:0" DimensionOrder="${order}" Type="uint8" SizeX="3" SizeY="2"` +
    ` SizeC="${c}" SizeZ="${z}" SizeT="${t}" ${attributes}>${channels}${data}</Pixels></Image>`
  );
}

const ome = (content: string, attributes = ''): string => `${HEAD} ${attributes}>${content}</OME>`;

/** Page i is filled with the value i; the first carries the XML. */
function omeTiff(xml: string, pages: number, samples = 1): Buffer {
  return buildTiff(
    Array.from({ length: pages }, (_, i): BuildPage => {
      const page = planePage(new Uint8Array(6 * samples).fill(i), 2, 3, { samples });
      if (i === 0) page.fields[270] = { type: 2, values: xml };
      return page;
    }),
  );
}

/** The page that each plane came from, [t][c][z] in C order. */
async function pageOrder(source: ImageSource): Promise<number[]> {
  const pixels = await source.read(wholeRegion(source.info.levels[0]));
  await source.close();
  return [...pixels].filter((_, i) => i % 6 === 0);
}

describe('OME-TIFF', () => {
  const folder = useTempFolder();
  const open = (xml: string, pages: number, scene = 0): Promise<ImageSource> =>
    openImage(folder.write('image.ome.tif', omeTiff(xml, pages)), { scene });

  it('planes follow DimensionOrder', async () => {
    // Sizes t 2, c 3, z 2; what page is at [t][c][z].
    const expected: Record<string, number[]> = {
      XYZCT: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
      XYCZT: [0, 3, 1, 4, 2, 5, 6, 9, 7, 10, 8, 11],
      XYZTC: [0, 1, 4, 5, 8, 9, 2, 3, 6, 7, 10, 11],
      XYTCZ: [0, 6, 2, 8, 4, 10, 1, 7, 3, 9, 5, 11],
      XYCTZ: [0, 6, 1, 7, 2, 8, 3, 9, 4, 10, 5, 11],
      XYTZC: [0, 2, 4, 6, 8, 10, 1, 3, 5, 7, 9, 11],
    };
    for (const [order, pages] of Object.entries(expected)) {
      const source = await open(ome(image({ c: 3, z: 2, t: 2, order })), 12);
      assert.deepEqual(source.info.levels, [[2, 3, 2, 2, 3]]);
      assert.equal(source.info.format, 'ome-tiff');
      assert.deepEqual(await pageOrder(source), pages, order);
    }
  });

  it('TiffData says where planes lie; IFD without PlaneCount is one plane', async () => {
    const data =
      '<TiffData FirstZ="1" IFD="0"/><TiffData FirstZ="0" IFD="3" PlaneCount="1"/><TiffData FirstZ="2" IFD="1" PlaneCount="2"/>';
    assert.deepEqual(await pageOrder(await open(ome(image({ z: 4, data })), 4)), [3, 0, 1, 2]);
    assert.deepEqual(await pageOrder(await open(ome(image({ z: 4, data: '' })), 4)), [0, 1, 2, 3]);
  });

  it('several images are scenes', async () => {
    const xml = ome(
      image({ z: 2, data: '<TiffData IFD="0" PlaneCount="2"/>' }) +
        image({ c: 3, data: '<TiffData IFD="2" PlaneCount="3"/>' }),
    );
    const second = await open(xml, 5, 1);
    assert.equal(second.info.scenes, 2);
    assert.deepEqual(second.info.levels, [[1, 3, 1, 2, 3]]);
    assert.deepEqual(await pageOrder(second), [2, 3, 4]);
    await assert.rejects(open(xml, 5, 2), failure('invalid-input', /scene: expected an integer from 0 to 1 .*got 2/));
  });

  it('channel names, prefixed elements and references in text', async () => {
    const xml = ome(
      image({ c: 2, channels: '<Channel ID="a" Name="&#x3bc;-tubulin &amp; DNA"/><Channel ID="b"/>' }),
      'xmlns:OME="x"',
    ).replaceAll('Image', 'OME:Image');
    const source = await open(xml, 2);
    assert.deepEqual(source.info.channels, [
      { index: 0, name: 'μ-tubulin & DNA' },
      { index: 1, name: 'Channel 1' },
    ]);
    await source.close();
  });

  it('physical sizes become micrometres', async () => {
    const cases: Array<[string, unknown]> = [
      ['PhysicalSizeX="0.5" PhysicalSizeY="0.25" PhysicalSizeZ="2"', { z: 2, y: 0.25, x: 0.5 }],
      [
        'PhysicalSizeX="500" PhysicalSizeXUnit="nm" PhysicalSizeY="0.001" PhysicalSizeYUnit="mm"',
        { z: null, y: 1, x: 0.5 },
      ],
      ['PhysicalSizeX="1" PhysicalSizeXUnit="pixel" PhysicalSizeY="1" PhysicalSizeYUnit="pixel"', null],
      ['PhysicalSizeX="0" PhysicalSizeY="1"', null],
      ['PhysicalSizeX="1" PhysicalSizeXUnit="μm" PhysicalSizeY="1"', { z: null, y: 1, x: 1 }],
    ];
    for (const [attributes, expected] of cases) {
      const source = await open(ome(image({ attributes })), 1);
      assert.deepEqual(source.info.pixelSize, expected, attributes);
      await source.close();
    }
  });

  it('colour samples are counted in SizeC', async () => {
    const xml = ome(image({ c: 3, z: 2, channels: '<Channel ID="a" SamplesPerPixel="3"/>' }));
    const source = await openImage(folder.write('rgb.ome.tif', omeTiff(xml, 2, 3)));
    assert.deepEqual(source.info.levels, [[1, 3, 2, 2, 3]]);
    assert.deepEqual(
      source.info.channels.map(({ name }) => name),
      ['Red', 'Green', 'Blue'],
    );
    assert.deepEqual(await pageOrder(source), [0, 1, 0, 1, 0, 1]);
  });

  it('pages that its metadata say nothing of are left out, and told of', async () => {
    const left = 'pages like its planes of which its OME-XML says nothing, which are left out: 2';
    for (const data of ['', '<TiffData/>', '<TiffData IFD="0" PlaneCount="2"/>']) {
      const source = await open(ome(image({ z: 2, data })), 4);
      assert.deepEqual(source.info.notes, [left], data);
      assert.deepEqual(await pageOrder(source), [0, 1]);
    }
    const whole = await open(ome(image({ z: 4, data: '' })), 4);
    assert.deepEqual(whole.info.notes, []);
    await whole.close();
  });

  it('missing planes and other sizes are errors', async () => {
    await assert.rejects(open(ome(image({ z: 5 })), 3), failure('corrupt-file', /states 5 planes .*the file has 3/));
    const hole = ome(image({ z: 2, data: '<TiffData IFD="0"/>' }));
    await assert.rejects(open(hole, 2), failure('corrupt-file', /the file has pages that none lists/));
    const outside = ome(image({ z: 2, data: '<TiffData IFD="0" FirstZ="7"/>' }));
    await assert.rejects(open(outside, 2), failure('corrupt-file', /outside its size/));
    const size = ome(image({})).replace('SizeX="3"', 'SizeX="4"');
    await assert.rejects(open(size, 1), failure('corrupt-file', /states 2 x 4 pixels, but plane .* is 2 x 3 uint8/));
    const claim = image({ z: 1000, c: 1000, t: 1000, data: '<TiffData IFD="0"/>' });
    await assert.rejects(open(ome(claim), 1), failure('unsupported', /states 1000000000 planes .* at most 1048576/));
  });

  it('planes that no TiffData lists are blank, where every page is accounted for', async () => {
    const data = '<TiffData IFD="1" FirstT="2"/><TiffData IFD="0" FirstZ="1"/>';
    const source = await open(ome(image({ z: 2, t: 3, data })), 2);
    assert.deepEqual(source.info.notes, ['4 of 6 planes are missing and read as 0']);
    const held = Array.from({ length: 6 }, (_, plane) => {
      const region: Region = { start: [Math.floor(plane / 2), 0, plane % 2, 0, 0], size: [1, 1, 1, 1, 1] };
      return source.coverage?.(region) === null;
    });
    assert.deepEqual(held, [false, true, false, false, true, false]);
    assert.deepEqual(await pageOrder(source), [0, 0, 0, 0, 1, 0]);
  });

  it('a set of files gives the images of this file', async () => {
    const of = (uuid: string, ifd: number): string =>
      image({ data: `<TiffData IFD="${ifd}"><UUID FileName="${uuid}.tif">urn:${uuid}</UUID></TiffData>` });
    const source = await open(ome(of('a', 0) + of('b', 0), 'UUID="urn:b"'), 1);
    assert.equal(source.info.scenes, 1);
    await source.close();
  });

  it('damaged or dangerous XML is refused', async () => {
    const cases: Array<[string, RegExp]> = [
      [ome('<Image>'), /XML is damaged/],
      [ome(image({})).replace('\n', '\n<!DOCTYPE x [<!ENTITY a "b">]>'), /DOCTYPE/],
      [ome(image({})).replace('SizeZ="1"', 'SizeZ="-1"'), /SizeZ="-1", expected an integer >= 1/],
      [ome(image({})).replace('SizeT="1"', ''), /SizeT=nothing/],
      [ome(image({ order: 'XYZ' })), /DimensionOrder "XYZ"/],
      [ome('<Image ID="a"></Image>'), /no Pixels/],
      [ome(`${'<b>'.repeat(200)}${'</b>'.repeat(200)}`), /not accepted/],
    ];
    for (const [xml, message] of cases) {
      await assert.rejects(open(xml, 1), failure('corrupt-file', message));
    }
  });

  it('tells OME-XML from other XML', () => {
    assert.equal(isOmeXml(ome('')), true);
    assert.equal(isOmeXml('<!-- Warning --><OME:OME xmlns:OME="x"/>'), true);
    assert.equal(isOmeXml('<?xml version="1.0"?><scn/>'), false);
    assert.equal(isOmeXml('ImageJ=1.53t'), false);
  });

  it('reads our scale annotation and passes over others', () => {
    const xml = ome(
      `${image({}).replace('</Image>', '<AnnotationRef ID="A:1"/><AnnotationRef ID="A:0"/></Image>')}<StructuredAnnotations>` +
        '<DoubleAnnotation ID="A:1" Namespace="other"><Value>5</Value></DoubleAnnotation>' +
        '<DoubleAnnotation ID="A:0" Namespace="segmenter/scale"><Value>1.5e-5</Value></DoubleAnnotation></StructuredAnnotations>',
    );
    assert.equal(parseOmeXml(xml, 'x').images[0].scale, 1.5e-5);
  });
});
