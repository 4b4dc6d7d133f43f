import assert from 'node:assert/strict';
import { readdir, readFile, unlink } from 'node:fs/promises';
import path from 'node:path';
import { Random } from '../../../src/base/random';
import { createImageWriter, describeImage } from '../../../src/formats';
import type { ImageDescription } from '../../../src/image/description';
import { allocate, type DType, type PixelArray, viewAs } from '../../../src/image/dtype';
import { count, type Shape5 } from '../../../src/image/region';
import { pictureJob, stackPictureJob } from '../../../src/jobs/implementations/picture';
import { pictureInfoJob } from '../../../src/jobs/implementations/picture-info';
import type { JobLimits } from '../../../src/jobs/io/limits';
import type { JobInput } from '../../../src/jobs/job-types';
import type { Purpose } from '../../../src/masks/foreground';
import { Workbench } from './workbench';

type View = JobInput<'picture'>['tile'];
const VIEW: View = { view: 'xy', t: 0, c: 0, at: 0, level: 0, row: 0, column: 0 };

/** A plane or section: [y, x]. */
interface Plane {
  height: number;
  width: number;
  values: number[];
}

describe('pictures', () => {
  let bench: Workbench;
  beforeEach(async () => {
    bench = await Workbench.open();
  });
  afterEach(() => bench.close());

  /** One tile; its file is there and holds as many bytes as the answer says. */
  async function tile(
    image: ImageDescription,
    view: Partial<View>,
    { purpose = null, limits = {} }: { purpose?: Purpose | null; limits?: Partial<JobLimits> } = {},
  ): Promise<Plane & { dtype: DType }> {
    const wanted = { ...VIEW, ...view };
    const job = wanted.view === 'xy' ? pictureJob : stackPictureJob;
    const context = { ...bench.context<'picture'>(), limits };
    const { path: file, dtype, shape } = await job({ image, purpose, tile: wanted }, context);
    const [height, width] = shape;
    const values = Array.from(viewAs(dtype, await readFile(file)));
    assert.equal(values.length, height * width);
    return { height, width, values, dtype };
  }

  /** All tiles of a level put together. */
  async function level(
    image: ImageDescription,
    view: Partial<View>,
    size: [number, number],
    options: { purpose?: Purpose | null; limits?: Partial<JobLimits> } = {},
  ): Promise<Plane> {
    const [height, width] = size;
    const values = new Array<number>(height * width);
    for (let row = 0; row * 512 < height; row++) {
      for (let column = 0; column * 512 < width; column++) {
        const part = await tile(image, { ...view, row, column }, options);
        assert.deepEqual(
          [part.height, part.width],
          [Math.min(512, height - row * 512), Math.min(512, width - column * 512)],
        );
        for (let i = 0; i < part.values.length; i++) {
          const [y, x] = [row * 512 + Math.floor(i / part.width), column * 512 + (i % part.width)];
          values[y * width + x] = part.values[i];
        }
      }
    }
    return { height, width, values };
  }

  const info = (image: ImageDescription, purpose: Purpose | null = null) =>
    pictureInfoJob({ image, purpose }, bench.context());

  it('a plane of 61 x 1100 has three levels, the smaller ones means of 2 x 2 pixels', async () => {
    const shape: Shape5 = [1, 1, 1, 61, 1100];
    const pixels = noise('uint16', shape);
    const image = await bench.image('a.ome.tiff', shape, pixels);
    const { levels, dtype, tile: side, shape: told } = await info(image);
    assert.deepEqual(
      [levels, dtype, side, told],
      [
        [
          [61, 1100],
          [31, 550],
          [16, 275],
        ],
        'uint16',
        512,
        shape,
      ],
    );
    let expected: Plane = { height: 61, width: 1100, values: Array.from(pixels) };
    for (const [i, size] of levels.entries()) {
      if (i > 0) expected = halve(expected, mean);
      assert.deepEqual(await level(image, { level: i }, size), expected, `level ${i}`);
      assert.deepEqual(await level(image, { level: i }, size, { limits: { bandPixels: 3000 } }), expected);
    }
  });

  it('a segmentation is 0 and 1, and an object of one pixel is there on every level', async () => {
    const shape: Shape5 = [1, 1, 1, 70, 1050];
    const labels = new Float32Array(count(shape));
    labels[41 * 1050 + 777] = 12;
    labels[3] = Number.NaN;
    const image = await bench.image('labels.ome.tiff', shape, labels);
    const { levels, dtype, ranges } = await info(image, 'segmentation');
    assert.deepEqual([levels.length, dtype, ranges[0].max], [3, 'uint8', 1]);
    for (const [i, size] of levels.entries()) {
      const { values, width } = await level(image, { level: i }, size, { purpose: 'segmentation' });
      const at = Math.floor(41 / 2 ** i) * width + Math.floor(777 / 2 ** i);
      assert.deepEqual([values[at], values.reduce((a, b) => a + b)], [1, 1], `level ${i}`);
    }
  });

  it('levels that the file holds are shown as they are', async () => {
    const shape: Shape5 = [1, 1, 1, 130, 1100];
    const pixels = noise('uint8', shape);
    const file = path.join(bench.data, 'pyramid.ome.tiff');
    const channels = [{ index: 0, name: 'c' }];
    const layout = { tile: 256, pyramid: 'nearest' } as const;
    const writer = await createImageWriter(
      file,
      { shape, dtype: 'uint8', channels, pixelSize: null, ...layout },
      'ome-tiff',
    );
    await writer.write(pixels);
    await writer.finish();
    const image = await describeImage(file, { id: 'pyramid' });
    const { levels } = await info(image);
    let expected: Plane = { height: 130, width: 1100, values: Array.from(pixels) };
    for (const [i, size] of levels.entries()) {
      // Means would be other values than the upper left pixel of four.
      if (i > 0) expected = halve(expected, (square) => square[0]);
      assert.deepEqual(await level(image, { level: i }, size), expected, `level ${i}`);
    }
    assert.deepEqual(await overviews(bench), []);
  });

  it('a part of an image, one of its channels and time points, 64-bit floats as 32-bit ones', async () => {
    const shape: Shape5 = [2, 3, 2, 20, 30];
    const pixels = noise('float64', shape);
    const whole = await bench.image('many.ome.tiff', shape, pixels);
    const image: ImageDescription = {
      ...whole,
      shape: [1, 2, 2, 8, 9],
      select: { c: [2, 0], t: [1] },
      region: { start: [0, 0, 0, 4, 5], size: [1, 2, 2, 8, 9] },
    };
    const seen = await tile(image, { c: 1, at: 1 });
    const expected = Array.from({ length: 72 }, (_, i) => {
      const [y, x] = [4 + Math.floor(i / 9), 5 + (i % 9)];
      return Math.fround(pixels[((((1 * 3 + 0) * 2 + 1) * 20 + y) * 30 + x) % pixels.length]);
    });
    assert.deepEqual(seen, { height: 8, width: 9, dtype: 'float32', values: expected });
    assert.equal((await info(image)).ranges.length, 2);
  });

  for (const [what, limits] of [
    ['from the file', {}],
    ['from the volume in memory', { sectionPixels: 0, bandPixels: 5000 }],
  ] as const) {
    it(`sections and the maximum of a stack, ${what}`, async () => {
      const shape: Shape5 = [1, 2, 5, 70, 1040];
      const pixels = noise('uint16', shape);
      const image = await bench.image('stack.ome.tiff', shape, pixels);
      const at = (z: number, y: number, x: number) => pixels[((5 + z) * 70 + y) * 1040 + x];
      const plane = (height: number, width: number, value: (row: number, column: number) => number): Plane => ({
        height,
        width,
        values: Array.from({ length: height * width }, (_, i) => value(Math.floor(i / width), i % width)),
      });
      const xz = plane(5, 1040, (z, x) => at(z, 33, x));
      const yz = plane(5, 70, (z, y) => at(z, y, 999));
      const max = plane(70, 1040, (y, x) => Math.max(...[0, 1, 2, 3, 4].map((z) => at(z, y, x))));
      const see = (view: Partial<View>, size: [number, number]) => level(image, { c: 1, ...view }, size, { limits });
      assert.deepEqual(await see({ view: 'xz', at: 33 }, [5, 1040]), xz);
      assert.deepEqual(await see({ view: 'xz', at: 33, level: 1 }, [5, 520]), halveColumns(xz));
      assert.deepEqual(await see({ view: 'yz', at: 999 }, [5, 70]), yz);
      assert.deepEqual(await see({ view: 'yz', at: 999, level: 1 }, [5, 35]), halveColumns(yz));
      assert.deepEqual(await see({ view: 'max' }, [70, 1040]), max);
      assert.deepEqual(await see({ view: 'max', level: 2 }, [18, 260]), halve(halve(max, mean), mean));
    });
  }

  it('sections of a large stack are coarser, the maximum is not', async () => {
    const shape: Shape5 = [1, 1, 3, 64, 1024];
    const pixels = noise('uint8', shape);
    const image = await bench.image('large.ome.tiff', shape, pixels);
    // Two halvings bring it below.
    const limits = { sectionPixels: 0, volumePixels: 3 * 16 * 256 };
    const planes = [0, 1, 2].map((z) => {
      const whole = { height: 64, width: 1024, values: Array.from(pixels.subarray(z * 65536, (z + 1) * 65536)) };
      return halve(halve(whole, mean), mean);
    });
    const [first, second] = [0, 1].map((column) => ({ view: 'xz', at: 43, column }) as const);
    for (const [half, view] of [first, second].entries()) {
      const seen = await tile(image, view, { limits });
      assert.deepEqual([seen.height, seen.width], [3, 128]);
      const expected = planes.flatMap(({ values }) => values.slice(10 * 256 + half * 128, 10 * 256 + half * 128 + 128));
      assert.deepEqual(seen.values, expected);
    }
    const yz = await tile(image, { view: 'yz', at: 1023 }, { limits });
    assert.deepEqual(
      yz.values,
      planes.flatMap(({ values }) => values.filter((_, i) => i % 256 === 255)),
    );
    assert.equal((await tile(image, { view: 'max' }, { limits })).width, 512);
  });

  it('the maximum of a stack that is too large to be gone through comes from a smaller level of the file', async () => {
    const shape: Shape5 = [1, 1, 2, 60, 1100];
    const pixels = noise('uint8', shape);
    const file = path.join(bench.data, 'pyramid.ome.tiff');
    const channels = [{ index: 0, name: 'c' }];
    const layout = { tile: 256, pyramid: 'nearest' } as const;
    const writer = await createImageWriter(
      file,
      { shape, dtype: 'uint8', channels, pixelSize: null, ...layout },
      'ome-tiff',
    );
    await writer.write(pixels);
    await writer.finish();
    const image = await describeImage(file, { id: 'pyramid' });
    const limits = { stackPixels: 2 * 30 * 550 };
    // The third tile of the first row begins at column 1024, that is 512 of the smaller level.
    const seen = await tile(image, { view: 'max', column: 2 }, { limits });
    assert.deepEqual([seen.height, seen.width], [30, 38]);
    const expected = Array.from({ length: 30 * 38 }, (_, i) => {
      const place = 2 * Math.floor(i / 38) * 1100 + 1024 + 2 * (i % 38);
      return Math.max(pixels[place], pixels[66_000 + place]);
    });
    assert.deepEqual(seen.values, expected);
  });

  it('an overview is made once, and again when the file has changed', async () => {
    const shape: Shape5 = [1, 1, 1, 8, 1030];
    const first = await bench.image('changing.tiff', shape, new Uint8Array(count(shape)).fill(5));
    assert.equal((await tile(first, { level: 2 })).values[0], 5);
    assert.equal((await tile(first, { level: 1, column: 1 })).values[0], 5);
    assert.equal((await overviews(bench)).length, 1);
    await unlink(path.join(bench.data, 'changing.tiff'));
    const second = await bench.image('changing.tiff', shape, new Uint8Array(count(shape)).fill(7));
    assert.equal((await tile(second, { level: 2 })).values[0], 7);
    assert.equal((await tile(second, {})).values[0], 7);
  });

  it('ranges of each channel come from a sample of its pixels', async () => {
    const shape: Shape5 = [1, 2, 1, 100, 101];
    const pixels = new Float32Array(count(shape)).map((_, i) => (i < 10_100 ? i : -1));
    pixels[5] = Number.POSITIVE_INFINITY;
    const { ranges, channels, pixelSize } = await info(await bench.image('ramp.ome.tiff', shape, pixels));
    assert.deepEqual([ranges[0].min, ranges[0].p50, ranges[0].max], [0, 5050, 10_099]);
    assert.deepEqual([ranges[1].min, ranges[1].max], [-1, -1]);
    assert.deepEqual([channels, pixelSize], [[{ name: 'c0' }, { name: 'c1' }], null]);
  });

  it('what is not there is refused: tiles, levels, planes, channels, files outside the allowed folders', async () => {
    const image = await bench.image('small.tiff', [1, 1, 2, 20, 30], new Uint8Array(1200));
    const refused = (view: Partial<View>, message: RegExp) =>
      assert.rejects(tile(image, view), { code: 'invalid-input', message });
    await refused({ row: 1 }, /^tile \(row, column\): expected at most 0, 0, got "1, 0"$/);
    await refused({ level: 1 }, /^level: expected 0 to 0, got 1$/);
    await refused({ at: 2 }, /^z: expected 0 to 1, got 2$/);
    await refused({ c: 1 }, /^c: expected 0 to 0, got 1$/);
    await refused({ t: -1 }, /^t: expected 0 to 0, got -1$/);
    await refused({ view: 'xz', at: 20 }, /^at: expected 0 to 19, got 20$/);
    await refused({ view: 'yz', at: 30 }, /^at: expected 0 to 29, got 30$/);
    await assert.rejects(tile({ ...image, uri: 'file:///etc/passwd' }, {}), { code: 'not-allowed' });
  });

  it('what is cancelled ends and leaves nothing behind', async () => {
    const image = await bench.image('stack.tiff', [1, 1, 2, 20, 1030], new Uint8Array(41_200));
    const gone = AbortSignal.abort();
    for (const view of [{ level: 1 }, { view: 'max' as const }]) {
      const job = view.view ? stackPictureJob : pictureJob;
      const input = { image, purpose: null, tile: { ...VIEW, ...view } };
      await assert.rejects(job(input, bench.context(gone)), { code: 'cancelled' });
    }
    assert.deepEqual(await overviews(bench), []);
  });
});

function noise(dtype: DType, shape: Shape5): PixelArray {
  const random = new Random(3);
  const pixels = allocate(dtype, count(shape));
  for (let i = 0; i < pixels.length; i++)
    pixels[i] = dtype === 'uint8' ? random.integer(256) : random.integer(60_000) + 0.1;
  return pixels;
}

const mean = (square: number[]) => Math.floor(square.reduce((a, b) => a + b) / square.length + 0.5);

/** As a level is made of the one before; at an odd end a square has fewer pixels. */
function halve({ height, width, values }: Plane, combine: (square: number[]) => number): Plane {
  const [rows, columns] = [Math.ceil(height / 2), Math.ceil(width / 2)];
  const result: number[] = [];
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      const square: number[] = [];
      for (const [dy, dx] of [
        [0, 0],
        [0, 1],
        [1, 0],
        [1, 1],
      ]) {
        if (2 * y + dy < height && 2 * x + dx < width) square.push(values[(2 * y + dy) * width + 2 * x + dx]);
      }
      result.push(combine(square));
    }
  }
  return { height: rows, width: columns, values: result };
}

function halveColumns({ height, width, values }: Plane): Plane {
  const rows = Array.from({ length: height }, (_, y) => {
    return halve({ height: 1, width, values: values.slice(y * width, (y + 1) * width) }, mean).values;
  });
  return { height, width: Math.ceil(width / 2), values: rows.flat() };
}

/** What the scratch store keeps of planes and stacks. */
async function overviews({ settings }: Workbench): Promise<string[]> {
  const names = await readdir(path.join(settings.scratchFolder, 'segmenter-scratch'));
  return names.filter((name) => /^(overview|maximum|volume)_/.test(name));
}
