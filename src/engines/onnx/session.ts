import type { InferenceSession } from 'onnxruntime-node';
import { SegmenterError } from '../../base/errors';

/** How ONNX Runtime is told to run. */
export interface SessionSettings {
  threads: number;
}

/** Loads ONNX Runtime on first use, so that importing this module costs nothing. */
export function onnxRuntime(): typeof import('onnxruntime-node') {
  try {
    return require('onnxruntime-node');
  } catch (cause) {
    throw new SegmenterError(
      'engine',
      `onnxruntime-node could not be loaded: ${(cause as Error).message}`,
      {},
      { cause },
    );
  }
}

/** @throws SegmenterError `engine` when ONNX Runtime refuses the model */
export async function createSession(model: Uint8Array | string, settings: SessionSettings): Promise<InferenceSession> {
  const { InferenceSession } = onnxRuntime();
  const options: InferenceSession.SessionOptions = {
    executionProviders: ['cpu'],
    intraOpNumThreads: settings.threads,
    interOpNumThreads: 1,
    graphOptimizationLevel: 'all',
    // a plan of one block for all tensors would come on top of the memory of the run before it: twice as much
    enableMemPattern: false,
    // what goes wrong is thrown, and need not be printed as well
    logSeverityLevel: 4,
    // waiting threads sleep instead of spinning: Node-RED and the microscope's software share these cores
    extra: { session: { intra_op: { allow_spinning: '0' } } },
    ...profiling(),
  };
  try {
    return typeof model === 'string'
      ? await InferenceSession.create(model, options)
      : await InferenceSession.create(model, options);
  } catch (cause) {
    const name = typeof model === 'string' ? model : 'a model in memory';
    throw new SegmenterError(
      'engine',
      `ONNX Runtime could not load ${name}: ${(cause as Error).message}`,
      {},
      { cause },
    );
  }
}

/** ONNX Runtime writes a profile where the environment asks for one. */
function profiling(): InferenceSession.SessionOptions {
  const prefix = process.env.SEGMENTER_ONNX_PROFILE;
  return prefix ? { enableProfiling: true, profileFilePrefix: prefix } : {};
}
