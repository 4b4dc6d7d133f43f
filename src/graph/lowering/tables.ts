import { internal } from '../builder';
import type { OnnxEmitter, Tensor } from '../onnx/emitter';
import type { Node } from '../ops';
import { withAffine } from './affine';
import { CPU_CONVOLUTION } from './convolution';
import { ELEMENTWISE_LOWERINGS } from './elementwise';
import { GPU_CONVOLUTION } from './gpu-convolution';
import { GPU_NORMALISATION, sumOver } from './gpu-normalisation';
import { CPU_NORMALISATION } from './normalisation';
import { keepLittle } from './order';
import type { Lowerings } from './types';

/** A training step for ONNX Runtime's CPU kernels. */
export const CPU_LOWERINGS: Lowerings = keepLittle(
  withAffine({ ...ELEMENTWISE_LOWERINGS, ...CPU_CONVOLUTION, ...CPU_NORMALISATION }),
);

/**
 * A training step for ONNX Runtime's GPU kernels, and predictions of images of a size known beforehand. Every operator
 * is one that its WebGPU provider has (1.30: no `FusedMatMul`, no `SpaceToDepth`, no 3D `ConvTranspose`).
 */
export const GPU_LOWERINGS: Lowerings = {
  ...ELEMENTWISE_LOWERINGS,
  ...GPU_CONVOLUTION,
  ...GPU_NORMALISATION,
  sum: (emit, { attributes }, [x]) => sumOver(emit, x, attributes.axes),
};

const gradientOnly = (_: unknown, node: Node): never => {
  throw internal(`${node.op} does not occur in a prediction`);
};

/** Forward passes only, in standard operators that name no sizes: models that run at any image size, anywhere. */
export const PREDICTION_LOWERINGS: Lowerings = {
  ...ELEMENTWISE_LOWERINGS,
  conv: CPU_CONVOLUTION.conv,
  upConv: (emit, { shape }, [x, w]) => {
    const widths = w.shape.slice(2);
    return emit.op('ConvTranspose', [x, w], shape, { kernel_shape: widths, strides: widths });
  },
  instanceNorm: (emit, { attributes }, [x, scale, shift]) =>
    emit.op('InstanceNormalization', [x, scale, shift], x.shape, { epsilon: { float: attributes.epsilon } }),
  convInputGradient: gradientOnly,
  convWeightGradient: gradientOnly,
  upConvInputGradient: gradientOnly,
  upConvWeightGradient: gradientOnly,
  instanceNormInputGradient: gradientOnly,
  instanceNormScaleGradient: gradientOnly,
};

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
