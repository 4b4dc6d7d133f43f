import { range } from '../builder';
import type { OnnxEmitter, Tensor } from '../onnx/emitter';
import { columns, convolve, everySecond, flipped, interleaved, swapped } from './convolution';
import { correlate } from './gpu-correlation';
import type { Lowerings } from './types';

/**
 * Convolution and its gradients for a GPU: no kernel larger than 3 wide, and transposed convolutions as matrix products
 * whose results are interleaved.
 */
export const GPU_CONVOLUTION: Pick<
  Lowerings,
  'conv' | 'convInputGradient' | 'convWeightGradient' | 'upConv' | 'upConvInputGradient' | 'upConvWeightGradient'
> = {
  conv: (emit, { attributes: { stride } }, [x, w]) => {
    if (w.shape[2] === 3) return convolve(emit, x, w, stride);
    return product(emit, emit.reshape(w, [w.shape[0], w.shape[1]]), stride === 2 ? everySecond(emit, x) : x);
  },

  convInputGradient: (emit, { attributes: { stride, spatial } }, [dy, w]) => {
    if (stride === 2) return strided(emit, dy, w, spatial);
    if (w.shape[2] === 3) return convolve(emit, dy, flipped(emit, w), 1);
    return product(emit, emit.reshape(swapped(emit, w), [w.shape[1], w.shape[0]]), dy);
  },

  convWeightGradient: (emit, { attributes }, [x, dy]) =>
    attributes.width === 1 && attributes.stride === 2
      ? correlate(emit, dy, everySecond(emit, x), { width: 1, stride: 1 })
      : correlate(emit, dy, x, attributes),

  upConv: (emit, _, [x, w]) => {
    const [ci, co, ...width] = w.shape;
    const matrix = emit.transpose(emit.reshape(w, [ci, co * 2 ** width.length]), [1, 0]);
    return interleave(emit, product(emit, matrix, x), co);
  },
  // y[co, 2 p + k] = sum of w[ci, co, k] x[ci, p], so dx is a convolution of dy by w, of stride 2
  upConvInputGradient: (emit, { shape }, [dy, w]) => {
    const two = w.shape.slice(2).map(() => 2);
    return emit.op('Conv', [dy, w], shape, { kernel_shape: two, strides: two });
  },
  upConvWeightGradient: (emit, _, [x, dy]) => correlate(emit, x, dy, { width: 2, stride: 2 }),
};

/** A matrix [co, ci] times x[n, ci, spatial]. */
function product(emit: OnnxEmitter, matrix: Tensor, x: Tensor): Tensor {
  const [n, , ...spatial] = x.shape;
  const flat = columns(emit, x);
  const y = emit.op('MatMul', [matrix, flat], [n, matrix.shape[0], flat.shape[2]]);
  return emit.reshape(y, [n, matrix.shape[0], ...spatial]);
}

/**
 * Input gradient of a convolution of stride 2. Along one axis, at width 3,
 *   dx[2 o] = w[1] dy[o],  dx[2 o + 1] = w[2] dy[o] + w[0] dy[o + 1],
 * at width 1 dx[2 o] = w[0] dy[o] and dx[2 o + 1] = 0: a convolution of dy gives every parity as channels of its own.
 */
function strided(emit: OnnxEmitter, dy: Tensor, w: Tensor, spatial: number[]): Tensor {
  const [co, ci, width] = w.shape;
  const dimensions = spatial.length;
  const taps = width === 3 ? 2 : 1;
  const parities = 2 ** dimensions;
  const values = taps ** dimensions;
  const choice = emit.floats(tapMatrix(width, dimensions), [width ** dimensions, parities * values]);
  const rows = emit.reshape(w, [co * ci, width ** dimensions]);
  const chosen = emit.op('MatMul', [rows, choice], [co * ci, parities * values]);
  const kernels = emit.transpose(emit.reshape(chosen, [co, ci, parities, values]), [1, 2, 0, 3]);
  const every = (value: number) => spatial.map(() => value);
  const kernel = emit.reshape(kernels, [ci * parities, co, ...every(taps)]);
  const z =
    taps === 1
      ? product(emit, emit.reshape(kernel, [ci * parities, co]), dy)
      : emit.op('Conv', [dy, kernel], [dy.shape[0], ci * parities, ...dy.shape.slice(2)], {
          kernel_shape: every(2),
          pads: [...every(0), ...every(1)],
        });
  return interleave(emit, z, ci);
}

/** For each position of a kernel, 1 at the (parity, tap) along every axis that it belongs to; x is fastest in each. */
function tapMatrix(width: number, dimensions: number): Float32Array {
  const source =
    width === 3
      ? [
          [1, null],
          [2, 0],
        ]
      : [[0], [null]];
  const taps = source[0].length;
  const digits = (value: number, base: number) =>
    range(0, dimensions).map((axis) => Math.floor(value / base ** (dimensions - 1 - axis)) % base);
  const [parities, values] = [2 ** dimensions, taps ** dimensions];
  const matrix = new Float32Array(width ** dimensions * parities * values);
  for (const parity of range(0, parities)) {
    for (const tap of range(0, values)) {
      const t = digits(tap, taps);
      const position = digits(parity, 2).map((p, axis) => source[p][t[axis]]);
      if (position.includes(null)) continue;
      const row = position.reduce<number>((index, k) => index * width + (k as number), 0);
      matrix[row * parities * values + parity * values + tap] = 1;
    }
  }
  return matrix;
}

/** z[n, c * 2^d, spatial], the parities last among the channels, as [n, c, 2 spatial]. */
function interleave(emit: OnnxEmitter, z: Tensor, channels: number): Tensor {
  const [n, , ...half] = z.shape;
  if (half.length === 3) return interleaved(emit, z, channels, half);
  const shape = [n, channels, ...half.map((s) => 2 * s)];
  return emit.op('DepthToSpace', [z], shape, { blocksize: 2, mode: { text: 'CRD' } });
}
