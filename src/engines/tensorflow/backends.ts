import type { Backend, Engine } from '../engine';
import { physicalCores } from '../physical-cores';
import { EngineUnavailableError } from '../unavailable';
import { TensorFlowEngine } from './engine';
import { environmentFor, type LibrarySettings } from './environment';
import type { NativeTensorFlow } from './library';
import { loadTensorFlow } from './load';
import { nativeRules } from './rules/native';

/** TensorFlow's own kernels on the CPU. */
export const tensorflowOnCpu: Backend = backend('cpu');

/** TensorFlow on an NVIDIA GPU, where the native library is one for CUDA and sees a GPU. */
export const tensorflowOnCuda: Backend = backend('cuda');

interface OpenLibrary {
  tf: NativeTensorFlow;
  settings: LibrarySettings;
}

/** This process's library: it cannot be unloaded, nor told again how to compute. */
let library: OpenLibrary | null = null;

function backend(device: LibrarySettings['device']): Backend {
  const name = { engine: 'tensorflow', device } as const;
  return { ...name, open: async (options) => open({ ...options, device }) };
}

function open(asked: LibrarySettings): Engine {
  const { device } = asked;
  const unavailable = (state: 'absent' | 'broken', reason: string, remedy: string | null) =>
    new EngineUnavailableError({ engine: 'tensorflow', device }, state, reason, remedy);
  library ??= load({ ...asked, threads: asked.threads || physicalCores() }, unavailable);
  const { tf, settings } = library;
  // tfjs-node computes everything on a GPU if TensorFlow lists one, and nothing if not
  const actual = tf.backend().isUsingGpuDevice ? 'cuda' : 'cpu';
  if (actual === device && (actual === 'cpu' || settings.precision === asked.precision)) {
    return new TensorFlowEngine(tf, nativeRules(tf), device, settings.threads);
  }
  if (actual === 'cuda') {
    const reason = `this process has TensorFlow on cuda with precision ${settings.precision} already`;
    throw unavailable('broken', reason, 'use a compute node of its own for each');
  }
  const reason =
    settings.device === 'cpu'
      ? 'this process has TensorFlow on the CPU already'
      : 'TensorFlow lists no GPU: its library is one for the CPU, or the GPU, its driver or CUDA is missing';
  throw unavailable('absent', reason, 'npm run setup:tensorflow with a TensorFlow for CUDA (see the README)');
}

function load(
  settings: LibrarySettings,
  unavailable: (state: 'absent' | 'broken', reason: string, remedy: string | null) => EngineUnavailableError,
): OpenLibrary {
  Object.assign(process.env, environmentFor(settings, process.env));
  const loaded = loadTensorFlow();
  if (loaded.state !== 'working') throw unavailable(loaded.state, loaded.reason, loaded.remedy);
  return { tf: loaded.tf, settings };
}
