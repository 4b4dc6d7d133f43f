import assert from 'node:assert/strict';
import { GraphBuilder } from '../../../src/graph/builder';
import { CPU_LOWERINGS, GPU_LOWERINGS } from '../../../src/graph/lowering/tables';
import { convTerms, sumTerms, upConvTerms, volume } from '../naive';
import { evaluate, randomValues, relativeError } from '../support';

/** Spatial sizes, and for them widths and strides of convolutions: of networks as they are, and what else a level may be. */
const SIZES: Record<
  string,
  { spatial: number[]; convs: Array<{ widths: number[]; strides: number[] }>; ups: number[][] }
> = {
  '2D': {
    spatial: [6, 4],
    convs: [1, 3].flatMap((width) =>
      [
        [1, 1],
        [2, 2],
        [1, 2],
        [2, 1],
      ].map((strides) => ({ widths: [width, width], strides })),
    ),
    ups: [
      [2, 2],
      [1, 2],
      [2, 1],
    ],
  },
  '3D': {
    spatial: [4, 6, 2],
    convs: [
      [1, 1, 1],
      [3, 3, 3],
      [1, 3, 3],
    ].flatMap((widths) =>
      [
        [1, 1, 1],
        [2, 2, 2],
        [1, 2, 2],
        [2, 1, 1],
        [1, 1, 2],
        [2, 2, 1],
      ].map((strides) => ({ widths, strides })),
    ),
    ups: [
      [2, 2, 2],
      [1, 2, 2],
      [2, 1, 2],
      [1, 1, 2],
    ],
  },
};
/** The first has so few channels that the CPU gathers each position's surroundings. */
const CHANNELS = [
  { ci: 1, co: 2 },
  { ci: 4, co: 2 },
  { ci: 4, co: 5 },
];

describe('the lowering of convolutions equals the sums written out', function () {
  this.timeout(60_000);

  const devices = { CPU: CPU_LOWERINGS, GPU: GPU_LOWERINGS };
  for (const [device, lowerings] of Object.entries(devices)) {
    for (const [dimensions, { spatial, convs, ups }] of Object.entries(SIZES)) {
      for (const batch of [1, 2]) {
        for (const { widths, strides } of convs) {
          for (const { ci, co } of CHANNELS) {
            it(`${device}: conv ${dimensions}, batch ${batch}, ${ci} to ${co}, strides ${strides}, widths ${widths}`, async () => {
              const g = new GraphBuilder();
              const xShape = [batch, ci, ...spatial];
              const wShape = [co, ci, ...widths];
              const [x, w] = [g.input('x', xShape), g.input('w', wShape)];
              const y = g.node('conv', [x, w], { strides });
              const dy = g.input('dy', [...y.shape]);
              const feeds = { x: randomValues(xShape, 1), w: randomValues(wShape, 2), dy: randomValues(y.shape, 3) };
              const outputs = {
                y,
                dx: g.node('convInputGradient', [dy, w], { strides, spatial }),
                dw: g.node('convWeightGradient', [x, dy], { strides, widths }),
              };
              const results = await evaluate(outputs, feeds, lowerings);

              const terms = convTerms(xShape, wShape, strides);
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

        for (const widths of ups)
          it(`${device}: upConv ${dimensions}, batch ${batch}, widths ${widths}`, async () => {
            const g = new GraphBuilder();
            const xShape = [batch, 3, ...spatial];
            const wShape = [3, 2, ...widths];
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
