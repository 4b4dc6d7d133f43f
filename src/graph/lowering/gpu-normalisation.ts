import { product } from '../../base/numbers';
import { range } from '../builder';
import type { OnnxEmitter, Tensor } from '../onnx/emitter';
import type { Lowerings } from './types';

/** How many values one group of threads adds up at most. */
const MOST_SUMMANDS = 1024;

/** The largest divisor of n that is not above the limit. */
export function largestDivisor(n: number, limit: number): number {
  for (let divisor = Math.min(n, limit); divisor > 1; divisor--) if (n % divisor === 0) return divisor;
  return 1;
}

/**
 * Sum over the last axis, which stays with size 1. Many positions are summed in two passes: a kernel gives each result
 * to one group of threads, and a few maps of a million positions would leave most of a GPU idle.
 */
export function sumOfLast(emit: OnnxEmitter, x: Tensor): Tensor {
  const axis = x.shape.length - 1;
  const lead = x.shape.slice(0, axis);
  const count = x.shape[axis];
  const part = largestDivisor(count, MOST_SUMMANDS);
  if (part === 1 || part === count) return emit.sum(x, [axis]);
  const parts = emit.sum(emit.reshape(x, [...lead, count / part, part]), [axis + 1]);
  return emit.sum(emit.reshape(parts, [...lead, count / part]), [axis]);
}

/** Sum over axes, which stay with size 1; the last ones together, as one. */
export function sumOver(emit: OnnxEmitter, x: Tensor, axes: readonly number[]): Tensor {
  let first = x.shape.length;
  while (axes.includes(first - 1)) first--;
  const rest = axes.filter((axis) => axis < first);
  if (first === x.shape.length) return emit.sum(x, rest);
  const count = product(x.shape.slice(first));
  const summed = sumOfLast(emit, emit.reshape(x, [...x.shape.slice(0, first), count]));
  const ones = range(first, x.shape.length).map(() => 1);
  const shaped = emit.reshape(summed, [...x.shape.slice(0, first), ...ones]);
  return rest.length > 0 ? emit.sum(shaped, rest) : shaped;
}

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
