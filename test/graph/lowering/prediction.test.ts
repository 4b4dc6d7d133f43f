import assert from 'node:assert/strict';
import { GraphBuilder } from '../../../src/graph/builder';
import { PREDICTION_LOWERINGS } from '../../../src/graph/lowering/tables';
import { convTerms, sumTerms, upConvTerms } from '../naive';
import { evaluate, randomValues, relativeError } from '../support';

describe('the lowering for prediction', () => {
  for (const spatial of [
    [4, 6],
    [2, 4, 6],
  ]) {
    it(`convolves in ${spatial.length}D as the sums written out`, async () => {
      const g = new GraphBuilder();
      const every = (n: number) => spatial.map(() => n);
      const shapes = { x: [2, 2, ...spatial], w: [3, 2, ...every(3)], up: [3, 2, ...every(2)] };
      const [x, w, up] = Object.entries(shapes).map(([name, shape]) => g.input(name, shape));
      const half = g.node('conv', [x, w], { strides: every(2) });
      const feeds = { x: randomValues(shapes.x, 1), w: randomValues(shapes.w, 2), up: randomValues(shapes.up, 3) };
      const results = await evaluate({ half, full: g.node('upConv', [half, up], {}) }, feeds, PREDICTION_LOWERINGS);
      const down = convTerms(shapes.x, shapes.w, every(2));
      const expected = sumTerms(down, 'y', down.yLength, ['x', feeds.x], ['w', feeds.w]);
      assert.ok(relativeError(results.half, expected) < 1e-5);
      const upwards = upConvTerms(half.shape, shapes.up);
      const doubled = sumTerms(upwards, 'y', upwards.yLength, ['x', Float32Array.from(expected)], ['w', feeds.up]);
      assert.ok(relativeError(results.full, doubled) < 1e-5);
    });
  }

  it('has no gradients', async () => {
    const g = new GraphBuilder();
    const [dy, w] = [g.input('dy', [1, 2, 4, 4]), g.input('w', [2, 3, 3, 3])];
    const dx = g.node('convInputGradient', [dy, w], { strides: [1, 1], spatial: [4, 4] });
    await assert.rejects(
      evaluate({ dx }, {}, PREDICTION_LOWERINGS),
      /convInputGradient does not occur in a prediction/,
    );
  });
});
