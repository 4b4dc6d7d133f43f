import assert from 'node:assert/strict';
import { ChannelStatistics } from '../../../src/curation/checks/intensities';
import { type DType, dtypeOf, type PixelArray } from '../../../src/image/dtype';

function factsOf(...bands: PixelArray[]) {
  const statistics = new ChannelStatistics(dtypeOf(bands[0]), false);
  for (const band of bands) statistics.add(band, 2, '0,0');
  return statistics.facts();
}

describe('ChannelStatistics', () => {
  it('counts what is in integers of every size alike', () => {
    const expected = {
      range: { min: 0, max: 9 },
      pixels: 6,
      notFinite: 0,
      nonZero: 4,
      atMax: 2,
      second: 5,
      fractional: 0,
      distinct: 4,
      focus: null,
      unlike: null,
      histogram: [
        [0, 2],
        [3, 1],
        [5, 1],
        [9, 2],
      ],
    };
    const pixels = [0, 3, 9, 9, 0, 5];
    for (const type of [Uint8Array, Int8Array, Uint16Array, Int16Array, Uint32Array, Int32Array, Float32Array]) {
      const all = type.from(pixels) as PixelArray;
      assert.deepEqual(factsOf(all), expected, type.name);
      assert.deepEqual(factsOf(all.slice(0, 2), all.slice(2)), expected, type.name);
    }
    assert.deepEqual(factsOf(Int16Array.of(-32768, 32767)).range, { min: -32768, max: 32767 });
    assert.deepEqual(factsOf(Uint16Array.of(65535, 65535)).range, { min: 65535, max: 65535 });
  });

  it('tells of fractions, and of what is no number', () => {
    const facts = factsOf(Float32Array.of(0.5, Number.NaN, -1, Number.POSITIVE_INFINITY));
    assert.deepEqual([facts.range, facts.notFinite, facts.fractional], [{ min: -1, max: 0.5 }, 2, 1]);
    assert.equal(factsOf(Float64Array.of(Number.NaN, Number.NaN)).range, null);
  });

  it('counts different values up to a limit', () => {
    const many = Float32Array.from({ length: 70_000 }, (_, i) => i);
    assert.equal(factsOf(many).distinct, null);
    assert.equal(factsOf(many.slice(0, 60_000)).distinct, 60_000);
    const dtypes: DType[] = ['uint8', 'float64'];
    for (const dtype of dtypes) assert.equal(new ChannelStatistics(dtype, true).facts().range, null);
  });
});
