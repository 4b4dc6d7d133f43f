import { existsSync } from 'node:fs';
import path from 'node:path';
import { SegmenterError } from '../../base/errors';
import type { Backend, Precision } from '../engine';
import { EngineUnavailableError } from '../unavailable';
import { type GpuKind, openGpu } from './gpu-engine';
import { requireOnnxRuntime } from './session';

const CUDA = { engine: 'onnx', device: 'cuda' } as const;

/** ONNX Runtime's CUDA provider, which its package does not contain; it lies beside the package's own library. */
export const CUDA_PROVIDER = 'libonnxruntime_providers_cuda.so';

/**
 * Steps in one graph. The Node.js binding has only tensors of the host for CUDA, so that all of the state goes to the
 * device and back with each call: 4 MB and less for the medium network, 350 MB for one of 22 million weights.
 */
const STEPS_AT_ONCE = 8;

const KIND: GpuKind = {
  device: 'cuda',
  // what CUDA has no operator for is computed by the CPU
  strict: false,
  training: { stepsAtOnce: STEPS_AT_ONCE, stateStays: false, divides: false },
  unavailable: cudaUnavailable,
};

const SETUP_REMEDY = 'run `npm run setup:cuda`';
const RUNTIME_REMEDY = "install NVIDIA's driver, CUDA 12 and cuDNN 9, and let LD_LIBRARY_PATH name their folders";

/** What NVIDIA_TF32_OVERRIDE was when CUDA was first used in this process; it is read only then. */
let tf32InUse: string | null = null;

/**
 * ONNX Runtime on an NVIDIA GPU. Opening it computes a little. The precision of products belongs to the process: CUDA's
 * libraries read it once, so that another one needs another process.
 */
export const onnxOnCuda: Backend = {
  ...CUDA,
  /** @throws EngineUnavailableError; SegmenterError `engine` where the process has used CUDA at another precision */
  open: async (options) => {
    requireOnnxRuntime('cuda');
    requireProvider();
    setTf32(options.precision);
    return openGpu(KIND, options);
  },
};

/**
 * What is the matter where CUDA does not work.
 * @param reason what ONNX Runtime said
 */
export function cudaUnavailable(reason: string, cause?: unknown): EngineUnavailableError {
  const missing = missingLibrary(reason);
  if (missing) {
    return new EngineUnavailableError(CUDA, 'broken', `${missing} is not found`, RUNTIME_REMEDY, { cause });
  }
  if (/no CUDA-capable device|CUDA failure 100\b/i.test(reason)) {
    return new EngineUnavailableError(CUDA, 'absent', 'no NVIDIA GPU was found', null, { cause });
  }
  return new EngineUnavailableError(CUDA, 'broken', reason, RUNTIME_REMEDY, { cause });
}

/** The library that the loader did not find: the last word in front of what it says then. */
function missingLibrary(reason: string): string | null {
  const end = reason.indexOf(': cannot open shared object file');
  const word = reason.slice(0, Math.max(0, end)).split(' ').at(-1) ?? '';
  return /^lib[\w.+-]+$/.test(word) && word.includes('.so') ? word : null;
}

function requireProvider(): void {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    const here = `${process.platform} on ${process.arch}`;
    const reason = `ONNX Runtime for Node.js has CUDA on Linux on x64 only, this is ${here}`;
    throw new EngineUnavailableError(CUDA, 'absent', reason, 'use the device webgpu');
  }
  const missing = [CUDA_PROVIDER, 'libonnxruntime_providers_shared.so'].find((file) => !existsSync(besideOwn(file)));
  if (missing) throw new EngineUnavailableError(CUDA, 'absent', `${missing} is not installed`, SETUP_REMEDY);
}

function besideOwn(file: string): string {
  const folder = path.dirname(require.resolve('onnxruntime-node/package.json'));
  return path.join(folder, 'bin', 'napi-v6', process.platform, process.arch, file);
}

/** NVIDIA's libraries use TensorFloat-32 for all float32 products, or for none. */
function setTf32(precision: Precision): void {
  const wanted = precision === 'tf32' ? '1' : '0';
  if (tf32InUse !== null && tf32InUse !== wanted) {
    const message = `precision ${precision}: this process has used CUDA at another one, expected a process of its own`;
    throw new SegmenterError('engine', message, { precision });
  }
  tf32InUse = wanted;
  process.env.NVIDIA_TF32_OVERRIDE = wanted;
}
