import assert from 'node:assert/strict';
import { channelBlock } from '../../../src/engines/onnx/cpu';
import { GraphBuilder } from '../../../src/graph/builder';
import { blockedLowerings } from '../../../src/graph/lowering/blocked';
import type { Lowerings } from '../../../src/graph/lowering/types';
import { convTerms, sumTerms, volume } from '../naive';
import { evaluate, randomValues, relativeError } from '../support';

const SIZES: Record<string, number[]> = { '2D': [6, 4], '3D': [4, 2, 6] };

describe('the lowering of convolutions to blocks of channels equals the sums written out', function () {
  this.timeout(60_000);
  let lowerings: Lowerings;

  before(async function () {
    const block = await channelBlock();
    if (block === null) this.skip();
    lowerings = blockedLowerings(block);
  });

  for (const [dimensions, spatial] of Object.entries(SIZES)) {
    for (const [batch, stride, ci, co] of [
      [1, 1, 32, 16],
      [2, 1, 16, 16],
      [1, 2, 16, 32],
      [2, 2, 16, 16],
      [1, 1, 3, 16],
      [1, 2, 16, 3],
    ] as const) {
      it(`${dimensions}: ${ci} channels to ${co}, batch ${batch}, stride ${stride}`, async () => {
        const g = new GraphBuilder();
        const shapes = { x: [batch, ci, ...spatial], w: [co, ci, ...spatial.map(() => 3)] };
        const [x, w] = [g.input('x', shapes.x), g.input('w', shapes.w)];
        const y = g.node('conv', [x, w], { stride });
        const dy = g.input('dy', [...y.shape]);
        const dx = g.node('convInputGradient', [dy, w], { stride, spatial });
        const feeds = { x: randomValues(shapes.x, 1), w: randomValues(shapes.w, 2), dy: randomValues(y.shape, 3) };
        const results = await evaluate({ y, dx }, feeds, lowerings);
        const terms = convTerms(shapes.x, shapes.w, stride);
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
