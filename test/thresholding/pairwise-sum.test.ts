import assert from 'node:assert/strict';
import { Random } from '../../src/base/random';
import { PairwiseSum, pairwiseSum } from '../../src/thresholding/pairwise-sum';

/** NumPy's recursion as it is written there. */
function recursive(a: Float32Array | Float64Array): number {
  const r = a instanceof Float32Array ? Math.fround : (x: number) => x;
  if (a.length > 128) {
    let half = Math.floor(a.length / 2);
    half -= half % 8;
    return r(recursive(a.subarray(0, half)) + recursive(a.subarray(half)));
  }
  let sum = 0;
  let start = 0;
  if (a.length >= 8) {
    const s = [...a.subarray(0, 8)];
    for (start = 8; start + 8 <= a.length; start += 8) for (let j = 0; j < 8; j++) s[j] = r(s[j] + a[start + j]);
    sum = r(r(r(s[0] + s[1]) + r(s[2] + s[3])) + r(r(s[4] + s[5]) + r(s[6] + s[7])));
  }
  for (const v of a.subarray(start)) sum = r(sum + v);
  return sum;
}

describe('thresholding/pairwise-sum', () => {
  it('adds in the order of NumPy, whatever the portions', () => {
    const random = new Random(1);
    for (const length of [0, 1, 7, 8, 9, 127, 128, 129, 136, 1000, 4099]) {
      for (const type of [Float32Array, Float64Array]) {
        const values = type.from(Array.from({ length }, () => random.normal() * 1e3));
        const expected = recursive(values);
        assert.equal(pairwiseSum(values), expected, `${length} of ${type.name}`);
        const sum = new PairwiseSum(type === Float32Array ? 'float32' : 'float64', length);
        for (let start = 0; start < length; ) {
          const end = Math.min(length, start + 1 + random.integer(300));
          sum.add(values.subarray(start, end));
          start = end;
        }
        assert.equal(sum.total(), expected);
      }
    }
  });

  it('refuses too many and too few values', () => {
    const sum = new PairwiseSum('float64', 3);
    sum.add(Float64Array.of(1, 2));
    assert.throws(() => sum.total(), /lacks/);
    assert.throws(() => sum.add(Float64Array.of(3, 4)), /more values/);
  });
});
