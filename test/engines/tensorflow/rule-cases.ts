import type { Random } from '../../../src/base/random';
import { GraphBuilder } from '../../../src/graph/builder';
import type { Attributes, Node, Op } from '../../../src/graph/ops';
import { inputs, type Values } from '../../graph/support';

export interface RuleCase {
  outputs: Record<string, Node>;
  feeds: Values;
}

const signed = (random: Random) => random.range(-1, 1);
const positive = (random: Random) => random.range(0.5, 2);

/** Shapes in 2D and 3D: batches, several channels, sizes that differ. */
const IMAGES: number[][] = [
  [2, 3, 4, 6],
  [2, 2, 4, 2, 6],
];

/** The operation on random inputs of these shapes. */
function on<K extends Op>(op: K, shapes: number[][], attributes: Attributes[K], value = signed): RuleCase {
  const g = new GraphBuilder();
  const { nodes, feeds } = inputs(g, shapes, value);
  return { outputs: { y: g.node(op, nodes, attributes) }, feeds };
}

const binary = (op: 'add' | 'subtract' | 'multiply' | 'divide') => [
  ...IMAGES.map((shape) => on(op, [shape, shape], {}, positive)),
  on(op, [IMAGES[1], [1, 2, 1, 1, 1]], {}, positive),
  on(op, [[2, 1, 4, 6], IMAGES[0]], {}, positive),
  on(op, [IMAGES[0], [1]], {}, positive),
  on(op, [[5], [1]], {}, positive),
];
const unary = (op: 'sqrt' | 'log' | 'sigmoid' | 'softplus', value = signed) => [
  ...IMAGES.map((shape) => on(op, [shape], {}, value)),
  on(op, [[7]], {}, value),
];

interface Convolution {
  x: number[];
  w: number[];
  y: number[];
  widths: number[];
  strides: number[];
  spatial: number[];
}

const convolution = (x: number[], co: number, widths: number[], strides: number[]): Convolution => {
  const spatial = x.slice(2);
  const y = [x[0], co, ...spatial.map((s, axis) => s / strides[axis])];
  return { x, w: [co, x[1], ...widths], y, widths, strides, spatial };
};

/** Every pair of an image and the weight of a convolution that goes over it: 1 and 3 wide, stride 1 and 2. */
const CONVOLUTIONS = IMAGES.flatMap((x) => {
  const every = (n: number) => x.slice(2).map(() => n);
  const usual = [1, 3].flatMap((width) => [1, 2].map((stride) => convolution(x, 4, every(width), every(stride))));
  const z = x.length === 5 ? [1] : [];
  const flat = [1, 3].flatMap((width) => [
    convolution(x, 4, [...z.map(() => width), 3, 3], [...z, 1, 2]),
    convolution(x, 4, [...z.map(() => width), 3, 3], [...z, 2, 2]),
    convolution(x, 4, [...z.map(() => width), 3, 3], [...z, 1, 1]),
    convolution(x, 4, every(1), [...z, 2, 2]),
  ]);
  return [...usual, ...(z.length > 0 ? flat : flat.slice(0, 1))];
}).concat([
  // one plane, one channel
  convolution([1, 1, 1, 4, 4], 2, [3, 3, 3], [1, 1, 1]),
]);
const UP = IMAGES.flatMap((x) => {
  const spatial = x.slice(2);
  return [spatial.map(() => 2), spatial.map((_, axis) => (axis === 0 ? 1 : 2))].map((widths) => ({
    x,
    w: [x[1], 5, ...widths],
    y: [x[0], 5, ...spatial.map((s, axis) => widths[axis] * s)],
  }));
});
const channel = (x: number[]) => [x[1]];
const epsilon = { epsilon: 1e-5 };

/** At least one graph for each operation. */
export const RULE_CASES: { [K in Exclude<Op, 'input'>]: () => RuleCase[] } = {
  constant: () => {
    const g = new GraphBuilder();
    const shape = [1, 2, 2, 2];
    const constant = g.node('constant', [], { data: Float32Array.from([1, 2, 3, 4, 5, 6, 7, 8]), shape });
    return [{ outputs: { y: g.add(g.input('a', shape), constant) }, feeds: { a: new Float32Array(8) } }];
  },
  add: () => binary('add'),
  subtract: () => binary('subtract'),
  multiply: () => binary('multiply'),
  divide: () => binary('divide'),
  sqrt: () => unary('sqrt', positive),
  log: () => unary('log', positive),
  sigmoid: () => unary('sigmoid'),
  softplus: () => unary('softplus'),
  leakyRelu: () => IMAGES.map((x) => on('leakyRelu', [x], { slope: 0.01 })),
  leakyReluGradient: () => IMAGES.map((x) => on('leakyReluGradient', [x, x], { slope: 0.01 })),
  sum: () => [
    on('sum', [IMAGES[0]], { axes: [0, 2, 3] }),
    on('sum', [IMAGES[1]], { axes: [1, 2, 3, 4] }),
    on('sum', [[6]], { axes: [0] }),
  ],
  expand: () => [
    on('expand', [[2, 1, 1, 1]], { shape: IMAGES[0] }),
    on('expand', [[1, 2, 1, 1, 1]], { shape: IMAGES[1] }),
  ],
  reshape: () => [
    on('reshape', [IMAGES[1]], { shape: [192] }),
    on('reshape', [[144]], { shape: IMAGES[0] }),
    on('reshape', [[1, 3, 1, 1]], { shape: [3] }),
    on('reshape', [IMAGES[0]], { shape: [3, 2, 6, 4] }),
  ],
  concat: () => [
    on('concat', [IMAGES[0], [2, 2, 4, 6]], { axis: 1 }),
    on('concat', [IMAGES[1], IMAGES[1]], { axis: 1 }),
    on('concat', [[3], [4], [1]], { axis: 0 }),
  ],
  slice: () => [
    on('slice', [IMAGES[0]], { axis: 1, start: 1, end: 3 }),
    on('slice', [IMAGES[1]], { axis: 2, start: 1, end: 2 }),
    on('slice', [[9]], { axis: 0, start: 2, end: 7 }),
  ],
  product: () => [
    on(
      'product',
      [
        [3, 4],
        [4, 5],
      ],
      { transposed: false },
    ),
    on(
      'product',
      [
        [3, 4],
        [5, 4],
      ],
      { transposed: true },
    ),
  ],
  conv: () => CONVOLUTIONS.map(({ x, w, strides }) => on('conv', [x, w], { strides })),
  convInputGradient: () =>
    CONVOLUTIONS.map(({ y, w, strides, spatial }) => on('convInputGradient', [y, w], { strides, spatial })),
  convWeightGradient: () =>
    CONVOLUTIONS.map(({ x, y, strides, widths }) => on('convWeightGradient', [x, y], { strides, widths })),
  upConv: () => UP.map(({ x, w }) => on('upConv', [x, w], {})),
  upConvInputGradient: () => UP.map(({ y, w }) => on('upConvInputGradient', [y, w], {})),
  upConvWeightGradient: () => UP.map(({ x, y }) => on('upConvWeightGradient', [x, y], {})),
  instanceNorm: () => IMAGES.map((x) => on('instanceNorm', [x, channel(x), channel(x)], epsilon)),
  instanceNormInputGradient: () => IMAGES.map((x) => on('instanceNormInputGradient', [x, channel(x), x], epsilon)),
  instanceNormScaleGradient: () => IMAGES.map((x) => on('instanceNormScaleGradient', [x, x], epsilon)),
};

/** An instance norm with all its gradients in one graph, as in a training. */
export function normalisationWithGradients(x: number[]): RuleCase {
  const g = new GraphBuilder();
  const { nodes, feeds } = inputs(g, [x, channel(x), channel(x), x], signed);
  const [image, scale, shift, dy] = nodes;
  // the norm's x is made by a node, as ever; a fed value would stay
  const made = g.scale(image, 2);
  return {
    outputs: {
      y: g.node('instanceNorm', [made, scale, shift], epsilon),
      dx: g.node('instanceNormInputGradient', [made, scale, dy], epsilon),
      dscale: g.node('instanceNormScaleGradient', [made, dy], epsilon),
    },
    feeds,
  };
}
