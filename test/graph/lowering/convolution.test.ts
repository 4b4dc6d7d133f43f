import assert from 'node:assert/strict';
import { GraphBuilder } from '../../../src/graph/builder';
import { CPU_LOWERINGS, GPU_LOWERINGS } from '../../../src/graph/lowering/tables';
import { convTerms, sumTerms, upConvTerms, volume } from '../naive';
import { evaluate, randomValues, relativeError } from '../support';

const SIZES: Record<string, number[]> = { '2D': [6, 4], '3D': [4, 6, 2] };

describe('the lowering of convolutions equals the sums written out', function () {
  this.timeout(60_000);

  const devices = { CPU: CPU_LOWERINGS, GPU: GPU_LOWERINGS };
  for (const [device, lowerings] of Object.entries(devices)) {
    for (const [dimensions, spatial] of Object.entries(SIZES)) {
      for (const batch of [1, 2]) {
        for (const stride of [1, 2] as const) {
          for (const width of [1, 3] as const) {
            it(`${device}: conv ${dimensions}, batch ${batch}, stride ${stride}, width ${width}`, async () => {
              const g = new GraphBuilder();
              const xShape = [batch, 3, ...spatial];
              const wShape = [2, 3, ...spatial.map(() => width)];
              const [x, w] = [g.input('x', xShape), g.input('w', wShape)];
              const y = g.node('conv', [x, w], { stride });
              const dy = g.input('dy', [...y.shape]);
              const feeds = { x: randomValues(xShape, 1), w: randomValues(wShape, 2), dy: randomValues(y.shape, 3) };
              const outputs = {
                y,
                dx: g.node('convInputGradient', [dy, w], { stride, spatial }),
                dw: g.node('convWeightGradient', [x, dy], { stride, width }),
              };
              const results = await evaluate(outputs, feeds, lowerings);

              const terms = convTerms(xShape, wShape, stride);
              const expected = {
                y: sumTerms(terms, 'y', terms.yLength, ['x', feeds.x], ['w', feeds.w]),
                dx: sumTerms(terms, 'x', volume(xShape), ['y', feeds.dy], ['w', feeds.w]),
                dw: sumTerms(terms, 'w', volume(wShape), ['y', feeds.dy], ['x', feeds.x]),
              };
              for (const name of ['y', 'dx', 'dw'] as const) {
                const error = relativeError(results[name], expected[name]);
                assert.ok(error < 1e-5, `${name}: relative error ${error}`);
              }
            });
          }
        }

        it(`${device}: upConv ${dimensions}, batch ${batch}`, async () => {
          const g = new GraphBuilder();
          const xShape = [batch, 3, ...spatial];
          const wShape = [3, 2, ...spatial.map(() => 2)];
          const [x, w] = [g.input('x', xShape), g.input('w', wShape)];
          const y = g.node('upConv', [x, w], {});
          const dy = g.input('dy', [...y.shape]);
          const feeds = { x: randomValues(xShape, 1), w: randomValues(wShape, 2), dy: randomValues(y.shape, 3) };
          const dx = g.node('upConvInputGradient', [dy, w], {});
          const dw = g.node('upConvWeightGradient', [x, dy], {});
          const results = await evaluate({ y, dx, dw }, feeds, lowerings);

          const terms = upConvTerms(xShape, wShape);
          const expected = {
            y: sumTerms(terms, 'y', terms.yLength, ['x', feeds.x], ['w', feeds.w]),
            dx: sumTerms(terms, 'x', volume(xShape), ['y', feeds.dy], ['w', feeds.w]),
            dw: sumTerms(terms, 'w', volume(wShape), ['y', feeds.dy], ['x', feeds.x]),
          };
          for (const name of ['y', 'dx', 'dw'] as const) {
            const error = relativeError(results[name], expected[name]);
            assert.ok(error < 1e-5, `${name}: relative error ${error}`);
          }
        });
      }
    }
  }
});
