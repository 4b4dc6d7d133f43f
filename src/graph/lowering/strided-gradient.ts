import { product } from '../../base/numbers';
import { range } from '../builder';
import type { OnnxEmitter, Tensor } from '../onnx/emitter';
import { interleaved } from './interleaving';

/**
 * Input gradient of a convolution with some strides of 2. Along such an axis, at width 3,
 *   dx[2 o] = w[1] dy[o],  dx[2 o + 1] = w[2] dy[o] + w[0] dy[o + 1],
 * at width 1 dx[2 o] = w[0] dy[o] and dx[2 o + 1] = 0; along one of stride 1 the kernel runs backwards. So a convolution of
 * dy gives every parity as channels of its own.
 * @param dy [n, co, (z,) y, x]
 * @param w [co, ci, (z,) y, x], 1 or 3 wide along each axis
 * @returns [n, ci, (z,) y, x], of the strides times dy's size
 */
export function stridedInputGradient(emit: OnnxEmitter, dy: Tensor, w: Tensor, strides: readonly number[]): Tensor {
  const [co, ci, ...widths] = w.shape;
  const taps = widths.map((width, axis) => tapsOf(width, strides[axis])[0].length);
  const [count, values] = [product(strides), product(taps)];
  const choice = emit.floats(tapMatrix(widths, strides), [product(widths), count * values]);
  const rows = emit.reshape(w, [co * ci, product(widths)]);
  const chosen = emit.op('MatMul', [rows, choice], [co * ci, count * values]);
  const kernels = emit.transpose(emit.reshape(chosen, [co, ci, count, values]), [1, 2, 0, 3]);
  const kernel = emit.reshape(kernels, [ci * count, co, ...taps]);
  const [n, , ...small] = dy.shape;
  if (values === 1) {
    const matrix = emit.reshape(kernel, [ci * count, co]);
    const positions = product(small);
    const z = emit.op('MatMul', [matrix, emit.reshape(dy, [n, co, positions])], [n, ci * count, positions]);
    return interleaved(emit, emit.reshape(z, [n, ci * count, ...small]), ci, strides);
  }
  const z = emit.op('Conv', [dy, kernel], [n, ci * count, ...small], {
    kernel_shape: taps,
    pads: [...taps.map((tap) => (tap === 3 ? 1 : 0)), ...taps.map((tap) => (tap > 1 ? 1 : 0))],
  });
  return interleaved(emit, z, ci, strides);
}

/** Along an axis, for each parity of dx, the positions of w that meet dy there and further on; null: none does. */
function tapsOf(width: number, stride: number): Array<Array<number | null>> {
  if (stride === 1) return width === 3 ? [[2, 1, 0]] : [[0]];
  return width === 3
    ? [
        [1, null],
        [2, 0],
      ]
    : [[0], [null]];
}

/** For each position of a kernel, 1 at the (parity, tap) along every axis that it belongs to; x is fastest in each. */
function tapMatrix(widths: readonly number[], strides: readonly number[]): Float32Array {
  const sources = widths.map((width, axis) => tapsOf(width, strides[axis]));
  const taps = sources.map((source) => source[0].length);
  const [count, values] = [product(strides), product(taps)];
  const matrix = new Float32Array(product(widths) * count * values);
  for (const parity of range(0, count)) {
    const p = digits(parity, strides);
    for (const tap of range(0, values)) {
      const t = digits(tap, taps);
      const position = sources.map((source, axis) => source[p[axis]][t[axis]]);
      if (position.includes(null)) continue;
      const row = position.reduce<number>((index, k, axis) => index * widths[axis] + (k as number), 0);
      matrix[row * count * values + parity * values + tap] = 1;
    }
  }
  return matrix;
}

/** A number's digits, each to a base of its own, the last fastest. */
function digits(value: number, bases: readonly number[]): number[] {
  let rest = value;
  return bases
    .toReversed()
    .map((base) => {
      const digit = rest % base;
      rest = Math.floor(rest / base);
      return digit;
    })
    .reverse();
}
