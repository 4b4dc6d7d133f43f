import { product } from '../../base/numbers';
import type { OnnxEmitter, Tensor } from '../onnx/emitter';
import { correlate } from './gpu-correlation';
import { interleaved } from './interleaving';
import { columns, convolve, everyStride, isPoint, isStrided, strideOfWidth, turned } from './kernels';
import { stridedInputGradient } from './strided-gradient';
import type { Lowerings } from './types';

/**
 * Convolution and its gradients for a GPU: no kernel larger than 3 wide, and transposed convolutions as matrix products
 * whose results are interleaved.
 */
export const GPU_CONVOLUTION: Pick<
  Lowerings,
  'conv' | 'convInputGradient' | 'convWeightGradient' | 'upConv' | 'upConvInputGradient' | 'upConvWeightGradient'
> = {
  conv: (emit, { attributes: { strides } }, [x, w]) => {
    if (!isPoint(w)) return convolve(emit, x, w, strides);
    return multiplied(emit, emit.reshape(w, [w.shape[0], w.shape[1]]), everyStride(emit, x, strides));
  },

  convInputGradient: (emit, { attributes: { strides } }, [dy, w]) => {
    if (isStrided(strides)) return stridedInputGradient(emit, dy, w, strides);
    if (!isPoint(w)) return convolve(emit, dy, turned(emit, w), strides);
    return multiplied(emit, emit.reshape(turned(emit, w), [w.shape[1], w.shape[0]]), dy);
  },

  convWeightGradient: (emit, { attributes: { strides, widths } }, [x, dy]) =>
    widths.every((width) => width === 1)
      ? correlate(emit, dy, everyStride(emit, x, strides), { widths, strides: strides.map(() => 1) })
      : correlate(emit, dy, x, { widths, strides }),

  upConv: (emit, _, [x, w]) => {
    const [ci, co, ...widths] = w.shape;
    const matrix = emit.transpose(emit.reshape(w, [ci, co * product(widths)]), [1, 0]);
    return interleaved(emit, multiplied(emit, matrix, x), co, widths);
  },
  upConvInputGradient: (emit, { shape }, [dy, w]) => strideOfWidth(emit, dy, w, shape),
  upConvWeightGradient: (emit, { shape }, [x, dy]) => {
    const widths = shape.slice(2);
    return correlate(emit, x, dy, { widths, strides: widths });
  },
};

/** A matrix [co, ci] times x[n, ci, spatial]. */
function multiplied(emit: OnnxEmitter, matrix: Tensor, x: Tensor): Tensor {
  const [n, , ...spatial] = x.shape;
  const flat = columns(emit, x);
  const y = emit.op('MatMul', [matrix, flat], [n, matrix.shape[0], flat.shape[2]]);
  return emit.reshape(y, [n, matrix.shape[0], ...spatial]);
}
