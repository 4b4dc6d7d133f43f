import type { BackendOptions } from '../engine';

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
    TF_NUM_INTRAOP_THREADS: String(threads),
    TF_NUM_INTEROP_THREADS: '1',
    ...(device === 'cpu' ? { CUDA_VISIBLE_DEVICES: '-1' } : {}),
    // else a process takes all of the GPU's memory, and prediction and training are two
    ...(device === 'cuda' ? { TF_FORCE_GPU_ALLOW_GROWTH: present.TF_FORCE_GPU_ALLOW_GROWTH ?? 'true' } : {}),
    // TensorFlow takes TF32 for float32 on GPUs that have it; float16 is not had here, TF32 is its nearest
    ...(device === 'cuda' ? { NVIDIA_TF32_OVERRIDE: precision === 'float32' ? '0' : '1' } : {}),
  };
}
