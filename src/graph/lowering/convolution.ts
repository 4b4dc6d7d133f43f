import { product } from '../../base/numbers';
import { range } from '../builder';
import type { OnnxEmitter, Tensor } from '../onnx/emitter';
import type { Lowerings } from './types';

/** Up to so many values around a position are gathered for the gradient of a weight: 3 channels in 2D, 1 in 3D. */
const MOST_PATCH_VALUES = 27;

/** Every combination of even (0) and odd (1) along z, y and x, x fastest. */
const PARITIES = range(0, 8).map((index) => [4, 2, 1].map((axis) => (index & axis ? 1 : 0)));

/** Convolution and its gradients for the CPU, lowered to the operators that ONNX Runtime's CPU kernels run fastest. */
export const CPU_CONVOLUTION: Pick<
  Lowerings,
  'conv' | 'convInputGradient' | 'convWeightGradient' | 'upConv' | 'upConvInputGradient' | 'upConvWeightGradient'
> = {
  conv: (emit, node, [x, w]) => convolve(emit, x, w, node.attributes.stride),

  convInputGradient: (emit, { attributes: { stride, spatial } }, [dy, w]) => {
    const width = w.shape[2];
    if (stride === 1) return convolve(emit, dy, width === 3 ? flipped(emit, w) : swapped(emit, w), 1);
    return width === 3 && spatial.length === 3 ? strided3in3D(emit, dy, w, spatial) : strided(emit, dy, w, spatial);
  },

  convWeightGradient: (emit, { attributes: { stride, width } }, [x, dy]) => {
    if (width === 1) return weight1(emit, stride === 2 ? everySecond(emit, x) : x, dy);
    if (x.shape[1] * 3 ** (x.shape.length - 2) <= MOST_PATCH_VALUES) return weight3ofPatches(emit, x, dy, stride);
    return x.shape.length === 4 ? weight3in2D(emit, x, dy, stride) : weight3in3D(emit, x, dy, stride);
  },

  upConv: (emit, { shape }, [x, w]) => {
    const two = shape.slice(2).map(() => 2);
    if (two.length === 3) return upConvolve3D(emit, x, w);
    return emit.op('ConvTranspose', [x, w], shape, { kernel_shape: two, strides: two });
  },
  upConvInputGradient: (emit, node, [dy, w]) => {
    const dz = parities(emit, dy);
    const [n, , positions] = dz.shape;
    return emit.reshape(emit.op('MatMul', [parityMatrix(emit, w), dz], [n, w.shape[0], positions]), node.shape);
  },
  upConvWeightGradient: (emit, { shape }, [x, dy]) => {
    const dz = parities(emit, dy);
    const matrix = productOverItems(emit, columns(emit, x), dz, [x.shape[1], dz.shape[1]]);
    return fromParityMatrix(emit, matrix, shape);
  },
};

/** A convolution as ONNX has it: width 3 padded by 1, or width 1. */
export function convolve(emit: OnnxEmitter, x: Tensor, w: Tensor, stride: number): Tensor {
  const [n, , ...spatial] = x.shape;
  const width = w.shape[2];
  const every = (value: number) => spatial.map(() => value);
  const pad = (width - 1) / 2;
  return emit.op('Conv', [x, w], [n, w.shape[0], ...spatial.map((s) => s / stride)], {
    kernel_shape: every(width),
    pads: [...every(pad), ...every(pad)],
    strides: every(stride),
  });
}

/**
 * With y and x on one axis the transposed convolution is a 2D one along z and x whose channels are (co, parity of y);
 * its rows of x are put in order afterwards. The 3D operator takes three times as long.
 */
export function upConvolve3D(emit: OnnxEmitter, x: Tensor, w: Tensor): Tensor {
  const [n, ci, depth, height, width] = x.shape;
  const co = w.shape[1];
  const kernel = emit.reshape(emit.transpose(w, [0, 1, 3, 2, 4]), [ci, 2 * co, 2, 2]);
  const flat = emit.reshape(x, [n, ci, depth, height * width]);
  const doubled = emit.op('ConvTranspose', [flat, kernel], [n, 2 * co, 2 * depth, 2 * height * width], {
    kernel_shape: [2, 2],
    strides: [2, 2],
  });
  const rows = emit.reshape(doubled, [n, co, 2, 2 * depth * height, 2 * width]);
  const ordered = emit.transpose(rows, [0, 1, 3, 2, 4]);
  return emit.reshape(ordered, [n, co, 2 * depth, 2 * height, 2 * width]);
}

/** w[co, ci, k] as w[ci, co, k]. */
export function swapped(emit: OnnxEmitter, w: Tensor): Tensor {
  return emit.transpose(w, [1, 0, ...range(2, w.shape.length)]);
}

/** w[co, ci, k] as w[ci, co, -k]: the kernel of the input's gradient at stride 1, and x and dy exchanged in dw. */
export function flipped(emit: OnnxEmitter, w: Tensor): Tensor {
  const axes = range(2, w.shape.length);
  const all = (value: number) => axes.map(() => value);
  return emit.slice(swapped(emit, w), axes, all(2), all(-1), all(-1));
}

/** Input gradient of a convolution of stride 2; output padding makes the size even again. */
function strided(emit: OnnxEmitter, dy: Tensor, w: Tensor, spatial: number[]): Tensor {
  const every = (value: number) => spatial.map(() => value);
  const pad = (w.shape[2] - 1) / 2;
  return emit.op('ConvTranspose', [dy, w], [dy.shape[0], w.shape[1], ...spatial], {
    kernel_shape: every(w.shape[2]),
    strides: every(2),
    pads: [...every(pad), ...every(pad)],
    output_padding: every(1),
  });
}

/**
 * Input gradient of a 3D convolution of width 3 and stride 2, padded by 1. Along one axis
 *   dx[2 o] = w[1] dy[o],  dx[2 o + 1] = w[2] dy[o] + w[0] dy[o + 1],
 * so one width-2 convolution of dy gives every parity as channels of its own, and the parities are interleaved. The 3D
 * transposed convolution takes three times as long.
 */
function strided3in3D(emit: OnnxEmitter, dy: Tensor, w: Tensor, spatial: number[]): Tensor {
  const [co, ci] = w.shape;
  const half = spatial.map((s) => s / 2);
  const kernels = PARITIES.map((parity) => {
    let kernel = swapped(emit, w);
    parity.forEach((odd, i) => {
      const axis = 2 + i;
      if (odd) kernel = emit.slice(kernel, [axis], [2], [-1], [-2]);
      else {
        const after = kernel.shape.map((_, a) => (a === axis ? 1 : 0));
        const before = after.map(() => 0);
        kernel = emit.pad(emit.slice(kernel, [axis], [1], [2]), before, after);
      }
    });
    return emit.reshape(kernel, [ci, 1, co, 2, 2, 2]);
  });
  const kernel = emit.reshape(emit.concat(kernels, 1), [ci * 8, co, 2, 2, 2]);
  const z = emit.op('Conv', [dy, kernel], [dy.shape[0], ci * 8, ...half], {
    kernel_shape: [2, 2, 2],
    pads: [0, 0, 0, 1, 1, 1],
  });
  return interleaved(emit, z, ci, half);
}

/** dw[co, ci] = sum over items and positions of dy[co] x[ci]. */
function weight1(emit: OnnxEmitter, x: Tensor, dy: Tensor): Tensor {
  const [co, ci] = [dy.shape[1], x.shape[1]];
  return productOverItems(emit, columns(emit, dy), columns(emit, x), [co, ci, ...x.shape.slice(2).map(() => 1)]);
}

/**
 * With few input channels each position's 3^d surroundings, as channels, take little memory, and
 *   dw[co, (ci, k)] = sum over items and positions of dy[co] x[(ci, k)].
 * A convolution by the unit matrix gathers them.
 */
function weight3ofPatches(emit: OnnxEmitter, x: Tensor, dy: Tensor, stride: number): Tensor {
  const ci = x.shape[1];
  const width = x.shape.slice(2).map(() => 3);
  const values = ci * product(width);
  const unit = new Float32Array(values * values);
  for (let i = 0; i < values; i++) unit[i * values + i] = 1;
  const patches = convolve(emit, x, emit.floats(unit, [values, ci, ...width]), stride);
  return productOverItems(emit, columns(emit, dy), columns(emit, patches), [dy.shape[1], ci, ...width]);
}

/**
 * dw[co, ci, k] = sum over n and positions s of dy[n, co, s] x[n, ci, stride s + k - 1], written as a convolution whose
 * kernel is dy: (y, x, ci) lie on its three spatial axes and n on its channels, so that the inner matrix product is
 * co by 9 ci; with the axes the obvious way round it is 9 columns wide and 3 times slower. Gathering those columns
 * costs less where they are fewer: with more input than output channels x is the kernel, and the result runs backwards.
 */
function weight3in2D(emit: OnnxEmitter, x: Tensor, dy: Tensor, stride: number): Tensor {
  const [ci, co] = [x.shape[1], dy.shape[1]];
  if (stride === 1 && ci > co) return flipped(emit, weight3in2D(emit, dy, x, 1));
  const [n, , height, width] = x.shape;
  const [oy, ox] = dy.shape.slice(2);
  const image = emit.reshape(emit.transpose(x, [0, 2, 3, 1]), [1, n, height, width, ci]);
  const kernel = emit.reshape(emit.transpose(dy, [1, 0, 2, 3]), [co, n, oy, ox, 1]);
  const dw = crossCorrelate(emit, image, kernel, stride);
  return emit.transpose(emit.reshape(dw, [co, 3, 3, ci]), [0, 3, 1, 2]);
}

/**
 * As in 2D with n and z together on the channels; the three shifts along z are stacked on dy's channels. Where x is the
 * kernel, three such products take as long and need no copy of x for each shift.
 */
function weight3in3D(emit: OnnxEmitter, x: Tensor, dy: Tensor, stride: number): Tensor {
  const [n, ci, depth, height, width] = x.shape;
  const [, co, oz, oy, ox] = dy.shape;
  if (stride === 1 && ci > co) return flipped(emit, weight3byShifts(emit, dy, x));
  const planes = emit.transpose(x, [0, 2, 3, 4, 1]);
  const kernel = emit.transpose(dy, [1, 0, 2, 3, 4]);
  let dw: Tensor;
  if (stride === 1) {
    const image = emit.reshape(planes, [1, n * depth, height, width, ci]);
    const shifts = [-1, 0, 1].map((by) => emit.pad(kernel, [0, 0, by, 0, 0], [0, 0, -by, 0, 0]));
    dw = crossCorrelate(emit, image, emit.reshape(emit.concat(shifts, 0), [3 * co, n * oz, oy, ox, 1]), 1);
  } else {
    const padded = emit.pad(planes, [0, 1, 0, 0, 0], [0, 1, 0, 0, 0]);
    const kernelPlanes = emit.reshape(kernel, [co, n * oz, oy, ox, 1]);
    const shifts = [0, 1, 2].map((start) => {
      const second = emit.slice(padded, [1], [start], [start + depth], [2]);
      return crossCorrelate(emit, emit.reshape(second, [1, n * oz, height, width, ci]), kernelPlanes, 2);
    });
    dw = emit.concat(shifts, 1);
  }
  return emit.transpose(emit.reshape(dw, [3, co, 3, 3, ci]), [1, 4, 0, 2, 3]);
}

/** The gradient at stride 1 in 3D with x, the smaller one, moved along z. */
function weight3byShifts(emit: OnnxEmitter, x: Tensor, dy: Tensor): Tensor {
  const [n, ci, depth, height, width] = x.shape;
  const co = dy.shape[1];
  const planes = emit.transpose(x, [0, 2, 3, 4, 1]);
  const kernel = emit.reshape(emit.transpose(dy, [1, 0, 2, 3, 4]), [co, n * depth, height, width, 1]);
  const shifts = [-1, 0, 1].map((by) => {
    const moved = emit.pad(planes, [0, -by, 0, 0, 0], [0, by, 0, 0, 0]);
    return crossCorrelate(emit, emit.reshape(moved, [1, n * depth, height, width, ci]), kernel, 1);
  });
  return emit.transpose(emit.reshape(emit.concat(shifts, 0), [3, co, 3, 3, ci]), [1, 4, 0, 2, 3]);
}

/** image (1, k, y, x, ci) with kernel (m, k, oy, ox, 1), padded by 1 in y and x: (1, m, 3, 3, ci). */
function crossCorrelate(emit: OnnxEmitter, image: Tensor, kernel: Tensor, stride: number): Tensor {
  const [m, , oy, ox] = kernel.shape;
  return emit.op('Conv', [image, kernel], [1, m, 3, 3, image.shape[4]], {
    kernel_shape: [oy, ox, 1],
    // at stride 2 the last position that dy reads lies one before the end, so nothing is padded there
    pads: stride === 1 ? [1, 1, 0, 1, 1, 0] : [1, 1, 0, 0, 0, 0],
    dilations: [stride, stride, 1],
  });
}

/** x[n, c, spatial] as matrices [n, c, positions]. */
export function columns(emit: OnnxEmitter, x: Tensor): Tensor {
  const [n, c, ...spatial] = x.shape;
  return emit.reshape(x, [n, c, product(spatial)]);
}

/** sum over n of a[n] times b[n] transposed. */
function productOverItems(emit: OnnxEmitter, a: Tensor, b: Tensor, shape: readonly number[]): Tensor {
  const product = fusedMatMul(emit, a, b, [a.shape[0], a.shape[1], b.shape[1]], { transB: 1 });
  return emit.reshape(a.shape[0] === 1 ? product : emit.sum(product, [0]), shape);
}

function fusedMatMul(
  emit: OnnxEmitter,
  a: Tensor,
  b: Tensor,
  shape: number[],
  attributes: Record<string, number>,
): Tensor {
  return emit.op('FusedMatMul', [a, b], shape, attributes, 'com.microsoft');
}

export function everySecond(emit: OnnxEmitter, x: Tensor): Tensor {
  const axes = range(2, x.shape.length);
  return emit.slice(
    x,
    axes,
    axes.map(() => 0),
    x.shape.slice(2) as number[],
    axes.map(() => 2),
  );
}

/**
 * z[n, c * 8, z, y, x], the parities last among the channels, as [n, c, 2 z, 2 y, 2 x]. DepthToSpace interleaves y and x
 * of all planes at once, in rows of z * y, which leaves whole planes to move for z.
 */
export function interleaved(emit: OnnxEmitter, z: Tensor, channels: number, [depth, y, x]: number[]): Tensor {
  const n = z.shape[0];
  const maps = 2 * channels;
  const shape = [n, maps, 2 * depth * y, 2 * x];
  const image = emit.reshape(z, [n, 4 * maps, depth * y, x]);
  const rows = emit.op('DepthToSpace', [image], shape, { blocksize: 2, mode: { text: 'CRD' } });
  const planes = emit.transpose(emit.reshape(rows, [n, channels, 2, depth, 4 * y * x]), [0, 1, 3, 2, 4]);
  return emit.reshape(planes, [n, channels, 2 * depth, 2 * y, 2 * x]);
}

/** Every parity of y[n, c, 2 spatial] as channels of its own, the parities first: [n, 2^d * c, positions]. */
function parities(emit: OnnxEmitter, y: Tensor): Tensor {
  const [n, c, ...double] = y.shape;
  const spatial = double.map((s) => s / 2);
  const [rows, columns_] = spatial.slice(-2);
  const depth = spatial.length === 3 ? spatial[0] : 1;
  const zParities = spatial.length === 3 ? 2 : 1;
  const planes = emit.transpose(emit.reshape(y, [n, c, depth, zParities, 4 * rows * columns_]), [0, 3, 1, 2, 4]);
  const image = emit.reshape(planes, [n, zParities * c, 2 * depth * rows, 2 * columns_]);
  const shape = [n, 4 * zParities * c, depth * rows, columns_];
  const depthwise = emit.op('SpaceToDepth', [image], shape, { blocksize: 2 });
  // SpaceToDepth puts (y, x) parities before (z parity, c)
  return emit.reshape(depthwise, [n, 4 * zParities * c, product(spatial)]);
}

/** w[ci, co, (z,) y, x] of width 2 as a matrix [ci, parities], in the order that `parities` gives. */
function parityMatrix(emit: OnnxEmitter, w: Tensor): Tensor {
  const perm = w.shape.length === 5 ? [0, 3, 4, 2, 1] : [0, 2, 3, 1];
  return emit.reshape(emit.transpose(w, perm), [w.shape[0], product(w.shape) / w.shape[0]]);
}

/** The reverse of `parityMatrix` for [ci, parities] of a weight's gradient. */
function fromParityMatrix(emit: OnnxEmitter, matrix: Tensor, shape: readonly number[]): Tensor {
  const [ci, co, ...width] = shape;
  if (width.length === 2) return emit.transpose(emit.reshape(matrix, [ci, 2, 2, co]), [0, 3, 1, 2]);
  return emit.transpose(emit.reshape(matrix, [ci, 2, 2, 2, co]), [0, 4, 3, 1, 2]);
}
