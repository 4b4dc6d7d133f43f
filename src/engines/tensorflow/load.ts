import { createRequire } from 'node:module';
import util from 'node:util';
import { messageOf } from '../../base/errors';
import type { BackendOptions } from '../engine';
import type { Unavailability } from '../unavailable';
import type { NativeTensorFlow } from './library';

/** How TensorFlow's library is told to compute: it reads the environment once, when it is loaded. */
export interface LibrarySettings extends BackendOptions {
  device: 'cpu' | 'cuda';
}

/**
 * The environment variables to set before loading. What a person has set stays, but for what the settings name.
 * @param threads at least 1
 */
export function environmentFor(
  { device, threads, precision }: LibrarySettings,
  present: NodeJS.ProcessEnv,
): Record<string, string> {
  return {
    // warnings go to the terminal of Node-RED otherwise; errors still do
    TF_CPP_MIN_LOG_LEVEL: present.TF_CPP_MIN_LOG_LEVEL ?? '2',
    // oneDNN's kernels, and an allocator that keeps freed memory: convolutions and passes over memory several times
    // as quick on processors where TensorFlow would not choose them by itself
    TF_ENABLE_ONEDNN_OPTS: present.TF_ENABLE_ONEDNN_OPTS ?? '1',
    // with those for AVX-512 a training step of TensorFlow 2.21 damages the process's memory on some AMD EPYC, with these none
    DNNL_MAX_CPU_ISA: present.DNNL_MAX_CPU_ISA ?? 'AVX2',
    TF_NUM_INTRAOP_THREADS: String(threads),
    TF_NUM_INTEROP_THREADS: '1',
    ...(device === 'cpu' ? { CUDA_VISIBLE_DEVICES: '-1' } : {}),
    // else a process takes all of the GPU's memory, and prediction and training are two
    ...(device === 'cuda' ? { TF_FORCE_GPU_ALLOW_GROWTH: present.TF_FORCE_GPU_ALLOW_GROWTH ?? 'true' } : {}),
    // TensorFlow takes TF32 for float32 on GPUs that have it; float16 is not had here, TF32 is its nearest
    ...(device === 'cuda' ? { NVIDIA_TF32_OVERRIDE: precision === 'float32' ? '0' : '1' } : {}),
  };
}

/** The packages that bring the native library, the one that the project asks for first. */
export const PACKAGES = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'] as const;

/** What loading gave: the library, or why there is none. */
export type Loaded =
  | { state: 'working'; tf: NativeTensorFlow; packageName: string }
  | { state: Unavailability; reason: string; remedy: string };

const INSTALL = 'npm run setup:tensorflow installs it and builds its library (see docs/hardware.md)';
/** What gives the packages a native library that works. */
export const SET_UP = 'npm run setup:tensorflow builds one (see docs/hardware.md)';

/**
 * Loads the first of {@link PACKAGES} that works. Loading takes half a second and hundreds of megabytes: to be done in
 * a process that computes. The environment must be set before; see `environment.ts`.
 * @param from file or folder from where the packages are looked for
 */
export function loadTensorFlow(from: string = __filename): Loaded {
  const require = createRequire(from);
  const failures: string[] = [];
  let isBroken = false;
  for (const packageName of PACKAGES) {
    if (!isInstalled(require, packageName)) continue;
    try {
      return { state: 'working', tf: quietly(() => require(packageName) as NativeTensorFlow), packageName };
    } catch (error) {
      const { missing, reason } = failureOf(error);
      failures.push(`${packageName} is installed, but ${reason}`);
      isBroken ||= !missing;
    }
  }
  const state = isBroken ? 'broken' : 'absent';
  if (failures.length > 0) return { state, reason: failures.join('; '), remedy: SET_UP };
  return { state: 'absent', reason: `neither ${PACKAGES.join(' nor ')} is installed`, remedy: INSTALL };
}

function isInstalled(require: NodeJS.Require, packageName: string): boolean {
  try {
    require.resolve(`${packageName}/package.json`);
    return true;
  } catch {
    return false;
  }
}

/**
 * tfjs-node 4.22 calls `util.isNullOrUndefined` and `util.isArray`, which Node.js 23 and later do not have, or warn of;
 * its dependencies warn of deprecated modules.
 */
function quietly<T>(load: () => T): T {
  const legacy = util as unknown as Record<string, unknown>;
  legacy.isNullOrUndefined = (value: unknown) => value === null || value === undefined;
  legacy.isArray = Array.isArray;
  const { noDeprecation } = process;
  process.noDeprecation = true;
  try {
    return load();
  } finally {
    process.noDeprecation = noDeprecation;
  }
}

/** The native library was never set up, or the system's loader refuses it; the messages go on with advice that does not fit. */
function failureOf(error: unknown): { missing: boolean; reason: string } {
  const [line] = messageOf(error).split('\n');
  if (/can ?not be found at path|Cannot find module/.test(line)) {
    return { missing: true, reason: 'its native library is missing' };
  }
  return { missing: false, reason: `its native library could not be loaded: ${line.trim()}` };
}
