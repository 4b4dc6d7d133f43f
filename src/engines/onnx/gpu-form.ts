import { GPU_LOWERINGS } from '../../graph/lowering/gpu';
import { GPU_PREDICTION_LOWERINGS, HALF_PREDICTION_LOWERINGS } from '../../graph/lowering/gpu-prediction';
import type { Lowerings } from '../../graph/lowering/types';
import type { Precision } from '../engine';
import type { OnnxForm } from './engine';

export function predictionLowerings(precision: Precision): Lowerings {
  return precision === 'float16' ? HALF_PREDICTION_LOWERINGS : GPU_PREDICTION_LOWERINGS;
}

/** How graphs are written for a GPU at a precision. */
export function gpuForm(
  device: 'cuda' | 'webgpu',
  precision: Precision,
  training: { stepsAtOnce: number; stateStays: boolean },
  strict: boolean,
): OnnxForm {
  return {
    device,
    session: { provider: device, strict },
    // float16 is for predictions
    training: { ...training, lowerings: precision === 'float16' ? null : GPU_LOWERINGS },
    prediction: { lowerings: () => predictionLowerings(precision), together: true },
  };
}
