import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { messageOf, SegmenterError } from '../../base/errors';
import type { DeviceName } from '../engine';
import { NativeCalls } from '../native-calls';
import { EngineUnavailableError } from '../unavailable';
import { type Provider, providerOptions } from './provider';

/** How ONNX Runtime is told to run. */
export interface SessionSettings {
  threads: number;
  /** what computes; default: the CPU */
  provider?: Provider;
  /** refuse a model of which some operators would run on the CPU */
  strict?: boolean;
  /** whether the model is someone else's */
  foreign?: boolean;
  /** outputs that stay on the device; only WebGPU can feed them back */
  keep?: readonly string[];
}

/**
 * Loads ONNX Runtime on first use, so that importing this module costs nothing. All that uses the library takes it from
 * here: by itself it would read the machine's id, keep an event database below the user's cache folder and look up its
 * makers' server with the first session.
 */
export function onnxRuntime(): typeof import('onnxruntime-node') {
  process.env.ORT_DISABLE_TELEMETRY = '1';
  try {
    return require('onnxruntime-node');
  } catch (cause) {
    throw new SegmenterError('engine', `onnxruntime-node could not be loaded: ${messageOf(cause)}`, {}, { cause });
  }
}

const RUNTIME_REMEDY =
  'ONNX Runtime for Node.js (1.30) is there for Linux with glibc and Windows, on x64 and arm64, and for Macs with Apple silicon; install it with npm';

/** @throws EngineUnavailableError where ONNX Runtime is not there, or does not load, on this kind of machine */
export function requireOnnxRuntime(device: DeviceName): void {
  try {
    onnxRuntime();
  } catch (error) {
    const { cause } = error as Error & { cause: NodeJS.ErrnoException };
    const state = cause.code === 'MODULE_NOT_FOUND' ? 'absent' : 'broken';
    const [reason] = messageOf(error).split('\n');
    throw new EngineUnavailableError({ engine: 'onnx', device }, state, reason, RUNTIME_REMEDY, { cause });
  }
}

/** The runs of each session so far, and the file of its model. */
const runs = new WeakMap<InferenceSession, { calls: NativeCalls; file: string | null }>();

/** @throws SegmenterError `engine` when ONNX Runtime refuses the model */
export async function createSession(model: Uint8Array | string, settings: SessionSettings): Promise<InferenceSession> {
  const { InferenceSession } = onnxRuntime();
  const { provider = 'cpu', strict = false, keep = [] } = settings;
  const options: InferenceSession.SessionOptions = {
    executionProviders: [providerOptions(provider)],
    preferredOutputLocation: Object.fromEntries(keep.map((name) => [name, 'gpu-buffer'])),
    intraOpNumThreads: settings.threads,
    interOpNumThreads: 1,
    graphOptimizationLevel: 'all',
    // a plan of one block for all tensors would come on top of the memory of the run before it: twice as much
    enableMemPattern: false,
    // what goes wrong is thrown, and need not be printed as well
    logSeverityLevel: 4,
    // waiting threads sleep instead of spinning: Node-RED and the microscope's software share these cores
    extra: { session: { intra_op: { allow_spinning: '0' }, disable_cpu_ep_fallback: strict ? '1' : '0' } },
    ...profiling(),
  };
  const name = typeof model === 'string' ? model : 'a model in memory';
  const work = { device: provider, foreign: settings.foreign };
  try {
    const session = await new NativeCalls(work).make(`loading ${name}`, () =>
      typeof model === 'string' ? InferenceSession.create(model, options) : InferenceSession.create(model, options),
    );
    runs.set(session, { calls: new NativeCalls(work), file: typeof model === 'string' ? model : null });
    return session;
  } catch (cause) {
    throw new SegmenterError('engine', `ONNX Runtime could not load ${name}: ${messageOf(cause)}`, {}, { cause });
  }
}

/**
 * Runs a session.
 * @param what the work, in error messages
 * @param details of the error
 * @throws EngineUnavailableError where the device is gone; SegmenterError `engine` for whatever else goes wrong
 */
export async function runSession(
  session: InferenceSession,
  feeds: Record<string, Tensor>,
  settings: SessionSettings,
  what: string,
  details: Record<string, unknown> = {},
): Promise<Record<string, Tensor>> {
  const { provider = 'cpu', foreign } = settings;
  const { calls, file } = runs.get(session) ?? { calls: new NativeCalls({ device: provider, foreign }), file: null };
  try {
    const run = () => session.run(feeds) as Promise<Record<string, Tensor>>;
    return await calls.make(file === null ? what : `${what} with ${file}`, run);
  } catch (cause) {
    const reason = messageOf(cause);
    if (/\bdevice\b/i.test(reason) && /\blost\b/i.test(reason)) {
      const backend = { engine: 'onnx', device: provider } as const;
      throw new EngineUnavailableError(backend, 'broken', `${what}: ${reason}`, RESTART_REMEDY, { cause });
    }
    throw new SegmenterError(
      'engine',
      `${what} on ${provider}: ${reason}`,
      { device: provider, ...details },
      { cause },
    );
  }
}

const RESTART_REMEDY = 'start the work again, or choose another device';

/** ONNX Runtime writes a profile where the environment asks for one. */
function profiling(): InferenceSession.SessionOptions {
  const prefix = process.env.SEGMENTER_ONNX_PROFILE;
  return prefix ? { enableProfiling: true, profileFilePrefix: prefix } : {};
}
