import type { OnnxEmitter, Tensor } from '../onnx/emitter';
import type { Op } from '../ops';
import { broadcastShapes } from '../shapes';
import type { Lowering, Lowerings } from './types';

/** The operation is one ONNX operator without attributes. */
function direct<K extends Op>(type: string): Lowering<K> {
  return (emit, _, inputs) => emit.op(type, inputs, inputs.map((x) => x.shape).reduce(broadcastShapes));
}

/** Operations that are one ONNX operator, or two, on every device. */
export const ELEMENTWISE_LOWERINGS: Pick<
  Lowerings,
  | 'input'
  | 'constant'
  | 'add'
  | 'subtract'
  | 'multiply'
  | 'divide'
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
  input: (_, { attributes }) => attributes,
  constant: (emit, { attributes: { data, shape } }) => emit.floats(data, shape),
  add: direct('Add'),
  subtract: direct('Sub'),
  multiply: direct('Mul'),
  divide: direct('Div'),
  sqrt: direct('Sqrt'),
  log: direct('Log'),
  sigmoid: direct('Sigmoid'),
  softplus: direct('Softplus'),
  leakyRelu: (emit, { attributes }, [x]) => emit.op('LeakyRelu', [x], x.shape, { alpha: { float: attributes.slope } }),
  leakyReluGradient: (emit, { attributes }, [dy, y]) => gradientBySign(emit, dy, y, attributes.slope),
  sum: (emit, { attributes }, [x]) => emit.sum(x, attributes.axes),
  expand: (emit, { attributes: { shape } }, [x]) => emit.op('Expand', [x, emit.integers(shape)], shape),
  reshape: (emit, { attributes }, [x]) => emit.reshape(x, attributes.shape),
  concat: (emit, { attributes }, inputs) => emit.concat(inputs, attributes.axis),
  slice: (emit, { attributes: { axis, start, end } }, [x]) => emit.slice(x, [axis], [start], [end]),
  product: (emit, { attributes: { transposed }, shape }, factors) =>
    emit.op('Gemm', factors, shape, { transB: Number(transposed) }),
};

/**
 * dy where y > 0, else slope dy. The sign of y is the sign of the leaky ReLU's input, so clip(y huge, slope, 1) is 1 where
 * it was positive and the slope elsewhere: two quick passes where a comparison and a selection take three slow ones.
 * @param wait may put off the first of them
 */
export function gradientBySign(
  emit: OnnxEmitter,
  dy: Tensor,
  y: Tensor,
  slope: number,
  wait = (huge: Tensor) => huge,
): Tensor {
  const sign = emit.elementwise('Mul', y, wait(emit.scalar(1e30)));
  const limits = [slope, 1].map((limit) => emit.floats(Float32Array.of(limit), []));
  return emit.elementwise('Mul', dy, emit.op('Clip', [sign, ...limits], y.shape));
}
