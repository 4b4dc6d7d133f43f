import { product } from '../../base/arithmetic';
import { range } from '../builder';
import type { OnnxEmitter, Tensor } from '../onnx/emitter';

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
