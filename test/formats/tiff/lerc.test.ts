import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { openImage } from '../../../src/formats';
import { wholeRegion } from '../../../src/image/region';
import { REFERENCES } from '../../support/shared-data';
import { useTempFolder } from '../temp-folder';
import { buildTiff, planePage } from './tiff-builder';

const [HEIGHT, WIDTH] = [53, 67];
const FILE = readFileSync(path.join(REFERENCES, 'tiff', 'int16-lerc.tif'));
/** The only block of the file. */
const BLOB = (() => {
  const start = FILE.indexOf('Lerc2 ');
  return FILE.subarray(start, start + FILE.readInt32LE(start + 34));
})();

describe('LERC blocks', () => {
  const folder = useTempFolder();

  const read = async (blob: Uint8Array, signed = true) => {
    const page = planePage(new Int16Array(HEIGHT * WIDTH), HEIGHT, WIDTH);
    page.fields[259] = { type: 3, values: [34887] };
    page.fields[339] = { type: 3, values: [signed ? 2 : 1] };
    page.blocks = [blob];
    const source = await openImage(folder.write('lerc.tif', buildTiff([page])));
    try {
      return await source.read(wholeRegion(source.info.levels[0]));
    } finally {
      await source.close();
    }
  };
  const changed = (at: number, value: number): Uint8Array => {
    const bytes = Buffer.from(BLOB);
    bytes.writeInt32LE(value, at);
    return bytes;
  };

  it('are decoded', async () => {
    const pixels = await read(BLOB);
    assert.ok(Buffer.from(pixels.buffer).equals(readFileSync(path.join(REFERENCES, 'tiff', 'int16-lerc.raw'))));
  });

  it('are refused before memory is given to what their header claims', async () => {
    const cases: Array<[Uint8Array, RegExp]> = [
      [changed(14, 2 ** 30), /it has 1073741824 x 67 pixels of 1 values/],
      [changed(22, 2 ** 30), /it has 53 x 67 pixels of 1073741824 values/],
      [changed(34, 0), /it states 0 bytes and has \d+/],
      [Buffer.concat([BLOB, BLOB]), /it states \d+ bytes and has \d+/],
      [changed(38, 77), /it holds the type 77, expected 16-bit signed integer/],
      [changed(6, 9), /Lerc2 of version 9; expected 2 to 5/],
      [BLOB.subarray(0, 40), /no Lerc2 header/],
    ];
    for (const [blob, message] of cases) await assert.rejects(read(blob), { code: 'corrupt-file', message });
    await assert.rejects(read(BLOB, false), {
      code: 'corrupt-file',
      message: /it holds 16-bit signed integer, expected/,
    });
  });

  it('with pixels that have no value are named as not read, and not as damaged', async () => {
    const message = /strip 0 of .* is LERC with 3 pixels that have no value/;
    await assert.rejects(read(changed(26, HEIGHT * WIDTH - 3)), { code: 'unsupported', message });
  });
});
