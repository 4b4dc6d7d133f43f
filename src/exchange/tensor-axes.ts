import { product } from '../base/numbers';

/** Numbers in C order over axes, each a letter. */
export interface LetteredTensor {
  values: ArrayLike<number>;
  shape: readonly number[];
  /** a letter an axis */
  axes: string;
}

/**
 * Brings a tensor to other axes: those that it lacks are of size 1.
 * @param wanted all of its axes, perhaps others too
 */
export function withAxes(
  { values, shape, axes }: LetteredTensor,
  wanted: string,
): { values: Float32Array<ArrayBuffer>; shape: number[] } {
  const sizes = [...wanted].map((letter) => (axes.includes(letter) ? shape[axes.indexOf(letter)] : 1));
  const steps = [...wanted].map((letter) => {
    const axis = axes.indexOf(letter);
    return axis < 0 ? 0 : product([...shape.slice(axis + 1)]);
  });
  const result = new Float32Array(product([...shape]));
  const place = new Array<number>(sizes.length).fill(0);
  let from = 0;
  for (let i = 0; i < result.length; i++) {
    result[i] = values[from];
    for (let axis = sizes.length - 1; axis >= 0; axis--) {
      from += steps[axis];
      if (++place[axis] < sizes[axis]) break;
      from -= steps[axis] * sizes[axis];
      place[axis] = 0;
    }
  }
  return { values: result, shape: sizes };
}
