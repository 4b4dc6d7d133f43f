import assert from 'node:assert/strict';
import { GraphBuilder } from '../../../src/graph/builder';
import { naiveInstanceNorm } from '../naive';
import { evaluate, randomValues, relativeError } from '../support';

const SLOPE = 0.01;

describe('an instance norm with what follows in one pass equals each on its own', () => {
  for (const batch of [1, 2]) {
    it(`leaky ReLU, sum, leaky ReLU of the sum, sum of two norms; batch ${batch}`, async () => {
      const g = new GraphBuilder();
      const shape = [batch, 3, 4, 6];
      const names = ['x', 'z', 'other'];
      const [x, z, other] = names.map((name) => g.input(name, shape));
      const [scale, shift, scale2, shift2] = ['scale', 'shift', 'scale2', 'shift2'].map((name) => g.input(name, [3]));
      const norm = g.node('instanceNorm', [x, scale, shift], { epsilon: 1e-5 });
      const second = g.node('instanceNorm', [z, scale2, shift2], { epsilon: 1e-5 });
      const activate = (value: typeof x) => g.node('leakyRelu', [value], { slope: SLOPE });
      const feeds = {
        ...Object.fromEntries(names.map((name, i) => [name, randomValues(shape, i)])),
        scale: Float32Array.of(1, -2, 0.5),
        shift: Float32Array.of(0.1, 0, -0.3),
        scale2: Float32Array.of(-1, 3, 0.2),
        shift2: Float32Array.of(0, 0.7, 0.3),
      } as Record<string, Float32Array>;
      const results = await evaluate(
        {
          activated: activate(norm),
          sum: g.add(other, norm),
          activatedSum: activate(g.add(norm, other)),
          activatedNorms: activate(g.add(norm, second)),
          threefold: g.add(g.add(norm, second), other),
        },
        feeds,
      );

      const y = naiveInstanceNorm(feeds.x, shape, feeds.scale, feeds.shift, 1e-5);
      const y2 = naiveInstanceNorm(feeds.z, shape, feeds.scale2, feeds.shift2, 1e-5);
      const leaky = (values: ArrayLike<number>) => Array.from(values, (v) => (v > 0 ? v : SLOPE * v));
      const plus = (a: ArrayLike<number>, b: ArrayLike<number>) => Array.from(a, (v, i) => v + b[i]);
      const expected = {
        activated: leaky(y),
        sum: plus(y, feeds.other),
        activatedSum: leaky(plus(y, feeds.other)),
        activatedNorms: leaky(plus(y, y2)),
        threefold: plus(plus(y, y2), feeds.other),
      };
      for (const [name, values] of Object.entries(expected)) {
        const error = relativeError(results[name], values);
        assert.ok(error < 1e-5, `${name}: relative error ${error}`);
      }
    });
  }
});
