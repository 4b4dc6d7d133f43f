import assert from 'node:assert/strict';
import { GraphBuilder } from '../../src/graph/builder';
import { broadcastShapes } from '../../src/graph/shapes';

describe('shape rules', () => {
  it('broadcast as NumPy does', () => {
    assert.deepEqual(broadcastShapes([2, 3], [1]), [2, 3]);
    assert.deepEqual(broadcastShapes([2, 1, 4], [3, 1]), [2, 3, 4]);
    assert.throws(() => broadcastShapes([2, 3], [2]), /broadcast: \[2,3\] does not fit \[2\]/);
  });

  for (const spatial of [
    [4, 6],
    [2, 4, 6],
  ]) {
    it(`of convolutions in ${spatial.length}D`, () => {
      const g = new GraphBuilder();
      const every = (n: number) => spatial.map(() => n);
      const x = g.input('x', [2, 3, ...spatial]);
      const w = g.input('w', [5, 3, ...every(3)]);
      const halved = g.node('conv', [x, w], { strides: every(2) });
      assert.deepEqual(g.node('conv', [x, w], { strides: every(1) }).shape, [2, 5, ...spatial]);
      assert.deepEqual(halved.shape, [2, 5, ...spatial.map((s) => s / 2)]);
      assert.deepEqual(g.node('convInputGradient', [halved, w], { strides: every(2), spatial }).shape, x.shape);
      assert.deepEqual(
        g.node('convWeightGradient', [x, halved], { strides: every(2), widths: every(3) }).shape,
        w.shape,
      );
      const up = g.input('up', [3, 5, ...every(2)]);
      const doubled = g.node('upConv', [x, up], {});
      assert.deepEqual(doubled.shape, [2, 5, ...spatial.map((s) => 2 * s)]);
      assert.deepEqual(g.node('upConvInputGradient', [doubled, up], {}).shape, x.shape);
      assert.deepEqual(g.node('upConvWeightGradient', [x, doubled], {}).shape, up.shape);
    });
  }

  it('of cuts and joins', () => {
    const g = new GraphBuilder();
    const x = g.input('x', [2, 3, 4]);
    assert.deepEqual(g.node('concat', [x, x], { axis: 1 }).shape, [2, 6, 4]);
    assert.deepEqual(g.node('slice', [x], { axis: 2, start: 1, end: 4 }).shape, [2, 3, 3]);
    assert.deepEqual(g.sum(x, [0, 2]).shape, [1, 3, 1]);
    const channels = g.input('channels', [3]);
    assert.deepEqual(g.node('instanceNorm', [x, channels, channels], { epsilon: 1 }).shape, x.shape);
    assert.deepEqual(g.node('instanceNormScaleGradient', [x, x], { epsilon: 1 }).shape, [3]);
  });

  it('refuse what does not fit, naming the shapes', () => {
    const g = new GraphBuilder();
    const x = g.input('x', [1, 2, 5, 6]);
    const w = g.input('w', [4, 3, 3, 3]);
    const fitting = g.input('v', [4, 2, 3, 3]);
    assert.throws(() => g.node('conv', [x, w], { strides: [1, 1] }), /conv channels: \[2\] does not fit \[3\]/);
    assert.throws(
      () => g.node('conv', [x, fitting], { strides: [2, 2] }),
      /conv strides: \[5,6\] does not fit \[2,2\]/,
    );
    assert.throws(() => g.reshape(x, [7]), /reshape: \[1,2,5,6\] does not fit \[7\]/);
    assert.throws(() => g.add(x, g.input('y', [5])), { name: 'SegmenterError', code: 'internal' });
  });
});
