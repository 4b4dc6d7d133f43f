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

  it('damaged XML is an error of the file', () => {
    assert.throws(() => parseMetadata('<ImageDocument><Metadata>', 'a.czi'), {
      code: 'corrupt-file',
      message: /a\.czi/,
    });
  });
});
