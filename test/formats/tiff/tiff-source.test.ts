import assert from 'node:assert/strict';
import { fromFile } from 'geotiff';
import sharp from 'sharp';
import { Random } from '../../../src/base/random';
import { openImage } from '../../../src/formats/open-image';
import { bytesOf, DTYPES, type DType, type PixelArray } from '../../../src/image/dtype';
import { count, type Shape5, wholeRegion } from '../../../src/image/region';
import { computedMs } from '../../support/computed';
import { failure } from '../error-matching';
import { cut, pattern, randomRegion } from '../pixel-patterns';
import { useTempFolder } from '../temp-folder';
import { type BuildPage, buildTiff, type PlaneOptions, planePage } from './tiff-builder';

const HEIGHT = 23;
const WIDTH = 37;

/** Reads the whole file and a few blocks of it, and compares each with the pixels that went in. */
async function expectPixels(file: string, expected: PixelArray, shape: Shape5, dtype: DType): Promise<void> {
  const source = await openImage(file);
  try {
    assert.deepEqual(source.info.levels[0], shape);
    assert.equal(source.info.dtype, dtype);
    const whole = await source.read(wholeRegion(shape));
    assert.ok(Buffer.from(bytesOf(whole)).equals(bytesOf(expected)), `${file}: pixels differ`);
    const random = new Random(count(shape));
    for (let i = 0; i < 4; i++) {
      const region = randomRegion(shape, random);
      const part = await source.read(region);
      const truth = cut(expected, shape, dtype, region);
      assert.ok(Buffer.from(bytesOf(part)).equals(bytesOf(truth)), `${file}: block ${JSON.stringify(region)} differs`);
    }
  } finally {
    await source.close();
  }
}

function stack(pixels: PixelArray, pages: number, options: PlaneOptions): BuildPage[] {
  const plane = HEIGHT * WIDTH * (options.samples ?? 1);
  return Array.from({ length: pages }, (_, i) =>
    planePage(pixels.slice(i * plane, (i + 1) * plane), HEIGHT, WIDTH, options),
  );
}

describe('reading TIFF', () => {
  const folder = useTempFolder();

  const layouts: Array<[string, PlaneOptions]> = [
    ['one strip', {}],
    ['strips', { rowsPerStrip: 5 }],
    ['tiles', { tile: [16, 16] }],
  ];
  for (const dtype of DTYPES) {
    it(`${dtype}: strips and tiles, little and big endian, classic and BigTIFF, every predictor`, async () => {
      const pixels = pattern(dtype, 3 * HEIGHT * WIDTH);
      for (const [name, layout] of layouts) {
        for (const littleEndian of [true, false]) {
          const predictors = dtype.startsWith('float') ? ([1, 2, 3] as const) : ([1, 2] as const);
          for (const predictor of predictors) {
            for (const compression of predictor === 1 ? [1, 8, 32946, 32773] : [8]) {
              const big = name === 'strips';
              const pages = stack(pixels, 3, { ...layout, littleEndian, compression, predictor });
              const what = `${dtype}-${name}-${littleEndian}-${predictor}-${compression}.tif`;
              const file = folder.write(what, buildTiff(pages, { littleEndian, big }));
              await expectPixels(file, pixels, [1, 1, 3, HEIGHT, WIDTH], dtype);
            }
          }
        }
      }
    });
  }

  it('colour samples are channels, contiguous and planar, with and without predictor', async () => {
    const contiguous = pattern('uint16', 2 * HEIGHT * WIDTH * 3);
    const plane = HEIGHT * WIDTH;
    // [z, y, x, sample] as [c, z, y, x]
    const expected = new Uint16Array(contiguous.length);
    for (let z = 0; z < 2; z++)
      for (let i = 0; i < plane; i++)
        for (let c = 0; c < 3; c++) expected[(c * 2 + z) * plane + i] = contiguous[(z * plane + i) * 3 + c];
    for (const layout of [{}, { tile: [16, 16] as [number, number] }, { compression: 8, predictor: 2 as const }]) {
      const options = { samples: 3, littleEndian: false, ...layout };
      const file = folder.write('rgb.tif', buildTiff(stack(contiguous, 2, options), { littleEndian: false }));
      await expectPixels(file, expected, [1, 3, 2, HEIGHT, WIDTH], 'uint16');
    }
    const planar = Array.from({ length: 2 }, (_, z) => {
      const page = new Uint16Array(plane * 3);
      for (let c = 0; c < 3; c++) page.set(expected.subarray((c * 2 + z) * plane, (c * 2 + z + 1) * plane), c * plane);
      return page;
    });
    for (const layout of [{ rowsPerStrip: 7 }, { tile: [16, 32] as [number, number], compression: 8 }]) {
      const pages = planar.map((page) => planePage(page, HEIGHT, WIDTH, { samples: 3, planar: true, ...layout }));
      await expectPixels(folder.write('planar.tif', buildTiff(pages)), expected, [1, 3, 2, HEIGHT, WIDTH], 'uint16');
    }
    const source = await openImage(folder.file('rgb.tif'));
    assert.deepEqual(source.info.channels, [
      { index: 0, name: 'Red' },
      { index: 1, name: 'Green' },
      { index: 2, name: 'Blue' },
    ]);
    await source.close();
  });

  it('1-bit masks become 0 and 1, in both fill orders and without a BitsPerSample tag', async () => {
    const mask = pattern('uint8', HEIGHT * WIDTH).map((value) => value & 1) as PixelArray;
    const rowBytes = Math.ceil(WIDTH / 8);
    for (const fillOrder of [1, 2]) {
      const packed = new Uint8Array(rowBytes * HEIGHT);
      for (let y = 0; y < HEIGHT; y++)
        for (let x = 0; x < WIDTH; x++) {
          const bit = fillOrder === 1 ? 7 - (x & 7) : x & 7;
          packed[y * rowBytes + (x >> 3)] |= mask[y * WIDTH + x] << bit;
        }
      const page = planePage(new Uint8Array(HEIGHT * WIDTH), HEIGHT, WIDTH);
      const { 258: _bits, ...fields } = page.fields;
      fields[266] = { type: 3, values: [fillOrder] };
      const file = folder.write('bits.tif', buildTiff([{ ...page, fields, blocks: [packed] }]));
      await expectPixels(file, mask, [1, 1, 1, HEIGHT, WIDTH], 'uint8');
    }
  });

  it('half floats become float32, exactly', async () => {
    const halves = Uint16Array.of(0x0000, 0x8000, 0x3c00, 0xc000, 0x0001, 0x03ff, 0x7bff, 0x7c00, 0xfc00, 0x3555);
    const values = Float32Array.of(0, -0, 1, -2, 2 ** -24, 1023 * 2 ** -24, 65504, Infinity, -Infinity, 0.333251953125);
    const page = planePage(halves, 2, 5);
    page.fields[339] = { type: 3, values: [3] };
    await expectPixels(folder.write('half.tif', buildTiff([page])), values, [1, 1, 1, 2, 5], 'float32');
  });

  it('absent tiles (offset and size 0) read as 0', async () => {
    const page = planePage(pattern('uint8', 32 * 32), 32, 32, { tile: [16, 16] });
    page.blocks[3] = new Uint8Array(0);
    const source = await openImage(folder.write('sparse.tif', buildTiff([page])));
    const pixels = await source.read({ start: [0, 0, 0, 16, 16], size: [1, 1, 1, 16, 16] });
    assert.deepEqual([...new Set(pixels)], [0]);
    await source.close();
  });

  it('LZW, with predictor and tiles, as libtiff writes it', async () => {
    const pixels = pattern('uint16', 300 * 200);
    for (const options of [
      { compression: 'lzw', predictor: 'none' },
      { compression: 'lzw', predictor: 'horizontal' },
      { compression: 'lzw', predictor: 'horizontal', tile: true, tileWidth: 64, tileHeight: 32 },
    ] as const) {
      const file = folder.file('lzw.tif');
      await sharp(pixels as Uint16Array, { raw: { width: 200, height: 300, channels: 1 } })
        .toColourspace('grey16')
        .tiff(options)
        .toFile(file);
      await expectPixels(file, pixels, [1, 1, 1, 300, 200], 'uint16');
    }
  });

  it('JPEG blocks, grey and YCbCr, as libjpeg decodes them within rounding', async () => {
    for (const channels of [1, 3] as const) {
      const smooth = Uint8Array.from({ length: 64 * 48 * channels }, (_, i) => (i / channels / 12) % 256);
      const file = folder.file('jpeg.tif');
      await sharp(smooth, { raw: { width: 64, height: 48, channels } })
        .toColourspace(channels === 1 ? 'b-w' : 'srgb')
        .tiff({ compression: 'jpeg', quality: 95, predictor: 'none' })
        .toFile(file);
      const decoded = sharp(file).toColourspace(channels === 1 ? 'b-w' : 'srgb');
      const truth = await decoded.raw().toBuffer();
      const source = await openImage(file);
      assert.deepEqual(source.info.levels[0], [1, channels, 1, 48, 64]);
      const pixels = await source.read(wholeRegion(source.info.levels[0]));
      for (let i = 0; i < 64 * 48; i++)
        for (let c = 0; c < channels; c++) {
          const difference = Math.abs(pixels[c * 64 * 48 + i] - truth[i * channels + c]);
          assert.ok(difference <= 3, `pixel ${i}, channel ${c} differs by ${difference}`);
        }
      await source.close();
    }
  });

  it('Zstandard blocks', async () => {
    const pixels = pattern('uint8', 20 * 30);
    const page = planePage(pixels, 20, 30);
    page.fields[259] = { type: 3, values: [50000] };
    // A frame of one raw block: magic, descriptor "single segment, 2 bytes of size", size - 256, block header, bytes.
    const header = Buffer.alloc(10);
    header.writeUInt32LE(0xfd2fb528);
    header.writeUInt8(0x60, 4);
    header.writeUInt16LE(600 - 256, 5);
    header.writeUIntLE((600 << 3) | 1, 7, 3);
    page.blocks = [Buffer.concat([header, bytesOf(pixels)])];
    await expectPixels(folder.write('zstd.tif', buildTiff([page])), pixels, [1, 1, 1, 20, 30], 'uint8');
  });

  it('agrees with geotiff on tiles, strips and predictors', async () => {
    const pixels = pattern('float32', HEIGHT * WIDTH);
    for (const options of [
      { tile: [16, 16] as [number, number] },
      { rowsPerStrip: 4, compression: 8, predictor: 2 as const },
      { compression: 8, predictor: 3 as const },
    ]) {
      const file = folder.write('oracle.tif', buildTiff([planePage(pixels, HEIGHT, WIDTH, options)]));
      const tiff = await fromFile(file);
      const oracle = await (await tiff.getImage()).readRasters({ interleave: true });
      const source = await openImage(file);
      const ours = await source.read(wholeRegion(source.info.levels[0]));
      assert.deepEqual([...ours], [...(oracle as unknown as Float32Array)]);
      await source.close();
      await tiff.close();
    }
  });

  it('4000 pages open in less than a second of work', async () => {
    const page = planePage(pattern('uint8', 16), 4, 4);
    const file = folder.write('many.tif', buildTiff(new Array<BuildPage>(4000).fill(page)));
    // Of the process, not of the clock: the machine may be busy with other work.
    const before = process.cpuUsage();
    const source = await openImage(file);
    const took = computedMs(before);
    assert.deepEqual(source.info.levels[0], [1, 1, 4000, 4, 4]);
    await source.close();
    assert.ok(took < 1000, `took ${took} ms`);
  });

  it('a compressed block is decoded once, however many regions are read of it', async () => {
    const pixels = pattern('uint16', 64 * 40);
    const bytes = buildTiff([planePage(pixels, 64, 40, { compression: 8 })]);
    const source = await openImage(folder.write('blocks.tif', bytes));
    try {
      await source.read({ start: [0, 0, 0, 8, 20], size: [1, 1, 1, 1, 1] });
      // Whatever is still right now was not read again.
      folder.write('blocks.tif', new Uint8Array(bytes.length));
      for (let y = 0; y < 64; y++) {
        const [pixel] = await source.read({ start: [0, 0, 0, y, 7], size: [1, 1, 1, 1, 1] });
        assert.equal(pixel, pixels[y * 40 + 7]);
      }
    } finally {
      await source.close();
    }
  });

  it('a signal stops reading; regions and levels outside are refused', async () => {
    const file = folder.write('small.tif', buildTiff(stack(pattern('uint8', 3 * HEIGHT * WIDTH), 3, {})));
    const source = await openImage(file);
    const whole = wholeRegion([1, 1, 3, HEIGHT, WIDTH]);
    await assert.rejects(source.read(whole, { signal: AbortSignal.abort() }), failure('cancelled', /cancelled/));
    const outside = { start: [0, 0, 1, 0, 0] as Shape5, size: [1, 1, 3, 1, 1] as Shape5 };
    await assert.rejects(
      source.read(outside),
      failure('invalid-input', /region: expected a block inside \[1,1,3,23,37\]/),
    );
    await assert.rejects(source.read(whole, { level: 1 }), failure('invalid-input', /level/));
    await source.close();
  });

  it('names what it does not read', async () => {
    const page = (fields: BuildPage['fields']): Buffer => {
      const built = planePage(pattern('uint8', HEIGHT * WIDTH), HEIGHT, WIDTH);
      return buildTiff([{ ...built, fields: { ...built.fields, ...fields } }]);
    };
    const short = (...values: number[]) => ({ type: 3, values });
    const cases: Array<[BuildPage['fields'], RegExp]> = [
      [{ 259: short(34712) }, /JPEG 2000 \(34712\); expected one of none, CCITT, LZW, JPEG, Deflate/],
      [{ 259: short(4) }, /CCITT with samples of 8-bit/],
      [{ 259: short(50001) }, /WebP with 1 samples of 8-bit unsigned integer; expected 3 or 4/],
      [{ 259: short(34925) }, /LZMA \(34925\)/],
      [{ 259: short(34887), 317: short(2) }, /a predictor on LERC/],
      [{ 259: short(12345) }, /unknown compression \(12345\)/],
      [{ 258: short(65) }, /65-bit unsigned samples; expected integers of 1 to 64 bits/],
      [{ 258: short(12), 339: short(3) }, /12-bit float samples/],
      [{ 339: short(6), 258: short(64) }, /64-bit complex/],
      [{ 258: short(4), 317: short(2) }, /horizontal predictor on samples of 4-bit unsigned integer/],
      [{ 317: short(9) }, /predictor 9/],
      [{ 317: short(3) }, /floating point predictor on integers/],
    ];
    for (const [fields, message] of cases) {
      const file = folder.write('unsupported.tif', page(fields));
      await assert.rejects(openImage(file), failure('unsupported', message));
    }
  });
});
