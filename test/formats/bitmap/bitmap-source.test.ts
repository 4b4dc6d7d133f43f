import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { crc32, deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { createImageWriter, openImage, type WriteInfo } from '../../../src/formats';
import { indexedPng } from '../../../src/formats/bitmap/png-palette';
import { asLabels } from '../../../src/formats/label-view';
import { type Shape5, wholeRegion } from '../../../src/image/region';
import { failure } from '../error-matching';
import { useTempFolder } from '../temp-folder';

const WIDTH = 40;
const HEIGHT = 30;

describe('PNG and JPEG', () => {
  const folder = useTempFolder();
  const raw = (channels: 1 | 2 | 3 | 4) => ({ raw: { width: WIDTH, height: HEIGHT, channels } });
  const spread = (length: number): Uint16Array<ArrayBuffer> =>
    Uint16Array.from({ length }, (_, i) => (i * 40503) & 0xffff);

  it('16-bit grey PNG: all 65536 values, written and read', async () => {
    const shape: Shape5 = [1, 1, 1, 256, 256];
    const pixels = Uint16Array.from({ length: 65536 }, (_, i) => i);
    const info: WriteInfo = { shape, dtype: 'uint16', channels: [{ index: 0, name: 'a' }], pixelSize: null };
    const writer = await createImageWriter(folder.file('grey16.png'), info, 'png');
    await writer.write(pixels);
    await writer.finish();
    const header = readFileSync(folder.file('grey16.png')).subarray(24, 26);
    assert.deepEqual([...header], [16, 0], 'bit depth 16, colour type grey');
    const source = await openImage(folder.file('grey16.png'));
    assert.deepEqual(source.info.levels, [shape]);
    assert.equal(source.info.dtype, 'uint16');
    assert.equal(source.info.format, 'png');
    assert.deepEqual(await source.read(wholeRegion(shape)), pixels);
    await source.close();
  });

  it('a PNG whose header claims more bytes than are read at once is refused', async () => {
    const chunk = (type: string, data: Buffer) => {
      const body = Buffer.concat([Buffer.from(type), data]);
      const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
      length.writeUInt32BE(data.length);
      sum.writeUInt32BE(crc32(body));
      return Buffer.concat([length, body, sum]);
    };
    const header = Buffer.alloc(13);
    header.writeUInt32BE(2 ** 14, 0);
    header.writeUInt32BE(2 ** 14, 4);
    header.set([16, 2], 8);
    const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
    const chunks = [
      chunk('IHDR', header),
      chunk('IDAT', deflateSync(Buffer.alloc(64))),
      chunk('IEND', Buffer.alloc(0)),
    ];
    const file = folder.write('claims.png', Buffer.concat([signature, ...chunks]));
    await assert.rejects(openImage(file), failure('unsupported', /1610612736 bytes of pixels/));
  });

  it('RGB PNG of 8 and 16 bits: channels in order, exactly', async () => {
    const shape: Shape5 = [1, 3, 1, HEIGHT, WIDTH];
    const channels = ['r', 'g', 'b'].map((name, index) => ({ index, name }));
    for (const dtype of ['uint8', 'uint16'] as const) {
      const values = spread(3 * HEIGHT * WIDTH);
      const pixels = dtype === 'uint8' ? Uint8Array.from(values) : values;
      const file = folder.file(`rgb-${dtype}.png`);
      const writer = await createImageWriter(file, { shape, dtype, channels, pixelSize: null }, 'png');
      for (let c = 0; c < 3; c++) await writer.write(pixels.slice(c * HEIGHT * WIDTH, (c + 1) * HEIGHT * WIDTH));
      await writer.finish();
      const source = await openImage(file);
      assert.deepEqual(await source.read(wholeRegion(shape)), pixels);
      assert.deepEqual(
        source.info.channels.map(({ name }) => name),
        ['Red', 'Green', 'Blue'],
      );
      const part = await source.read({ start: [0, 1, 0, 3, 5], size: [1, 2, 1, 2, 4] });
      assert.equal(part[0], pixels[HEIGHT * WIDTH + 3 * WIDTH + 5]);
      assert.equal(part[15], pixels[2 * HEIGHT * WIDTH + 4 * WIDTH + 8]);
      await source.close();
    }
  });

  it('8-bit grey is one channel; a mask keeps its 0 and 1', async () => {
    const mask = Uint8Array.from({ length: HEIGHT * WIDTH }, (_, i) => (i % 3) & 1);
    const file = folder.file('mask.png');
    const shape: Shape5 = [1, 1, 1, HEIGHT, WIDTH];
    const info: WriteInfo = { shape, dtype: 'uint8', channels: [{ index: 0, name: 'mask' }], pixelSize: null };
    const writer = await createImageWriter(file, info, 'png');
    await writer.write(mask);
    await writer.finish();
    const source = await openImage(file);
    assert.deepEqual(await source.read(wholeRegion(shape)), mask);
    await source.close();
  });

  it('transparency is dropped, the colours below it stay as stored', async () => {
    const values = Uint8Array.from(spread(4 * HEIGHT * WIDTH));
    await sharp(values, raw(4)).png().toFile(folder.file('rgba.png'));
    const source = await openImage(folder.file('rgba.png'));
    assert.deepEqual(source.info.levels, [[1, 3, 1, HEIGHT, WIDTH]]);
    const pixels = await source.read(wholeRegion([1, 3, 1, HEIGHT, WIDTH]));
    for (const i of [0, 17, 1199])
      for (let c = 0; c < 3; c++) assert.equal(pixels[c * HEIGHT * WIDTH + i], values[i * 4 + c]);
    await source.close();

    const grey = spread(2 * HEIGHT * WIDTH);
    await sharp(grey, raw(2)).toColourspace('grey16').png().toFile(folder.file('grey-alpha.png'));
    const second = await openImage(folder.file('grey-alpha.png'));
    assert.deepEqual(second.info.levels, [[1, 1, 1, HEIGHT, WIDTH]]);
    assert.deepEqual(
      await second.read(wholeRegion([1, 1, 1, HEIGHT, WIDTH])),
      grey.filter((_, i) => i % 2 === 0),
    );
    await second.close();
  });

  it('a palette of greys is grey, whatever the order of its indices', async () => {
    const greys = Uint8Array.from({ length: HEIGHT * WIDTH }, (_, i) => [200, 10, 90][i % 3]);
    const file = folder.write('greys.png', await sharp(greys, raw(1)).png({ palette: true, dither: 0 }).toBuffer());
    assert.ok(indexedPng(readFileSync(file)));
    const source = await openImage(file);
    assert.deepEqual(source.info.levels, [[1, 1, 1, HEIGHT, WIDTH]]);
    assert.deepEqual(await source.read(wholeRegion([1, 1, 1, HEIGHT, WIDTH])), greys);
    assert.deepEqual(source.info.notes, []);
    await source.close();
  });

  it('palettes are indices, and said so of an image; transparency is black, of a picture as labels', async () => {
    for (const colours of [2, 4, 16, 200]) {
      for (const progressive of [false, true]) {
        const level = (i: number) => Math.floor((i % colours) * (255 / colours));
        const pixels = Buffer.from(
          Array.from({ length: WIDTH * HEIGHT }, (_, i) => [level(i), 255 - level(i), 7]).flat(),
        );
        const options = { palette: true, colours, dither: 0, progressive } as const;
        const file = folder.write('indexed.png', await sharp(pixels, raw(3)).png(options).toBuffer());
        const source = await openImage(file);
        const shown = await sharp(readFileSync(file)).removeAlpha().raw().toBuffer();
        assert.match(String(source.info.notes), /indices are read/);
        assert.deepEqual(source.info.channels, [{ index: 0, name: 'Channel 0' }]);
        const labels = asLabels(source);
        const shape: Shape5 = [1, 1, 1, HEIGHT, WIDTH];
        assert.deepEqual([labels.info.levels, labels.info.dtype, labels.info.labels], [[shape], 'uint8', true]);
        const palette = labels.info.appearance?.palette ?? new Uint8Array();
        const indices = await labels.read(wholeRegion(shape));
        const through = [0, 1, 2].map((sample) => Array.from(indices, (index) => palette[4 * index + sample]));
        const samples = [0, 1, 2].map((sample) => [...shown.filter((_, i) => i % 3 === sample)]);
        assert.deepEqual(through, samples, `${colours} colours`);
        assert.equal(labels.info.notes, undefined);
        await source.close();
      }
    }
    const half = Buffer.from(
      Array.from({ length: WIDTH * HEIGHT }, (_, i) => [9, i % 250, 3, i % 2 ? 128 : 127]).flat(),
    );
    const source = asLabels(await openImage(folder.write('alpha.png', await sharp(half, raw(4)).png().toBuffer())));
    const [, , , , x] = source.info.levels[0];
    const row = await source.read({ start: [0, 0, 0, 3, 0], size: [1, 1, 1, 1, x] });
    assert.deepEqual(
      [...row],
      Array.from({ length: WIDTH }, (_, i) => (i % 2 ? Math.max(9, (3 * WIDTH + i) % 250) : 0)),
    );
    await source.close();
  });

  it('JPEG, grey and colour, without turning it by its EXIF orientation', async () => {
    const flat = new Uint8Array(3 * HEIGHT * WIDTH).fill(120);
    await sharp(flat, raw(3)).withMetadata({ orientation: 6 }).jpeg().toFile(folder.file('turned.jpg'));
    const colour = await openImage(folder.file('turned.jpg'));
    assert.match(String(colour.info.notes), /orientation 6\); it is read as it is stored/);
    assert.deepEqual(colour.info.levels, [[1, 3, 1, HEIGHT, WIDTH]]);
    assert.equal(colour.info.format, 'jpeg');
    assert.ok((await colour.read(wholeRegion([1, 3, 1, HEIGHT, WIDTH]))).every((v) => Math.abs(v - 120) < 3));
    await colour.close();
    await sharp(flat.slice(0, HEIGHT * WIDTH), raw(1))
      .toColourspace('b-w')
      .jpeg()
      .toFile(folder.file('grey.jpeg'));
    const grey = await openImage(folder.file('grey.jpeg'));
    assert.deepEqual(grey.info.levels, [[1, 1, 1, HEIGHT, WIDTH]]);
    await grey.close();
  });

  it('a file that is replaced is read anew', async () => {
    const write = (value: number) =>
      sharp(new Uint8Array(100).fill(value), { raw: { width: 10, height: 10, channels: 1 } })
        .toColourspace('b-w')
        .png()
        .toFile(folder.file('again.png'));
    for (const value of [10, 20]) {
      await write(value);
      const source = await openImage(folder.file('again.png'));
      assert.equal((await source.read(wholeRegion([1, 1, 1, 10, 10])))[0], value);
      await source.close();
    }
  });

  it('cut and damaged files are errors', async () => {
    await sharp(Uint8Array.from(spread(HEIGHT * WIDTH)), raw(1))
      .png()
      .toFile(folder.file('whole.png'));
    const png = readFileSync(folder.file('whole.png'));
    for (const length of [10, 40, 200, png.length - 5]) {
      const file = folder.write('cut.png', png.subarray(0, length));
      await assert.rejects(openImage(file), failure('corrupt-file', /cut\.png/));
    }
    const damaged = Buffer.from(png);
    damaged.fill(0x55, 100, 140);
    const source = await openImage(folder.write('damaged.png', damaged));
    await assert.rejects(source.read(wholeRegion(source.info.levels[0])), failure('corrupt-file', /damaged/));
    await source.close();

    await sharp(Uint8Array.from(spread(3 * HEIGHT * WIDTH)), raw(3))
      .jpeg()
      .toFile(folder.file('whole.jpg'));
    const jpeg = readFileSync(folder.file('whole.jpg'));
    const cut = await openImage(folder.write('cut.jpg', jpeg.subarray(0, jpeg.length - 300)));
    await assert.rejects(cut.read(wholeRegion(cut.info.levels[0])), failure('corrupt-file', /truncated/));
    await cut.close();
  });

  it('refuses what PNG cannot hold, and colour spaces that are not grey or RGB', async () => {
    const info = (shape: Shape5, dtype: WriteInfo['dtype']): WriteInfo => ({
      shape,
      dtype,
      channels: Array.from({ length: shape[1] }, (_, index) => ({ index, name: `${index}` })),
      pixelSize: null,
    });
    const create = (shape: Shape5, dtype: WriteInfo['dtype']) =>
      createImageWriter(folder.file('no.png'), info(shape, dtype), 'png');
    await assert.rejects(create([1, 1, 2, 4, 4], 'uint8'), failure('unsupported', /one plane of 1 or 3 channels/));
    await assert.rejects(create([1, 2, 1, 4, 4], 'uint8'), failure('unsupported', /one plane/));
    await assert.rejects(
      create([1, 1, 1, 4, 4], 'float32'),
      failure('unsupported', /uint8 or uint16 pixels, got float32/),
    );
    await sharp(new Uint8Array(3 * HEIGHT * WIDTH), raw(3))
      .toColourspace('cmyk')
      .jpeg()
      .toFile(folder.file('cmyk.jpg'));
    await assert.rejects(openImage(folder.file('cmyk.jpg')), failure('unsupported', /colour space cmyk/));
    await assert.rejects(openImage(folder.file('cmyk.jpg'), { scene: 1 }), failure('invalid-input', /scene/));
  });
});
