import { messageOf } from '../../base/errors';
import { GPU_LOWERINGS, GPU_PREDICTION_LOWERINGS, HALF_PREDICTION_LOWERINGS } from '../../graph/lowering/tables';
import type { BackendOptions } from '../engine';
import type { EngineUnavailableError } from '../unavailable';
import { OnnxEngine } from './engine';
import { probeDevice } from './probe';
import type { TrainingForm } from './training';

/** What is particular to one kind of GPU. */
export interface GpuKind {
  device: 'cuda' | 'webgpu';
  /** no operator of our graphs may run on the CPU */
  strict: boolean;
  training: Omit<TrainingForm, 'lowerings'>;
  /** What is the matter where it does not work, by what ONNX Runtime said. */
  unavailable: (reason: string, cause: unknown) => EngineUnavailableError;
}

/**
 * A GPU with graphs written for it. Computes a little, which shows whether it is there and works.
 * @throws EngineUnavailableError
 */
export async function openGpu(
  { device, strict, training, unavailable }: GpuKind,
  { threads, precision }: BackendOptions,
): Promise<OnnxEngine> {
  const lowerings = precision === 'float16' ? HALF_PREDICTION_LOWERINGS : GPU_PREDICTION_LOWERINGS;
  const form = {
    device,
    session: { provider: device, strict },
    // float16 is for predictions
    training: { ...training, lowerings: precision === 'float16' ? null : GPU_LOWERINGS },
    prediction: { lowerings: () => lowerings, together: true },
  };
  const engine = new OnnxEngine(form, threads);
  try {
    await probeDevice(engine.settings, lowerings);
  } catch (cause) {
    throw unavailable(messageOf(cause), cause);
  }
  return engine;
}
