import { product } from '../../base/numbers';
import { range } from '../builder';
import type { OnnxEmitter, Tensor } from '../onnx/emitter';
import { affine } from './affine';
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
  'instanceNorm' | 'instanceNormInputGradient' | 'instanceNormScaleGradient' | 'sum'
> = {
  // the gradient of shift is a sum that the input's gradient needs by item as well
  sum: (emit, { attributes: { axes } }, [x]) => {
    const [n, c, ...spatial] = x.shape;
    if (spatial.length === 0 || axes.join() !== [0, ...range(2, x.shape.length)].join()) return emit.sum(x, axes);
    const byItem = emit.sum(emit.reshape(x, [n, c, product(spatial)]), [2]);
    return emit.reshape(n === 1 ? byItem : emit.sum(byItem, [0]), [1, c, ...spatial.map(() => 1)]);
  },

  instanceNorm: (emit, node, [x, scale, shift]) => {
    const { centred, inverse } = moments(emit, x, node.attributes.epsilon);
    const factor = emit.elementwise('Mul', inverse, perChannel(emit, scale));
    return affine(emit, { x: centred, factor, shift: perChannel(emit, shift) }, x.shape);
  },

  instanceNormInputGradient: (emit, node, [x, scale, dy]) => {
    const { centred, inverse, positions } = moments(emit, x, node.attributes.epsilon);
    const flat = emit.reshape(dy, centred.shape);
    const perPosition = emit.scalar(1 / positions);
    const factor = emit.elementwise('Mul', inverse, perChannel(emit, scale));
    const mean = emit.elementwise('Mul', emit.sum(flat, [2]), perPosition);
    const covariance = emit.elementwise('Mul', products(emit, flat, centred), perPosition);
    const square = emit.elementwise('Mul', inverse, inverse);
    const minus = emit.scalar(-1);
    const slope = emit.elementwise('Mul', factor, emit.elementwise('Mul', square, covariance));
    const plus = emit.elementwise('Mul', centred, emit.elementwise('Mul', slope, minus));
    const shift = emit.elementwise('Mul', factor, emit.elementwise('Mul', mean, minus));
    return affine(emit, { x: flat, factor, shift, plus }, x.shape);
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
  const positions = product(spatial);
  const flat = emit.reshape(x, [n, c, positions]);
  const mean = emit.op('ReduceMean', [flat], [n, c, 1], { axes: [2], keepdims: 1 });
  const centred = emit.elementwise('Sub', flat, mean);
  const variance = emit.elementwise('Mul', products(emit, centred, centred), emit.scalar(1 / positions));
  const deviation = emit.op('Sqrt', [emit.elementwise('Add', variance, emit.scalar(epsilon))], [n, c, 1]);
  const inverse = emit.op('Reciprocal', [deviation], [n, c, 1]);
  return { centred, inverse, positions };
}

/**
 * Sum over positions of a times b, [n, c, 1], as products of one row by one column: several times quicker than
 * multiplying and summing, and as exact. ReduceSumSquare adds up one by one: off by 2e-4 for half a million.
 */
function products(emit: OnnxEmitter, a: Tensor, b: Tensor): Tensor {
  const [n, c, positions] = a.shape;
  const rows = [a, b].map((x) => emit.reshape(x, [n * c, 1, positions]));
  return emit.reshape(emit.op('FusedMatMul', rows, [n * c, 1, 1], { transB: 1 }, 'com.microsoft'), [n, c, 1]);
}

function perChannel(emit: OnnxEmitter, values: Tensor): Tensor {
  return emit.reshape(values, [1, values.shape[0], 1]);
}
