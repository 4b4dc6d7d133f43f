import { range } from '../../../graph/builder';
import type { NativeTensor, TensorFlow } from '../library';
import type { Rules } from './types';

/** The dimensions of a stored image or weight. */
const dimensionsOf = (x: NativeTensor): 2 | 3 => (x.shape.length === 5 ? 3 : 2);

/**
 * Convolutions and their gradients, written with TensorFlow's own. Its filters are [..., in, out]. Its padding `same`
 * adds the zeros of stride 2 at the end only, where ours has them before: those are added by hand.
 */
export const CONVOLUTION: Pick<
  Rules,
  'conv' | 'convInputGradient' | 'convWeightGradient' | 'upConv' | 'upConvInputGradient' | 'upConvWeightGradient'
> = {
  conv: ({ tf }, { attributes: { stride } }, [x, w]) => {
    const filter = inLast(tf, w);
    if (stride === 1) return convolve(tf, x, filter, 1, 'same');
    return convolve(tf, isWidth3(w) ? padBefore(tf, x) : x, filter, 2, 'valid');
  },

  convInputGradient: ({ tf }, { attributes: { stride, spatial } }, [dy, w]) => {
    const d = dimensionsOf(w);
    if (stride === 1) {
      // the same convolution with the kernel turned round is quicker than the gradient's own kernel
      const turned = isWidth3(w) ? tf.reverse(w, range(1, d + 1)) : w;
      return convolve(tf, dy, tf.transpose(turned, [...range(1, d + 1), 0, d + 1]), 1, 'same');
    }
    const before = isWidth3(w) ? 1 : 0;
    const channels = w.shape[d + 1];
    const padded = [dy.shape[0], ...spatial.map((s) => s + before), channels];
    const gradient = inputGradient(tf, dy, inLast(tf, w), padded);
    if (before === 0) return gradient;
    return tf.slice(gradient, [0, ...spatial.map(() => 1), 0], [dy.shape[0], ...spatial, channels]);
  },

  convWeightGradient: ({ tf }, { attributes: { stride, width } }, [x, dy]) => {
    if (stride === 1 && width === 1) return pointWeightGradient(tf, x, dy);
    if (stride === 1) return outFirst(tf, weightGradient(tf, x, dy, width, 1, 'same'));
    return outFirst(tf, weightGradient(tf, width === 3 ? padBefore(tf, x) : x, dy, width, 2, 'valid'));
  },

  // a transposed convolution is the input gradient of the strided one, whose input it makes
  upConv: ({ tf }, _, [x, w]) => {
    const d = dimensionsOf(x);
    const spatial = x.shape.slice(1, d + 1).map((s) => 2 * s);
    return inputGradient(tf, x, inLast(tf, w), [x.shape[0], ...spatial, w.shape[d + 1]]);
  },
  upConvInputGradient: ({ tf }, _, [dy, w]) => convolve(tf, dy, inLast(tf, w), 2, 'valid'),
  upConvWeightGradient: ({ tf }, _, [x, dy]) => outFirst(tf, weightGradient(tf, dy, x, 2, 2, 'valid')),
};

type Padding = 'same' | 'valid';

function convolve(
  tf: TensorFlow,
  x: NativeTensor,
  filter: NativeTensor,
  stride: number,
  padding: Padding,
): NativeTensor {
  return dimensionsOf(x) === 3 ? tf.conv3d(x, filter, stride, padding) : tf.conv2d(x, filter, stride, padding);
}

/** The gradient of the input of a convolution of stride 2 without padding. */
function inputGradient(tf: TensorFlow, dy: NativeTensor, filter: NativeTensor, inputShape: number[]): NativeTensor {
  const attributes = { strides: 2, pad: 'valid', inputShape };
  const name = dimensionsOf(dy) === 3 ? 'Conv3DBackpropInputV2' : 'Conv2DBackpropInput';
  return kernel(tf, name, { dy, filter }, attributes);
}

/** The gradient of a filter, [..., in, out]. */
function weightGradient(
  tf: TensorFlow,
  x: NativeTensor,
  dy: NativeTensor,
  width: number,
  strides: number,
  pad: Padding,
): NativeTensor {
  const d = dimensionsOf(x);
  const filterShape = [...range(0, d).map(() => width), x.shape[d + 1], dy.shape[d + 1]];
  const name = d === 3 ? 'Conv3DBackpropFilterV2' : 'Conv2DBackpropFilter';
  return kernel(tf, name, { x, dy }, { strides, pad, filterShape });
}

/** Of a 1-wide kernel, as stored: a product of two matrices of one row a position. */
function pointWeightGradient(tf: TensorFlow, x: NativeTensor, dy: NativeTensor): NativeTensor {
  const [ci, co] = [x, dy].map((image) => image.shape[image.shape.length - 1]);
  const product = tf.matMul(tf.reshape(dy, [-1, co]), tf.reshape(x, [-1, ci]), true, false);
  return tf.reshape(product, [co, ...range(0, dimensionsOf(x)).map(() => 1), ci]);
}

export function kernel(
  tf: TensorFlow,
  name: string,
  inputs: Record<string, NativeTensor>,
  attributes: Record<string, unknown>,
): NativeTensor {
  return tf.engine().runKernel(name, inputs, { dataFormat: 'NHWC', ...attributes }) as NativeTensor;
}

/** From a stored weight [a, ..., b] to a filter [..., b, a]. */
function inLast(tf: TensorFlow, w: NativeTensor): NativeTensor {
  const d = dimensionsOf(w);
  return tf.transpose(w, [...range(1, d + 1), d + 1, 0]);
}

/** From a filter [..., in, out] to a stored weight [out, ..., in]. */
export function outFirst(tf: TensorFlow, filter: NativeTensor): NativeTensor {
  const d = dimensionsOf(filter);
  return tf.transpose(filter, [d + 1, ...range(0, d + 1)]);
}

function padBefore(tf: TensorFlow, x: NativeTensor): NativeTensor {
  const spatial = range(0, dimensionsOf(x)).map((): [number, number] => [1, 0]);
  return tf.pad(x, [[0, 0], ...spatial, [0, 0]]);
}

function isWidth3(w: NativeTensor): boolean {
  return w.shape[1] === 3;
}
