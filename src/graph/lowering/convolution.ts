import { product } from '../../base/numbers';
import type { OnnxEmitter, Tensor } from '../onnx/emitter';
import { parities, separated } from './interleaving';
import { columns, convolve, isPoint, isStrided, productOverItems, strideOfWidth, turned } from './kernels';
import { stridedInputGradient } from './strided-gradient';
import type { Lowerings } from './types';
import { weightGradient } from './weight-gradient';

/** Convolution and its gradients for the CPU, lowered to the operators that ONNX Runtime's CPU kernels run fastest. */
export const CPU_CONVOLUTION: Pick<
  Lowerings,
  'conv' | 'convInputGradient' | 'convWeightGradient' | 'upConv' | 'upConvInputGradient' | 'upConvWeightGradient'
> = {
  conv: (emit, node, [x, w]) => convolve(emit, x, w, node.attributes.strides),

  convInputGradient: (emit, { attributes: { strides, spatial } }, [dy, w]) => {
    if (!isStrided(strides)) return convolve(emit, dy, turned(emit, w), strides);
    // the 3D transposed convolution takes three times as long
    const is3D = spatial.length === 3 && !isPoint(w);
    return is3D ? stridedInputGradient(emit, dy, w, strides) : transposedConvolution(emit, dy, w, strides, spatial);
  },

  convWeightGradient: (emit, { attributes }, [x, dy]) => weightGradient(emit, x, dy, attributes),

  upConv: (emit, node, [x, w]) => upConvolve(emit, x, w, node.shape),
  upConvInputGradient: (emit, node, [dy, w]) => {
    const widths = w.shape.slice(2);
    if (!halvesPlanes(widths)) return strideOfWidth(emit, dy, w, node.shape);
    const dz = parities(emit, dy, widths);
    const [n, , positions] = dz.shape;
    return emit.reshape(emit.op('MatMul', [parityMatrix(emit, w), dz], [n, w.shape[0], positions]), node.shape);
  },
  upConvWeightGradient: (emit, { shape }, [x, dy]) => {
    const widths = shape.slice(2);
    if (!halvesPlanes(widths)) {
      return productOverItems(emit, columns(emit, x), columns(emit, separated(emit, dy, widths)), shape);
    }
    const dz = parities(emit, dy, widths);
    const matrix = productOverItems(emit, columns(emit, x), dz, [x.shape[1], dz.shape[1]]);
    return fromParityMatrix(emit, matrix, shape);
  },
};

/** A transposed convolution whose strides are its widths. */
export function upConvolve(emit: OnnxEmitter, x: Tensor, w: Tensor, shape: readonly number[]): Tensor {
  const widths = w.shape.slice(2);
  if (widths.length === 3 && halvesPlanes(widths)) return upConvolve3D(emit, x, w);
  return emit.op('ConvTranspose', [x, w], shape, { kernel_shape: widths, strides: widths });
}

/**
 * With y and x on one axis the transposed convolution of width 2 along z is a 2D one along z and x whose channels are (co,
 * parity of y); its rows of x are put in order afterwards. Of width 1 along z it is a 2D one with z and y on one axis.
 * The 3D operator takes three times as long.
 */
function upConvolve3D(emit: OnnxEmitter, x: Tensor, w: Tensor): Tensor {
  const [n, ci, depth, height, width] = x.shape;
  const co = w.shape[1];
  const two = { kernel_shape: [2, 2], strides: [2, 2] };
  if (w.shape[2] === 1) {
    const inputs = [emit.reshape(x, [n, ci, depth * height, width]), emit.reshape(w, [ci, co, 2, 2])];
    const planes = emit.op('ConvTranspose', inputs, [n, co, 2 * depth * height, 2 * width], two);
    return emit.reshape(planes, [n, co, depth, 2 * height, 2 * width]);
  }
  const kernel = emit.reshape(emit.transpose(w, [0, 1, 3, 2, 4]), [ci, 2 * co, 2, 2]);
  const flat = emit.reshape(x, [n, ci, depth, height * width]);
  const doubled = emit.op('ConvTranspose', [flat, kernel], [n, 2 * co, 2 * depth, 2 * height * width], two);
  const rows = emit.reshape(doubled, [n, co, 2, 2 * depth * height, 2 * width]);
  const ordered = emit.transpose(rows, [0, 1, 3, 2, 4]);
  return emit.reshape(ordered, [n, co, 2 * depth, 2 * height, 2 * width]);
}

/** Input gradient of a strided convolution; output padding makes the sizes even again. */
function transposedConvolution(
  emit: OnnxEmitter,
  dy: Tensor,
  w: Tensor,
  strides: readonly number[],
  spatial: readonly number[],
): Tensor {
  const widths = w.shape.slice(2);
  const pads = widths.map((width) => (width - 1) / 2);
  return emit.op('ConvTranspose', [dy, w], [dy.shape[0], w.shape[1], ...spatial], {
    kernel_shape: widths,
    strides: [...strides],
    pads: [...pads, ...pads],
    output_padding: strides.map((stride) => stride - 1),
  });
}

/** Whether both y and x are halved: what the quick forms are for. */
function halvesPlanes(widths: readonly number[]): boolean {
  return widths.slice(-2).every((width) => width === 2);
}

/** w[ci, co, (z,) y, x] as a matrix [ci, parities], in the order that `parities` gives. */
function parityMatrix(emit: OnnxEmitter, w: Tensor): Tensor {
  const perm = w.shape.length === 5 ? [0, 3, 4, 2, 1] : [0, 2, 3, 1];
  return emit.reshape(emit.transpose(w, perm), [w.shape[0], product(w.shape) / w.shape[0]]);
}

/** The reverse of `parityMatrix` for [ci, parities] of a weight's gradient. */
function fromParityMatrix(emit: OnnxEmitter, matrix: Tensor, shape: readonly number[]): Tensor {
  const [ci, co, ...width] = shape;
  if (width.length === 2) return emit.transpose(emit.reshape(matrix, [ci, 2, 2, co]), [0, 3, 1, 2]);
  return emit.transpose(emit.reshape(matrix, [ci, 2, 2, width[0], co]), [0, 4, 3, 1, 2]);
}
