import assert from 'node:assert/strict';
import { groupOf, groupsOf, heldOutCount, type ReviewSplit, splitForReview } from '../../src/curation/split';

const origins = (ids: readonly string[]) => ids.map((id) => ({ id, uri: `file:///${id}.tif` }));
const numbered = (n: number) => origins(Array.from({ length: n }, (_, i) => `image${i}`));
const all = (n: number) => Array.from({ length: n }, (_, i) => i);
const ascending = (numbers: readonly number[]) => [...numbers].sort((a, b) => a - b);

function setsOf(split: ReviewSplit) {
  assert.ok(split.kind === 'sets');
  return split;
}

describe('splitForReview', () => {
  it('holds out as many as Segmenter ML, twice over, and none of them twice', () => {
    assert.deepEqual([4, 10, 20, 100, 1000, 5000].map(heldOutCount), [2, 2, 2, 10, 100, 100]);
    for (const n of [12, 100, 1000]) {
      const { train, val, test, level } = setsOf(splitForReview(numbered(n), 3));
      assert.equal(level, 'acquisition');
      assert.deepEqual([val.length, test.length], [heldOutCount(n), heldOutCount(n)]);
      assert.deepEqual(ascending([...train, ...val, ...test]), all(n));
    }
  });

  it('depends on seed and samples, not on their order', () => {
    const samples = numbered(40);
    const names = (split: ReviewSplit, of = samples) =>
      setsOf(split)
        .test.map((i) => of[i].id)
        .sort();
    const reversed = [...samples].reverse();
    assert.deepEqual(names(splitForReview(reversed, 7), reversed), names(splitForReview(samples, 7)));
    assert.notDeepEqual(names(splitForReview(samples, 8)), names(splitForReview(samples, 7)));
  });

  it('keeps wells together, whatever is in them', () => {
    const ids = ['B02', 'B03', 'C02', 'C03', 'D02'].flatMap((well) => [1, 2, 3, 4].map((s) => `p/${well}_s${s}`));
    for (let seed = 0; seed < 20; seed++) {
      const { train, val, test, level } = setsOf(splitForReview(origins(ids), seed));
      assert.equal(level, 'acquisition');
      const wells = [train, val, test].map((set) => new Set(set.map((i) => ids[i].slice(0, 5))));
      assert.equal(wells[0].size + wells[1].size + wells[2].size, 5);
      assert.deepEqual([train.length, val.length, test.length], [12, 4, 4]);
    }
  });

  it('takes finer groups where the coarse ones leave too few', () => {
    const positions = [1, 2, 3, 4, 5, 6].flatMap((p) => [1, 2, 3].map((t) => `embryo_P${p}_t${t}`));
    const { level, train, val, test } = setsOf(splitForReview(origins(positions), 1));
    assert.deepEqual([level, train.length, val.length, test.length], ['position', 12, 3, 3]);
    const times = Array.from({ length: 20 }, (_, t) => `embryo_t${t}`);
    assert.equal(setsOf(splitForReview(origins(times), 1)).level, 'file');
  });

  it('makes folds of fewer than 12: each sample is validated on once', () => {
    for (const [n, expected] of [
      [2, 2],
      [4, 4],
      [11, 5],
    ]) {
      const split = splitForReview(numbered(n), 5);
      assert.ok(split.kind === 'folds');
      assert.equal(split.folds.length, expected);
      assert.deepEqual(ascending(split.folds.flatMap(({ val }) => val)), all(n));
      for (const { train, val } of split.folds) assert.deepEqual(ascending([...train, ...val]), all(n));
    }
    const sizes = splitForReview(numbered(11), 5);
    assert.ok(sizes.kind === 'folds');
    assert.deepEqual(sizes.folds.map(({ val }) => val.length).sort(), [2, 2, 2, 2, 3]);
  });

  it('makes folds of many samples of two files, and nothing of one file', () => {
    const scenes = (file: string) => all(10).map((s) => ({ id: `${file}_s${s}`, uri: `file:///${file}` }));
    const split = splitForReview([...scenes('a.czi'), ...scenes('b.czi')], 1);
    assert.ok(split.kind === 'folds');
    assert.deepEqual(
      split.folds.map(({ val }) => val.length),
      [10, 10],
    );
    assert.deepEqual(splitForReview(scenes('a.czi'), 1), { kind: 'none', train: all(10) });
  });

  it('takes the sets that samples name', () => {
    const [a, b, c, d] = numbered(4);
    const named = [{ ...a, split: 'test' as const }, b, { ...c, split: 'val' as const }, d];
    assert.deepEqual(splitForReview(named, 1), { kind: 'sets', level: 'given', train: [1, 3], val: [2], test: [0] });
  });
});

const at = (id: string) => ({ id, uri: `file:///${id}` });

describe('groups of acquisition', () => {
  it('are wells, else what stands before counters', () => {
    const expected: [id: string, acquisition: string, position: string][] = [
      ['plate1/B03_s1_w2', 'plate1/B03', 'plate1/B03_s1'],
      ['plate_C12_T0001F001', 'plate_C12', 'plate_C12'],
      ['r02c03f04p01-ch1', 'r02c03', 'r02c03f04p01'],
      ['embryo_P1_t003', 'embryo', 'embryo_P1'],
      ['embryo_P12_z10', 'embryo', 'embryo_P12'],
      ['day 2/field 4/c1', 'day 2', 'day 2/field 4'],
      ['scan-pos3-time 12', 'scan', 'scan-pos3'],
      ['cells_t1', 'cells', 'cells'],
      ['rat3_data9_y122_x126', 'rat3_data9', 'rat3_data9_y122_x126'],
      ['slide_x0_y512', 'slide', 'slide_x0_y512'],
      ['x20_slide', 'x20_slide', 'x20_slide'],
      ['0042', '0042', '0042'],
      ['series_of_stacks', 'series_of_stacks', 'series_of_stacks'],
      ['B3', 'B3', 'B3'],
    ];
    for (const [id, acquisition, position] of expected) {
      assert.deepEqual([id, groupOf(at(id), 'acquisition'), groupOf(at(id), 'position')], [id, acquisition, position]);
    }
    assert.equal(groupOf(at('x'), 'file'), 'file:///x');
  });

  it('never part the scenes of one file', () => {
    const scenes = ['a_x', 'b_x', 'c_x'].map((id) => ({ id, uri: 'file:///one.czi' }));
    assert.deepEqual(groupsOf([...scenes, at('d')], 'acquisition'), [[0, 1, 2], [3]]);
  });
});
