import { InvalidInputError, messageOf } from '../../base/errors';
import type { Backend, Engine } from '../engine';
import { NativeCalls } from '../native-calls';
import { EngineUnavailableError, type Unavailability } from '../unavailable';
import { TensorFlowEngine } from './engine';
import type { NativeTensorFlow } from './library';
import { environmentFor, type LibrarySettings, loadTensorFlow, SET_UP } from './load';
import { probeEngine } from './probe';
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
  return { ...name, open: (options) => open({ ...options, device }) };
}

/** @throws InvalidInputError for float16 on CUDA; EngineUnavailableError */
async function open(asked: LibrarySettings): Promise<Engine> {
  const { device, precision } = asked;
  if (device === 'cuda' && precision === 'float16') {
    throw new InvalidInputError('precision', 'float32 or tf32 with TensorFlow', precision);
  }
  library ??= await load(asked);
  const { tf, settings } = library;
  const actual = deviceOf(tf);
  if (actual === device && (device === 'cpu' || settings.precision === precision)) {
    return new TensorFlowEngine(tf, nativeRules(tf), device, settings.threads);
  }
  if (actual === 'cuda') {
    const reason = `this process has TensorFlow on cuda with precision ${settings.precision} already`;
    throw unavailable(device, 'broken', reason, 'use a compute node of its own for each');
  }
  const reason =
    settings.device === 'cpu'
      ? 'this process has TensorFlow on the CPU already'
      : 'TensorFlow lists no GPU: its library is one for the CPU, or the GPU, its driver or CUDA is missing';
  throw unavailable(
    device,
    'absent',
    reason,
    'npm run setup:tensorflow with a TensorFlow for CUDA (see docs/hardware.md)',
  );
}

/** Loads the library and computes a little with it: one that is found and does not compute is broken. */
async function load(settings: LibrarySettings): Promise<OpenLibrary> {
  Object.assign(process.env, environmentFor(settings, process.env));
  const loaded = await new NativeCalls({ device: settings.device }).make('loading TensorFlow', loadTensorFlow);
  if (loaded.state !== 'working') throw unavailable(settings.device, loaded.state, loaded.reason, loaded.remedy);
  const { tf } = loaded;
  try {
    await probeEngine(new TensorFlowEngine(tf, nativeRules(tf), deviceOf(tf), settings.threads));
  } catch (cause) {
    throw unavailable(settings.device, 'broken', messageOf(cause), SET_UP, cause);
  }
  return { tf, settings };
}

/** tfjs-node computes everything on a GPU if TensorFlow lists one, and nothing if not. */
function deviceOf(tf: NativeTensorFlow): LibrarySettings['device'] {
  return tf.backend().isUsingGpuDevice ? 'cuda' : 'cpu';
}

function unavailable(
  device: LibrarySettings['device'],
  state: Unavailability,
  reason: string,
  remedy: string,
  cause?: unknown,
): EngineUnavailableError {
  return new EngineUnavailableError({ engine: 'tensorflow', device }, state, reason, remedy, { cause });
}
