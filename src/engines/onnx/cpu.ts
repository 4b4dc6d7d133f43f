import { InvalidInputError } from '../../base/errors';
import { CPU_LOWERINGS } from '../../graph/lowering/cpu';
import { PLANE_LOWERINGS } from '../../graph/lowering/planes';
import type { Backend } from '../engine';
import { OnnxEngine, type OnnxForm } from './engine';

const FORM: OnnxForm = {
  device: 'cpu',
  session: { provider: 'cpu' },
  training: { lowerings: CPU_LOWERINGS, stepsAtOnce: 1, stateStays: false },
  prediction: {
    // ONNX Runtime has the blocked convolution that this form is made for on x64 only
    lowerings: ({ dimensions }) => (dimensions === 3 && process.arch === 'x64' ? PLANE_LOWERINGS : null),
    together: false,
  },
};

/** ONNX Runtime's own kernels: always there, float32 only. */
export const onnxOnCpu: Backend = {
  engine: 'onnx',
  device: 'cpu',
  /** @throws InvalidInputError for another precision than float32 */
  open: async ({ threads, precision }) => {
    if (precision !== 'float32') throw new InvalidInputError('precision', 'float32 on the CPU', precision);
    return new OnnxEngine(FORM, threads);
  },
};
