import { InvalidInputError } from '../../base/errors';
import { blockedLowerings } from '../../graph/lowering/blocked';
import { PLANE_LOWERINGS } from '../../graph/lowering/planes';
import { CPU_LOWERINGS } from '../../graph/lowering/tables';
import type { Backend } from '../engine';
import { channelBlock } from './channel-block';
import { OnnxEngine, type OnnxForm } from './engine';
import { requireOnnxRuntime } from './session';

/** @param block of the runtime's blocked convolution; null where it has none */
function formOf(block: number | null): OnnxForm {
  const lowerings = block === null ? CPU_LOWERINGS : blockedLowerings(block);
  return {
    device: 'cpu',
    session: { provider: 'cpu' },
    training: { lowerings, stepsAtOnce: 1, stateStays: false, divides: true },
    prediction: {
      // ONNX Runtime has the blocked convolution that this form is made for on x64 only
      lowerings: ({ dimensions }) => (dimensions === 3 && process.arch === 'x64' ? PLANE_LOWERINGS : null),
      together: false,
    },
  };
}

/** ONNX Runtime's own kernels: always there, float32 only. */
export const onnxOnCpu: Backend = {
  engine: 'onnx',
  device: 'cpu',
  /** @throws InvalidInputError for another precision than float32; EngineUnavailableError */
  open: async ({ threads, precision }) => {
    if (precision !== 'float32') throw new InvalidInputError('precision', 'float32 on the CPU', precision);
    requireOnnxRuntime('cpu');
    return new OnnxEngine(formOf(await channelBlock()), threads);
  },
};
