import assert from 'node:assert/strict';
import { makeTarget, makeWeight, NOTHING_DRAWN, targetRoles } from '../../src/masks/target';

const alone = (base: ArrayLike<number>) => ({ base, other: null, mergeMask: null });

describe('makeTarget', () => {
  it('takes the base outside and the other inside the merging mask, as 0 and 255', () => {
    const base = Uint16Array.of(0, 5, 300, 0, 1, 0);
    const other = Float32Array.of(0.5, 0, 0, 2, 0, 0);
    const inside = Uint8Array.of(0, 0, 0, 1, 1, 255);
    const expected = [0, 255, 255, 255, 0, 0];
    assert.deepEqual([...makeTarget({ base, other, mergeMask: inside }, NOTHING_DRAWN)], expected);
    assert.deepEqual([...makeTarget({ base, other, mergeMask: null }, { ...NOTHING_DRAWN, merge: inside })], expected);
  });

  it('counts a mask image and what was drawn together, and strokes over both', () => {
    const [base, other] = [Uint8Array.of(0, 0, 0, 0, 1), Uint8Array.of(1, 1, 1, 1, 0)];
    const drawn = {
      merge: Uint8Array.of(0, 1, 1, 0, 0),
      strokes: Uint8Array.of(0, 0, 1, 2, 1),
      exclude: null,
      edits: null,
    };
    const mergeMask = Uint8Array.of(9, 0, 9, 0, 0);
    assert.deepEqual([...makeTarget({ base, other, mergeMask }, drawn)], [255, 255, 0, 255, 0]);
  });

  it('is the base where nothing is merged', () => {
    assert.deepEqual([...makeTarget(alone(Int16Array.of(-1, 0, 9)), NOTHING_DRAWN)], [255, 0, 255]);
    const other = Int16Array.of(0, 1, 0);
    const sources = { base: Int16Array.of(-1, 0, 9), other, mergeMask: null };
    assert.deepEqual([...makeTarget(sources, NOTHING_DRAWN)], [255, 0, 255]);
  });

  it('refuses NaN where it counts, and only there', () => {
    const nan = Float32Array.of(1, Number.NaN);
    const zero = new Float32Array(2);
    const merged = (mergeMask: Uint8Array) => makeTarget({ base: zero, other: nan, mergeMask }, NOTHING_DRAWN);
    assert.throws(() => makeTarget(alone(nan), NOTHING_DRAWN), /base segmentation, pixel 1 of its rows.*NaN/);
    assert.throws(() => merged(Uint8Array.of(0, 1)), /other segmentation, pixel 1/);
    assert.deepEqual([...merged(Uint8Array.of(1, 0))], [255, 0]);
  });

  it('refuses parts of different size', () => {
    const [two, three] = [new Uint8Array(2), new Uint8Array(3)];
    const make = (other: Uint8Array, mergeMask: Uint8Array, strokes: Uint8Array | null = null) =>
      makeTarget({ base: two, other, mergeMask }, { ...NOTHING_DRAWN, strokes });
    assert.throws(() => make(three, two), /other segmentation.*expected 2, got 3/);
    assert.throws(() => make(two, three), /merging mask.*expected 2, got 3/);
    assert.throws(() => make(two, two, three), /strokes, pixels.*expected 2, got 3/);
  });
});

describe('makeWeight', () => {
  it('is 0 inside mask image and shapes, 1 elsewhere', () => {
    const exclude = Uint8Array.of(0, 0, 1, 0);
    assert.deepEqual([...makeWeight(4, Uint8Array.of(0, 255, 0, 0), { ...NOTHING_DRAWN, exclude })], [1, 0, 0, 1]);
    assert.deepEqual([...makeWeight(2, null, NOTHING_DRAWN)], [1, 1]);
  });

  it('refuses parts of different size', () => {
    assert.throws(() => makeWeight(5, new Uint8Array(4), NOTHING_DRAWN), /excluding mask.*expected 5, got 4/);
  });
});

describe('targetRoles', () => {
  it('names the other segmentation where something is merged', () => {
    assert.deepEqual(targetRoles('seg1', false), { base: 'seg1', other: null });
    assert.deepEqual(targetRoles('seg1', true), { base: 'seg1', other: 'seg2' });
    assert.deepEqual(targetRoles('seg2', true), { base: 'seg2', other: 'seg1' });
  });
});
