import assert from 'node:assert/strict';
import { truncateSync } from 'node:fs';
import { openImage } from '../../../src/formats/open-image';
import { wholeRegion } from '../../../src/image/region';
import { failure } from '../error-matching';
import { pattern } from '../pixel-patterns';
import { useTempFolder } from '../temp-folder';
import { type BuildField, buildTiff, planePage } from './tiff-builder';

describe('TIFF of particular programs', () => {
  const folder = useTempFolder();
  const text = (values: string): BuildField => ({ type: 2, values });
  const nihHeader = (slices: number): Uint8Array => {
    const header = new Uint8Array(300);
    header[261] = slices;
    return header;
  };

  it('formats that hide planes or axes elsewhere are refused by name', async () => {
    const cases: Array<[Record<number, BuildField>, RegExp]> = [
      [{ 34412: { type: 1, values: new Uint8Array(20) } }, /Zeiss LSM/],
      [{ 33629: { type: 4, values: [1, 2] } }, /MetaMorph/],
      [{ 43314: { type: 1, values: nihHeader(3) } }, /NIH Image/],
      [{ 65200: { type: 2, values: 'Root' } }, /Opera Flex/],
      [{ 34361: { type: 1, values: new Uint8Array(20) } }, /FluoView/],
      [{ 65420: { type: 4, values: [1] } }, /NDPI/],
      [{ 270: text('<?xml version="1.0"?><scn xmlns="x"></scn>') }, /Leica SCN/],
    ];
    for (const [extra, message] of cases) {
      const file = folder.write('vendor.tif', buildTiff([planePage(new Uint8Array(4), 2, 2, { extra })]));
      await assert.rejects(openImage(file), failure('unsupported', message));
    }
  });

  it('one plane of MetaMorph or NIH Image hides nothing', async () => {
    const cases: Array<Record<number, BuildField>> = [
      { 33629: { type: 4, values: [1] } },
      { 43314: { type: 1, values: nihHeader(1) } },
    ];
    for (const extra of cases) {
      const pixels = pattern('uint8', 6);
      const source = await openImage(folder.write('one.tif', buildTiff([planePage(pixels, 2, 3, { extra })])));
      assert.deepEqual(await source.read(wholeRegion([1, 1, 1, 2, 3])), pixels);
      await source.close();
    }
  });

  it('Aperio slides are one image with levels; thumbnail, label and overview are left out', async () => {
    const tile: [number, number] = [16, 16];
    const pixels = pattern('uint8', 64 * 96);
    const extra = { 270: text('Aperio Image Library v11\n96x64 |AppMag = 20|MPP = 0.4990') };
    const pages = [
      planePage(pixels, 64, 96, { tile, extra }),
      planePage(new Uint8Array(32 * 48), 32, 48),
      planePage(pattern('uint8', 16 * 24), 16, 24, { tile }),
      planePage(new Uint8Array(30 * 20), 30, 20, { extra: { 254: { type: 4, values: [1] } } }),
      planePage(new Uint8Array(50 * 20), 50, 20, { extra: { 254: { type: 4, values: [9] } } }),
    ];
    const source = await openImage(folder.write('slide.tif', buildTiff(pages)));
    assert.equal(source.info.scenes, 1);
    assert.deepEqual(source.info.levels, [
      [1, 1, 1, 64, 96],
      [1, 1, 1, 16, 24],
    ]);
    assert.deepEqual(source.info.pixelSize, { z: null, y: 0.499, x: 0.499 });
    assert.deepEqual(await source.read(wholeRegion([1, 1, 1, 64, 96])), pixels);
    await source.close();
  });

  it('ImageJ’s stacks over 4 GB have one directory and their planes one after the other, big-endian', async () => {
    const [width, height, slices] = [1024, 1024, 2500];
    const first = new Uint8Array(width * height * 2);
    first.set([1, 2, 3, 4], 0);
    const page = planePage(new Uint16Array(first.buffer), height, width, { littleEndian: true });
    page.fields[270] = text(`ImageJ=1.54f\nimages=${slices}\nslices=${slices}\nloop=false\n`);
    // The builder puts the first plane at byte 8; the directory may be anywhere, here after it.
    page.blocks = [first];
    const file = folder.write('large.tif', buildTiff([page], { littleEndian: false }));
    await assert.rejects(openImage(file), failure('corrupt-file', /2500 images, which end at byte 5242880008/));
    truncateSync(file, 8 + slices * first.length);
    const source = await openImage(file);
    assert.deepEqual(source.info.levels, [[1, 1, slices, height, width]]);
    const start = await source.read({ start: [0, 0, 0, 0, 0], size: [1, 1, 1, 1, 2] });
    assert.deepEqual([...start], [0x0102, 0x0304]);
    const end = await source.read({ start: [0, 0, slices - 1, height - 1, width - 2], size: [1, 1, 1, 1, 2] });
    assert.deepEqual([...end], [0, 0]);
    await source.close();
  });
});
