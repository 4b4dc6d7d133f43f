import type { OnnxEmitter, Tensor } from '../onnx/emitter';
import type { Lowerings } from './types';

/**
 * Instance norm for training on the CPU. With P positions a channel, mean m and r = 1 / sqrt(variance + epsilon):
 *   y      = (x - m) r scale + shift
 *   dscale = sum of dy (x - m) r
 *   dx     = scale r (dy - mean(dy) - (x - m) r^2 mean(dy (x - m)))
 * The moments and the centred x are emitted once and shared by the three rules.
 */
export const CPU_NORMALISATION: Pick<
  Lowerings,
  'instanceNorm' | 'instanceNormInputGradient' | 'instanceNormScaleGradient'
> = {
  instanceNorm: (emit, node, [x, scale, shift]) => {
    const { centred, inverse } = moments(emit, x, node.attributes.epsilon);
    const factor = emit.elementwise('Mul', inverse, perChannel(emit, scale));
    const y = emit.elementwise('Add', emit.elementwise('Mul', centred, factor), perChannel(emit, shift));
    return emit.reshape(y, x.shape);
  },

  instanceNormInputGradient: (emit, node, [x, scale, dy]) => {
    const { centred, inverse, positions } = moments(emit, x, node.attributes.epsilon);
    const flat = emit.reshape(dy, centred.shape);
    const perPosition = emit.scalar(1 / positions);
    const factor = emit.elementwise('Mul', inverse, perChannel(emit, scale));
    const mean = emit.elementwise('Mul', emit.sum(flat, [2]), perPosition);
    const covariance = emit.elementwise('Mul', products(emit, flat, centred), perPosition);
    const square = emit.elementwise('Mul', inverse, inverse);
    const slope = emit.elementwise('Mul', factor, emit.elementwise('Mul', square, covariance));
    const constant = emit.elementwise('Mul', factor, mean);
    const scaled = emit.elementwise('Sub', emit.elementwise('Mul', flat, factor), constant);
    return emit.reshape(emit.elementwise('Sub', scaled, emit.elementwise('Mul', centred, slope)), x.shape);
  },

  instanceNormScaleGradient: (emit, node, [x, dy]) => {
    const { centred, inverse } = moments(emit, x, node.attributes.epsilon);
    const products_ = products(emit, emit.reshape(dy, centred.shape), centred);
    return emit.reshape(emit.sum(emit.elementwise('Mul', products_, inverse), [0]), node.shape);
  },
};

/** x - mean as [n, c, positions] and 1 / sqrt(variance + epsilon) as [n, c, 1]. */
function moments(emit: OnnxEmitter, x: Tensor, epsilon: number) {
  const [n, c, ...spatial] = x.shape;
  const positions = spatial.reduce((product, s) => product * s, 1);
  const flat = emit.reshape(x, [n, c, positions]);
  const mean = emit.op('ReduceMean', [flat], [n, c, 1], { axes: [2], keepdims: 1 });
  const centred = emit.elementwise('Sub', flat, mean);
  const squares = emit.op('ReduceSumSquare', [centred], [n, c, 1], { axes: [2], keepdims: 1 });
  const variance = emit.elementwise('Mul', squares, emit.scalar(1 / positions));
  const deviation = emit.op('Sqrt', [emit.elementwise('Add', variance, emit.scalar(epsilon))], [n, c, 1]);
  const inverse = emit.op('Reciprocal', [deviation], [n, c, 1]);
  return { centred, inverse, positions };
}

/** Sum over positions of a times b, [n, c, 1]. */
function products(emit: OnnxEmitter, a: Tensor, b: Tensor): Tensor {
  return emit.sum(emit.elementwise('Mul', a, b), [2]);
}

function perChannel(emit: OnnxEmitter, values: Tensor): Tensor {
  return emit.reshape(values, [1, values.shape[0], 1]);
}
