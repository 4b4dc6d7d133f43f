import assert from 'node:assert/strict';
import type { Random } from '../../src/base/random';
import { GraphBuilder } from '../../src/graph/builder';
import { gradients } from '../../src/graph/gradients';
import type { Node } from '../../src/graph/ops';
import { compile, inputs, randomValues, relativeError, type Values } from './support';

interface Case {
  name: string;
  shapes: number[][];
  make: (g: GraphBuilder, inputs: Node[]) => Node;
  value?: (random: Random) => number;
}

const signed = (random: Random) => random.range(-1, 1);
const positive = (random: Random) => random.range(0.5, 1.5);
/** at least 0.1 from 0, where a leaky ReLU has its kink */
const awayFromZero = (random: Random) => (random.chance(0.5) ? 1 : -1) * random.range(0.1, 1);

const CASES: Case[] = [
  { name: 'add', shapes: [[2, 3], [3]], make: (g, [a, b]) => g.add(a, b) },
  {
    name: 'subtract',
    shapes: [
      [1, 3],
      [2, 3],
    ],
    make: (g, [a, b]) => g.subtract(a, b),
  },
  { name: 'multiply', shapes: [[2, 3], [1]], make: (g, [a, b]) => g.multiply(a, b) },
  { name: 'divide', shapes: [[2, 3], [3]], make: (g, [a, b]) => g.divide(a, b), value: positive },
  { name: 'sqrt', shapes: [[5]], make: (g, [a]) => g.node('sqrt', [a], {}), value: positive },
  { name: 'log', shapes: [[5]], make: (g, [a]) => g.node('log', [a], {}), value: positive },
  { name: 'sigmoid', shapes: [[5]], make: (g, [a]) => g.node('sigmoid', [a], {}) },
  { name: 'softplus', shapes: [[5]], make: (g, [a]) => g.node('softplus', [a], {}) },
  { name: 'leakyRelu', shapes: [[9]], make: (g, [a]) => g.node('leakyRelu', [a], { slope: 0.1 }), value: awayFromZero },
  { name: 'sum', shapes: [[2, 3, 2]], make: (g, [a]) => g.multiply(g.sum(a, [0, 2]), g.sum(a, [1])) },
  { name: 'expand', shapes: [[1, 3]], make: (g, [a]) => g.node('expand', [a], { shape: [2, 3] }) },
  {
    name: 'reshape',
    shapes: [
      [2, 3],
      [3, 2],
    ],
    make: (g, [a, b]) => g.multiply(g.reshape(a, [3, 2]), b),
  },
  {
    name: 'concat',
    shapes: [
      [2, 1, 2],
      [2, 3, 2],
    ],
    make: (g, parts) => g.node('concat', parts, { axis: 1 }),
  },
  { name: 'a value used twice', shapes: [[3]], make: (g, [a]) => g.multiply(g.add(a, a), a) },
  ...[
    [4, 6],
    [2, 4, 2],
  ].flatMap((spatial): Case[] => {
    const d = `in ${spatial.length}D`;
    const every = (n: number) => spatial.map(() => n);
    const convs = [1, 2].flatMap((stride) =>
      [1, 3].map(
        (width): Case => ({
          name: `conv of width ${width}, stride ${stride} ${d}`,
          shapes: [
            [2, 2, ...spatial],
            [3, 2, ...every(width)],
          ],
          make: (g, [x, w]) => g.node('conv', [x, w], { strides: every(stride) }),
        }),
      ),
    );
    const z = spatial.length === 3 ? [1] : [];
    const flat: Case = {
      name: `conv of strides 1 and 2 ${d}, 1 wide along z`,
      shapes: [
        [2, 2, ...spatial],
        [3, 2, ...z, 3, 3],
      ],
      make: (g, [x, w]) => g.node('conv', [x, w], { strides: [...z, 1, 2] }),
    };
    const up = {
      shapes: [
        [2, 3, ...spatial.map((s) => s / 2)],
        [3, 2, ...every(2)],
      ],
    };
    return [
      ...convs,
      flat,
      { name: `upConv ${d}`, ...up, make: (g, [x, w]) => g.node('upConv', [x, w], {}) },
      {
        name: `instanceNorm ${d}`,
        shapes: [[2, 2, ...spatial], [2], [2]],
        make: (g, [x, scale, shift]) => g.node('instanceNorm', [x, scale, shift], { epsilon: 0.1 }),
      },
    ];
  }),
];

describe('gradients equal finite differences', function () {
  this.timeout(60_000);

  for (const { name, shapes, make, value = signed } of CASES) {
    it(name, async () => {
      const g = new GraphBuilder();
      const { nodes, feeds } = inputs(g, shapes, value);
      // a convolution gives the network's input no gradient, so the values asked for are made from the inputs
      const wanted = nodes.map((x) => g.scale(x, 1));
      const y = make(g, wanted);
      const weights = randomValues(y.shape, 99);
      const scalar = g.sumAll(g.multiply(y, g.node('constant', [], { data: weights, shape: [...y.shape] })));
      const names = Object.keys(feeds);
      const outputs = Object.fromEntries(gradients(g, scalar, wanted).map((x, i) => [`d${names[i]}`, x]));

      const backward = await compile(outputs);
      const computed = await backward.run(feeds);
      await backward.close();
      const forward = await compile({ y });
      for (const input of names) {
        const expected = await differences(async (changed) => (await forward.run(changed)).y, feeds, input, weights);
        const error = relativeError(computed[`d${input}`], expected);
        assert.ok(error < 2e-3, `gradient of ${input}: relative error ${error}`);
      }
      await forward.close();
    });
  }

  it('refuse a value that the result does not depend on', () => {
    const g = new GraphBuilder();
    const [a, b] = [g.input('a', [1]), g.input('b', [1])];
    assert.throws(() => gradients(g, g.scale(a, 2), [b]), /does not depend on node 1 \(input\)/);
  });

  it('refuse to differentiate a gradient', () => {
    const g = new GraphBuilder();
    const [dy, y] = [g.input('dy', [1]), g.input('y', [1])];
    const result = g.node('leakyReluGradient', [dy, y], { slope: 0.1 });
    assert.throws(() => gradients(g, result, [dy]), /leakyReluGradient belongs to a gradient/);
  });
});

/** Central differences of sum(weights y) by each element of one input; sums in double precision. */
async function differences(
  forward: (feeds: Values) => Promise<Float32Array>,
  feeds: Values,
  name: string,
  weights: Float32Array,
): Promise<Float64Array> {
  const epsilon = 2 ** -6;
  const result = new Float64Array(feeds[name].length);
  for (let i = 0; i < result.length; i++) {
    const shifted = (by: number) => {
      const values = feeds[name].slice();
      values[i] += by;
      return forward({ ...feeds, [name]: values });
    };
    const [up, down] = [await shifted(epsilon), await shifted(-epsilon)];
    for (let j = 0; j < weights.length; j++) result[i] += (weights[j] * (up[j] - down[j])) / (2 * epsilon);
  }
  return result;
}
