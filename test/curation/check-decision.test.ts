import assert from 'node:assert/strict';
import { checkDecision, DECISION_LIMITS } from '../../src/curation/check-decision';
import type { Decision } from '../../src/curation/decision';
import { DECISION, sampleOf } from './samples';

const SAMPLE = sampleOf('A');
const EMPTY: Decision = { state: 'undecided', reason: null, base: 'seg1', merge: [], exclude: [], strokes: [] };
const triangle = (x = 0) => [
  [x, 0],
  [x + 1, 0],
  [x, 1],
];

describe('checkDecision', () => {
  it('takes what people decide, as it is', () => {
    assert.deepEqual(checkDecision(DECISION, SAMPLE), DECISION);
    assert.deepEqual(checkDecision(JSON.parse(JSON.stringify(DECISION)), SAMPLE), DECISION);
    const rejected = { ...EMPTY, state: 'rejected', reason: 'out of focus' };
    assert.deepEqual(checkDecision(rejected, SAMPLE), rejected);
  });

  it('takes what is painted from nothing, of samples that have nothing else whatever their base was called', () => {
    const bare = { id: 'A', raw: SAMPLE.raw };
    const area = { points: triangle(), radius: 0, value: 1, z: null, filled: true };
    const painted = { ...EMPTY, state: 'used', base: 'none', strokes: [area, { ...area, value: 0 }] };
    for (const sample of [bare, SAMPLE]) assert.deepEqual(checkDecision(painted, sample), painted);
    assert.deepEqual(checkDecision({ ...painted, base: 'seg1' }, bare), painted);
    assert.throws(
      () => checkDecision({ ...painted, strokes: [{ ...area, filled: false }] }, bare),
      /strokes\[0\]\.filled/,
    );
    const line = { ...area, points: triangle().slice(1) };
    assert.throws(
      () => checkDecision({ ...painted, strokes: [line] }, bare),
      /strokes\[0\]\.points: expected at least 3/,
    );
    const merge = [{ rings: [triangle()], z: null }];
    assert.throws(() => checkDecision({ ...painted, merge }, bare), /decision\.merge: expected no merging mask/);
  });

  it('takes changes of objects, and names what of them does not fit', () => {
    const [one, other] = [
      { of: 'seg1', number: 4 },
      { of: 'new', number: 1 },
    ];
    const line = { points: [[1, 1]], radius: 2, value: 1, z: null };
    const marks = [
      { object: one, becomes: null, z: null },
      { object: other, becomes: one, z: null, t: 0 },
      { object: one, becomes: other, outline: triangle(), z: null },
      { ...line, object: other, t: 0 },
    ];
    const decision = { ...EMPTY, state: 'used', strokes: marks };
    assert.deepEqual(checkDecision(decision, SAMPLE), decision);
    const wrong: [object, RegExp][] = [
      [{ ...marks[0], object: { of: 'seg3', number: 1 } }, /strokes\[0\]\.object\.of: expected seg1, seg2 or new/],
      [
        { ...marks[0], object: { of: 'seg1', number: 0 } },
        /object\.number: expected a whole number from 1 to 2147483647/,
      ],
      [{ ...marks[0], becomes: undefined }, /becomes/],
      [{ ...marks[0], z: [0, 99] }, /strokes\[0\]\.z/],
      [{ ...marks[0], t: 7 }, /strokes\[0\]\.t: expected a time point/],
      [{ ...marks[2], outline: triangle().slice(1) }, /outline: expected at least 3 points/],
      [{ ...marks[0], radius: 1 }, /strokes\[0\]\.radius: expected no such property/],
      [{ ...line, t: 0 }, /strokes\[0\]\.t/],
      [{ ...line, value: 0, object: other }, /strokes\[0\]\.object: expected nothing/],
    ];
    for (const [mark, message] of wrong) {
      assert.throws(() => checkDecision({ ...decision, strokes: [mark] }, SAMPLE), message);
    }
  });

  it('names what does not fit', () => {
    const shape = (rings: unknown, z: unknown = null) => ({ ...EMPTY, merge: [{ rings, z }] });
    const stroke = (change: object) => ({
      ...EMPTY,
      strokes: [{ points: [[0, 0]], radius: 1, value: 1, z: null, ...change }],
    });
    const wrong: [unknown, RegExp][] = [
      [null, /: decision: must be object, got null/],
      [{ ...EMPTY, state: 'fine' }, /decision\.state/],
      [{ ...EMPTY, base: 'seg3' }, /decision\.base/],
      [{ ...EMPTY, more: 1 }, /decision: must NOT have additional properties \("more"\)/],
      [{ ...EMPTY, reason: 'x'.repeat(2001) }, /decision\.reason/],
      [shape([]), /decision\.merge\[0\]\.rings: expected a list of an outline/],
      [
        shape([
          triangle(),
          [
            [1, 1],
            [2, 2],
            [1, 1],
          ],
        ]),
        /decision\.merge\[0\]\.rings\[1\]: expected at least 3 different/,
      ],
      [
        shape([
          [
            [0, 0],
            [1, Number.NaN],
            [1, 1],
          ],
        ]),
        /decision\.merge\[0\]\.rings\[0\]\[1\]: expected \[x, y\].*"NaN"/,
      ],
      [
        shape([
          [
            [0, 0],
            [1, null],
            [1, 1],
          ],
        ]),
        /rings\[0\]\[1\]/,
      ],
      [
        shape([
          [
            [0, 0],
            [1, '3'],
            [1, 1],
          ],
        ]),
        /rings\[0\]\[1\]/,
      ],
      [
        shape([
          [
            [0, 0],
            [1e9, 0],
            [1, 1],
          ],
        ]),
        /finite numbers within ±10000000/,
      ],
      [
        shape([
          [
            [0, 0],
            [1, 0, 2],
            [1, 1],
          ],
        ]),
        /rings\[0\]\[1\]/,
      ],
      [shape([triangle()], [0, 3]), /merge\[0\]\.z: .*last <= 2.*got \[0,3\]/],
      [shape([triangle()], [2, 1]), /merge\[0\]\.z/],
      [shape([triangle()], [0.5, 1]), /merge\[0\]\.z/],
      [{ ...EMPTY, merge: [{ rings: [triangle()] }] }, /merge\[0\]\.z/],
      [{ ...EMPTY, exclude: [{ rings: [triangle()], z: null, note: '' }] }, /exclude\[0\]\.note: expected no such/],
      [{ ...EMPTY, exclude: [3] }, /exclude\[0\]: expected \{ rings, z \}, got 3/],
      [stroke({ points: [] }), /strokes\[0\]\.points: expected at least one/],
      [stroke({ radius: -1 }), /strokes\[0\]\.radius: expected 0 to 1024 pixels, got -1/],
      [stroke({ radius: Number.NaN }), /strokes\[0\]\.radius/],
      [stroke({ value: 2 }), /strokes\[0\]\.value: expected 0 or 1, got 2/],
    ];
    for (const [value, message] of wrong) assert.throws(() => checkDecision(value, SAMPLE), message);
  });

  it('needs the segmentations it names', () => {
    const { seg2: _, ...one } = SAMPLE;
    assert.throws(
      () => checkDecision({ ...EMPTY, state: 'used', base: 'seg2' }, one),
      /decision\.base: .*sample A has/,
    );
    assert.throws(() => checkDecision(DECISION, one), /decision\.merge: .*sample A has no seg2/);
    assert.equal(checkDecision({ ...EMPTY, base: 'seg2' }, one).base, 'seg2');
  });

  it('has limits', () => {
    const shapes = (n: number) => ({
      ...EMPTY,
      exclude: Array.from({ length: n }, () => ({ rings: [triangle()], z: null })),
    });
    assert.equal(checkDecision(shapes(DECISION_LIMITS.shapes), SAMPLE).exclude.length, DECISION_LIMITS.shapes);
    assert.throws(() => checkDecision(shapes(DECISION_LIMITS.shapes + 1), SAMPLE), /at most 2000, got 2001/);
    const points = Array.from({ length: DECISION_LIMITS.points / 2 + 1 }, () => [0, 0]);
    const stroke = { points, radius: 1, value: 1, z: null };
    assert.equal(checkDecision({ ...EMPTY, strokes: [stroke] }, SAMPLE).strokes.length, 1);
    assert.throws(
      () => checkDecision({ ...EMPTY, strokes: [stroke, stroke] }, SAMPLE),
      /points: expected at most 50000/,
    );
  });
});
