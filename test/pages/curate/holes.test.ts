import assert from 'node:assert/strict';
import { addShape, cutHole, EMPTY_DECISION, fillHoles } from '../../../pages/curate/logic/edits';
import { contains, shapeAround } from '../../../pages/curate/logic/geometry';
import { History } from '../../../pages/curate/logic/history';
import { drawingOf, type Point } from '../../../src/curation/decision';
import { drawingRasteriser } from '../../../src/masks/target';

const square = (from: number, to: number): Point[] => [
  [from, from],
  [to, from],
  [to, to],
  [from, to],
];

describe('holes in shapes', () => {
  const around = { kind: 'merge', index: 0 } as const;
  const drawn = addShape('merge', { rings: [square(0, 20)], z: [1, 2] })(EMPTY_DECISION);

  it('are cut out of what training gets, undone, filled', () => {
    const steps = new History(drawn);
    steps.apply(cutHole(around, square(5, 15)), 'cut a hole');
    const [shape] = steps.decision.merge;
    const frame = { x: 0, y: 0, width: 21, height: 21, step: 1, z: 1 };
    const { merge } = drawingRasteriser(drawingOf(steps.decision))(frame);
    const pixels = Array.from(merge ?? []).reduce((sum, value) => sum + value, 0);
    // Edges belong to the shape, also the hole's own: 21 x 21 without the 9 x 9 strictly inside.
    assert.equal(pixels, 21 * 21 - 9 * 9);
    assert.equal(contains(shape, [10, 10]), false);
    assert.deepEqual(fillHoles(around)(steps.decision), drawn);
    steps.undo();
    assert.deepEqual(steps.decision, drawn);
  });

  it('need one shape of the kind and plane wholly around them', () => {
    assert.deepEqual(shapeAround(drawn, 'merge', square(5, 15), 1), around);
    assert.deepEqual(shapeAround(drawn, 'merge', square(5, 15), null), around);
    assert.equal(shapeAround(drawn, 'merge', square(5, 15), 0), null);
    assert.equal(shapeAround(drawn, 'exclude', square(5, 15), 1), null);
    assert.equal(shapeAround(drawn, 'merge', square(5, 25), 1), null);
    const withHole = cutHole(around, square(8, 12))(drawn);
    assert.equal(shapeAround(withHole, 'merge', square(5, 15), 1), null, 'around another hole');
    assert.equal(shapeAround(withHole, 'merge', square(10, 15), 1), null, 'across another hole');
    assert.deepEqual(shapeAround(withHole, 'merge', square(2, 6), 1), around);
    // Corners inside, and the notch of the outline reaches between them.
    const notched: Point[] = [
      [0, 0],
      [10, 12],
      [20, 0],
      [20, 20],
      [0, 20],
    ];
    const other = addShape('merge', { rings: [notched], z: null })(EMPTY_DECISION);
    const across: Point[] = [
      [2, 10],
      [18, 10],
      [10, 18],
    ];
    assert.equal(shapeAround(other, 'merge', across, 0), null);
  });
});
