import type { OnnxEmitter, Tensor } from '../onnx/emitter';
import { GPU_LOWERINGS } from './gpu';
import { PREDICTION_LOWERINGS } from './prediction';
import type { Lowerings } from './types';

/** Predictions on a GPU, of images of a size known beforehand. */
export const GPU_PREDICTION_LOWERINGS: Lowerings = {
  ...GPU_LOWERINGS,
  // needs no moments for a gradient: one kernel for them, one to apply them
  instanceNorm: PREDICTION_LOWERINGS.instanceNorm,
};

/**
 * The same with weights and feature maps in float16, which GPUs compute up to twice as fast and move twice as fast.
 * Instance norm adds up too many values for float16's 11 bits, and the sigmoid's result is what is blended and
 * thresholded: both stay in float32, as do the graph's inputs and outputs.
 */
export const HALF_PREDICTION_LOWERINGS: Lowerings = {
  ...GPU_PREDICTION_LOWERINGS,
  input: (emit, node, inputs) => half(emit, GPU_PREDICTION_LOWERINGS.input(emit, node, inputs)),
  constant: (emit, node, inputs) => half(emit, GPU_PREDICTION_LOWERINGS.constant(emit, node, inputs)),
  instanceNorm: (emit, node, inputs) =>
    half(
      emit,
      GPU_PREDICTION_LOWERINGS.instanceNorm(
        emit,
        node,
        inputs.map((x) => single(emit, x)),
      ),
    ),
  sigmoid: (emit, node, [x]) => GPU_PREDICTION_LOWERINGS.sigmoid(emit, node, [single(emit, x)]),
};

/** Numbers of ONNX's element types. */
const FLOAT = 1;
const FLOAT16 = 10;

function half(emit: OnnxEmitter, x: Tensor): Tensor {
  return emit.op('Cast', [x], x.shape, { to: FLOAT16 });
}

function single(emit: OnnxEmitter, x: Tensor): Tensor {
  return emit.op('Cast', [x], x.shape, { to: FLOAT });
}
