import { type GraphBuilder, internal, range, topological } from './builder';
import type { AnyNode, Node, Op } from './ops';

type NodeOf<K extends Op> = Extract<AnyNode, { op: K }>;
/** From a node and the gradient of its result: the gradients of its inputs, null where none is needed. */
type GradientRule<K extends Op> = (node: NodeOf<K>, dy: Node, g: GraphBuilder) => Array<Node | null>;

const leaf = (): [] => [];
const notDifferentiated = (node: Node): never => {
  throw internal(`${node.op} belongs to a gradient or to what is made of one, and has none itself`);
};

/** The gradient of each operation. Results may be broadcast; `gradients` undoes that in one place. */
const GRADIENTS: { [K in Op]: GradientRule<K> } = {
  input: leaf,
  constant: leaf,
  // d(a + b) = da + db
  add: (_, dy) => [dy, dy],
  // d(a - b) = da - db
  subtract: (_, dy, g) => [dy, g.scale(dy, -1)],
  // d(a b) = b da + a db
  multiply: ({ inputs: [a, b] }, dy, g) => [g.multiply(dy, b), g.multiply(dy, a)],
  // d(a / b) = da / b - (a / b) / b db
  divide: (node, dy, g) => {
    const [, b] = node.inputs;
    const da = g.divide(dy, b);
    return [da, g.scale(g.multiply(da, node), -1)];
  },
  // d sqrt(x) = dx / (2 sqrt(x))
  sqrt: (node, dy, g) => [g.scale(g.divide(dy, node), 0.5)],
  // d log(x) = dx / x
  log: ({ inputs: [x] }, dy, g) => [g.divide(dy, x)],
  // d sigmoid(x) = s (1 - s) dx
  sigmoid: (node, dy, g) => [g.multiply(dy, g.multiply(node, g.subtract(g.scalar(1), node)))],
  // d log(1 + exp(x)) = sigmoid(x) dx
  softplus: ({ inputs: [x] }, dy, g) => [g.multiply(dy, g.node('sigmoid', [x], {}))],
  leakyRelu: (node, dy, g) => [g.node('leakyReluGradient', [dy, node], node.attributes)],
  leakyReluGradient: notDifferentiated,
  // each summand has the gradient of the sum
  sum: ({ inputs: [x] }, dy, g) => [g.node('expand', [dy], { shape: [...x.shape] })],
  expand: (_, dy) => [dy],
  reshape: ({ inputs: [x] }, dy, g) => [g.reshape(dy, x.shape)],
  concat: ({ inputs, attributes: { axis } }, dy, g) => {
    let start = 0;
    return inputs.map((x) => {
      const end = start + x.shape[axis];
      const part = g.node('slice', [dy], { axis, start, end });
      start = end;
      return part;
    });
  },
  // parameters are cut from one vector and differentiated as the cuts
  slice: notDifferentiated,
  // of an optimiser's step
  product: notDifferentiated,
  // the input's gradient is given the weight's only to come after it
  conv: ({ inputs: [x, w], attributes: { strides } }, dy, g) => {
    const dw = g.node('convWeightGradient', [x, dy], { strides, widths: w.shape.slice(2) });
    if (x.op === 'input') return [null, dw];
    return [g.node('convInputGradient', [dy, w, dw], { strides, spatial: x.shape.slice(2) }), dw];
  },
  convInputGradient: notDifferentiated,
  convWeightGradient: notDifferentiated,
  upConv: ({ inputs: [x, w] }, dy, g) => {
    const dw = g.node('upConvWeightGradient', [x, dy], {});
    return [g.node('upConvInputGradient', [dy, w, dw], {}), dw];
  },
  upConvInputGradient: notDifferentiated,
  upConvWeightGradient: notDifferentiated,
  instanceNorm: ({ inputs: [x, scale, shift], attributes }, dy, g) => [
    g.node('instanceNormInputGradient', [x, scale, dy], attributes),
    g.node('instanceNormScaleGradient', [x, dy], attributes),
    g.reshape(g.sum(dy, [0, ...range(2, dy.shape.length)]), shift.shape),
  ],
  instanceNormInputGradient: notDifferentiated,
  instanceNormScaleGradient: notDifferentiated,
};

/**
 * Reverse-mode differentiation: the gradients of a scalar (a value of one element) by the `wanted` nodes.
 * A wanted node ends the walk: nothing before it is differentiated.
 */
export function gradients(g: GraphBuilder, result: Node, wanted: readonly Node[]): Node[] {
  const ends = new Set(wanted);
  const order = topological([result]);
  const needed = new Set<Node>();
  for (const node of order) {
    if (ends.has(node) || node.inputs.some((x) => needed.has(x))) needed.add(node);
  }
  const found = new Map<Node, Node>([
    [result, g.node('constant', [], { data: Float32Array.of(1), shape: [...result.shape] })],
  ]);
  for (const node of order.reverse()) {
    const dy = found.get(node);
    if (!dy || ends.has(node) || !needed.has(node)) continue;
    const rule = GRADIENTS[node.op] as GradientRule<Op>;
    rule(node as NodeOf<Op>, dy, g).forEach((gradient, i) => {
      const input = node.inputs[i];
      if (!gradient || !needed.has(input)) return;
      const fitted = unbroadcast(g, gradient, input.shape);
      const before = found.get(input);
      found.set(input, before ? g.add(before, fitted) : fitted);
    });
  }
  return wanted.map((node) => {
    const gradient = found.get(node);
    if (!gradient) throw internal(`the result does not depend on node ${node.id} (${node.op})`);
    return gradient;
  });
}

/** Sums a gradient over the axes along which its value was broadcast. */
function unbroadcast(g: GraphBuilder, gradient: Node, shape: readonly number[]): Node {
  const extra = gradient.shape.length - shape.length;
  const axes = range(0, gradient.shape.length).filter(
    (axis) => axis < extra || (shape[axis - extra] === 1 && gradient.shape[axis] !== 1),
  );
  const summed = axes.length > 0 ? g.sum(gradient, axes) : gradient;
  return extra > 0 ? g.reshape(summed, shape) : summed;
}
