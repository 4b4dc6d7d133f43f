import type { OnnxEmitter, Tensor } from '../onnx/emitter';
import { flipped } from './convolution';
import { blockedLayout, type MapLayout, type Placement } from './map-layout';
import { keepLittle } from './order';
import { convolvePlanes } from './planes';
import { CPU_LOWERINGS } from './tables';
import type { Lowerings } from './types';

/**
 * A training step for x64 processors: convolutions of width 3, and their input gradients at stride 1, in blocks of
 * channels, which takes three quarters of the time.
 * @param block channels a block of ONNX Runtime's kernels, 8 or 16; what does not divide by it is left as it is
 */
export function blockedLowerings(block: number): Lowerings {
  const layout = blockedLayout(block);
  const fits = (w: Tensor) => w.shape[2] === 3 && w.shape[0] % block === 0 && w.shape[1] % block === 0;
  return keepLittle({
    ...CPU_LOWERINGS,
    conv: (emit, node, [x, w]) =>
      fits(w) ? convolveIn(emit, layout, x, w, node.attributes.stride) : CPU_LOWERINGS.conv(emit, node, [x, w]),
    convInputGradient: (emit, node, [dy, w]) =>
      fits(w) && node.attributes.stride === 1
        ? convolveIn(emit, layout, dy, flipped(emit, w), 1)
        : CPU_LOWERINGS.convInputGradient(emit, node, [dy, w]),
  });
}

function convolveIn(emit: OnnxEmitter, layout: MapLayout, x: Tensor, w: Tensor, stride: 1 | 2): Tensor {
  if (x.shape.length === 5) return convolvePlanes(emit, layout, x, w, stride);
  const placement: Placement = { strides: [stride, stride], pads: stride === 1 ? [1, 1, 1, 1] : [1, 1, 0, 0] };
  return layout.leave(emit, layout.convolve(emit, layout.enter(emit, x), w, placement));
}
