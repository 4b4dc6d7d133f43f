import { InvalidInputError } from '../../base/errors';
import { GPU_LOWERINGS } from '../../graph/lowering/gpu';
import { GPU_PREDICTION_LOWERINGS, HALF_PREDICTION_LOWERINGS } from '../../graph/lowering/gpu-prediction';
import type { Backend, Precision } from '../engine';
import { EngineUnavailableError } from '../unavailable';
import { OnnxEngine, type OnnxForm } from './engine';
import { probeDevice } from './probe';

const WEBGPU = { engine: 'onnx', device: 'webgpu' } as const;

/** What ONNX Runtime (1.30) says where no driver offers an adapter. */
const NO_ADAPTER = /failed to get a webgpu adapter|no supported adapters|webgpu.*(not supported|not available)/i;

const DRIVER_REMEDY = {
  linux: 'install the Vulkan loader (libvulkan1 or vulkan-loader) and the Vulkan driver of the GPU',
  win32: "install the GPU's driver, with Direct3D 12",
  other: "install the GPU's driver",
};

/**
 * ONNX Runtime on any GPU with a driver for Vulkan, Metal or Direct3D 12. Opening it computes a little, so that a device
 * that is found and does not compute is `broken`. Where there is no adapter, ONNX Runtime throws within a tenth of a
 * second and the process goes on; a driver may crash it all the same, so it is best tried in a child process. Software
 * adapters count as devices: ONNX Runtime does not name its adapter, only its speed tells.
 */
export const onnxOnWebGpu: Backend = {
  ...WEBGPU,
  /** @throws InvalidInputError for tf32; EngineUnavailableError */
  open: async ({ threads, precision }) => {
    if (precision === 'tf32') throw new InvalidInputError('precision', 'float32 or float16 on WebGPU', precision);
    const engine = new OnnxEngine(formOf(precision), threads);
    try {
      await probeDevice(engine.settings, predictionLowerings(precision));
    } catch (cause) {
      throw unavailable((cause as Error).message, precision, cause);
    }
    return engine;
  },
};

function formOf(precision: Precision): OnnxForm {
  return {
    device: 'webgpu',
    session: { provider: 'webgpu', strict: true },
    training: {
      // float16 is for predictions
      lowerings: precision === 'float32' ? GPU_LOWERINGS : null,
      stepsAtOnce: 1,
      stateStays: true,
    },
    prediction: { lowerings: () => predictionLowerings(precision), together: true },
  };
}

function predictionLowerings(precision: Precision) {
  return precision === 'float16' ? HALF_PREDICTION_LOWERINGS : GPU_PREDICTION_LOWERINGS;
}

function unavailable(reason: string, precision: Precision, cause: unknown): EngineUnavailableError {
  if (NO_ADAPTER.test(reason)) {
    const { linux, win32, other } = DRIVER_REMEDY;
    const remedy = process.platform === 'linux' ? linux : process.platform === 'win32' ? win32 : other;
    return new EngineUnavailableError(WEBGPU, 'absent', 'no GPU with a working driver was found', remedy, { cause });
  }
  const remedy = precision === 'float16' ? 'try the precision float32' : "update the GPU's driver";
  return new EngineUnavailableError(WEBGPU, 'broken', reason, remedy, { cause });
}
