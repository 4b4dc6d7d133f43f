import assert from 'node:assert/strict';
import { createImageWriter, openImage } from '../../../src/formats';
import { wellName, wellPlace } from '../../../src/formats/tiff/ome/acquisition';
import { omeXml } from '../../../src/formats/tiff/ome/write-xml';
import { parseOmeXml } from '../../../src/formats/tiff/ome/xml';
import { secondsIn } from '../../../src/formats/units';
import type { Acquisition } from '../../../src/image/description';
import type { Shape5 } from '../../../src/image/region';
import { useTempFolder } from '../temp-folder';
import { buildTiff, planePage } from './tiff-builder';

function acquisitionOf(inImage: string, attributes: string, planes: string, before = ''): Acquisition | undefined {
  const xml =
    `<OME>${before}<Image ID="Image:0">${inImage}<Pixels DimensionOrder="XYZCT" SizeX="1" SizeY="1" SizeZ="1" SizeC="1" ` +
    `SizeT="3" ${attributes}>${planes}</Pixels></Image></OME>`;
  return parseOmeXml(xml, 'test').images[0].acquisition;
}

describe('how and where an image was taken', () => {
  const folder = useTempFolder();

  it('OME: date, time increment and stage position in any unit', () => {
    assert.deepEqual(
      acquisitionOf(
        '<AcquisitionDate>2024-05-06T07:08:09</AcquisitionDate>',
        'TimeIncrement="250" TimeIncrementUnit="ms"',
        '<Plane TheZ="0" TheC="0" TheT="1" PositionX="9" PositionXUnit="mm"/>' +
          '<Plane TheZ="0" TheC="0" TheT="0" PositionX="1.5" PositionXUnit="mm" PositionY="-20" PositionYUnit="µm"/>',
      ),
      { date: '2024-05-06T07:08:09', timeIncrement: 0.25, stage: { z: null, y: -20, x: 1500 } },
    );
    assert.equal(acquisitionOf('', '', '<Plane TheZ="0" TheC="0" TheT="0" PositionX="5"/>'), undefined);
    assert.deepEqual(acquisitionOf('<StageLabel Name="a" Z="3" ZUnit="µm"/>', '', ''), {
      stage: { z: 3, y: null, x: null },
    });
  });

  it('OME: time points that say when they were taken give the mean increment', () => {
    const plane = (t: number, taken: number, c = 0) => `<Plane TheZ="0" TheC="${c}" TheT="${t}" DeltaT="${taken}"/>`;
    assert.deepEqual(acquisitionOf('', '', plane(0, 1) + plane(0, 3, 1) + plane(1, 10.5) + plane(2, 22)), {
      timeIncrement: 10.5,
    });
    assert.equal(acquisitionOf('', '', plane(0, 0) + plane(1, 0) + plane(2, 0)), undefined);
    assert.equal(acquisitionOf('', '', plane(0, 0)), undefined);
  });

  it('OME: plate, well and field through the well’s samples', () => {
    const plate =
      '<Plate ID="Plate:0" Name="Screen 7"><Well ID="Well:0" Row="1" Column="2">' +
      '<WellSample ID="WellSample:9" Index="9"><ImageRef ID="Image:0"/></WellSample>' +
      '<WellSample ID="WellSample:4" Index="4"><ImageRef ID="Image:1"/></WellSample></Well></Plate>';
    assert.deepEqual(acquisitionOf('', '', '', plate), { plate: 'Screen 7', well: 'B3', field: 1 });
  });

  it('names wells by letters and numbers', () => {
    for (const [name, row, column] of [
      ['A1', 0, 0],
      ['H12', 7, 11],
      ['Z1', 25, 0],
      ['AA1', 26, 0],
      ['AF48', 31, 47],
    ] as const) {
      assert.equal(wellName(row, column), name);
      assert.deepEqual(wellPlace(name), { row, column });
    }
    assert.deepEqual(wellPlace(' b03'), { row: 1, column: 2 });
    for (const name of ['', '3B', 'B0', 'well 5', 'ABC1']) assert.equal(wellPlace(name), null);
    assert.equal(wellName(-1, 0), null);
    assert.equal(wellName(0.5, 0), null);
  });

  it('ImageJ: the frame interval', async () => {
    const page = planePage(new Uint8Array(4), 2, 2);
    for (const [lines, seconds] of [
      ['finterval=2.5', 2.5],
      ['finterval=3\ntunit=min', 180],
      ['finterval=0', undefined],
      ['finterval=3\ntunit=fortnight', undefined],
    ] as const) {
      page.fields[270] = { type: 2, values: `ImageJ=1.54f\nimages=2\nframes=2\n${lines}\n` };
      const source = await openImage(folder.write('frames.tif', buildTiff([page, planePage(new Uint8Array(4), 2, 2)])));
      assert.deepEqual(source.info.acquisition, seconds === undefined ? undefined : { timeIncrement: seconds });
      await source.close();
    }
    assert.equal(secondsIn('\u03bcs'), 1e-6);
  });

  const FULL: Acquisition = {
    date: '2024-05-06T07:08:09.5+02:00',
    timeIncrement: 12.5,
    stage: { z: -3.25, y: 1000.5, x: 20 },
    plate: 'Screen <7>',
    well: 'AB12',
    field: 2,
  };
  const written = (acquisition: Acquisition, scale?: number): string => {
    const channels = [{ index: 0, name: 'DNA' }];
    return omeXml({ shape: [2, 1, 3, 4, 5], dtype: 'uint16', channels, pixelSize: null, scale, acquisition }, 'a & b');
  };

  it('what is written comes back', () => {
    for (const acquisition of [
      FULL,
      { well: 'H1', plate: 'P', field: 0 },
      { stage: { z: null, y: null, x: 4 } },
      { stage: { z: 1, y: -2.5, x: 4 }, stageAt: { y: 15.5, x: 0 } },
      { timeIncrement: 1 / 3 },
      { date: '1999-12-31T23:59:59Z' },
    ]) {
      assert.deepEqual(parseOmeXml(written(acquisition), 'test').images[0].acquisition, acquisition);
    }
    assert.equal(parseOmeXml(written({}), 'test').images[0].acquisition, undefined);
  });

  it('elements stand in the order of the schema, and every reference has its element', () => {
    const xml = written(FULL, 0.5);
    const order = [
      '<OME ',
      '<Plate ID="Plate:0" Name="Screen &lt;7&gt;"',
      '<Well ID="Well:0:0" Row="27" Column="11">',
      '<WellSample ID="WellSample:0:0:0" Index="0">',
      '<WellSample ID="WellSample:0:0:2" Index="2"><ImageRef ID="Image:0"/></WellSample></Well></Plate>',
      '<Image ID="Image:0" Name="a &amp; b">',
      '<AcquisitionDate>2024-05-06T07:08:09.5+02:00</AcquisitionDate><Pixels ',
      ' TimeIncrement="12.5" TimeIncrementUnit="s">',
      '<Channel ID="Channel:0:0"',
      '<TiffData IFD="0" PlaneCount="6"/>',
      '<Plane TheZ="0" TheC="0" TheT="0" PositionX="20" PositionXUnit="µm" PositionY="1000.5"',
      '</Pixels><AnnotationRef ID="Annotation:0"/></Image>',
      '<StructuredAnnotations><DoubleAnnotation ID="Annotation:0"',
    ];
    let at = 0;
    for (const part of order) {
      const next = xml.indexOf(part, at);
      assert.ok(next >= 0, `${part} is missing or out of order in\n${xml}`);
      at = next + 1;
    }
  });

  it('a date becomes one of XML Schema; what is none is left out', () => {
    for (const [given, expected] of [
      ['2024-05-06', '2024-05-06T00:00:00'],
      ['2024-05-06 07:08', '2024-05-06T07:08:00'],
      ['2024-05-06T07:08:09+0200', '2024-05-06T07:08:09+02:00'],
      ['2024-05-06T07:08:09.1234567Z', '2024-05-06T07:08:09.1234567Z'],
      ['2024-13-06', null],
      ['yesterday', null],
    ]) {
      const found = /<AcquisitionDate>(.*)<\/AcquisitionDate>/.exec(written({ date: given ?? '' }))?.[1] ?? null;
      assert.equal(found, expected);
    }
  });

  it('ImageJ keeps the frame interval', async () => {
    const channels = [{ index: 0, name: 'a' }];
    const info = { shape: [2, 1, 1, 2, 2] as Shape5, dtype: 'uint8' as const, channels, pixelSize: null };
    const file = folder.file('interval.tif');
    const writer = await createImageWriter(file, { ...info, acquisition: FULL }, 'tiff');
    await writer.write(new Uint8Array(8));
    await writer.finish();
    const source = await openImage(file);
    assert.deepEqual(source.info.acquisition, { timeIncrement: 12.5 });
    await source.close();
  });
});
