import assert from 'node:assert/strict';
import { EMPTY_DECISION } from '../../pages/curate/logic/edits';
import { splitObject } from '../../pages/curate/logic/object-edits';
import { type Decision, drawingOf, type Mark } from '../../src/curation/decision';
import { NumberedTarget } from '../../src/masks/numbered-target';
import { nameOf, numberOf, type ObjectName, PAINTED_NUMBER, UNKNOWN_NUMBER } from '../../src/masks/object-names';
import { drawingRasteriser, makeTarget } from '../../src/masks/target';

const [HEIGHT, WIDTH] = [4, 6];
const NUMBERING = { base: 'seg1', largest: 9 } as const;
/** Two objects that touch, and one apart. */
const LABELS = [1, 1, 2, 2, 0, 3];
const BASE = Uint32Array.from({ length: HEIGHT * WIDTH }, (_, i) => LABELS[i % WIDTH]);

const seg1 = (number: number): ObjectName => ({ of: 'seg1', number });
const made = (number: number): ObjectName => ({ of: 'new', number });

/** The numbers of a row after some marks. */
function rowAfter(strokes: Mark[], { y = 1, t = 0, z = 0 } = {}): number[] {
  const drawing = drawingRasteriser(drawingOf({ merge: [], exclude: [], strokes }));
  const part = { t, z, y: 0, x: 0, height: HEIGHT, width: WIDTH, step: 1 };
  const target = new NumberedTarget(NUMBERING).make({ base: BASE, other: null, mergeMask: null }, drawing(part), part);
  return [...target.subarray(y * WIDTH, (y + 1) * WIDTH)];
}

describe('changes of objects', () => {
  it('delete, and join in their order: what was joined goes with the one it is part of', () => {
    assert.deepEqual(rowAfter([{ object: seg1(1), becomes: null, z: null }]), [0, 0, 2, 2, 0, 3]);
    assert.deepEqual(rowAfter([{ object: seg1(2), becomes: seg1(1), z: null }]), [1, 1, 1, 1, 0, 3]);
    const chain: Mark[] = [
      { object: seg1(2), becomes: seg1(1), z: null },
      { object: seg1(1), becomes: seg1(3), z: null },
      { object: seg1(2), becomes: null, z: null },
    ];
    assert.deepEqual(rowAfter(chain), [3, 3, 3, 3, 0, 3]);
    const backwards: Mark[] = [
      { object: seg1(1), becomes: made(1), z: null },
      { object: seg1(2), becomes: seg1(1), z: null },
    ];
    assert.deepEqual(rowAfter(backwards), [PAINTED_NUMBER + 1, PAINTED_NUMBER + 1, 1, 1, 0, 3]);
  });

  it('are refused of an object that the base has no more, whose number another one has, or a new one', () => {
    const part = { t: 0, z: 0, y: 0, x: 0, height: HEIGHT, width: WIDTH, step: 1 };
    const other = Uint32Array.from(BASE, (number) => (number === 3 ? 5 : 0));
    const apply = (object: ObjectName, becomes: ObjectName) => {
      const drawing = drawingRasteriser(drawingOf({ merge: [], exclude: [], strokes: [{ object, becomes, z: null }] }));
      return new NumberedTarget(NUMBERING).make({ base: BASE, other, mergeMask: null }, drawing(part), part);
    };
    // 14 is what the other's object 5 is here.
    const none = /decision: object of seg1: expected a number up to 9, the largest there, got 14/;
    assert.throws(() => apply(seg1(14), seg1(1)), none);
    assert.throws(() => apply(seg1(1), seg1(14)), none);
    const large: ObjectName = { of: 'seg2', number: PAINTED_NUMBER - 1 };
    assert.throws(() => apply(seg1(1), large), /numbers of objects: expected numbers below/);
    assert.deepEqual([...apply(seg1(1), { of: 'seg2', number: 5 }).subarray(0, WIDTH)], [14, 14, 2, 2, 0, 3]);
  });

  it('split along a line that ends short of the object’s border, and leave others alone', () => {
    const line: Array<[number, number]> = [
      [-0.2, 1.5],
      [0.8, 1.5],
    ];
    const decision: Decision = splitObject(seg1(1), line, 20, { z: null, t: null })(EMPTY_DECISION);
    const rows = [0, 1, 2, 3].map((y) => rowAfter(decision.strokes, { y })[0]);
    assert.equal(new Set(rows.slice(0, 2)).size, 1);
    assert.equal(new Set(rows.slice(2)).size, 1);
    assert.deepEqual(new Set(rows), new Set([1, PAINTED_NUMBER + 1]));
    assert.deepEqual(rowAfter(decision.strokes).slice(2), [2, 2, 0, 3]);
  });

  it('paint over others with a number, keep that of the one below without, erase it', () => {
    const dab = { points: [[2, 1]] as Array<[number, number]>, radius: 1, z: null };
    assert.deepEqual(rowAfter([{ ...dab, value: 1, object: seg1(3) }]), [1, 3, 3, 3, 0, 3]);
    assert.deepEqual(
      rowAfter([
        { ...dab, value: 1, object: made(2) },
        { ...dab, value: 1 },
      ]),
      [...[1, PAINTED_NUMBER + 2, PAINTED_NUMBER + 2, PAINTED_NUMBER + 2, 0, 3]],
    );
    assert.deepEqual(
      rowAfter([
        { object: seg1(2), becomes: null, z: null },
        { ...dab, value: 1 },
      ]),
      [...[1, 1, PAINTED_NUMBER, PAINTED_NUMBER, 0, 3]],
    );
    assert.deepEqual(
      rowAfter([
        { ...dab, value: 1, object: seg1(3) },
        { ...dab, value: 0 },
      ]),
      [1, 0, 0, 0, 0, 3],
    );
  });

  it('hold in their planes and at their time point', () => {
    const here: Mark[] = [{ object: seg1(1), becomes: null, z: [1, 2], t: 3 }];
    assert.deepEqual(rowAfter(here, { z: 2, t: 3 })[0], 0);
    assert.deepEqual(rowAfter(here, { z: 0, t: 3 })[0], 1);
    assert.deepEqual(rowAfter(here, { z: 2, t: 0 })[0], 1);
  });

  it('are nothing that a target of the foreground alone can tell', () => {
    const drawing = drawingRasteriser(
      drawingOf({ merge: [], exclude: [], strokes: [{ object: seg1(1), becomes: null, z: null }] }),
    );
    const drawn = drawing({ z: 0, y: 0, x: 0, height: HEIGHT, width: WIDTH, step: 1 });
    assert.throws(() => makeTarget({ base: BASE, other: null, mergeMask: null }, drawn), /knows no objects/);
  });

  it('name objects that stay the same whatever the base is', () => {
    for (const base of ['seg1', 'seg2', 'none'] as const) {
      for (const name of [seg1(4), { of: 'seg2', number: 4 } as const, made(0), made(7)]) {
        assert.deepEqual(nameOf(numberOf(name, { base, largest: 9 }), { base, largest: 9 }), name);
      }
    }
    assert.deepEqual(
      [0, UNKNOWN_NUMBER].map((number) => nameOf(number, NUMBERING)),
      [null, null],
    );
  });
});
