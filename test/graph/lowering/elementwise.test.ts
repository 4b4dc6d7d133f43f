import assert from 'node:assert/strict';
import { GraphBuilder } from '../../../src/graph/builder';
import { evaluate, relativeError } from '../support';

const A = [-3, -0.5, 0, 0.25, 2, 30];
const B = [1, -2, 4, 0.5, -1, 3];

describe('the lowering of element-wise operations', () => {
  it('equals JavaScript', async () => {
    const g = new GraphBuilder();
    const [a, b] = [g.input('a', [6]), g.input('b', [6])];
    const results = await evaluate(
      {
        add: g.add(a, b),
        subtract: g.subtract(a, b),
        multiply: g.multiply(a, b),
        divide: g.divide(a, b),
        sqrt: g.node('sqrt', [g.multiply(a, a)], {}),
        log: g.node('log', [g.add(g.multiply(a, a), g.scalar(1))], {}),
        sigmoid: g.node('sigmoid', [a], {}),
        softplus: g.node('softplus', [a], {}),
        leakyRelu: g.node('leakyRelu', [a], { slope: 0.01 }),
        leakyReluGradient: g.node('leakyReluGradient', [b, a], { slope: 0.01 }),
      },
      { a: Float32Array.from(A), b: Float32Array.from(B) },
    );
    const expected: Record<string, number[]> = {
      add: A.map((v, i) => v + B[i]),
      subtract: A.map((v, i) => v - B[i]),
      multiply: A.map((v, i) => v * B[i]),
      divide: A.map((v, i) => v / B[i]),
      sqrt: A.map(Math.abs),
      log: A.map((v) => Math.log(v * v + 1)),
      sigmoid: A.map((v) => 1 / (1 + Math.exp(-v))),
      softplus: A.map((v) => Math.log1p(Math.exp(v))),
      leakyRelu: A.map((v) => (v > 0 ? v : 0.01 * v)),
      leakyReluGradient: A.map((v, i) => (v > 0 ? B[i] : 0.01 * B[i])),
    };
    for (const [name, values] of Object.entries(expected)) {
      assert.ok(relativeError(results[name], values) < 1e-6, `${name}: ${results[name]}, expected ${values}`);
    }
  });

  it('cuts, joins, sums and spreads', async () => {
    const g = new GraphBuilder();
    const x = g.input('x', [2, 3]);
    const cut = g.node('slice', [x], { axis: 1, start: 1, end: 3 });
    const results = await evaluate(
      {
        cut,
        joined: g.node('concat', [x, cut], { axis: 1 }),
        rows: g.sum(x, [1]),
        all: g.sumAll(x),
        spread: g.node('expand', [g.node('slice', [x], { axis: 0, start: 1, end: 2 })], { shape: [2, 3] }),
        reshaped: g.reshape(x, [3, 2]),
        constant: g.add(g.sumAll(x), g.node('constant', [], { data: Float32Array.of(1, 2), shape: [1, 2] })),
      },
      { x: Float32Array.of(1, 2, 3, 4, 5, 6) },
    );
    const lists = Object.fromEntries(Object.entries(results).map(([name, data]) => [name, [...data]]));
    assert.deepEqual(lists, {
      cut: [2, 3, 5, 6],
      joined: [1, 2, 3, 2, 3, 4, 5, 6, 5, 6],
      rows: [6, 15],
      all: [21],
      spread: [4, 5, 6, 4, 5, 6],
      reshaped: [1, 2, 3, 4, 5, 6],
      constant: [22, 23],
    });
  });
});
