import assert from 'node:assert/strict';
import { channelBlock } from '../../../src/engines/onnx/cpu';
import { GraphBuilder } from '../../../src/graph/builder';
import { blockedLowerings } from '../../../src/graph/lowering/blocked';
import type { Lowerings } from '../../../src/graph/lowering/types';
import { convTerms, sumTerms, volume } from '../naive';
import { evaluate, randomValues, relativeError } from '../support';

const SIZES: Record<string, { spatial: number[]; strides: number[][]; widths: number[][] }> = {
  '2D': {
    spatial: [6, 4],
    strides: [
      [1, 1],
      [2, 2],
      [1, 2],
      [2, 1],
    ],
    widths: [[3, 3]],
  },
  '3D': {
    spatial: [4, 2, 6],
    strides: [
      [1, 1, 1],
      [2, 2, 2],
      [1, 2, 2],
      [1, 1, 2],
      [2, 1, 1],
    ],
    widths: [
      [3, 3, 3],
      [1, 3, 3],
    ],
  },
};

describe('the lowering of convolutions to blocks of channels equals the sums written out', function () {
  this.timeout(60_000);
  let lowerings: Lowerings;

  before(async function () {
    const block = await channelBlock();
    if (block === null) this.skip();
    lowerings = blockedLowerings(block);
  });

  for (const [dimensions, { spatial, strides: allStrides, widths: allWidths }] of Object.entries(SIZES)) {
    const forms = allStrides.flatMap((strides) => allWidths.map((widths) => ({ strides, widths })));
    for (const [batch, ci, co] of [
      [1, 32, 16],
      [2, 16, 16],
      [1, 16, 32],
      [1, 3, 16],
      [1, 16, 3],
    ] as const) {
      for (const { strides, widths } of forms)
        it(`${dimensions}: ${ci} channels to ${co}, batch ${batch}, strides ${strides}, widths ${widths}`, async () => {
          const g = new GraphBuilder();
          const shapes = { x: [batch, ci, ...spatial], w: [co, ci, ...widths] };
          const [x, w] = [g.input('x', shapes.x), g.input('w', shapes.w)];
          const y = g.node('conv', [x, w], { strides });
          const dy = g.input('dy', [...y.shape]);
          const dx = g.node('convInputGradient', [dy, w], { strides, spatial });
          const feeds = { x: randomValues(shapes.x, 1), w: randomValues(shapes.w, 2), dy: randomValues(y.shape, 3) };
          const results = await evaluate({ y, dx }, feeds, lowerings);
          const terms = convTerms(shapes.x, shapes.w, strides);
          const expected = {
            y: sumTerms(terms, 'y', terms.yLength, ['x', feeds.x], ['w', feeds.w]),
            dx: sumTerms(terms, 'x', volume(shapes.x), ['y', feeds.dy], ['w', feeds.w]),
          };
          for (const name of ['y', 'dx'] as const) {
            const error = relativeError(results[name], expected[name]);
            assert.ok(error < 1e-5, `${name}: relative error ${error}`);
          }
        });
    }
  }
});
