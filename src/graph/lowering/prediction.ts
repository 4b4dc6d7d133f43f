import { internal } from '../builder';
import type { Node } from '../ops';
import { CPU_CONVOLUTION } from './convolution';
import { ELEMENTWISE_LOWERINGS } from './elementwise';
import type { Lowerings } from './types';

const gradientOnly = (_: unknown, node: Node): never => {
  throw internal(`${node.op} does not occur in a prediction`);
};

/** Forward passes only, in standard operators that name no sizes: models that run at any image size, anywhere. */
export const PREDICTION_LOWERINGS: Lowerings = {
  ...ELEMENTWISE_LOWERINGS,
  conv: CPU_CONVOLUTION.conv,
  upConv: (emit, { shape }, [x, w]) => {
    const two = shape.slice(2).map(() => 2);
    return emit.op('ConvTranspose', [x, w], shape, { kernel_shape: two, strides: two });
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
