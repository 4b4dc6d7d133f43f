import type { InferenceSession } from 'onnxruntime-node';
import { SegmenterError } from '../../base/errors';
import { buildPredictor } from '../../network/models';
import { divisor } from '../../network/spec';
import type { KnownNetwork, PredictionModel, PredictionSession } from '../engine';
import { createSession, onnxRuntime, type SessionSettings } from './session';

/** Opens a network of ours, or any ONNX model with one image input and one image output. */
export async function createPrediction(model: PredictionModel, settings: SessionSettings): Promise<PredictionSession> {
  if (typeof model === 'string' || model instanceof Uint8Array) return openModel(model, settings);
  // ONNX Runtime has the blocked convolution that the specialised form is made for on x64 only
  if (model.spec.dimensions === 3 && process.arch === 'x64') return new SizedPrediction(model, settings);
  return openModel(buildPredictor(model.spec, model.parameters), settings);
}

async function openModel(model: Uint8Array | string, settings: SessionSettings): Promise<OnnxPrediction> {
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

/** A 3D network, specialised to the size of the images that it is given; keeps the last size's form. */
class SizedPrediction implements PredictionSession {
  private readonly network: KnownNetwork;
  private open: { size: string; session: OnnxPrediction } | null = null;
  /** done when nothing uses `open` */
  private idle: Promise<unknown> = Promise.resolve();

  constructor(
    { spec, parameters }: KnownNetwork,
    private readonly settings: SessionSettings,
  ) {
    this.network = { spec, parameters: parameters.slice() };
  }

  predict(input: Float32Array, shape: number[]): Promise<Float32Array> {
    return this.inTurn(async () => predictEach(await this.sessionFor(shape), input, shape));
  }

  dispose(): Promise<void> {
    return this.inTurn(() => this.close());
  }

  /** Changing the form must not end a prediction that runs; the runtime computes one at a time anyway. */
  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.idle.then(work);
    this.idle = result.catch(() => undefined);
    return result;
  }

  private async sessionFor(shape: number[]): Promise<OnnxPrediction> {
    const { spec, parameters } = this.network;
    const size = shape.slice(2);
    const unit = divisor(spec);
    if (size.length !== 3 || size.some((s) => s % unit !== 0)) {
      const message = `prediction of [${shape}]: expected [n, c, z, y, x] with z, y and x multiples of ${unit}`;
      throw new SegmenterError('engine', message, { shape });
    }
    if (this.open?.size === size.join()) return this.open.session;
    await this.close();
    const session = await openModel(buildPredictor(spec, parameters, size), this.settings);
    this.open = { size: size.join(), session };
    return session;
  }

  private async close(): Promise<void> {
    const { open } = this;
    this.open = null;
    await open?.session.dispose();
  }
}

/** Predicts the items of a batch one after the other. */
async function predictEach(session: PredictionSession, input: Float32Array, shape: number[]): Promise<Float32Array> {
  const [items, ...item] = shape;
  if (items === 1) return session.predict(input, shape);
  const length = input.length / items;
  const result = new Float32Array((length / item[0]) * items);
  for (let i = 0; i < items; i++) {
    const one = await session.predict(input.subarray(i * length, (i + 1) * length), [1, ...item]);
    result.set(one, i * one.length);
  }
  return result;
}
