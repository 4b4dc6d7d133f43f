import assert from 'node:assert/strict';
import { parseMetadata } from '../../../src/formats/czi/metadata';

const document = (inside: string) =>
  `\ufeff<?xml version="1.0"?><ImageDocument><Metadata>${inside}</Metadata></ImageDocument>\0\0`;

describe('CZI metadata', () => {
  it('pixel sizes are metres at the root, not those of the experiment; 0 is unknown', () => {
    const distance = (id: string, value: string) => `<Distance Id="${id}"><Value>${value}</Value></Distance>`;
    const scaling = (x: string) => `<Scaling><Items>${distance('X', x)}${distance('Y', '1e-7')}</Items></Scaling>`;
    const decoy = `<Experiment Version="1">${scaling('5')}<Nested><Experiment/></Nested></Experiment>`;
    assert.deepEqual(parseMetadata(document(decoy + scaling('1e-7')), 'a.czi').pixelSize, { z: null, y: 0.1, x: 0.1 });
    assert.equal(parseMetadata(document(scaling('0')), 'a.czi').pixelSize, null);
    assert.equal(parseMetadata(document(''), 'a.czi').pixelSize, null);
  });

  it('channel names come from the list of channels, else from what is shown, by id, else by place', () => {
    const listed =
      '<Channel Id="Channel:0" Name="DAPI"/><Channel Id="Channel:1" Name=""/><Channel Id="Channel:2"/>' +
      '<Channel Id="x"><Fluor>Cy5</Fluor></Channel><Channel Id="y"/>';
    const shown = '<Channel Id="Channel:2" Name="by id"/><Channel Id="q" Name="by place"/>';
    const xml = document(
      `<Information><Image><Dimensions><Channels>${listed}</Channels></Dimensions></Image></Information>` +
        `<DisplaySetting><Channels>${shown}</Channels></DisplaySetting>`,
    );
    assert.deepEqual(parseMetadata(xml, 'a.czi').channelNames, ['DAPI', 'by place', 'by id', 'Cy5', null]);
  });

  it('date, time between images, wells and places of scenes', () => {
    const scenes =
      '<Scene Index="0" Name="P1"><ArrayName>B3</ArrayName><CenterPosition>1200.5,-300</CenterPosition></Scene>' +
      '<Scene Index="1" Name="TR2"/>';
    const xml = document(
      '<Information><Image><AcquisitionDateAndTime>2026-03-04T05:06:07.1234567Z</AcquisitionDateAndTime><Dimensions>' +
        '<T><Positions><Interval><Increment>2.5</Increment></Interval></Positions></T>' +
        `<S><Scenes>${scenes}</Scenes></S></Dimensions></Image></Information>`,
    );
    const metadata = parseMetadata(xml, 'a.czi');
    assert.equal(metadata.date, '2026-03-04T05:06:07.123Z');
    assert.equal(metadata.timeIncrement, 2.5);
    assert.deepEqual(metadata.scenes.get(0), { name: 'P1', well: 'B3', field: 0, centre: [-300, 1200.5] });
    assert.deepEqual(metadata.scenes.get(1), { name: 'TR2', well: null, field: 0, centre: null });
  });

  const sceneXml = (names: string[], inside = '') =>
    names.map((name, i) => `<Scene Index="${i}" Name="${name}">${inside}</Scene>`).join('');
  const wells = (scenes: string) => {
    const xml = `<Information><Image><Dimensions><S><Scenes>${scenes}</Scenes></S></Dimensions></Image></Information>`;
    return [...parseMetadata(document(xml), 'a.czi').scenes.values()].map(({ well }) => well);
  };

  it('positions and scenes that a program numbered are no wells; the same names among other rows of a plate are', () => {
    for (const names of [['P1', 'P2', 'P12'], ['P1'], ['P01'], ['S1', 'S2'], ['T1', 'TR1']]) {
      assert.deepEqual(
        wells(sceneXml(names)),
        names.map(() => null),
        names.join(),
      );
    }
    assert.deepEqual(wells(sceneXml(['B3', 'H12'])), ['B3', 'H12']);
    assert.deepEqual(wells(sceneXml(['O24', 'P1'])), ['O24', 'P1']);
    assert.deepEqual(wells(sceneXml(['P1'], '<Shape Name="P1"/>')), ['P1'], 'a template of a plate says so');
    assert.deepEqual(wells(sceneXml(['P1', 'P2'], '<ArrayName>A1</ArrayName>')), ['A1', 'A1']);
  });

  it('the time increment is also told by a list of offsets', () => {
    const increment = (positions: string) =>
      parseMetadata(
        document(
          `<Information><Image><Dimensions><T><Positions>${positions}</Positions></T></Dimensions></Image></Information>`,
        ),
        'a.czi',
      ).timeIncrement;
    const offsets = (list: string) => increment(`<List><Offsets>${list}</Offsets></List>`);
    assert.equal(offsets('0 90.038 180.076'), 90.038);
    assert.equal(offsets('10,\n 12, 14'), 2);
    for (const none of ['', '5', '0 x 2', '3 2 1', '7 7']) assert.equal(offsets(none), null, none);
    assert.equal(increment('<Interval><Increment>2.5</Increment></Interval>'), 2.5);
  });

  it('a date without a zone stays without one, whatever the zone of the machine', () => {
    const dateOf = (date: string) =>
      parseMetadata(
        document(`<Information><Image><AcquisitionDateAndTime>${date}</AcquisitionDateAndTime></Image></Information>`),
        'a.czi',
      ).date;
    const zone = process.env.TZ;
    try {
      for (const tz of ['UTC', 'Asia/Tokyo', 'America/New_York']) {
        process.env.TZ = tz;
        assert.equal(dateOf('2021-11-22T11:33:05'), '2021-11-22T11:33:05');
        assert.equal(dateOf('2021-11-22T11:33:05.1234567'), '2021-11-22T11:33:05.123');
        assert.equal(dateOf('2021-11-22 11:33:05'), '2021-11-22T11:33:05');
        assert.equal(dateOf('11/22/2021 11:33:05 AM'), '2021-11-22T11:33:05');
        assert.equal(dateOf('2021-11-22T11:33:05+01:00'), '2021-11-22T10:33:05.000Z');
        assert.equal(dateOf('Mon, 22 Nov 2021 11:33:05 GMT'), '2021-11-22T11:33:05.000Z');
        assert.equal(dateOf('yesterday'), null);
      }
    } finally {
      if (zone === undefined) delete process.env.TZ;
      else process.env.TZ = zone;
    }
  });

  it('damaged XML is an error of the file', () => {
    assert.throws(() => parseMetadata('<ImageDocument><Metadata>', 'a.czi'), {
      code: 'corrupt-file',
      message: /a\.czi/,
    });
  });
});
