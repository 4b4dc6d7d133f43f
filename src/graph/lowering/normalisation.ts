import type { OnnxEmitter, Tensor } from '../onnx/emitter';
import type { Lowerings } from './types';

const MANY_POSITIONS = 2 ** 14;

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
    return emit.reshape(affine(emit, centred, factor, perChannel(emit, shift)), x.shape);
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
    const constant = emit.elementwise('Mul', factor, emit.elementwise('Mul', mean, emit.scalar(-1)));
    const scaled = affine(emit, flat, factor, constant);
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
  const variance = emit.elementwise('Mul', squares(emit, centred), emit.scalar(1 / positions));
  const deviation = emit.op('Sqrt', [emit.elementwise('Add', variance, emit.scalar(epsilon))], [n, c, 1]);
  const inverse = emit.op('Reciprocal', [deviation], [n, c, 1]);
  return { centred, inverse, positions };
}

/**
 * Sum of squares over positions, [n, c, 1]. ReduceSumSquare adds them up one by one: for many positions it is slow, and
 * off by 2e-4 for half a million. For few it is kept because the golden float32 run rounds alike: with the more exact
 * sum 2d-dice follows PyTorch in double precision instead, and 4308 of its final weights leave the golden tolerance.
 */
function squares(emit: OnnxEmitter, x: Tensor): Tensor {
  const [n, c, positions] = x.shape;
  if (positions >= MANY_POSITIONS) return products(emit, x, x);
  return emit.op('ReduceSumSquare', [x], [n, c, 1], { axes: [2], keepdims: 1 });
}

/**
 * Sum over positions of a times b, [n, c, 1], as products of one row by one column: several times quicker than
 * multiplying and summing, and as exact.
 */
function products(emit: OnnxEmitter, a: Tensor, b: Tensor): Tensor {
  const [n, c, positions] = a.shape;
  const rows = [a, b].map((x) => emit.reshape(x, [n * c, 1, positions]));
  return emit.reshape(emit.op('FusedMatMul', rows, [n * c, 1, 1], { transB: 1 }, 'com.microsoft'), [n, c, 1]);
}

/** x factor + shift with values for each channel ([n or 1, c, 1]) in one pass: a convolution of width 1 by channel. */
function affine(emit: OnnxEmitter, x: Tensor, factor: Tensor, shift: Tensor): Tensor {
  const [n, c, positions] = x.shape;
  const maps = n * c;
  const shifts = shift.shape[0] === n ? shift : emit.op('Expand', [shift, emit.integers([n, c, 1])], [n, c, 1]);
  const inputs = [
    emit.reshape(x, [1, maps, positions]),
    emit.reshape(factor, [maps, 1, 1]),
    emit.reshape(shifts, [maps]),
  ];
  const y = emit.op('Conv', inputs, [1, maps, positions], { kernel_shape: [1], group: maps });
  return emit.reshape(y, x.shape);
}

function perChannel(emit: OnnxEmitter, values: Tensor): Tensor {
  return emit.reshape(values, [1, values.shape[0], 1]);
}
