import { internal } from '../../../graph/builder';
import type { Node } from '../../../graph/ops';
import { fromStored, storedAxis, storedShape, toStored } from '../layout';
import type { NativeTensor, TensorFlow } from '../library';
import type { Rules } from './types';

type Arithmetic = 'add' | 'subtract' | 'multiply' | 'divide';

/** Operations that TensorFlow.js has, or nearly. */
export const ELEMENTWISE_RULES: Pick<
  Rules,
  | Arithmetic
  | 'constant'
  | 'sqrt'
  | 'log'
  | 'sigmoid'
  | 'softplus'
  | 'leakyRelu'
  | 'leakyReluGradient'
  | 'sum'
  | 'expand'
  | 'reshape'
  | 'concat'
  | 'slice'
  | 'product'
> = {
  constant: ({ tf }, { attributes: { data, shape } }) => toStored(tf, tf.tensor(data, shape), shape),
  add: ({ tf }, node, [a, b]) => tf.add(...fitting(node, a, b)),
  subtract: ({ tf }, node, [a, b]) => tf.sub(...fitting(node, a, b)),
  multiply: ({ tf }, node, [a, b]) => tf.mul(...fitting(node, a, b)),
  divide: ({ tf }, node, [a, b]) => tf.div(...fitting(node, a, b)),
  sqrt: ({ tf }, _, [x]) => tf.sqrt(x),
  log: ({ tf }, _, [x]) => tf.log(x),
  sigmoid: ({ tf }, _, [x]) => tf.sigmoid(x),
  softplus: ({ tf }, _, [x]) => tf.softplus(x),
  leakyRelu: ({ tf }, { attributes }, [x]) => tf.leakyRelu(x, attributes.slope),
  leakyReluGradient: ({ tf }, { attributes }, [dy, y]) => tf.where(tf.greater(y, 0), dy, tf.mul(dy, attributes.slope)),
  sum: ({ tf }, { attributes, shape }, [x]) => {
    const axes = attributes.axes.map((axis) => storedAxis(axis, shape.length));
    return tf.sum(x, axes, true);
  },
  expand: ({ tf }, { attributes }, [x]) => tf.broadcastTo(x, storedShape(attributes.shape)),
  reshape: ({ tf }, { inputs, shape }, [x]) => toStored(tf, fromStored(tf, x, inputs[0].shape), shape),
  concat: ({ tf }, { attributes, shape }, parts) => tf.concat(parts, storedAxis(attributes.axis, shape.length)),
  slice: ({ tf }, { attributes: { axis, start }, shape }, [x]) =>
    slice(tf, x, storedAxis(axis, shape.length), start, storedShape(shape)),
  product: ({ tf }, { attributes: { transposed } }, [a, b]) => tf.matMul(a, b, false, transposed),
};

function slice(tf: TensorFlow, x: NativeTensor, axis: number, start: number, size: number[]): NativeTensor {
  return tf.slice(
    x,
    size.map((_, i) => (i === axis ? start : 0)),
    size,
  );
}

/** Broadcasting means the same in the stored order where the operands have as many axes, or one has a single value. */
function fitting(node: Node, a: NativeTensor, b: NativeTensor): [NativeTensor, NativeTensor] {
  const single = (x: NativeTensor) => x.shape.length === 1 && x.shape[0] === 1;
  if (a.shape.length === b.shape.length || single(a) || single(b)) return [a, b];
  throw internal(`${node.op} of ${a.shape.length} and ${b.shape.length} axes has no rule for TensorFlow`);
}
