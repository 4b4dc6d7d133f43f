import assert from 'node:assert/strict';
import { GraphBuilder } from '../../../src/graph/builder';
import { CPU_LOWERINGS, GPU_LOWERINGS, PREDICTION_LOWERINGS } from '../../../src/graph/lowering/tables';
import { naiveInstanceNorm } from '../naive';
import { evaluate, randomValues, relativeError } from '../support';

const EPSILON = 1e-5;

describe('the lowering of instance norm equals its formula', () => {
  for (const [name, lowerings] of Object.entries({
    training: CPU_LOWERINGS,
    'training on a GPU': GPU_LOWERINGS,
    prediction: PREDICTION_LOWERINGS,
  })) {
    for (const shape of [
      [2, 3, 4, 6],
      [2, 2, 3, 4, 6],
    ]) {
      it(`for ${name}, [${shape}]`, async () => {
        const g = new GraphBuilder();
        const channels = [shape[1]];
        const [x, scale, shift] = [g.input('x', shape), g.input('scale', channels), g.input('shift', channels)];
        // far from 0, where sum(x^2) - mean^2 would lose every digit
        const feeds = {
          x: randomValues(shape, 1, (random) => 1000 + random.normal()),
          scale: randomValues(channels, 2),
          shift: randomValues(channels, 3),
        };
        const { y } = await evaluate(
          { y: g.node('instanceNorm', [x, scale, shift], { epsilon: EPSILON }) },
          feeds,
          lowerings,
        );
        const expected = naiveInstanceNorm(feeds.x, shape, feeds.scale, feeds.shift, EPSILON);
        assert.ok(relativeError(y, expected) < 2e-4, `relative error ${relativeError(y, expected)}`);
      });
    }
  }

  it('loses no digits over many positions', async () => {
    const shape = [2, 2, 256, 512];
    const g = new GraphBuilder();
    const [x, scale, shift] = [g.input('x', shape), g.input('scale', [2]), g.input('shift', [2])];
    const feeds = {
      x: randomValues(shape, 1, (random) => random.uniform()),
      scale: Float32Array.of(1, -2),
      shift: Float32Array.of(0, 3),
    };
    const { y } = await evaluate({ y: g.node('instanceNorm', [x, scale, shift], { epsilon: EPSILON }) }, feeds);
    const expected = naiveInstanceNorm(feeds.x, shape, feeds.scale, feeds.shift, EPSILON);
    assert.ok(relativeError(y, expected) < 2e-6, `relative error ${relativeError(y, expected)}`);
  });

  it('makes a constant map its shift', async () => {
    const g = new GraphBuilder();
    const [x, scale, shift] = [g.input('x', [1, 1, 4, 4]), g.input('scale', [1]), g.input('shift', [1])];
    const feeds = { x: new Float32Array(16).fill(7), scale: Float32Array.of(3), shift: Float32Array.of(0.5) };
    const { y } = await evaluate({ y: g.node('instanceNorm', [x, scale, shift], { epsilon: EPSILON }) }, feeds);
    assert.deepEqual([...y], Array(16).fill(0.5));
  });
});
