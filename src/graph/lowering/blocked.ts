import type { OnnxEmitter, Tensor } from '../onnx/emitter';
import { isPoint, isStrided, turned } from './kernels';
import { blockedLayout, type MapLayout, type Placement } from './map-layout';
import { keepLittle } from './order';
import { convolvePlanes, fitsPlanes } from './planes';
import { CPU_LOWERINGS } from './tables';
import type { Lowerings } from './types';

/**
 * A training step for x64 processors: convolutions of width 3, and their input gradients at stride 1, in blocks of
 * channels, which takes three quarters of the time.
 * @param block channels a block of ONNX Runtime's kernels, 8 or 16; what does not divide by it is left as it is
 */
export function blockedLowerings(block: number): Lowerings {
  const layout = blockedLayout(block);
  const fits = (w: Tensor, strides: readonly number[]) =>
    !isPoint(w) &&
    w.shape[0] % block === 0 &&
    w.shape[1] % block === 0 &&
    (strides.length === 2 || fitsPlanes(strides));
  return keepLittle({
    ...CPU_LOWERINGS,
    conv: (emit, node, [x, w]) => {
      const { strides } = node.attributes;
      return fits(w, strides) ? convolveIn(emit, layout, x, w, strides) : CPU_LOWERINGS.conv(emit, node, [x, w]);
    },
    convInputGradient: (emit, node, [dy, w]) => {
      const { strides } = node.attributes;
      return fits(w, strides) && !isStrided(strides)
        ? convolveIn(emit, layout, dy, turned(emit, w), strides)
        : CPU_LOWERINGS.convInputGradient(emit, node, [dy, w]);
    },
  });
}

function convolveIn(emit: OnnxEmitter, layout: MapLayout, x: Tensor, w: Tensor, strides: readonly number[]): Tensor {
  if (x.shape.length === 5) return convolvePlanes(emit, layout, x, w, strides);
  const [sy, sx] = strides;
  const placement: Placement = { strides: [sy, sx], pads: [1, 1, sy === 1 ? 1 : 0, sx === 1 ? 1 : 0] };
  return layout.leave(emit, layout.convolve(emit, layout.enter(emit, x), w, placement));
}
