import assert from 'node:assert/strict';
import * as edits from '../../../pages/curate/logic/edits';
import { contains, nearestEdge, nearestVertex, shapeAt, simplify } from '../../../pages/curate/logic/geometry';
import { History } from '../../../pages/curate/logic/history';
import type { Decision, Point, Shape } from '../../../src/curation/decision';

const triangle: Shape = {
  rings: [
    [
      [0, 0],
      [10, 0],
      [0, 10],
    ],
  ],
  z: null,
};
const square: Shape = {
  rings: [
    [
      [20, 0],
      [40, 0],
      [40, 20],
      [20, 20],
    ],
    [
      [28, 8],
      [32, 8],
      [32, 12],
    ],
  ],
  z: [1, 2],
};
const start: Decision = { ...edits.EMPTY_DECISION, merge: [triangle], exclude: [square] };
const outline = (decision: Decision) => decision.merge[0].rings[0];

describe('edits', () => {
  it('leave the decision as it was', () => {
    const before = JSON.stringify(start);
    for (const edit of [
      edits.use(),
      edits.addShape('merge', square),
      edits.moveVertex({ kind: 'merge', index: 0, ring: 0, vertex: 1 }, [5, 5]),
      edits.deleteShape({ kind: 'exclude', index: 0 }),
    ]) {
      assert.notEqual(JSON.stringify(edit(start)), before);
    }
    assert.equal(JSON.stringify(start), before);
  });

  it('move, insert and delete vertices', () => {
    const at = { kind: 'merge', index: 0, ring: 0 } as const;
    assert.deepEqual(outline(edits.moveVertex({ ...at, vertex: 2 }, [1, 9])(start)), [
      [0, 0],
      [10, 0],
      [1, 9],
    ]);
    const four = edits.insertVertex({ ...at, vertex: 3 }, [-5, 5])(start);
    assert.deepEqual(outline(four), [
      [0, 0],
      [10, 0],
      [0, 10],
      [-5, 5],
    ]);
    assert.deepEqual(outline(edits.deleteVertex({ ...at, vertex: 0 })(four)), [
      [10, 0],
      [0, 10],
      [-5, 5],
    ]);
    assert.deepEqual(edits.deleteVertex({ ...at, vertex: 0 })(start).merge, []);
    const withoutHole = edits.deleteVertex({ kind: 'exclude', index: 0, ring: 1, vertex: 0 })(start);
    assert.deepEqual(withoutHole.exclude, [{ rings: [square.rings[0]], z: [1, 2] }]);
  });

  it('move shapes with their holes and set their planes', () => {
    const moved = edits.moveShape({ kind: 'exclude', index: 0 }, 1, -1)(start).exclude[0];
    assert.deepEqual(moved.rings[1], [
      [29, 7],
      [33, 7],
      [33, 11],
    ]);
    assert.deepEqual(edits.setShapeZ({ kind: 'exclude', index: 0 }, null)(start).exclude[0].z, null);
  });

  it('reject with a reason, which using takes away', () => {
    const rejected = edits.reject('  out of focus ')(start);
    assert.deepEqual([rejected.state, rejected.reason], ['rejected', 'out of focus']);
    assert.deepEqual(edits.use()(rejected).reason, null);
    assert.equal(edits.reject(' ')(start).reason, null);
  });

  it('copy what fits from another image', () => {
    const other: Decision = { ...start, base: 'seg2', exclude: [square, { ...square, z: [7, 9] }] };
    const target = { planes: 2, seg1: true, seg2: true };
    const copied = edits.copyFrom(other, target)(edits.EMPTY_DECISION);
    assert.deepEqual([copied.base, copied.merge, copied.exclude.map(({ z }) => z)], ['seg2', [triangle], [[1, 1]]]);
    const single = edits.copyFrom(other, { ...target, seg2: false })(edits.EMPTY_DECISION);
    assert.deepEqual([single.base, single.merge], ['seg1', []]);
  });
});

describe('the history', () => {
  it('undoes and redoes, and forgets what was undone when something new is done', () => {
    const history = new History(start);
    history.apply(edits.use(), 'use');
    history.apply(edits.setBase('seg2'), 'base');
    assert.deepEqual([history.undoLabel, history.redoLabel], ['base', null]);
    assert.equal(history.undo(), 'base');
    assert.equal(history.undo(), 'use');
    assert.equal(history.decision, start);
    assert.equal(history.undo(), null);
    assert.equal(history.redo(), 'use');
    assert.equal(history.decision.state, 'used');
    history.apply(edits.reject('x'), 'reject');
    assert.equal(history.redo(), null);
    assert.equal(history.undo(), 'reject');
    assert.equal(history.decision.state, 'used');
  });

  it('brings back what someone else replaced', () => {
    const history = new History(start);
    history.replace(edits.EMPTY_DECISION, 'theirs');
    history.undo();
    assert.equal(history.decision, start);
  });
});

describe('geometry', () => {
  it('finds vertices, edges and shapes under a point', () => {
    assert.deepEqual(nearestVertex(square, [39, 1], 3), { ring: 0, vertex: 1 });
    assert.equal(nearestVertex(square, [30, 2], 3), null);
    assert.deepEqual(nearestEdge(square, [30, 1], 3), { ring: 0, vertex: 1 });
    assert.deepEqual(nearestEdge(triangle, [-1, 5], 3), { ring: 0, vertex: 3 });
    assert.deepEqual(shapeAt(start, [22, 5], 1), { kind: 'exclude', index: 0 });
    assert.equal(shapeAt(start, [22, 5], 0), null);
    assert.equal(contains(square, [31, 9]), false);
    assert.deepEqual(shapeAt(start, [2, 2], 9), { kind: 'merge', index: 0 });
  });

  it('simplifies a line and stays within the tolerance', () => {
    const arc = Array.from({ length: 200 }, (_, i): Point => [100 * Math.cos(i / 100), 100 * Math.sin(i / 100)]);
    const simple = simplify(arc, 0.5);
    assert.ok(simple.length < 20 && simple.length > 5, String(simple.length));
    for (const point of arc) {
      const near = nearestEdge({ rings: [[...simple, ...simple.slice(1, -1).reverse()]], z: null }, point, 0.5 + 1e-9);
      assert.ok(near, String(point));
    }
    assert.deepEqual(
      simplify(
        [
          [0, 0],
          [1, 0],
          [2, 0],
        ],
        0.1,
      ),
      [
        [0, 0],
        [2, 0],
      ],
    );
  });
});
