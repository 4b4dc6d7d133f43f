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
  conv: ({ tf }, { attributes: { strides } }, [x, w]) => {
    const filter = inLast(tf, w);
    if (!isStrided(strides)) return convolve(tf, x, filter, strides, 'same');
    return convolve(tf, padded(tf, x, widthsOf(w), strides), filter, strides, 'valid');
  },

  convInputGradient: ({ tf }, { attributes: { strides, spatial } }, [dy, w]) => {
    const d = dimensionsOf(w);
    const widths = widthsOf(w);
    if (!isStrided(strides)) {
      // the same convolution with the kernel turned round is quicker than the gradient's own kernel
      const axes = range(1, d + 1).filter((axis) => w.shape[axis] === 3);
      const turned = axes.length > 0 ? tf.reverse(w, axes) : w;
      return convolve(tf, dy, tf.transpose(turned, [...range(1, d + 1), 0, d + 1]), strides, 'same');
    }
    const channels = w.shape[d + 1];
    const pads = paddingOf(widths, strides);
    const size = [dy.shape[0], ...spatial.map((s, axis) => s + pads[axis][0] + pads[axis][1]), channels];
    const gradient = inputGradient(tf, dy, inLast(tf, w), strides, size);
    if (pads.every(([before, after]) => before + after === 0)) return gradient;
    return tf.slice(gradient, [0, ...pads.map(([before]) => before), 0], [dy.shape[0], ...spatial, channels]);
  },

  convWeightGradient: ({ tf }, { attributes: { strides, widths } }, [x, dy]) => {
    const isPoint = widths.every((width) => width === 1);
    if (!isStrided(strides) && isPoint) return pointWeightGradient(tf, x, dy);
    if (!isStrided(strides)) return outFirst(tf, weightGradient(tf, x, dy, widths, strides, 'same'));
    return outFirst(tf, weightGradient(tf, padded(tf, x, widths, strides), dy, widths, strides, 'valid'));
  },

  // a transposed convolution is the input gradient of the strided one, whose input it makes
  upConv: ({ tf }, _, [x, w]) => {
    const d = dimensionsOf(x);
    const widths = widthsOf(w);
    const spatial = x.shape.slice(1, d + 1).map((s, axis) => s * widths[axis]);
    return inputGradient(tf, x, inLast(tf, w), widths, [x.shape[0], ...spatial, w.shape[d + 1]]);
  },
  upConvInputGradient: ({ tf }, _, [dy, w]) => convolve(tf, dy, inLast(tf, w), widthsOf(w), 'valid'),
  upConvWeightGradient: ({ tf }, { shape }, [x, dy]) => {
    const widths = shape.slice(2);
    return outFirst(tf, weightGradient(tf, dy, x, widths, widths, 'valid'));
  },
};

type Padding = 'same' | 'valid';

function convolve(
  tf: TensorFlow,
  x: NativeTensor,
  filter: NativeTensor,
  strides: readonly number[],
  padding: Padding,
): NativeTensor {
  const [first, second, third] = strides;
  return dimensionsOf(x) === 3
    ? tf.conv3d(x, filter, [first, second, third], padding)
    : tf.conv2d(x, filter, [first, second], padding);
}

/** The gradient of the input of a convolution without padding. */
function inputGradient(
  tf: TensorFlow,
  dy: NativeTensor,
  filter: NativeTensor,
  strides: readonly number[],
  inputShape: number[],
): NativeTensor {
  const attributes = { strides: [...strides], pad: 'valid', inputShape };
  const name = dimensionsOf(dy) === 3 ? 'Conv3DBackpropInputV2' : 'Conv2DBackpropInput';
  return kernel(tf, name, { dy, filter }, attributes);
}

/** The gradient of a filter, [..., in, out]. */
function weightGradient(
  tf: TensorFlow,
  x: NativeTensor,
  dy: NativeTensor,
  widths: readonly number[],
  strides: readonly number[],
  pad: Padding,
): NativeTensor {
  const d = dimensionsOf(x);
  const filterShape = [...widths, x.shape[d + 1], dy.shape[d + 1]];
  const name = d === 3 ? 'Conv3DBackpropFilterV2' : 'Conv2DBackpropFilter';
  return kernel(tf, name, { x, dy }, { strides: [...strides], pad, filterShape });
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

/** Of a stored image, with the zeros that a convolution of these widths and strides reads. */
export function padded(
  tf: TensorFlow,
  x: NativeTensor,
  widths: readonly number[],
  strides: readonly number[],
): NativeTensor {
  const pads = paddingOf(widths, strides);
  return pads.every(([before, after]) => before + after === 0) ? x : tf.pad(x, [[0, 0], ...pads, [0, 0]]);
}

/** Zeros before and after each axis; at stride 2 what lies after an even end is not read. */
function paddingOf(widths: readonly number[], strides: readonly number[]): Array<[number, number]> {
  return widths.map((width, axis) => (width === 1 ? [0, 0] : [1, strides[axis] === 1 ? 1 : 0]));
}

function widthsOf(w: NativeTensor): number[] {
  return w.shape.slice(1, -1);
}

export function isStrided(strides: readonly number[]): boolean {
  return strides.some((stride) => stride > 1);
}
