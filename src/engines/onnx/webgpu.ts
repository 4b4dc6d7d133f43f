import { InvalidInputError } from '../../base/errors';
import type { Backend } from '../engine';
import { EngineUnavailableError } from '../unavailable';
import { type GpuKind, openGpu } from './gpu-engine';
import { requireOnnxRuntime } from './session';

const WEBGPU = { engine: 'onnx', device: 'webgpu' } as const;

/** What ONNX Runtime (1.30) says where no driver offers an adapter. */
function saysNoAdapter(reason: string): boolean {
  const text = reason.toLowerCase();
  if (text.includes('failed to get a webgpu adapter') || text.includes('no supported adapters')) return true;
  return text.includes('webgpu') && (text.includes('not supported') || text.includes('not available'));
}

const DRIVER_REMEDY = {
  linux: 'install the Vulkan loader (libvulkan1 or vulkan-loader) and the Vulkan driver of the GPU',
  win32: "install the GPU's driver, with Direct3D 12",
  other: "install the GPU's driver",
};

const KIND: GpuKind = {
  device: 'webgpu',
  strict: true,
  training: { stepsAtOnce: 1, stateStays: true, divides: false },
  unavailable,
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
  open: async (options) => {
    const { precision } = options;
    if (precision === 'tf32') throw new InvalidInputError('precision', 'float32 or float16 on WebGPU', precision);
    requireOnnxRuntime('webgpu');
    return openGpu(KIND, options);
  },
};

function unavailable(reason: string, cause: unknown): EngineUnavailableError {
  if (saysNoAdapter(reason)) {
    const { linux, win32, other } = DRIVER_REMEDY;
    const remedy = process.platform === 'linux' ? linux : process.platform === 'win32' ? win32 : other;
    return new EngineUnavailableError(WEBGPU, 'absent', 'no GPU with a working driver was found', remedy, { cause });
  }
  if (/requires f16/.test(reason)) {
    const remedy = 'choose the precision float32';
    return new EngineUnavailableError(WEBGPU, 'absent', 'this GPU or its driver has no float16', remedy, { cause });
  }
  return new EngineUnavailableError(WEBGPU, 'broken', reason, "update the GPU's driver", { cause });
}
