import type { OnnxEmitter, Tensor } from '../onnx/emitter';
import type { Attribute } from '../onnx/model';

/** Where a 2D convolution reads: `pads` are those before y and x, then those behind. */
export interface Placement {
  strides?: [number, number];
  dilations?: [number, number];
  pads: [number, number, number, number];
}

/** How images [n, c, y, x] lie in memory while they are convolved. */
export interface MapLayout {
  /** so many channels lie beside each other at every position */
  readonly block: number;
  enter(emit: OnnxEmitter, x: Tensor): Tensor;
  leave(emit: OnnxEmitter, x: Tensor): Tensor;
  /** Convolves x by w [co, ci, y, x], and adds `sum`; all but w are in this layout. */
  convolve(emit: OnnxEmitter, x: Tensor, w: Tensor, placement: Placement, sum?: Tensor): Tensor;
}

/** Images as ONNX has them. */
export const PLAIN_LAYOUT: MapLayout = {
  block: 1,
  enter: (_, x) => x,
  leave: (_, x) => x,
  convolve: (emit, x, w, placement, sum) => {
    const y = emit.op('Conv', [x, w], convolvedShape(x, w, placement), attributesOf(w, placement));
    return sum ? emit.elementwise('Add', sum, y) : y;
  },
};

/** Operators that ONNX Runtime otherwise only puts into a graph itself. */
export const BLOCKED_DOMAIN = 'com.microsoft.nchwc';

/**
 * Blocks of channels beside each other, as ONNX Runtime's quickest kernels for x64 processors want them (8 channels
 * with AVX2, 16 with AVX-512). It writes convolutions by constants that way itself; the weights of a training are none.
 * Channels must be multiples of the block.
 */
export function blockedLayout(block: number): MapLayout {
  return {
    block,
    enter: (emit, x) => emit.op('ReorderInput', [x], x.shape, { channels_last: 0 }, BLOCKED_DOMAIN),
    leave: (emit, x) => {
      return emit.op('ReorderOutput', [x], x.shape, { channels: x.shape[1], channels_last: 0 }, BLOCKED_DOMAIN);
    },
    convolve: (emit, x, w, placement, sum) => {
      const [co, ci, height, width] = w.shape;
      // [co / block, ci / block, y, x, block of ci, block of co]
      const cut = emit.reshape(w, [co / block, block, ci / block, block, height * width]);
      const kernel = emit.reshape(emit.transpose(cut, [0, 2, 4, 3, 1]), w.shape);
      // without a bias, which comes before the sum, the sum cannot be given
      const inputs = sum ? [x, kernel, emit.floats(new Float32Array(co), [co]), sum] : [x, kernel];
      const attributes = { ...attributesOf(w, placement), group: 1 };
      return emit.op('Conv', inputs, convolvedShape(x, w, placement), attributes, BLOCKED_DOMAIN);
    },
  };
}

function attributesOf(w: Tensor, { strides, dilations, pads }: Placement): Record<string, Attribute> {
  return { kernel_shape: w.shape.slice(2), strides: strides ?? [1, 1], dilations: dilations ?? [1, 1], pads };
}

function convolvedShape(x: Tensor, w: Tensor, { strides, dilations, pads }: Placement): number[] {
  const size = [0, 1].map((axis) => {
    const reach = (w.shape[2 + axis] - 1) * (dilations?.[axis] ?? 1);
    return Math.floor((x.shape[2 + axis] + pads[axis] + pads[2 + axis] - reach - 1) / (strides?.[axis] ?? 1)) + 1;
  });
  return [x.shape[0], w.shape[0], ...size];
}
