import { range } from '../builder';
import type { OnnxEmitter, Tensor } from '../onnx/emitter';
import { upConvolve } from './convolution';
import { convolve, isPoint } from './kernels';
import { type MapLayout, PLAIN_LAYOUT } from './map-layout';
import { PREDICTION_LOWERINGS } from './tables';
import type { Lowerings } from './types';

/**
 * 3D predictions of images of a size known beforehand, written as 2D operators: ONNX Runtime's blocked 2D convolution
 * for x64 computes 1.6 times as fast as its 3D one.
 */
export const PLANE_LOWERINGS: Lowerings = {
  ...PREDICTION_LOWERINGS,
  conv: (emit, node, [x, w]) => {
    const { strides } = node.attributes;
    const asPlanes = w.shape.length === 5 && !isPoint(w) && fitsPlanes(strides);
    return asPlanes ? convolvePlanes(emit, PLAIN_LAYOUT, x, w, strides) : convolve(emit, x, w, strides);
  },
  upConv: (emit, { shape }, [x, w]) => upConvolve(emit, x, w, shape),
};

/** Whether {@link convolvePlanes} knows the strides: those along z only where y and x have them as well. */
export function fitsPlanes([sz, sy, sx]: readonly number[]): boolean {
  return sz === 1 || (sy === 2 && sx === 2);
}

/** A 3D convolution, 3 wide along y and x and 1 or 3 along z, as 2D convolutions in some layout. */
export function convolvePlanes(
  emit: OnnxEmitter,
  layout: MapLayout,
  x: Tensor,
  w: Tensor,
  strides: readonly number[],
): Tensor {
  const [sz, sy, sx] = strides;
  if (sz === 1) return convolveStacked(emit, layout, x, w, [sy, sx]);
  if (w.shape[2] === 3) return convolveEverySecond(emit, layout, x, w);
  const [n, c, depth, height, width] = x.shape;
  const pairs = emit.reshape(x, [n, c, depth / 2, 2, height * width]);
  const even = emit.reshape(emit.slice(pairs, [3], [0], [1]), [n, c, depth / 2, height, width]);
  return convolveStacked(emit, layout, even, w, [sy, sx]);
}

/**
 * The planes of x lie below each other with a row of zeros after each, in an image of z (height + 1) rows. Then
 *   y[z, y, x] = sum over ky of a 2D convolution by w[:, :, :, ky, :],
 * whose kernel's rows (kz) are a plane and a row apart, moved by ky - 1 rows; a kernel of one plane is a 2D kernel as it is.
 * At stride 2 along y two rows of zeros come after each plane, so that each begins at an even one. ONNX Runtime adds each
 * convolution to the one before while it computes. Tensors joined along the channels are convolved each on its own: that
 * saves joining.
 */
function convolveStacked(
  emit: OnnxEmitter,
  layout: MapLayout,
  x: Tensor,
  w: Tensor,
  strides: [number, number],
): Tensor {
  const [n, , depth, height, width] = x.shape;
  const [sy, sx] = strides;
  const co = w.shape[0];
  const rows = height + sy;
  const right = sx === 1 ? 1 : 0;
  let sum: Tensor | undefined;
  let channel = 0;
  const separable = x.parts?.every((part) => part.shape[1] % layout.block === 0);
  for (const part of separable && x.parts ? x.parts : [x]) {
    const ci = part.shape[1];
    const padded = emit.pad(part, [0, 0, 0, 0, 0], [0, 0, 0, sy, 0]);
    const image = layout.enter(emit, emit.reshape(padded, [n, ci, depth * rows, width]));
    if (w.shape[2] === 1) {
      const cut = emit.slice(w, [1], [channel], [channel + ci]);
      const bottom = sy === 1 ? 1 : 0;
      const placement = { strides, pads: [1, 1, bottom, right] as [number, number, number, number] };
      sum = layout.convolve(emit, image, emit.reshape(cut, [co, ci, 3, 3]), placement, sum);
    } else {
      for (const ky of range(0, 3)) {
        const cut = emit.slice(w, [1, 3], [channel, ky], [channel + ci, ky + 1]);
        const kernel = emit.reshape(cut, [co, ci, 3, 3]);
        const by = ky - 1;
        const dilations: [number, number] = [rows, 1];
        sum = layout.convolve(emit, image, kernel, { strides, dilations, pads: [rows - by, 1, rows + by, right] }, sum);
      }
    }
    channel += ci;
  }
  const size = [height / sy, width / sx];
  const planes = emit.reshape(layout.leave(emit, sum as Tensor), [n, co, depth, rows / sy, size[1]]);
  return emit.slice(planes, [3], [0], [size[0]]);
}

/**
 * Stride 2, on sizes that are even. The even and the odd planes of x lie below each other in an image each, with two
 * rows of zeros after each plane, so that the rows that a plane of y reads begin at an even one. Plane z of y is the
 * sum of 2D convolutions of stride 2: of even plane z by w[:, :, 1], of odd plane z by w[:, :, 2] and of the odd plane
 * before by w[:, :, 0], which is computed in place and moved on by a plane.
 */
function convolveEverySecond(emit: OnnxEmitter, layout: MapLayout, x: Tensor, w: Tensor): Tensor {
  const [n, ci, depth, height, width] = x.shape;
  const co = w.shape[0];
  const half = { depth: depth / 2, height: height / 2, width: width / 2 };
  const pairs = emit.reshape(x, [n, ci, half.depth, 2, height, width]);
  const [even, odd] = [0, 1].map((parity) => {
    const planes = emit.pad(pairs, [0, 0, 0, -parity, 0, 0], [0, 0, 0, parity - 1, 2, 0]);
    return layout.enter(emit, emit.reshape(planes, [n, ci, half.depth * (height + 2), width]));
  });
  const convolved = (image: Tensor, kz: number, sum?: Tensor) => {
    const kernel = emit.reshape(emit.slice(w, [2], [kz], [kz + 1]), [co, ci, 3, 3]);
    return layout.convolve(emit, image, kernel, { strides: [2, 2], pads: [1, 1, 0, 0] }, sum);
  };
  const rows = half.height + 1;
  const before = convolved(odd, 0);
  const { block } = layout;
  const inBlocks = emit.reshape(before, [n, co / block, half.depth * rows, half.width * block]);
  const moved = emit.reshape(emit.pad(inBlocks, [0, 0, rows, 0], [0, 0, -rows, 0]), before.shape);
  const sum = convolved(even, 1, convolved(odd, 2, moved));
  const planes = emit.reshape(layout.leave(emit, sum), [n, co, half.depth, rows, half.width]);
  return emit.slice(planes, [3], [0], [half.height]);
}
