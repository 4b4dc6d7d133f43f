import { product } from '../../base/numbers';
import { range } from '../builder';
import type { OnnxEmitter, Tensor } from '../onnx/emitter';
import type { Attributes } from '../ops';
import { columns, convolve, everyStride, isStrided, productOverItems, turned } from './kernels';

/** Up to so many values around a position are gathered for the gradient of a weight: 3 channels in 2D, 1 in 3D. */
const MOST_PATCH_VALUES = 27;

/**
 * The gradient of a convolution's weight for ONNX Runtime's CPU kernels,
 *   dw[co, ci, k] = sum over n and positions s of dy[n, co, s] x[n, ci, stride s + k - pad].
 */
export function weightGradient(
  emit: OnnxEmitter,
  x: Tensor,
  dy: Tensor,
  { strides, widths }: Attributes['convWeightGradient'],
): Tensor {
  if (widths.every((width) => width === 1)) return weight1(emit, everyStride(emit, x, strides), dy);
  if (x.shape[1] * product(widths) <= MOST_PATCH_VALUES) return weightOfPatches(emit, x, dy, { strides, widths });
  if (widths.length === 2) return weightOfPlanes(emit, x, dy, strides);
  const plane = strides.slice(1);
  if (widths[0] === 1) return weightOfPlanes(emit, everyStride(emit, x, [strides[0], 1, 1]), dy, plane);
  return weight3in3D(emit, x, dy, strides);
}

/** dw[co, ci] = sum over items and positions of dy[co] x[ci]. */
function weight1(emit: OnnxEmitter, x: Tensor, dy: Tensor): Tensor {
  const [co, ci] = [dy.shape[1], x.shape[1]];
  return productOverItems(emit, columns(emit, dy), columns(emit, x), [co, ci, ...x.shape.slice(2).map(() => 1)]);
}

/**
 * With few input channels each position's surroundings, as channels, take little memory, and
 *   dw[co, (ci, k)] = sum over items and positions of dy[co] x[(ci, k)].
 * A convolution by the unit matrix gathers them.
 */
function weightOfPatches(
  emit: OnnxEmitter,
  x: Tensor,
  dy: Tensor,
  { strides, widths }: Attributes['convWeightGradient'],
): Tensor {
  const ci = x.shape[1];
  const values = ci * product(widths);
  const unit = new Float32Array(values * values);
  for (let i = 0; i < values; i++) unit[i * values + i] = 1;
  const patches = convolve(emit, x, emit.floats(unit, [values, ci, ...widths]), strides);
  return productOverItems(emit, columns(emit, dy), columns(emit, patches), [dy.shape[1], ci, ...widths]);
}

/**
 * In 2D, and in 3D for kernels that are 1 wide along z, written as a convolution whose kernel is dy: (y, x, ci) lie on its
 * three spatial axes and n, with z, on its channels, so that the inner matrix product is co by 9 ci; with the axes the
 * obvious way round it is 9 columns wide and 3 times slower. Gathering those columns costs less where they are fewer: with
 * more input than output channels x is the kernel, and the result runs backwards.
 */
function weightOfPlanes(emit: OnnxEmitter, x: Tensor, dy: Tensor, strides: readonly number[]): Tensor {
  const [ci, co] = [x.shape[1], dy.shape[1]];
  if (!isStrided(strides) && ci > co) return turned(emit, weightOfPlanes(emit, dy, x, strides));
  const flat = x.shape.length === 4;
  const planes = flat ? x.shape[0] : x.shape[0] * x.shape[2];
  const last = emit.transpose(x, flat ? [0, 2, 3, 1] : [0, 2, 3, 4, 1]);
  const image = emit.reshape(last, [1, planes, ...x.shape.slice(-2), ci]);
  const kernel = emit.reshape(emit.transpose(dy, [1, 0, ...range(2, dy.shape.length)]), [
    co,
    planes,
    ...dy.shape.slice(-2),
    1,
  ]);
  const dw = crossCorrelate(emit, image, kernel, strides);
  const ordered = emit.transpose(emit.reshape(dw, [co, 3, 3, ci]), [0, 3, 1, 2]);
  return flat ? ordered : emit.reshape(ordered, [co, ci, 1, 3, 3]);
}

/**
 * As in 2D with n and z together on the channels; the three shifts along z are stacked on dy's channels. Where x is the
 * kernel, three such products take as long and need no copy of x for each shift.
 */
function weight3in3D(emit: OnnxEmitter, x: Tensor, dy: Tensor, strides: readonly number[]): Tensor {
  const [n, ci, depth, height, width] = x.shape;
  const [, co, oz, oy, ox] = dy.shape;
  if (!isStrided(strides) && ci > co) return turned(emit, weight3byShifts(emit, dy, x));
  const planes = emit.transpose(x, [0, 2, 3, 4, 1]);
  const kernel = emit.transpose(dy, [1, 0, 2, 3, 4]);
  const plane = strides.slice(1);
  let dw: Tensor;
  if (strides[0] === 1) {
    const image = emit.reshape(planes, [1, n * depth, height, width, ci]);
    const shifts = [-1, 0, 1].map((by) => emit.pad(kernel, [0, 0, by, 0, 0], [0, 0, -by, 0, 0]));
    dw = crossCorrelate(emit, image, emit.reshape(emit.concat(shifts, 0), [3 * co, n * oz, oy, ox, 1]), plane);
  } else {
    const padded = emit.pad(planes, [0, 1, 0, 0, 0], [0, 1, 0, 0, 0]);
    const kernelPlanes = emit.reshape(kernel, [co, n * oz, oy, ox, 1]);
    const shifts = [0, 1, 2].map((start) => {
      const second = emit.slice(padded, [1], [start], [start + depth], [2]);
      return crossCorrelate(emit, emit.reshape(second, [1, n * oz, height, width, ci]), kernelPlanes, plane);
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
    return crossCorrelate(emit, emit.reshape(moved, [1, n * depth, height, width, ci]), kernel, [1, 1]);
  });
  return emit.transpose(emit.reshape(emit.concat(shifts, 0), [3, co, 3, 3, ci]), [1, 4, 0, 2, 3]);
}

/** image (1, k, y, x, ci) with kernel (m, k, oy, ox, 1), padded by 1 in y and x: (1, m, 3, 3, ci). */
function crossCorrelate(emit: OnnxEmitter, image: Tensor, kernel: Tensor, strides: readonly number[]): Tensor {
  const [m, , oy, ox] = kernel.shape;
  // at stride 2 the last position that dy reads lies one before the end, so nothing is padded there
  const after = strides.map((stride) => (stride === 1 ? 1 : 0));
  return emit.op('Conv', [image, kernel], [1, m, 3, 3, image.shape[4]], {
    kernel_shape: [oy, ox, 1],
    pads: [1, 1, 0, ...after, 0],
    dilations: [...strides, 1],
  });
}
