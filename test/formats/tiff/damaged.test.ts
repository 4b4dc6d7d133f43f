import assert from 'node:assert/strict';
import { SegmenterError } from '../../../src/base/errors';
import { Random } from '../../../src/base/random';
import { openImage } from '../../../src/formats/open-image';
import { wholeRegion } from '../../../src/image/region';
import { failure } from '../error-matching';
import { pattern } from '../pixel-patterns';
import { useTempFolder } from '../temp-folder';
import { type BuildPage, buildTiff, planePage } from './tiff-builder';

async function readWhole(file: string): Promise<void> {
  const source = await openImage(file);
  try {
    await source.read(wholeRegion(source.info.levels[0]));
  } finally {
    await source.close();
  }
}

describe('damaged TIFF files', () => {
  const folder = useTempFolder();
  const pages = (compression: number, big = false): Buffer =>
    buildTiff(
      Array.from({ length: 3 }, (_, i) =>
        planePage(pattern('uint16', 20 * 30, i), 20, 30, { rowsPerStrip: 6, compression }),
      ),
      { big },
    );

  it('cut anywhere, a file is an error, never an image with fewer pages', async () => {
    for (const bytes of [pages(1), pages(8), pages(8, true)]) {
      for (let length = 0; length < bytes.length; length += 13) {
        const file = folder.write('cut.tif', bytes.subarray(0, length));
        await assert.rejects(openImage(file), failure('corrupt-file', /cut\.tif/), `${length} bytes`);
      }
    }
  });

  it('names the place where the file ends too early', async () => {
    const bytes = pages(1);
    // The last directory's last word is missing.
    const file = folder.write('end.tif', bytes.subarray(0, bytes.length - 4));
    await assert.rejects(
      openImage(file),
      failure('corrupt-file', /directory 2 should be at bytes \d+ to \d+, but the file has/),
    );
  });

  it('a chain of directories that loops is an error', async () => {
    for (const big of [false, true]) {
      const bytes = buildTiff([planePage(pattern('uint8', 16), 4, 4)], { big });
      const first = big ? Number(bytes.readBigUInt64LE(8)) : bytes.readUInt32LE(4);
      if (big) bytes.writeBigUInt64LE(BigInt(first), bytes.length - 8);
      else bytes.writeUInt32LE(first, bytes.length - 4);
      await assert.rejects(openImage(folder.write('loop.tif', bytes)), failure('corrupt-file', /comes back to byte/));
    }
  });

  it('a file without directories was not written to its end', async () => {
    await assert.rejects(openImage(folder.write('none.tif', buildTiff([]))), failure('corrupt-file', /no directory/));
  });

  it('sizes that the file cannot hold are refused before memory is asked for', async () => {
    const page = planePage(pattern('uint8', 16), 4, 4);
    const huge = { type: 4, values: [2_000_000_000] };
    const cases: Array<[BuildPage['fields'], RegExp]> = [
      [{ 256: huge, 257: huge, 278: huge }, /too few for its/],
      [{ 256: { type: 4, values: [0] } }, /states a width of 0/],
      [{ 257: { type: 4, values: [100] } }, /needs 25 strips but lists 1/],
      [{ 273: { type: 4, values: [4_000_000_000] } }, /truncated or damaged/],
      [{ 279: { type: 4, values: [3] } }, /3 bytes in strip 0, too few/],
      [{ 277: { type: 3, values: [0] } }, /0 samples/],
      [{ 258: { type: 99, values: new Uint8Array(4) } }, /unknown type 99/],
    ];
    for (const [fields, message] of cases) {
      const bytes = buildTiff([{ ...page, fields: { ...page.fields, ...fields } }]);
      await assert.rejects(openImage(folder.write('size.tif', bytes)), failure('corrupt-file', message));
    }
  });

  it('damaged compressed data name the strip and page', async () => {
    for (const compression of [8, 5, 32773, 7]) {
      const page = planePage(pattern('uint8', 400), 20, 20, {
        compression: compression === 5 || compression === 7 ? 1 : compression,
      });
      page.fields[259] = { type: 3, values: [compression] };
      page.blocks = [Uint8Array.from({ length: 100 }, (_, i) => (i * 89 + 7) & 255)];
      const file = folder.write('damaged.tif', buildTiff([page]));
      await assert.rejects(
        readWhole(file),
        failure('corrupt-file', /strip 0 of directory 0/),
        `compression ${compression}`,
      );
    }
  });

  it('strips that overlap cannot blow up a small file', async () => {
    const page = planePage(new Uint8Array(1000 * 1000), 1000, 1000, { rowsPerStrip: 1 });
    page.blocks = [new Uint8Array(2000)];
    page.fields[273] = { type: 4, values: Array.from({ length: 1000 }, (_, i) => 8 + i) };
    page.fields[279] = { type: 4, values: new Array<number>(1000).fill(1000) };
    await assert.rejects(
      openImage(folder.write('shared.tif', buildTiff([page]))),
      failure('corrupt-file', /states 1000000 bytes/),
    );
  });

  it('directories that share their values cannot fill the memory', async () => {
    const page = planePage(pattern('uint8', 4096), 4096, 1, { rowsPerStrip: 1 });
    // Every directory lists the 4096 strips of the first.
    const shared = { ...page, blocks: [new Uint8Array(4096)] };
    shared.fields[273] = { type: 4, values: Array.from({ length: 4096 }, (_, i) => 8 + i) };
    shared.fields[279] = { type: 4, values: new Array<number>(4096).fill(1) };
    const one = buildTiff([shared]);
    const first = one.readUInt32LE(4);
    const directory = one.subarray(first);
    const copies = Array.from({ length: 50 }, (_, i) => {
      const copy = Buffer.from(directory);
      copy.writeUInt32LE(i === 49 ? 0 : one.length + (i + 1) * directory.length, directory.length - 4);
      return copy;
    });
    one.writeUInt32LE(one.length, first + directory.length - 4);
    const file = folder.write('shared.tif', Buffer.concat([one, ...copies]));
    await assert.rejects(openImage(file), failure('corrupt-file', /directories share their values/));
  });

  it('changed bytes give an error of ours or an image, nothing else', async () => {
    const random = new Random(7);
    let refused = 0;
    for (let round = 0; round < 300; round++) {
      const bytes = Buffer.from(pages(round % 2 ? 8 : 1, round % 3 === 0));
      for (let i = 0; i < 4; i++) bytes[random.integer(bytes.length)] = random.integer(256);
      try {
        await readWhole(folder.write('fuzz.tif', bytes));
      } catch (error) {
        assert.ok(error instanceof SegmenterError, `round ${round}: ${(error as Error).stack}`);
        assert.notEqual(error.code, 'internal');
        refused++;
      }
    }
    assert.ok(refused > 50, `${refused} refused`);
  });
});
