import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { buildCzi } from '../formats/czi/czi-builder';
import { buildTiff, planePage } from '../formats/tiff/tiff-builder';
import { writeGroup, writeJson } from '../formats/zarr/hand-made';

/** Files of many tiny images, as plates are stored: the same wells and fields in each format. */
export const PLATES = { 'OME-TIFF': omeTiff, CZI: czi, 'OME-Zarr': omeZarr } as const;

const SIDE = 8;
const FIELDS = 4;

function omeTiff(folder: string, scenes: number): string {
  const file = path.join(folder, 'plate.ome.tif');
  const pages = Array.from({ length: scenes }, (_, i) => planePage(new Uint16Array(SIDE * SIDE).fill(i), SIDE, SIDE));
  const images = pages.map(
    (_, i) =>
      `<Image ID="Image:${i}" Name="${i}"><AcquisitionDate>2026-01-01T00:00:00</AcquisitionDate><Pixels ID="Pixels:${i}" DimensionOrder="XYZCT" Type="uint16" SizeX="${SIDE}" SizeY="${SIDE}" SizeZ="1" SizeC="1" SizeT="1" PhysicalSizeX="0.5" PhysicalSizeY="0.5"><Channel ID="Channel:${i}:0" Name="DAPI" SamplesPerPixel="1"/><TiffData IFD="${i}" PlaneCount="1"/><Plane TheZ="0" TheC="0" TheT="0" PositionX="${i}" PositionY="0"/></Pixels></Image>`,
  );
  const xml = `<?xml version="1.0"?><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06">${images.join('')}</OME>`;
  pages[0].fields[270] = { type: 2, values: xml };
  writeFileSync(file, buildTiff(pages));
  return file;
}

function czi(folder: string, scenes: number): string {
  const file = path.join(folder, 'plate.czi');
  const blocks = Array.from({ length: scenes }, (_, s) => ({
    pixelType: 1,
    x: 10 * s,
    width: SIDE,
    height: SIDE,
    at: { S: s, C: 0 },
    payload: new Uint8Array(2 * SIDE * SIDE),
  }));
  const names = blocks.map(
    ({ at: { S } }) => `<Scene Index="${S}" Name="P${S}"><ArrayName>B${1 + (S % 24)}</ArrayName></Scene>`,
  );
  const dimensions = `<Dimensions><S><Scenes>${names.join('')}</Scenes></S></Dimensions>`;
  const metadata = `<ImageDocument><Metadata><Information><Image>${dimensions}</Image></Information></Metadata></ImageDocument>`;
  writeFileSync(file, buildCzi(blocks, { metadata }));
  return file;
}

function omeZarr(folder: string, scenes: number): string {
  const plate = path.join(folder, 'plate.ome.zarr');
  const axes = ['y', 'x'].map((name) => ({ name, type: 'space' }));
  const datasets = [{ path: '0', coordinateTransformations: [{ type: 'scale', scale: [1, 1] }] }];
  const wells: Array<{ path: string }> = [];
  for (let scene = 0; scene < scenes; scene += FIELDS) {
    const well = `A/${1 + scene / FIELDS}`;
    wells.push({ path: well });
    const fields = Array.from({ length: Math.min(FIELDS, scenes - scene) }, (_, field) => ({ path: `${field}` }));
    writeGroup(path.join(plate, well), 2, { well: { images: fields } });
    for (const field of fields) {
      const image = path.join(plate, well, field.path);
      writeGroup(image, 2, { multiscales: [{ version: '0.4', axes, datasets }] });
      writeJson(path.join(image, '0', '.zarray'), {
        zarr_format: 2,
        shape: [SIDE, SIDE],
        chunks: [SIDE, SIDE],
        dtype: '<u2',
        compressor: null,
        fill_value: 0,
        order: 'C',
        filters: null,
      });
    }
  }
  mkdirSync(plate, { recursive: true });
  writeGroup(plate, 2, { plate: { wells } });
  return plate;
}
