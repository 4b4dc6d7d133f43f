import { ELEMENTWISE_LOWERINGS } from './elementwise';
import { GPU_CONVOLUTION } from './gpu-convolution';
import { GPU_NORMALISATION } from './gpu-normalisation';
import { sumOver } from './gpu-sums';
import type { Lowerings } from './types';

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
