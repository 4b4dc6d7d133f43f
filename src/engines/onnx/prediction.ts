import type { InferenceSession } from 'onnxruntime-node';
import { SegmenterError } from '../../base/errors';
import type { PredictionSession } from '../engine';
import { createSession, onnxRuntime, type SessionSettings } from './session';

/** Opens any ONNX model with one image input and one image output. */
export async function createPrediction(
  model: Uint8Array | string,
  settings: SessionSettings,
): Promise<PredictionSession> {
  return new OnnxPrediction(await createSession(model, settings));
}

class OnnxPrediction implements PredictionSession {
  constructor(private readonly session: InferenceSession) {}

  async predict(input: Float32Array, shape: number[]): Promise<Float32Array> {
    const [inputName] = this.session.inputNames;
    const [outputName] = this.session.outputNames;
    const tensor = new (onnxRuntime().Tensor)('float32', input, shape);
    try {
      const results = await this.session.run({ [inputName]: tensor });
      return results[outputName].data as Float32Array;
    } catch (cause) {
      throw new SegmenterError('engine', `prediction of [${shape}]: ${(cause as Error).message}`, { shape }, { cause });
    }
  }

  async dispose(): Promise<void> {
    await this.session.release();
  }
}
