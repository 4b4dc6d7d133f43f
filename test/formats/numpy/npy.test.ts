import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { parseNpy } from '../../../src/formats/numpy/npy';
import { npyRegions } from '../../../src/samples/regions-file';
import { type NUMPY_FILES, numpyFile } from './numpy-files';

const T = [
  [1.5, 2],
  [3, 4.25],
  [5, -6],
];
const Q = [
  [0, 0],
  [0, 9],
  [9, 9],
  [9, 0],
];
const BOTH = { polygons: [{ polygon: T }, { polygon: Q }] };

describe('parseNpy', () => {
  it('reads numbers in either byte and axis order, formats 1 to 3', () => {
    for (const name of ['float64', 'format2', 'format3'] as const) {
      assert.deepEqual(parseNpy(numpyFile(name), name), { shape: [3, 2], items: Float64Array.from(T.flat()) }, name);
    }
    const big = parseNpy(numpyFile('bigEndianInt16'), 'a.npy');
    assert.deepEqual([...(big.items as Float64Array)], [1, 2, 3, -4, 500, 6]);
    const fortran = parseNpy(numpyFile('float32Fortran3d'), 'a.npy');
    assert.deepEqual(fortran, { shape: [2, 3, 3], items: Float64Array.from({ length: 18 }, (_, i) => i) });
    assert.deepEqual([...(parseNpy(numpyFile('int64'), 'a.npy').items as Float64Array)], [1, 2, 3, 4, 5, 6]);
  });

  it('names what is wrong with a file that is cut off or too long, at every length', () => {
    for (const name of ['float64', 'object', 'objectProtocol2', 'objectProtocol5', 'format2'] as const) {
      const whole = numpyFile(name);
      for (let length = 0; length < whole.length; length++) {
        const cut = whole.subarray(0, length);
        assert.throws(() => parseNpy(cut, 'cut.npy'), { code: /corrupt-file|unsupported/, message: /^cut\.npy: / });
      }
    }
    const long = Buffer.concat([numpyFile('float64'), Buffer.alloc(8)]);
    assert.throws(() => parseNpy(long, 'long.npy'), /long\.npy: .*shape \(3, 2\) takes 48 bytes, 56 are there/);
  });

  it('survives any damaged byte: an array or a named error, nothing else', () => {
    for (const name of ['object', 'objectProtocol2', 'objectProtocol5'] as const) {
      const whole = numpyFile(name);
      for (let at = 0; at < whole.length; at++) {
        const damaged = Buffer.from(whole);
        damaged[at] ^= 1 << (at % 8);
        try {
          npyRegions(damaged, 'bad.npy');
        } catch (error) {
          const { code, message } = error as { code?: string; message: string };
          assert.match(String(code), /corrupt-file|unsupported|invalid-input/, `byte ${at}: ${message}`);
        }
      }
    }
  });

  it('refuses types that are no coordinates', () => {
    for (const name of ['text', 'complex', 'record'] as const) {
      assert.throws(() => parseNpy(numpyFile(name), 'a.npy'), { code: 'unsupported', message: /a\.npy: / }, name);
    }
  });

  it('refuses integers beyond 2^53', () => {
    const bytes = Buffer.from(numpyFile('int64'));
    bytes.writeBigInt64LE(2n ** 60n, bytes.length - 8);
    assert.throws(() => parseNpy(bytes, 'a.npy'), { code: 'corrupt-file', message: /too large for a coordinate/ });
  });
});

describe('npyRegions', () => {
  it('reads plain arrays: one polygon, several of one length, none', () => {
    assert.deepEqual(npyRegions(numpyFile('float64'), 'a.npy'), { polygons: [{ polygon: T }] });
    const [first, second] = npyRegions(numpyFile('float32Fortran3d'), 'a.npy').polygons;
    assert.deepEqual(first.polygon, [
      [1, 2],
      [4, 5],
      [7, 8],
    ]);
    assert.deepEqual(second.polygon[2], [16, 17]);
    for (const name of ['empty', 'emptyObject'] as const) {
      assert.deepEqual(npyRegions(numpyFile(name), 'a.npy'), { polygons: [] }, name);
    }
  });

  const objects = [
    'object',
    'objectProtocol2',
    'objectProtocol3',
    'objectProtocol5',
    'objectNumpy1',
    'objectNumpy1Protocol3',
    'objectOfLists',
    'objectSlice',
  ] as const;
  for (const name of objects) {
    it(`reads an object array of polygons (${name})`, () => {
      assert.deepEqual(npyRegions(numpyFile(name), 'a.npy'), BOTH);
    });
  }

  it('reads object arrays of numbers, as NumPy makes of polygons of one length', () => {
    for (const name of ['objectOfFloats', 'objectOfScalars', 'objectFortran'] as const) {
      assert.deepEqual(npyRegions(numpyFile(name), 'a.npy'), { polygons: [{ polygon: T }] }, name);
    }
  });

  it('refuses every name that is not of NumPy arrays, and runs nothing', () => {
    const refused = (name: keyof typeof NUMPY_FILES, message: RegExp) =>
      assert.throws(() => npyRegions(numpyFile(name), 'evil.npy'), { code: 'unsupported', message });
    refused('osSystem', /evil\.npy: its pickle asks for posix\.system; .*nothing is executed/);
    refused('eval', /asks for (builtins|__builtin__)\.eval/);
    assert.ok(!existsSync('/tmp/owned'));
  });

  it('refuses what is no polygons', () => {
    const message = (name: keyof typeof NUMPY_FILES, expected: RegExp) =>
      assert.throws(() => npyRegions(numpyFile(name), 'a.npy'), { message: expected }, name);
    message('dict', /a\.npy: pickle operation 0x7d .*NumPy does not write/);
    message('strings', /a\.npy: something else than numbers/);
    message('image', /a\.npy, array shape: expected polygons of shape .*mask image goes as TIFF, got \[4,5\]/);
    message('selfReference', /a\.npy: polygons nested more than three deep/);
  });

  it('bounds a file whose parts are referred to many times', () => {
    // 250 times the same list of 250 times the same list of 250 pairs: 30 million numbers in 2 kB.
    const [MARK, APPENDS, EMPTY_LIST, BINPUT, BINGET, BININT1, TUPLE2] = [0x28, 0x65, 0x5d, 0x71, 0x68, 0x4b, 0x86];
    const list = (items: number[]) => [EMPTY_LIST, MARK, ...items, APPENDS];
    const times250 = (item: number[], key: number) =>
      list([...item, BINPUT, key, ...Array(249).fill([BINGET, key]).flat()]);
    const pairs = list(Array(250).fill([BININT1, 1, BININT1, 2, TUPLE2]).flat());
    const items = times250(times250(pairs, 0), 1);
    const header = numpyFile('emptyObject').toString('latin1', 0, 128).replace('(0,), }  ', '(250,), }');
    const reconstruct = 'cnumpy._core.multiarray\n_reconstruct\n)R';
    const state = `(K\x01K\xfa\x85cnumpy\ndtype\n\x8c\x01O\x85R\x89${String.fromCharCode(...items)}tb.`;
    const bomb = Buffer.from(`${header}\x80\x04${reconstruct}${state}`, 'latin1');
    assert.throws(() => npyRegions(bomb, 'bomb.npy'), { code: 'unsupported', message: /more than 1000000 numbers/ });
  });
});
