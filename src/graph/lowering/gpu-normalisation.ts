import { product } from '../../base/arithmetic';
import type { OnnxEmitter, Tensor } from '../onnx/emitter';
import { sumOfLast } from './gpu-sums';
import type { Lowerings } from './types';

/**
 * Instance norm for training on a GPU, with the formulas of `CPU_NORMALISATION`: element by element and sums only. The
 * moments and the centred x are emitted once and shared by the three rules.
 */
export const GPU_NORMALISATION: Pick<
  Lowerings,
  'instanceNorm' | 'instanceNormInputGradient' | 'instanceNormScaleGradient'
> = {
  instanceNorm: (emit, node, [x, scale, shift]) => {
    const { centred, inverse } = moments(emit, x, node.attributes.epsilon);
    const factor = emit.elementwise('Mul', inverse, perChannel(emit, scale));
    const scaled = emit.elementwise('Mul', centred, factor);
    return emit.reshape(emit.elementwise('Add', scaled, perChannel(emit, shift)), x.shape);
  },

  instanceNormInputGradient: (emit, node, [x, scale, dy]) => {
    const { centred, inverse } = moments(emit, x, node.attributes.epsilon);
    const flat = emit.reshape(dy, centred.shape);
    const factor = emit.elementwise('Mul', inverse, perChannel(emit, scale));
    const covariance = meanOfLast(emit, emit.elementwise('Mul', flat, centred));
    const slope = emit.elementwise('Mul', emit.elementwise('Mul', inverse, inverse), covariance);
    const deviation = emit.elementwise('Sub', flat, meanOfLast(emit, flat));
    const residual = emit.elementwise('Sub', deviation, emit.elementwise('Mul', centred, slope));
    return emit.reshape(emit.elementwise('Mul', residual, factor), x.shape);
  },

  instanceNormScaleGradient: (emit, node, [x, dy]) => {
    const { centred, inverse } = moments(emit, x, node.attributes.epsilon);
    const products = sumOfLast(emit, emit.elementwise('Mul', emit.reshape(dy, centred.shape), centred));
    return emit.reshape(emit.sum(emit.elementwise('Mul', products, inverse), [0]), node.shape);
  },
};

/** x - mean as [n, c, positions] and 1 / sqrt(variance + epsilon) as [n, c, 1]. */
function moments(emit: OnnxEmitter, x: Tensor, epsilon: number) {
  const [n, c, ...spatial] = x.shape;
  const flat = emit.reshape(x, [n, c, product(spatial)]);
  const centred = emit.elementwise('Sub', flat, meanOfLast(emit, flat));
  const variance = meanOfLast(emit, emit.elementwise('Mul', centred, centred));
  const deviation = emit.op('Sqrt', [emit.elementwise('Add', variance, emit.scalar(epsilon))], [n, c, 1]);
  return { centred, inverse: emit.op('Reciprocal', [deviation], [n, c, 1]) };
}

function meanOfLast(emit: OnnxEmitter, x: Tensor): Tensor {
  return emit.elementwise('Mul', sumOfLast(emit, x), emit.scalar(1 / x.shape[x.shape.length - 1]));
}

function perChannel(emit: OnnxEmitter, values: Tensor): Tensor {
  return emit.reshape(values, [1, values.shape[0], 1]);
}
