import { range } from '../../graph/builder';
import type { NativeTensor, TensorFlow } from './library';

/**
 * How a value of the intermediate form lies in a tensor. TensorFlow's convolutions want the channels last, so axis 1 of
 * every value of three or more axes is stored last: images [n, c, (z,) y, x] as [n, (z,) y, x, c], weights
 * [co, ci, ...] as [co, ..., ci]. As this holds for every value, operations by element need not know of it.
 */
export function storedShape(shape: readonly number[]): number[] {
  return shape.length < 3 ? [...shape] : [shape[0], ...shape.slice(2), shape[1]];
}

/** The stored axis of an axis of a value with `rank` axes. */
export function storedAxis(axis: number, rank: number): number {
  if (rank < 3 || axis === 0) return axis;
  return axis === 1 ? rank - 1 : axis - 1;
}

/** From a tensor in the value's own order to the stored one; a new tensor in any case. */
export function toStored(tf: TensorFlow, x: NativeTensor, shape: readonly number[]): NativeTensor {
  if (isSameInMemory(shape)) return tf.reshape(x, storedShape(shape));
  const rank = shape.length;
  return tf.transpose(tf.reshape(x, [...shape]), [0, ...range(2, rank), 1]);
}

/** From a stored tensor to the value's own order; a new tensor in any case. */
export function fromStored(tf: TensorFlow, x: NativeTensor, shape: readonly number[]): NativeTensor {
  if (isSameInMemory(shape)) return tf.reshape(x, [...shape]);
  const rank = shape.length;
  return tf.transpose(x, [0, rank - 1, ...range(1, rank - 1)]);
}

/** Whether the stored order is the value's own: there are no channels to move, or nothing to move them past. */
function isSameInMemory(shape: readonly number[]): boolean {
  return shape.length < 3 || shape[1] === 1 || shape.slice(2).every((n) => n === 1);
}
