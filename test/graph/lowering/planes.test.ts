import assert from 'node:assert/strict';
import { GraphBuilder } from '../../../src/graph/builder';
import { PLANE_LOWERINGS } from '../../../src/graph/lowering/planes';
import { PREDICTION_LOWERINGS } from '../../../src/graph/lowering/tables';
import { convTerms, sumTerms, upConvTerms } from '../naive';
import { evaluate, randomValues, relativeError } from '../support';

const FORMS = [1, 2].flatMap((batch) =>
  [
    [1, 1, 1],
    [2, 2, 2],
    [1, 2, 2],
    [2, 1, 1],
  ].flatMap((strides) =>
    [
      [3, 3, 3],
      [1, 3, 3],
    ].map((widths) => ({ batch, strides, widths })),
  ),
);

describe('the lowering of 3D images to planes', () => {
  // 16 channels take ONNX Runtime's blocked convolution, 3 do not
  for (const [ci, co] of [
    [3, 2],
    [16, 16],
  ]) {
    for (const { batch, strides, widths } of FORMS) {
      it(`convolves ${ci} channels to ${co}, batch ${batch}, strides ${strides}, widths ${widths}, as the sums written out`, async () => {
        const g = new GraphBuilder();
        const isOne = strides.every((stride) => stride === 1);
        const shapes = { x: [batch, ci, ...(isOne ? [3, 4, 5] : [4, 6, 2])], w: [co, ci, ...widths] };
        const y = g.node('conv', [g.input('x', shapes.x), g.input('w', shapes.w)], { strides });
        const feeds = { x: randomValues(shapes.x, 1), w: randomValues(shapes.w, 2) };
        // the blocked convolution needs constant weights
        const h = new GraphBuilder();
        const w = h.node('constant', [], { data: feeds.w, shape: shapes.w });
        const constant = h.node('conv', [h.input('x', shapes.x), w], { strides });

        const terms = convTerms(shapes.x, shapes.w, strides);
        const expected = sumTerms(terms, 'y', terms.yLength, ['x', feeds.x], ['w', feeds.w]);
        assert.ok(relativeError((await evaluate({ y }, feeds, PLANE_LOWERINGS)).y, expected) < 1e-5);
        assert.ok(relativeError((await evaluate({ y: constant }, feeds, PLANE_LOWERINGS)).y, expected) < 1e-5);
      });
    }
  }

  it('convolves joined channels each on its own, and joins them where the join itself is wanted', async () => {
    const g = new GraphBuilder();
    const [a, b] = [g.input('a', [1, 2, 3, 4, 5]), g.input('b', [1, 3, 3, 4, 5])];
    const w = g.input('w', [2, 5, 3, 3, 3]);
    const joined = g.node('concat', [a, b], { axis: 1 });
    const y = g.node('conv', [joined, w], { strides: [1, 1, 1] });
    const feeds = { a: randomValues(a.shape, 1), b: randomValues(b.shape, 2), w: randomValues(w.shape, 3) };
    const x = Float32Array.from([...feeds.a, ...feeds.b]);
    const terms = convTerms(joined.shape, w.shape, [1, 1, 1]);
    const expected = sumTerms(terms, 'y', terms.yLength, ['x', x], ['w', feeds.w]);
    const results = await evaluate({ y, joined }, feeds, PLANE_LOWERINGS);
    assert.ok(relativeError(results.y, expected) < 1e-5);
    assert.deepEqual(results.joined, x);
  });

  for (const { batch, widths } of [1, 2].flatMap((batch) => [
    { batch, widths: [2, 2, 2] },
    { batch, widths: [1, 2, 2] },
  ])) {
    it(`transposes a convolution, batch ${batch}, widths ${widths}, as the sums written out`, async () => {
      const g = new GraphBuilder();
      const [x, w] = [g.input('x', [batch, 3, 2, 4, 5]), g.input('w', [3, 2, ...widths])];
      const feeds = { x: randomValues(x.shape, 1), w: randomValues(w.shape, 2) };
      const terms = upConvTerms(x.shape, w.shape);
      const expected = sumTerms(terms, 'y', terms.yLength, ['x', feeds.x], ['w', feeds.w]);
      const { y } = await evaluate({ y: g.node('upConv', [x, w], {}) }, feeds, PLANE_LOWERINGS);
      assert.ok(relativeError(y, expected) < 1e-5);
    });
  }

  it('leaves everything else as it is', async () => {
    const g = new GraphBuilder();
    const image = g.input('image', [1, 2, 4, 6]);
    const stack = g.input('stack', [1, 2, 4, 6, 2]);
    const outputs = {
      plane: g.node('conv', [image, g.input('w2', [3, 2, 3, 3])], { strides: [1, 1] }),
      mixed: g.node('conv', [stack, g.input('w1', [3, 2, 1, 1, 1])], { strides: [1, 1, 1] }),
      up: g.node('upConv', [image, g.input('u', [2, 3, 2, 2])], {}),
    };
    const shapes = { image: [1, 2, 4, 6], stack: [1, 2, 4, 6, 2], w2: [3, 2, 3, 3] };
    const feeds = Object.fromEntries(
      Object.entries({ ...shapes, w1: [3, 2, 1, 1, 1], u: [2, 3, 2, 2] }).map(([k, s], i) => [k, randomValues(s, i)]),
    );
    const expected = await evaluate(outputs, feeds, PREDICTION_LOWERINGS);
    assert.deepEqual(await evaluate(outputs, feeds, PLANE_LOWERINGS), expected);
  });
});
