import assert from 'node:assert/strict';
import zlib from 'node:zlib';
import { crc32c } from '../../../src/base/crc32c';
import { Random } from '../../../src/base/random';
import { openImage } from '../../../src/formats';
import { bytesOf, DTYPES, type DType, type PixelArray } from '../../../src/image/dtype';
import { count, type Shape5, wholeRegion } from '../../../src/image/region';
import { failure } from '../error-matching';
import { cut, pattern, randomRegion } from '../pixel-patterns';
import { useTempFolder } from '../temp-folder';
import { type HandMadeArray, multiscales, writeGroup, writeSharded, writeV2, writeV3 } from './hand-made';

const SHAPE: Shape5 = [2, 2, 3, 9, 13];
const CHUNKS = [1, 1, 2, 4, 5];
let number = 0;

/** The pixels of an opened image: all at once, and some blocks of it, which must agree. */
async function readWhole(file: string, level = 0): Promise<{ pixels: PixelArray; shape: Shape5; dtype: DType }> {
  const source = await openImage(file);
  const shape = source.info.levels[level];
  const { dtype } = source.info;
  const pixels = await source.read(wholeRegion(shape), { level });
  const random = new Random(3);
  for (let i = 0; i < 4; i++) {
    const region = randomRegion(shape, random);
    assert.deepEqual(await source.read(region, { level }), cut(pixels, shape, dtype, region));
  }
  await source.close();
  return { pixels, shape, dtype };
}

describe('reading OME-Zarr', () => {
  const folder = useTempFolder();
  const newFolder = () => folder.file(`image ${number++} µ#%?.ome.zarr`);

  /** An image of one level in the version, with the axes t, c, z, y, x. */
  async function image(version: 2 | 3, array: Partial<HandMadeArray> & { bytes: Uint8Array; dtype: string }) {
    const file = newFolder();
    const full = { shape: [...SHAPE], chunks: CHUNKS, ...array };
    const ngff = multiscales('tczyx');
    writeGroup(file, version, version === 3 ? { ome: { version: '0.5', ...ngff } } : ngff);
    await (version === 3 ? writeV3 : writeV2)(`${file}/0`, full);
    return file;
  }

  for (const version of [2, 3] as const) {
    it(`every pixel type in both byte orders, Zarr ${version}`, async () => {
      for (const dtype of DTYPES) {
        for (const bigEndian of [false, true]) {
          const pixels = pattern(dtype, count(SHAPE));
          const read = await readWhole(await image(version, { dtype, bigEndian, bytes: bytesOf(pixels) }));
          assert.deepEqual(read, { pixels, shape: SHAPE, dtype }, `${dtype} ${bigEndian}`);
        }
      }
    });
  }

  it('bool gives 0 and 1, half floats float32', async () => {
    const bools = Uint8Array.from({ length: count(SHAPE) }, (_, i) => ((i * 7) % 3) & 1);
    const read = await readWhole(await image(3, { dtype: 'bool', bytes: bools, fill: false }));
    assert.deepEqual([read.dtype, read.pixels], ['uint8', bools]);
    // binary16: 1, -2, 65504, the smallest subnormal, infinity; absent chunks are -1.5
    const halves = new Uint16Array(count(SHAPE)).fill(0x3c00);
    halves.set([0x3c00, 0xc000, 0x7bff, 0x0001, 0x7c00]);
    const absent = ([t]: number[]) => t === 1;
    const half = await readWhole(await image(3, { dtype: 'float16', bytes: bytesOf(halves), fill: -1.5, absent }));
    assert.deepEqual([...half.pixels.slice(0, 5)], [1, -2, 65504, 2 ** -24, Number.POSITIVE_INFINITY]);
    assert.equal(half.pixels[count(SHAPE) - 1], -1.5);
  });

  it('64-bit integers are float64 where that is exact, else an error with the chunk and the pixel', async () => {
    const values = BigInt64Array.from({ length: count(SHAPE) }, (_, i) => BigInt(i) * -12345678901n);
    values[7] = -(2n ** 53n);
    for (const version of [2, 3] as const) {
      const bytes = new Uint8Array(values.buffer);
      const read = await readWhole(await image(version, { dtype: 'int64', bytes }));
      assert.deepEqual(read.pixels, Float64Array.from(values, Number));
    }
    const large = BigUint64Array.from({ length: count(SHAPE) }, () => 2n ** 53n + 1n);
    const file = await image(3, { dtype: 'uint64', bytes: new Uint8Array(large.buffer) });
    await assert.rejects(readWhole(file), failure('unsupported', /c\/0\/0\/0\/0\/0.*9007199254740993, beyond 2\^53/));
  });

  it('axes in any order and number', async () => {
    const sizes: Record<string, number> = { t: 2, c: 3, z: 4, y: 5, x: 6 };
    for (const axes of ['yx', 'xy', 'zyx', 'xyz', 'cyx', 'tyx', 'zcyx', 'tzcyx', 'czyx', 'xyzct']) {
      const shape = [...axes].map((name) => sizes[name]);
      const values = Uint16Array.from({ length: count(shape) }, (_, i) => i);
      const file = newFolder();
      writeGroup(file, 3, { ome: { version: '0.5', ...multiscales(axes) } });
      await writeV3(`${file}/0`, {
        shape,
        chunks: shape.map((n) => Math.ceil(n / 2)),
        dtype: 'uint16',
        bytes: bytesOf(values),
      });
      const read = await readWhole(file);
      assert.deepEqual(
        read.shape,
        [...'tczyx'].map((name) => (axes.includes(name) ? sizes[name] : 1)),
      );
      const place = (t: number, c: number, z: number, y: number, x: number) => {
        const at: Record<string, number> = { t, c, z, y, x };
        return [...axes].reduce((sum, name, dim) => sum * shape[dim] + at[name], 0);
      };
      const [nt, nc, nz] = read.shape;
      let i = 0;
      for (let t = 0; t < nt; t++)
        for (let c = 0; c < nc; c++)
          for (let z = 0; z < nz; z++)
            for (let y = 0; y < 5; y++)
              for (let x = 0; x < 6; x++) assert.equal(read.pixels[i++], place(t, c, z, y, x), axes);
    }
  });

  it('NGFF 0.1 to 0.3: five axes that nobody names, or names alone; chunk files with dots', async () => {
    const pixels = pattern('uint16', count(SHAPE));
    for (const axes of [undefined, ['t', 'c', 'z', 'y', 'x']]) {
      const file = newFolder();
      writeGroup(file, 2, { multiscales: [{ version: axes ? '0.3' : '0.1', datasets: [{ path: '0' }], axes }] });
      const array = { shape: [...SHAPE], chunks: CHUNKS, dtype: 'uint16', bytes: bytesOf(pixels) };
      await writeV2(`${file}/0`, array, axes ? '/' : '.');
      assert.deepEqual((await readWhole(file)).pixels, pixels);
    }
  });

  it('chunks packed by gzip, zlib, Zstandard, LZ4 and Blosc', async () => {
    const pixels = pattern('uint16', count(SHAPE));
    const array = { dtype: 'uint16', bytes: bytesOf(pixels) };
    const check = async (version: 2 | 3, packed: Partial<HandMadeArray>) =>
      assert.deepEqual((await readWhole(await image(version, { ...array, ...packed }))).pixels, pixels);
    await check(3, {
      codecs: [{ name: 'gzip', configuration: { level: 1 } }],
      encode: (bytes) => zlib.gzipSync(bytes),
    });
    await check(2, { compressor: { id: 'gzip', level: 1 }, encode: (bytes) => zlib.gzipSync(bytes) });
    await check(2, { compressor: { id: 'zlib', level: 1 }, encode: (bytes) => zlib.deflateSync(bytes) });
    for (const [name, configuration] of [
      ['zstd', { level: 1 }],
      ['lz4', { acceleration: 1 }],
      ['blosc', { cname: 'lz4', clevel: 5, shuffle: 1, blocksize: 0 }],
      ['blosc', { cname: 'zstd', clevel: 5, shuffle: 2, blocksize: 0 }],
    ] as const) {
      // Written by numcodecs, as other tools do.
      const codec = (await numcodecs(name)).fromConfig({ id: name, ...configuration });
      await check(2, { compressor: { id: name, ...configuration }, encode: (bytes) => codec.encode(bytes) });
    }
    // The byte shuffle of numcodecs: all first bytes, then all second ones; v2 lists it among the filters.
    const shuffled = (bytes: Uint8Array) =>
      Uint8Array.from(bytes, (_, i) => bytes[2 * (i % (bytes.length / 2)) + Math.floor(i / (bytes.length / 2))]);
    await check(2, {
      filters: [{ id: 'shuffle', elementsize: 2 }],
      compressor: { id: 'zlib', level: 1 },
      encode: (bytes) => zlib.deflateSync(shuffled(bytes)),
    });
    await check(3, { codecs: [{ name: 'numcodecs.shuffle', configuration: { elementsize: 2 } }], encode: shuffled });
    const checksum = (bytes: Uint8Array) =>
      Buffer.concat([bytes, Uint8Array.from(new Uint8Array(Uint32Array.of(crc32c(bytes)).buffer))]);
    await check(3, { codecs: [{ name: 'crc32c' }], encode: checksum });
    assert.equal(crc32c(Buffer.from('123456789')), 0xe3069283); // RFC 3720's check value
  });

  it('shards: the index at either end, absent chunks and shards', async () => {
    const pixels = pattern('int16', 6 * 16 * 20);
    for (const location of ['end', 'start'] as const) {
      const file = newFolder();
      writeGroup(file, 3, { ome: { version: '0.5', ...multiscales('zyx') } });
      const array = {
        shape: [6, 16, 20],
        chunks: [1, 4, 5],
        dtype: 'int16',
        bytes: bytesOf(pixels),
        codecs: [{ name: 'gzip' }],
        encode: (bytes: Uint8Array) => zlib.gzipSync(bytes),
        fill: -7,
        absent: ([z, y, x]: number[]) => z >= 4 || (y === 1 && x === 2),
      };
      await writeSharded(`${file}/0`, array, [2, 8, 20], location);
      const truth = pixels.map((value, i) => {
        const [z, y, x] = [Math.floor(i / 320), Math.floor(i / 20) % 16, i % 20];
        return array.absent([z, Math.floor(y / 4), Math.floor(x / 5)]) ? -7 : value;
      });
      assert.deepEqual((await readWhole(file)).pixels, truth);
      const { info } = await openImage(file);
      assert.deepEqual(info.blocks, [[1, 1, 1, 4, 5]]);
    }
  });

  it('absent chunks are the fill value, which may be NaN', async () => {
    const pixels = pattern('float32', count(SHAPE));
    const absent = ([t]: number[]) => t === 0;
    for (const version of [2, 3] as const) {
      const read = await readWhole(
        await image(version, { dtype: 'float32', bytes: bytesOf(pixels), fill: 'NaN', absent }),
      );
      const truth = pixels.map((value, i) => (i < count(SHAPE) / 2 ? Number.NaN : value));
      assert.deepEqual(read.pixels, truth);
    }
    const bits = await image(3, { dtype: 'float32', bytes: bytesOf(pixels), fill: '0xc0200000', absent });
    assert.equal((await readWhole(bits)).pixels[0], -2.5);
  });

  it('ends when it is told to', async () => {
    const file = await image(3, { dtype: 'uint8', bytes: new Uint8Array(count(SHAPE)) });
    const source = await openImage(file);
    const controller = new AbortController();
    const reading = source.read(wholeRegion(SHAPE), { signal: controller.signal });
    controller.abort();
    await assert.rejects(reading, failure('cancelled', /reading was cancelled/));
    assert.equal((await source.read(wholeRegion(SHAPE))).length, count(SHAPE));
  });
});

interface Encoder {
  fromConfig(configuration: object): { encode(bytes: Uint8Array): Uint8Array | Promise<Uint8Array> };
}

async function numcodecs(name: string): Promise<Encoder> {
  return ((await import(`numcodecs/${name}`)) as { default: Encoder }).default;
}
