import { product } from '../../base/numbers';
import type { OnnxEmitter, Tensor } from '../onnx/emitter';
import { gradientBySign } from './elementwise';
import type { Lowerings } from './types';

/**
 * Orders the work so that less is kept at a time: a weight's gradient comes before the input's, so that the input can go,
 * and the signs for a leaky ReLU's gradient are not taken before they are needed. ONNX Runtime would do all of the one
 * at the end and all of the other at the beginning.
 */
export function keepLittle(lowerings: Lowerings): Lowerings {
  return {
    ...lowerings,
    convInputGradient: (emit, node, [dy, w, dw]) =>
      lowerings.convInputGradient(emit, node, [dy, dw ? after(emit, w, dw) : w]),
    upConvInputGradient: (emit, node, [dy, w, dw]) =>
      lowerings.upConvInputGradient(emit, node, [dy, dw ? after(emit, w, dw) : w]),
    leakyReluGradient: (emit, { attributes }, [dy, y]) => {
      const first = emit.slice(flat(emit, dy), [0], [0], [1]);
      return gradientBySign(emit, dy, y, attributes.slope, (huge) => after(emit, huge, first));
    },
  };
}

/** x, not before the other is there: a cut of both joined, as ONNX knows no order but that of values. */
function after(emit: OnnxEmitter, x: Tensor, other: Tensor): Tensor {
  const values = flat(emit, x);
  return emit.reshape(emit.slice(emit.concat([values, flat(emit, other)], 0), [0], [0], [values.shape[0]]), x.shape);
}

function flat(emit: OnnxEmitter, x: Tensor): Tensor {
  return emit.reshape(x, [product(x.shape)]);
}
