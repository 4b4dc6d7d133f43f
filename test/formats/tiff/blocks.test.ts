import assert from 'node:assert/strict';
import sharp from 'sharp';
import { openImage } from '../../../src/formats/open-image';
import { wholeRegion } from '../../../src/image/region';
import { failure } from '../error-matching';
import { pattern } from '../pixel-patterns';
import { useTempFolder } from '../temp-folder';
import { type BuildField, type BuildPage, buildTiff, type PlaneOptions, planePage } from './tiff-builder';

const short = (...values: number[]): BuildField => ({ type: 3, values });
const long = (values: number[]): BuildField => ({ type: 4, values });

describe('strips and tiles as programs write them', () => {
  const folder = useTempFolder();
  const read = async (page: BuildPage): Promise<{ pixels: number[]; notes: string[] }> => {
    const source = await openImage(folder.write('blocks.tif', buildTiff([page])));
    try {
      const pixels = [...(await source.read(wholeRegion(source.info.levels[0])))];
      return { pixels, notes: source.info.notes ?? [] };
    } finally {
      await source.close();
    }
  };
  const [height, width] = [32, 32];
  const values = pattern('uint8', height * width);
  const page = (options: PlaneOptions) => planePage(values, height, width, options);
  const sizes = (built: BuildPage) => built.blocks.map((block) => block.length);

  it('a tile of no bytes is empty, which is noted; an absent one is not worth a word', async () => {
    for (const compression of [1, 8]) {
      const tiled = page({ tile: [16, 16], compression });
      tiled.fields[325] = long(sizes(tiled).map((size, i) => (i === 3 ? 0 : size)));
      const expected = [...values].map((value, i) => (i % width >= 16 && i >= 16 * width ? 0 : value));
      const { pixels, notes } = await read(tiled);
      assert.deepEqual(pixels, expected);
      assert.deepEqual(notes, ['strips or tiles without bytes, whose pixels are read as 0: 1']);
    }
    const sparse = page({ tile: [16, 16] });
    sparse.blocks[3] = new Uint8Array(0);
    assert.deepEqual((await read(sparse)).notes, []);
  });

  it('an uncompressed strip of no bytes is as long as its pixels, a compressed one empty', async () => {
    const plain = page({ rowsPerStrip: 8 });
    plain.fields[279] = long([0, 0, 0, 0]);
    assert.deepEqual(await read(plain), { pixels: [...values], notes: [] });
    const packed = page({ rowsPerStrip: 8, compression: 8 });
    packed.fields[279] = long(sizes(packed).map((size, i) => (i === 0 ? 0 : size)));
    const { pixels, notes } = await read(packed);
    assert.deepEqual(
      pixels,
      [...values].map((value, i) => (i < 8 * width ? 0 : value)),
    );
    assert.equal(notes.length, 1);
  });

  it('sizes that are too long: of the last strip, of each, beyond the end of the file', async () => {
    const last = page({ rowsPerStrip: 10 });
    last.fields[279] = long([320, 320, 320, 320]);
    assert.deepEqual((await read(last)).pixels, [...values]);
    const each = page({ rowsPerStrip: 8 });
    each.fields[279] = long(new Array<number>(4).fill(height * width));
    assert.deepEqual((await read(each)).pixels, [...values]);
    for (const compression of [8, 32773]) {
      const packed = page({ rowsPerStrip: 8, compression });
      packed.fields[279] = long(sizes(packed).map((size, i) => (i === 3 ? size + 100_000 : size + 50)));
      assert.deepEqual((await read(packed)).pixels, [...values], `compression ${compression}`);
    }
  });

  it('but no block that was cut', async () => {
    for (const compression of [1, 8, 32773]) {
      const built = page({ compression });
      const cut = { ...built, blocks: [built.blocks[0].subarray(0, 40)] };
      cut.fields = { ...built.fields, 279: long([built.blocks[0].length]) };
      const bytes = buildTiff([cut]);
      // The directory comes before the pixels, so that only these end too early.
      const first = bytes.readUInt32LE(4);
      const moved = Buffer.concat([bytes.subarray(0, 8), bytes.subarray(first), bytes.subarray(8, first)]);
      moved.writeUInt32LE(8, 4);
      const entries = moved.readUInt16LE(8);
      for (let i = 0; i < entries; i++) {
        const at = 10 + 12 * i;
        if (moved.readUInt16LE(at) === 273) moved.writeUInt32LE(moved.length - (first - 8), at + 8);
      }
      const file = folder.write('cut.tif', moved);
      const reading = async () => {
        const source = await openImage(file);
        try {
          await source.read(wholeRegion(source.info.levels[0]));
        } finally {
          await source.close();
        }
      };
      await assert.rejects(
        reading(),
        failure('corrupt-file', /strip 0|bytes 8|directory 0/),
        `compression ${compression}`,
      );
    }
  });

  it('one block whose size is missing', async () => {
    for (const compression of [1, 8, 32773]) {
      const built = page({ compression });
      built.fields[279] = long([]);
      assert.deepEqual((await read(built)).pixels, [...values], `compression ${compression}`);
    }
  });

  it('tiles that are listed as strips', async () => {
    const tiled = page({ tile: [16, 16] });
    assert.deepEqual((await read({ ...tiled, tiled: false })).pixels, [...values]);
  });

  it('tiles that share one blank block', async () => {
    for (const compression of [1, 8]) {
      const blank = planePage(new Uint8Array(256).fill(5), 16, 16, { tile: [16, 16], compression });
      const [block] = blank.blocks;
      blank.fields[256] = long([16 * 40]);
      blank.fields[257] = long([16 * 40]);
      blank.fields[324] = long(new Array<number>(1600).fill(8));
      blank.fields[325] = long(new Array<number>(1600).fill(block.length));
      const { pixels, notes } = await read(blank);
      assert.ok(pixels.length === 409_600 && pixels.every((value) => value === 5));
      assert.deepEqual(notes, []);
    }
  });
});

describe('CCITT', () => {
  const folder = useTempFolder();
  const [height, width] = [21, 61];
  const bits = (x: number, y: number): number => (((x >> 2) + y * y) % 3 === 0 ? 1 : 0);

  it('run lengths become bits, by strips: 1 is what shows as white', async () => {
    const [top, bottom] = [13, 8];
    const strip = async (from: number, rows: number): Promise<Uint8Array> => {
      const pixels = Buffer.from(
        Array.from({ length: rows * width }, (_, i) => 255 * bits(i % width, from + Math.floor(i / width))),
      );
      const tiff = await sharp(pixels, { raw: { width, height: rows, channels: 1 } })
        .toColourspace('b-w')
        .tiff({ compression: 'ccittfax4', bitdepth: 1 })
        .toBuffer();
      // libvips puts the one strip behind the header and the directory behind the strip.
      return tiff.subarray(8, tiff.readUInt32LE(4));
    };
    for (const photometric of [0, 1]) {
      const page: BuildPage = {
        tiled: false,
        blocks: [await strip(0, top), await strip(top, bottom)],
        fields: {
          256: short(width),
          257: short(height),
          258: short(1),
          259: short(4),
          262: short(photometric),
          277: short(1),
          278: short(top),
        },
      };
      const source = await openImage(folder.write('fax.tif', buildTiff([page])));
      const pixels = await source.read(wholeRegion([1, 1, 1, height, width]));
      await source.close();
      assert.deepEqual(
        [...pixels],
        Array.from(pixels, (_, i) => Math.abs(1 - photometric - bits(i % width, Math.floor(i / width)))),
      );
      page.blocks[1] = Uint8Array.from({ length: 30 }, (_, i) => (i * 89 + 7) & 255);
      const damaged = await openImage(folder.write('damaged.tif', buildTiff([page])));
      await assert.rejects(
        damaged.read(wholeRegion([1, 1, 1, height, width])),
        failure('corrupt-file', /strip 1 of directory 0 is damaged \(CCITT/),
      );
      await damaged.close();
    }
  });
});

describe('the colours of JPEG', () => {
  const folder = useTempFolder();
  const [red, green, blue] = [200, 60, 90];
  /** ITU-R BT.601 */
  const luma = 0.299 * red + 0.587 * green + 0.114 * blue;
  const ycbcr = [luma, 128 + (blue - luma) / 1.772, 128 + (red - luma) / 1.402];
  const stream = async (): Promise<Buffer> =>
    sharp({ create: { width: 16, height: 16, channels: 3, background: { r: red, g: green, b: blue } } })
      .jpeg({ quality: 100, chromaSubsampling: '4:4:4' })
      .toBuffer();
  const insert = (jpeg: Buffer, segment: number[]): Buffer =>
    Buffer.concat([jpeg.subarray(0, 2), Buffer.from(segment), jpeg.subarray(2)]);
  const jfif = (jpeg: Buffer): Buffer =>
    insert(jpeg, [0xff, 0xe0, 0, 16, ...Buffer.from('JFIF\0'), 1, 2, 0, 0, 1, 0, 1, 0, 0]);
  const adobe = (jpeg: Buffer, transform: number): Buffer =>
    insert(jpeg, [0xff, 0xee, 0, 14, ...Buffer.from('Adobe'), 0, 100, 0, 0, 0, 0, transform]);
  /** The components named by letters, in the frame and in the scan. */
  const lettered = (jpeg: Buffer): Buffer => {
    const out = Buffer.from(jpeg);
    const frame = out.indexOf(Buffer.from([0xff, 0xc0]));
    const scan = out.indexOf(Buffer.from([0xff, 0xda]));
    for (const [i, letter] of [...Buffer.from('RGB')].entries()) {
      out[frame + 10 + 3 * i] = letter;
      out[scan + 5 + 2 * i] = letter;
    }
    return out;
  };

  it('are those of the stream; the tag counts where it says nothing', async () => {
    // sharp writes no segment of its own.
    const plain = await stream();
    assert.equal(plain.includes('JFIF') || plain.includes('Adobe'), false);
    const converted = [red, green, blue];
    for (const [name, jpeg, photometric, expected] of [
      ['JFIF', jfif(plain), 2, converted],
      ['JFIF', jfif(plain), 6, converted],
      ['JFIF and Adobe RGB', adobe(jfif(plain), 0), 2, converted],
      ['nothing said', plain, 2, ycbcr],
      ['nothing said', plain, 6, converted],
      ['Adobe RGB', adobe(plain, 0), 6, ycbcr],
      ['Adobe YCbCr', adobe(plain, 1), 2, converted],
      ['letters', lettered(plain), 6, ycbcr],
    ] as Array<[string, Buffer, number, number[]]>) {
      const page: BuildPage = {
        tiled: true,
        blocks: [jpeg],
        fields: {
          256: short(16),
          257: short(16),
          258: short(8, 8, 8),
          259: short(7),
          262: short(photometric),
          277: short(3),
          322: short(16),
          323: short(16),
        },
      };
      const source = await openImage(folder.write('colours.tif', buildTiff([page])));
      const pixels = await source.read(wholeRegion([1, 3, 1, 16, 16]));
      await source.close();
      const got = [pixels[0], pixels[256], pixels[512]];
      assert.ok(
        got.every((value, i) => Math.abs(value - expected[i]) <= 3),
        `${name}, tag ${photometric}: ${got}`,
      );
    }
  });
});
