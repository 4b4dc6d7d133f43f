import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import path from 'node:path';
import { XMLValidator } from 'fast-xml-parser';
import { fromFile } from 'geotiff';
import { createImageWriter, openImage, type WriteInfo } from '../../../src/formats';
import { directoryBytes, headerBytes, rational } from '../../../src/formats/tiff/writing/directory';
import { bytesOf, DTYPES, type PixelArray } from '../../../src/image/dtype';
import { count, type Shape5, wholeRegion } from '../../../src/image/region';
import { failure } from '../error-matching';
import { pattern } from '../pixel-patterns';
import { useTempFolder } from '../temp-folder';

function infoOf(shape: Shape5, extra: Partial<WriteInfo> = {}): WriteInfo {
  const channels = Array.from({ length: shape[1] }, (_, index) => ({ index, name: `Channel ${index}` }));
  return { shape, dtype: 'uint16', channels, pixelSize: null, ...extra };
}

describe('writing TIFF', () => {
  const folder = useTempFolder();

  async function write(
    name: string,
    info: WriteInfo,
    pixels: PixelArray,
    format: 'ome-tiff' | 'tiff',
  ): Promise<string> {
    const file = folder.file(name);
    const writer = await createImageWriter(file, info, format, { existing: 'replace' });
    // Uneven groups of rows, from one to some planes, as pipelines deliver them; each array is used again.
    const width = info.shape[4];
    const groups = [1, 7, info.shape[3], 2 * info.shape[3] + 3];
    for (let at = 0, i = 0; at < pixels.length; at += groups[i++ % groups.length] * width) {
      const rows = pixels.slice(at, at + groups[i % groups.length] * width);
      await writer.write(rows);
      rows.fill(99);
    }
    await writer.finish();
    return file;
  }

  for (const format of ['ome-tiff', 'tiff'] as const) {
    it(`${format}: every type comes back as it was, with and without compression`, async () => {
      const shape: Shape5 = [2, 3, 3, 21, 34];
      for (const dtype of DTYPES) {
        for (const compression of ['none', 'deflate'] as const) {
          const pixels = pattern(dtype, count(shape));
          const file = await write(`${dtype}.${format}.tif`, infoOf(shape, { dtype, compression }), pixels, format);
          const source = await openImage(file);
          assert.equal(source.info.format, format);
          assert.deepEqual(source.info.levels, [shape]);
          const read = await source.read(wholeRegion(shape));
          assert.ok(Buffer.from(bytesOf(read)).equals(bytesOf(pixels)), `${dtype} ${compression}`);
          await source.close();
        }
      }
    });
  }

  it('several strips a plane, compressed and not', async () => {
    const shape: Shape5 = [1, 1, 2, 500, 400];
    const pixels = pattern('uint16', count(shape));
    for (const compression of ['none', 'deflate'] as const) {
      const file = await write('strips.tif', infoOf(shape, { compression }), pixels, 'ome-tiff');
      const source = await openImage(file);
      const read = await source.read(wholeRegion(shape));
      assert.ok(Buffer.from(bytesOf(read)).equals(bytesOf(pixels)));
      await source.close();
      const tiff = await fromFile(file);
      assert.equal(await tiff.getImageCount(), 2);
      const second = await (await tiff.getImage(1)).readRasters({ interleave: true });
      assert.deepEqual([...(second as unknown as Uint16Array)], [...pixels.subarray(200000)]);
      await tiff.close();
    }
  });

  it('names, sizes and scale come back', async () => {
    const channels = [
      { index: 0, name: 'DNA <405> & "µ"' },
      { index: 1, name: 'line\nbreak\u0001' },
    ];
    const pixelSize = { z: 0.283718, y: 0.12757, x: 0.127 };
    const scale = 1 / 65535;
    const info = infoOf([1, 2, 1, 2, 2], { channels, pixelSize, scale });
    const file = await write('meta.ome.tif', info, new Uint16Array(8), 'ome-tiff');
    const source = await openImage(file);
    assert.deepEqual(source.info.pixelSize, pixelSize);
    assert.equal(source.info.scale, scale);
    assert.deepEqual(
      source.info.channels.map(({ name }) => name),
      ['DNA <405> & "µ"', 'line\nbreak\ufffd'],
    );
    await source.close();
    const plain = await openImage(await write('meta.tif', info, new Uint16Array(8), 'tiff'));
    assert.equal(plain.info.scale, scale);
    assert.deepEqual(plain.info.pixelSize, { z: 0.283718, y: 0.12757, x: 0.127 });
    await plain.close();
  });

  it('OME-XML: valid, with the warning, one channel element each and all planes', async () => {
    const info = infoOf([2, 2, 3, 2, 2], { pixelSize: { z: null, y: 0.5, x: 0.25 }, scale: 0.5 });
    const file = await write('xml.ome.tif', info, new Uint16Array(48), 'ome-tiff');
    const tiff = await fromFile(file);
    const loaded = await (await tiff.getImage(0)).fileDirectory.loadValue('ImageDescription');
    await tiff.close();
    const xml = String(loaded).replace(/\0$/, '');
    assert.equal(XMLValidator.validate(xml), true);
    assert.match(
      xml,
      /^<\?xml version="1\.0" encoding="UTF-8"\?>\n<!-- Warning: this comment is an OME-XML metadata block/,
    );
    assert.match(xml, /DimensionOrder="XYZCT" Type="uint16" BigEndian="false"/);
    assert.match(xml, /SizeX="2" SizeY="2" SizeZ="3" SizeC="2" SizeT="2" PhysicalSizeX="0.25" PhysicalSizeXUnit="µm"/);
    assert.doesNotMatch(xml, /PhysicalSizeZ/);
    assert.equal(xml.match(/<Channel [^>]*SamplesPerPixel="1"\/>/g)?.length, 2);
    assert.match(xml, /<TiffData IFD="0" PlaneCount="12"\/>/);
  });

  it('uncompressed ImageJ stacks lie in ImageJ’s order, whatever its directories say', async () => {
    const pixels = Uint16Array.from({ length: 2 * 3 * 4 }, (_, i) => Math.floor(i / 4));
    const file = await write('order.tif', infoOf([1, 2, 3, 2, 2], { compression: 'none' }), pixels, 'tiff');
    const stored = readFileSync(file);
    const planes = Array.from({ length: 6 }, (_, i) => stored.readUInt16LE(16 + i * 8));
    assert.deepEqual(planes, [0, 3, 1, 4, 2, 5]);
  });

  it('the same image gives the same bytes', async () => {
    const pixels = pattern('uint16', 600);
    const [a, b] = ['a', 'b'].map((name) => path.join(name, 'same.ome.tif'));
    const info = infoOf([1, 1, 1, 20, 30]);
    const first = readFileSync(await write(a, info, pixels, 'ome-tiff'));
    assert.ok(first.equals(readFileSync(await write(b, info, pixels, 'ome-tiff'))));
  });

  it('an existing file stays unless it shall be replaced, and stays whole when writing fails', async () => {
    const info = infoOf([1, 1, 2, 2, 2]);
    const file = await write('keep.tif', info, new Uint16Array(8).fill(7), 'tiff');
    await assert.rejects(createImageWriter(file, info, 'tiff'), failure('exists', /exists already/));

    const writer = await createImageWriter(file, info, 'tiff', { existing: 'replace' });
    await writer.write(new Uint16Array(4));
    await assert.rejects(writer.finish(), failure('invalid-input', /2 of 4 rows were written/));
    const source = await openImage(file);
    assert.deepEqual([...(await source.read(wholeRegion([1, 1, 2, 2, 2])))], new Array(8).fill(7));
    await source.close();
    assert.deepEqual(partials(path.dirname(file)), []);
  });

  it('a full disk is a clear error; the older file stays whole and nothing is left beside it', async () => {
    const info = infoOf([1, 1, 4, 50, 60], { tile: 16, pyramid: 'mean' });
    const pixels = pattern('uint16', 4 * 50 * 60);
    const before = readFileSync(
      await write('full.tif', infoOf([1, 1, 1, 2, 2]), new Uint16Array(4).fill(7), 'ome-tiff'),
    );
    for (const allowed of [0, 1, 20, 65]) {
      const restore = await failWritesAfter(allowed, 'ENOSPC');
      try {
        const saving = write('full.tif', info, pixels, 'ome-tiff');
        await assert.rejects(saving, failure('disk-full', /cannot write .*full\.tif: the disk is full \(ENOSPC\)/));
      } finally {
        restore();
      }
      assert.ok(readFileSync(folder.file('full.tif')).equals(before));
      assert.deepEqual(partials(folder.file('')), []);
    }
  });

  it('a file made meanwhile is not overwritten', async () => {
    const info = infoOf([1, 1, 1, 2, 2]);
    const late = await createImageWriter(folder.file('race.tif'), info, 'tiff');
    await write('race.tif', info, new Uint16Array(4).fill(3), 'tiff');
    await late.write(new Uint16Array(4).fill(9));
    await assert.rejects(late.finish(), failure('exists', /race\.tif/));
    const source = await openImage(folder.file('race.tif'));
    assert.deepEqual([...(await source.read(wholeRegion([1, 1, 1, 2, 2])))], [3, 3, 3, 3]);
    await source.close();
  });

  it('nothing is there before finish, and nothing is left after abort', async () => {
    const writer = await createImageWriter(folder.file('never.tif'), infoOf([1, 1, 2, 2, 2]), 'ome-tiff');
    await writer.write(new Uint16Array(4));
    assert.equal(existsSync(folder.file('never.tif')), false);
    await writer.abort();
    await writer.abort();
    assert.equal(existsSync(folder.file('never.tif')), false);
    assert.deepEqual(partials(path.dirname(folder.file('x'))), []);
  });

  it('refuses pixels that do not fit', async () => {
    const start = () => createImageWriter(folder.file('wrong.tif'), infoOf([1, 1, 2, 2, 2]), 'tiff');
    await assert.rejects(
      (await start()).write(new Float32Array(4)),
      failure('invalid-input', /expected uint16 pixels, got "float32"/),
    );
    await assert.rejects(
      (await start()).write(new Uint16Array(5)),
      failure('invalid-input', /4 rows of 2 pixels, got "5 pixels"/),
    );
    await assert.rejects(
      (await start()).write(new Uint16Array(12)),
      failure('invalid-input', /4 rows of 2 pixels, got "12 pixels"/),
    );
    const channels = createImageWriter(folder.file('wrong.tif'), { ...infoOf([1, 1, 1, 2, 2]), channels: [] }, 'tiff');
    await assert.rejects(channels, failure('invalid-input', /channels: expected 1 channels/));
    const shape = createImageWriter(folder.file('wrong.tif'), infoOf([1, 1, 0, 2, 2]), 'tiff');
    await assert.rejects(shape, failure('invalid-input', /shape: expected five positive integers/));
    assert.deepEqual(partials(path.dirname(folder.file('x'))), []);
  });

  it('BigTIFF structures are read back', async () => {
    const pixels = pattern('uint8', 16);
    const directory = directoryBytes(
      [
        {
          fields: [
            { tag: 256, type: 4, values: [4] },
            { tag: 257, type: 4, values: [4] },
            { tag: 258, type: 3, values: [8] },
            { tag: 279, type: 16, values: [8, 8] },
            { tag: 278, type: 4, values: [2] },
            { tag: 273, type: 16, values: [16, 24] },
          ],
        },
      ],
      32,
      true,
    );
    const file = folder.write('big.tif', Buffer.concat([headerBytes(true, 32), bytesOf(pixels), directory]));
    const source = await openImage(file);
    assert.deepEqual(await source.read(wholeRegion([1, 1, 1, 4, 4])), pixels);
    await source.close();
    assert.ok(statSync(file).size > 100);
  });

  it('resolutions are exact fractions where there are some', () => {
    assert.deepEqual(rational(1 / 0.127), [1000, 127]);
    assert.deepEqual(rational(2), [2, 1]);
    assert.deepEqual(rational(Number.POSITIVE_INFINITY), [0, 1]);
    const [n, d] = rational(Math.PI);
    assert.ok(Math.abs(n / d - Math.PI) < 1e-15);
  });
});

function partials(folder: string): string[] {
  return readdirSync(folder).filter((name) => name.includes('.partial-'));
}

/** Lets every open file take so many writes; the next ones fail as the system would. */
async function failWritesAfter(allowed: number, code: string): Promise<() => void> {
  const handle = await open(__filename, 'r');
  const prototype = Object.getPrototypeOf(handle) as FileHandle;
  await handle.close();
  const { write } = prototype;
  let writes = 0;
  const failing = function (this: FileHandle, ...given: Parameters<typeof write>): ReturnType<typeof write> {
    if (writes++ < allowed) return write.apply(this, given);
    return Promise.reject(Object.assign(new Error(code), { code }));
  };
  prototype.write = failing as typeof write;
  return () => {
    prototype.write = write;
  };
}
