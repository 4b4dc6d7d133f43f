import { range } from '../builder';
import type { OnnxEmitter, Tensor } from '../onnx/emitter';
import type { Lowerings } from './types';

/** Convolution and its gradients for the CPU, lowered to the operators that ONNX Runtime's CPU kernels run fastest. */
export const CPU_CONVOLUTION: Pick<
  Lowerings,
  'conv' | 'convInputGradient' | 'convWeightGradient' | 'upConv' | 'upConvInputGradient' | 'upConvWeightGradient'
> = {
  conv: (emit, node, [x, w]) => convolve(emit, x, w, node.attributes.stride),

  convInputGradient: (emit, { attributes: { stride, spatial } }, [dy, w]) => {
    const width = w.shape[2];
    if (stride === 1) return convolve(emit, dy, width === 3 ? flipped(emit, w) : swapped(emit, w), 1);
    return width === 1 ? strided1(emit, dy, w) : strided3(emit, dy, w, spatial);
  },

  convWeightGradient: (emit, { attributes: { stride, width } }, [x, dy]) => {
    if (width === 1) return weight1(emit, stride === 2 ? everySecond(emit, x) : x, dy);
    return x.shape.length === 4 ? weight3in2D(emit, x, dy, stride) : weight3in3D(emit, x, dy, stride);
  },

  upConv: (emit, { shape }, [x, w]) => {
    const two = shape.slice(2).map(() => 2);
    if (two.length === 2) return emit.op('ConvTranspose', [x, w], shape, { kernel_shape: two, strides: two });
    // y[co, 2 s + parity] = sum over ci of w[ci, co, parity] x[ci, s]: a matrix product, then parities are interleaved;
    // the 3D operator takes twice as long
    const [n, ci, ...spatial] = x.shape;
    const m = size(w.shape) / ci;
    const z = fusedMatMul(emit, emit.reshape(w, [ci, m]), columns(emit, x), [n, m, size(spatial)], { transA: 1 });
    return interleaved(emit, z, w.shape[1], spatial);
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

function convolve(emit: OnnxEmitter, x: Tensor, w: Tensor, stride: number): Tensor {
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

/** w[co, ci, k] as w[ci, co, k]. */
function swapped(emit: OnnxEmitter, w: Tensor): Tensor {
  return emit.transpose(w, [1, 0, ...range(2, w.shape.length)]);
}

/** w[co, ci, k] as w[ci, co, -k]: the kernel of the input's gradient at stride 1. */
function flipped(emit: OnnxEmitter, w: Tensor): Tensor {
  const axes = range(2, w.shape.length);
  const all = (value: number) => axes.map(() => value);
  return emit.slice(swapped(emit, w), axes, all(2), all(-1), all(-1));
}

/** Input gradient of a width-1 convolution of stride 2: only even positions were read, the others get 0. */
function strided1(emit: OnnxEmitter, dy: Tensor, w: Tensor): Tensor {
  const even = convolve(emit, dy, swapped(emit, w), 1);
  const [n, ci, ...spatial] = even.shape;
  const apart = [n, ci, ...spatial.flatMap((s) => [s, 1])];
  const zeros = apart.map(() => 0);
  const after = [0, 0, ...spatial.flatMap(() => [0, 1])];
  return emit.reshape(emit.pad(emit.reshape(even, apart), zeros, after), [n, ci, ...spatial.map((s) => 2 * s)]);
}

/**
 * Input gradient of a width-3 convolution of stride 2, padded by 1. Along one axis
 *   dx[2 o] = w[1] dy[o],  dx[2 o + 1] = w[2] dy[o] + w[0] dy[o + 1],
 * so one width-2 convolution of dy gives every parity as channels of its own, and the parities are interleaved.
 */
function strided3(emit: OnnxEmitter, dy: Tensor, w: Tensor, spatial: number[]): Tensor {
  const d = spatial.length;
  const [co, ci] = w.shape;
  const half = spatial.map((s) => s / 2);
  const kernels = parityCombinations(d).map((parity) => {
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
    return emit.reshape(kernel, [ci, 1, co, ...half.map(() => 2)]);
  });
  const kernel = emit.reshape(emit.concat(kernels, 1), [ci * 2 ** d, co, ...half.map(() => 2)]);
  const z = emit.op('Conv', [dy, kernel], [dy.shape[0], ci * 2 ** d, ...half], {
    kernel_shape: half.map(() => 2),
    pads: [...half.map(() => 0), ...half.map(() => 1)],
  });
  return interleaved(emit, z, ci, half);
}

/** dw[co, ci] = sum over items and positions of dy[co] x[ci]. */
function weight1(emit: OnnxEmitter, x: Tensor, dy: Tensor): Tensor {
  const [co, ci] = [dy.shape[1], x.shape[1]];
  return productOverItems(emit, columns(emit, dy), columns(emit, x), [co, ci, ...x.shape.slice(2).map(() => 1)]);
}

/**
 * dw[co, ci, k] = sum over n and positions s of dy[n, co, s] x[n, ci, stride s + k - 1], written as a convolution whose
 * kernel is dy: (y, x, ci) lie on its three spatial axes and n on its channels, so that the inner matrix product is
 * co by 9 ci; with the axes the obvious way round it is 9 columns wide and 3 times slower.
 */
function weight3in2D(emit: OnnxEmitter, x: Tensor, dy: Tensor, stride: number): Tensor {
  const [n, ci, height, width] = x.shape;
  const [, co, oy, ox] = dy.shape;
  const image = emit.reshape(emit.transpose(x, [0, 2, 3, 1]), [1, n, height, width, ci]);
  const kernel = emit.reshape(emit.transpose(dy, [1, 0, 2, 3]), [co, n, oy, ox, 1]);
  const dw = crossCorrelate(emit, image, kernel, stride);
  return emit.transpose(emit.reshape(dw, [co, 3, 3, ci]), [0, 3, 1, 2]);
}

/** As in 2D with n and z together on the channels; the three shifts along z are stacked on dy's channels. */
function weight3in3D(emit: OnnxEmitter, x: Tensor, dy: Tensor, stride: number): Tensor {
  const [n, ci, depth, height, width] = x.shape;
  const [, co, oz, oy, ox] = dy.shape;
  const planes = emit.transpose(x, [0, 2, 3, 4, 1]);
  const kernel = emit.transpose(dy, [1, 0, 2, 3, 4]);
  let dw: Tensor;
  if (stride === 1) {
    const image = emit.reshape(planes, [1, n * depth, height, width, ci]);
    const padded = emit.pad(kernel, [0, 0, 1, 0, 0], [0, 0, 1, 0, 0]);
    const shifts = [2, 1, 0].map((start) => emit.slice(padded, [2], [start], [start + oz]));
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
function columns(emit: OnnxEmitter, x: Tensor): Tensor {
  const [n, c, ...spatial] = x.shape;
  return emit.reshape(x, [n, c, size(spatial)]);
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

function everySecond(emit: OnnxEmitter, x: Tensor): Tensor {
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
 * z[n, c * 2^d, positions], the parities last among the channels, as [n, c, 2 spatial]. DepthToSpace interleaves y and x
 * (of all planes at once in 3D: rows of z * y), which leaves whole planes to move for z.
 */
function interleaved(emit: OnnxEmitter, z: Tensor, channels: number, spatial: number[]): Tensor {
  const n = z.shape[0];
  const [y, x] = spatial.slice(-2);
  const depth = spatial.length === 3 ? spatial[0] : 1;
  const zParities = spatial.length === 3 ? 2 : 1;
  const maps = channels * zParities;
  const rows = emit.op(
    'DepthToSpace',
    [emit.reshape(z, [n, maps * 4, depth * y, x])],
    [n, maps, 2 * depth * y, 2 * x],
    {
      blocksize: 2,
      mode: { text: 'CRD' },
    },
  );
  const planes = emit.transpose(emit.reshape(rows, [n, channels, zParities, depth, 4 * y * x]), [0, 1, 3, 2, 4]);
  return emit.reshape(planes, [n, channels, ...spatial.map((s) => 2 * s)]);
}

/** The reverse of `interleaved` with the parities first: y[n, c, 2 spatial] as [n, 2^d * c, positions]. */
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
  return emit.reshape(depthwise, [n, 4 * zParities * c, size(spatial)]);
}

/** w[ci, co, (z,) y, x] of width 2 as a matrix [ci, parities], in the order that `parities` gives. */
function parityMatrix(emit: OnnxEmitter, w: Tensor): Tensor {
  const perm = w.shape.length === 5 ? [0, 3, 4, 2, 1] : [0, 2, 3, 1];
  return emit.reshape(emit.transpose(w, perm), [w.shape[0], size(w.shape) / w.shape[0]]);
}

/** The reverse of `parityMatrix` for [ci, parities] of a weight's gradient. */
function fromParityMatrix(emit: OnnxEmitter, matrix: Tensor, shape: readonly number[]): Tensor {
  const [ci, co, ...width] = shape;
  if (width.length === 2) return emit.transpose(emit.reshape(matrix, [ci, 2, 2, co]), [0, 3, 1, 2]);
  return emit.transpose(emit.reshape(matrix, [ci, 2, 2, 2, co]), [0, 4, 3, 1, 2]);
}

/** Every combination of even and odd along d axes, the last axis fastest. */
function parityCombinations(d: number): number[][] {
  return range(0, 2 ** d).map((index) => range(0, d).map((axis) => (index >> (d - 1 - axis)) & 1));
}

function size(shape: readonly number[]): number {
  return shape.reduce((product, n) => product * n, 1);
}
