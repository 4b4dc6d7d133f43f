import type { Op } from '../ops';
import { broadcastShapes } from '../shapes';
import type { Lowering, Lowerings } from './types';

/** The operation is one ONNX operator without attributes. */
function direct<K extends Op>(type: string): Lowering<K> {
  return (emit, _, inputs) => emit.op(type, inputs, inputs.map((x) => x.shape).reduce(broadcastShapes));
}

/** Operations that are one ONNX operator, or two, on every device. */
export const ELEMENTWISE: Pick<
  Lowerings,
  | 'input'
  | 'constant'
  | 'add'
  | 'subtract'
  | 'multiply'
  | 'divide'
  | 'sqrt'
  | 'sigmoid'
  | 'softplus'
  | 'leakyRelu'
  | 'leakyReluGradient'
  | 'sum'
  | 'expand'
  | 'reshape'
  | 'concat'
  | 'slice'
> = {
  input: (_, { attributes }) => attributes,
  constant: (emit, { attributes: { data, shape } }) => emit.floats(data, shape),
  add: direct('Add'),
  subtract: direct('Sub'),
  multiply: direct('Mul'),
  divide: direct('Div'),
  sqrt: direct('Sqrt'),
  sigmoid: direct('Sigmoid'),
  softplus: direct('Softplus'),
  leakyRelu: (emit, { attributes }, [x]) => emit.op('LeakyRelu', [x], x.shape, { alpha: { float: attributes.slope } }),
  // The sign of y is the sign of the leaky ReLU's input, so clip(y * huge, slope, 1) is 1 where it was positive and the
  // slope elsewhere: two quick passes where a comparison and a selection take three slow ones.
  leakyReluGradient: (emit, { attributes }, [dy, y]) => {
    const sign = emit.elementwise('Mul', y, emit.scalar(1e30));
    const limits = [attributes.slope, 1].map((limit) => emit.floats(Float32Array.of(limit), []));
    return emit.elementwise('Mul', dy, emit.op('Clip', [sign, ...limits], y.shape));
  },
  sum: (emit, { attributes }, [x]) => emit.sum(x, attributes.axes),
  expand: (emit, { attributes: { shape } }, [x]) => emit.op('Expand', [x, emit.integers(shape)], shape),
  reshape: (emit, { attributes }, [x]) => emit.reshape(x, attributes.shape),
  concat: (emit, { attributes }, inputs) => emit.concat(inputs, attributes.axis),
  slice: (emit, { attributes: { axis, start, end } }, [x]) => emit.slice(x, [axis], [start], [end]),
};
