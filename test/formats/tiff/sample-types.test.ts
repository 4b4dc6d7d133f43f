import assert from 'node:assert/strict';
import { Random } from '../../../src/base/random';
import { openImage } from '../../../src/formats/open-image';
import { type DType, dtypeOf } from '../../../src/image/dtype';
import { wholeRegion } from '../../../src/image/region';
import { failure } from '../error-matching';
import { useTempFolder } from '../temp-folder';
import { type BuildPage, buildTiff, planePage } from './tiff-builder';

const [HEIGHT, WIDTH] = [5, 7];

/** Values of any number of bits, highest bit first, every row from a byte on. */
function pack(values: bigint[], bits: number): Uint8Array {
  const rowBytes = Math.ceil((WIDTH * bits) / 8);
  const out = new Uint8Array(rowBytes * HEIGHT);
  for (const [i, value] of values.entries()) {
    const row = Math.floor(i / WIDTH) * rowBytes * 8;
    for (let b = 0; b < bits; b++) {
      const bit = row + (i % WIDTH) * bits + b;
      if ((value >> BigInt(bits - 1 - b)) & 1n) out[bit >> 3] |= 0x80 >> (bit & 7);
    }
  }
  return out;
}

function bytesInOrder(values: bigint[], bits: number, littleEndian: boolean): Uint8Array {
  const size = bits / 8;
  return Uint8Array.from({ length: values.length * size }, (_, at) => {
    const b = littleEndian ? at % size : size - 1 - (at % size);
    return Number((values[Math.floor(at / size)] >> BigInt(8 * b)) & 255n);
  });
}

function page(stored: Uint8Array, bits: number, format: number): BuildPage {
  const built = planePage(new Uint8Array(HEIGHT * WIDTH), HEIGHT, WIDTH);
  built.fields[258] = { type: 3, values: [bits] };
  built.fields[339] = { type: 3, values: [format] };
  return { ...built, blocks: [stored] };
}

describe('sample types of TIFF', () => {
  const folder = useTempFolder();

  async function read(pageOf: BuildPage, littleEndian = true): Promise<{ dtype: DType; values: number[] }> {
    const source = await openImage(folder.write('samples.tif', buildTiff([pageOf], { littleEndian })));
    try {
      const pixels = await source.read(wholeRegion([1, 1, 1, HEIGHT, WIDTH]));
      assert.equal(dtypeOf(pixels), source.info.dtype);
      return { dtype: source.info.dtype, values: [...pixels] };
    } finally {
      await source.close();
    }
  }

  it('integers of 1 to 53 bits, signed and not, become the next larger type', async () => {
    for (let bits = 1; bits <= 53; bits++) {
      const random = new Random(bits);
      const values = Array.from({ length: HEIGHT * WIDTH }, (_, i) => {
        const all = (1n << BigInt(bits)) - 1n;
        if (i < 2) return i === 0 ? all : 1n << BigInt(bits - 1);
        return ((BigInt(random.bits()) << 32n) | BigInt(random.bits())) & all;
      });
      for (const signed of [false, true]) {
        const expected = values.map((value) => Number(signed ? BigInt.asIntN(bits, value) : value));
        const wide = bits > 16 ? 32 : bits > 8 ? 16 : 8;
        const dtype = bits > 32 ? 'float64' : `${signed ? '' : 'u'}int${wide}`;
        for (const littleEndian of [true, false]) {
          const stored = bits % 8 === 0 ? bytesInOrder(values, bits, littleEndian) : pack(values, bits);
          const got = await read(page(stored, bits, signed ? 2 : 1), littleEndian);
          assert.deepEqual(got, { dtype, values: expected }, `${bits} bits, signed ${signed}`);
        }
      }
    }
  });

  it('64-bit integers become float64 where that is exact, else an error names page and value', async () => {
    const limit = 2n ** 53n;
    const good = Array.from({ length: HEIGHT * WIDTH }, (_, i) => limit - BigInt(i));
    for (const littleEndian of [true, false]) {
      assert.deepEqual(await read(page(bytesInOrder(good, 64, littleEndian), 64, 1), littleEndian), {
        dtype: 'float64',
        values: good.map(Number),
      });
      const negative = good.map((value) => -value);
      const words = negative.map((value) => BigInt.asUintN(64, value));
      assert.deepEqual((await read(page(bytesInOrder(words, 64, littleEndian), 64, 2), littleEndian)).values, [
        ...negative.map(Number),
      ]);
    }
    for (const [value, format] of [
      [limit + 1n, 1],
      [-limit - 1n, 2],
      [2n ** 64n - 1n, 1],
    ] as const) {
      const words = [...good.slice(1), value].map((each) => BigInt.asUintN(64, each));
      await assert.rejects(
        read(page(bytesInOrder(words, 64, true), 64, format)),
        failure('unsupported', new RegExp(`strip 0 of directory 0 holds the value ${value}, a 64-bit`)),
      );
    }
  });

  it('24-bit floats become float32, exactly', async () => {
    // 1 sign, 7 exponent (bias 63), 16 fraction: 1, -2, the smallest, the largest, infinity
    const words = [0x3f0000n, 0xc00000n, 0x000001n, 0x7effffn, 0x7f0000n];
    const values = [1, -2, 2 ** -78, (2 - 2 ** -16) * 2 ** 63, Number.POSITIVE_INFINITY];
    const all = Array.from({ length: HEIGHT * WIDTH }, (_, i) => words[i % words.length]);
    for (const littleEndian of [true, false]) {
      const got = await read(page(bytesInOrder(all, 24, littleEndian), 24, 3), littleEndian);
      assert.equal(got.dtype, 'float32');
      assert.deepEqual(got.values.slice(0, words.length), values);
    }
  });
});
