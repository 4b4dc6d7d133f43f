import { withAffine } from './affine';
import { CPU_CONVOLUTION } from './convolution';
import { ELEMENTWISE_LOWERINGS } from './elementwise';
import { CPU_NORMALISATION } from './normalisation';
import { keepLittle } from './order';
import type { Lowerings } from './types';

/** A training step for ONNX Runtime's CPU kernels. */
export const CPU_LOWERINGS: Lowerings = keepLittle(
  withAffine({ ...ELEMENTWISE_LOWERINGS, ...CPU_CONVOLUTION, ...CPU_NORMALISATION }),
);
