import assert from 'node:assert/strict';
import { DISKS, type TiffLook, tiff } from './drawn-masks';
import { binary, MASK, readDrawn } from './read-drawn';
import { type TemporaryFolder, temporaryFolder } from './temporary-files';

const IMAGEJ: TiffLook = { photometric: 0, description: 'ImageJ=1.53t\nmin=0.0\nmax=255.0\n' };
const paletteOf = (first: [number, number, number], others: (i: number) => [number, number, number]): TiffLook => ({
  photometric: 3,
  palette: (i) => (i === 0 ? first : others(i)),
});
const WHITE: [number, number, number] = [255, 255, 255];
const CRIMSON: [number, number, number] = [220, 20, 60];

const inside = (value: number, outside: number) => Uint8Array.from(DISKS, (disk) => (disk ? value : outside));

describe('masks whose values may be the other way round', () => {
  let folder: TemporaryFolder;
  before(async () => {
    folder = await temporaryFolder();
  });
  after(() => folder.remove());

  const read: [name: string, pixels: Uint8Array<ArrayBuffer>, look: TiffLook, foreground: string, note: RegExp][] = [
    ['ImageJ: 255 is the object', inside(255, 0), IMAGEJ, '', /foreground is 255.*"0" where it is what shows as white/],
    ['ImageJ: white objects, as told', inside(0, 255), IMAGEJ, '0', /^$/],
    ['others: what shows as white', inside(0, 255), { photometric: 0 }, '', /"non-zero" where it is what shows as/],
    [
      'a palette without black',
      DISKS,
      paletteOf([68, 1, 84], (i) => [68 + (i % 9), 1, 84]),
      '',
      /index 0, shown as rgb\(68, 1, 84\), is background; say foreground "0" where it is the object/,
    ],
    ['a palette, as told', inside(0, 1), paletteOf(CRIMSON, () => [90, 90, 90]), '0', /^$/],
  ];
  for (const [name, pixels, look, foreground, note] of read) {
    it(`${name}: read`, async () => {
      const found = await readDrawn(folder, 'm.tif', tiff(pixels, look), foreground);
      assert.deepEqual(binary(found.pixels), MASK);
      assert.match(found.notes, note);
    });
  }

  const refused: [name: string, pixels: Uint8Array<ArrayBuffer>, look: TiffLook, fault: RegExp][] = [
    ['ImageJ, mostly 255', inside(0, 255), IMAGEJ, /ImageJ's inverting .* 8\d % of it are 255, .*"non-zero", or "0"/],
    ['ImageJ, labels', DISKS, IMAGEJ, /ImageJ's inverting look-up table, and not only 0 and 255, but 1 too/],
    [
      'a palette with the object first',
      inside(0, 1),
      paletteOf(CRIMSON, () => [90, 90, 90]),
      /shows nothing as black, and index 0 on less than half .*\(0 as rgb\(220, 20, 60\), 1 as rgb\(90, 90, 90\)\)/,
    ],
    ['a white object on blue', inside(0, 1), paletteOf(WHITE, () => [0, 0, 200]), /shows nothing as black/],
  ];
  for (const [name, pixels, look, fault] of refused) {
    it(`${name}: refused with file, values and remedy`, async () => {
      await assert.rejects(readDrawn(folder, 'm.tif', tiff(pixels, look)), (error: Error) => {
        assert.match(error.message, fault);
        assert.match(error.message, /m\.tif\) has .*say what is foreground where it is loaded/);
        return true;
      });
    });
  }

  it('ImageJ: an empty one is a negative control, and a mask of a region may be most of it', async () => {
    const { pixels } = await readDrawn(folder, 'm.tif', tiff(new Uint8Array(DISKS.length), IMAGEJ));
    assert.ok(pixels.every((value) => value === 0));
    const most = inside(0, 255);
    const mask = await readDrawn(folder, 'm.tif', tiff(most, IMAGEJ), '', { purpose: 'mask' });
    assert.deepEqual(mask.pixels, most);
  });
});
