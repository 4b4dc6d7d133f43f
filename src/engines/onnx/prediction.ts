import type { InferenceSession } from 'onnxruntime-node';
import { messageOf } from '../../base/errors';
import type { Lowerings } from '../../graph/lowering/types';
import { buildPredictor } from '../../network/models';
import type { NetworkSpec } from '../../network/spec';
import { requireImageShape, requireSamePixels } from '../check-shape';
import type { KnownNetwork, PredictionModel, PredictionSession } from '../engine';
import { EngineUnavailableError } from '../unavailable';
import { createSession, onnxRuntime, runSession, type SessionSettings } from './session';

/** How a device predicts with networks of ours: written for images of one shape, or for any. */
export interface PredictionForm {
  /** where null, the model is one for images of any size */
  lowerings: (spec: NetworkSpec) => Lowerings | null;
  /** whether the items of a batch are predicted together */
  together: boolean;
}

/** Opens a network of ours, or any ONNX model with one image input and one image output. */
export async function createPrediction(
  model: PredictionModel,
  settings: SessionSettings,
  form: PredictionForm,
): Promise<PredictionSession> {
  if (typeof model === 'string' || model instanceof Uint8Array) return openForeign(model, settings);
  const lowerings = form.lowerings(model.spec);
  if (lowerings) return new SizedPrediction(model, settings, lowerings, form.together);
  return openModel(buildPredictor(model.spec, model.parameters, undefined, model), settings);
}

async function openForeign(model: Uint8Array | string, settings: SessionSettings): Promise<PredictionSession> {
  const opened = await openModel(model, { ...settings, strict: false, foreign: true });
  const session = opened.items === 1 ? new EachPrediction(opened) : opened;
  return (settings.provider ?? 'cpu') === 'cpu' ? session : new ForeignPrediction(model, settings, session);
}

async function openModel(model: Uint8Array | string, settings: SessionSettings): Promise<OnnxPrediction> {
  return new OnnxPrediction(await createSession(model, settings), settings);
}

class OnnxPrediction implements PredictionSession {
  constructor(
    private readonly session: InferenceSession,
    private readonly settings: SessionSettings,
  ) {}

  /** images that a call takes; null: any number */
  get items(): number | null {
    const [input] = this.session.inputMetadata;
    const items = input?.isTensor ? input.shape[0] : null;
    return typeof items === 'number' && items > 0 ? items : null;
  }

  async predict(input: Float32Array, shape: number[]): Promise<Float32Array> {
    const [inputName] = this.session.inputNames;
    const [outputName] = this.session.outputNames;
    const tensor = new (onnxRuntime().Tensor)('float32', input, shape);
    const what = `prediction of [${shape}]`;
    const results = await runSession(this.session, { [inputName]: tensor }, this.settings, what, { shape });
    const { data, dims } = results[outputName];
    if (this.settings.foreign) requireSamePixels(dims, shape);
    return data as Float32Array;
  }

  async dispose(): Promise<void> {
    await this.session.release();
  }
}

/** A model that takes one image a call. */
class EachPrediction implements PredictionSession {
  constructor(private readonly session: PredictionSession) {}

  predict(input: Float32Array, shape: number[]): Promise<Float32Array> {
    return predictEach(this.session, input, shape);
  }

  dispose(): Promise<void> {
    return this.session.dispose();
  }
}

/**
 * A model of someone else's on a device: operators that the device lacks are computed by the CPU; where the device takes
 * an operator and then fails in it (WebGPU, 1.30: a 3D ConvTranspose), all of the model is.
 */
class ForeignPrediction implements PredictionSession {
  readonly warnings: string[] = [];

  constructor(
    private readonly model: Uint8Array | string,
    private readonly settings: SessionSettings,
    private session: PredictionSession,
  ) {}

  async predict(input: Float32Array, shape: number[]): Promise<Float32Array> {
    try {
      return await this.session.predict(input, shape);
    } catch (error) {
      if (this.warnings.length > 0 || error instanceof EngineUnavailableError) throw error;
      const { threads, provider } = this.settings;
      const moved = await openForeign(this.model, { threads });
      await this.session.dispose();
      this.session = moved;
      this.warnings.push(`${provider} cannot compute this model, the CPU does: ${messageOf(error)}`);
      return moved.predict(input, shape);
    }
  }

  dispose(): Promise<void> {
    return this.session.dispose();
  }
}

/** Forms that are kept: that of full batches and that of the last one, which is smaller. */
const KEPT_FORMS = 2;

/** A network specialised to the shapes of the images that it is given; keeps the last ones' forms. */
class SizedPrediction implements PredictionSession {
  private readonly network: KnownNetwork;
  /** by shape, used last comes last */
  private readonly open = new Map<string, OnnxPrediction>();
  /** done when nothing uses `open` */
  private idle: Promise<unknown> = Promise.resolve();

  constructor(
    network: KnownNetwork,
    private readonly settings: SessionSettings,
    private readonly lowerings: Lowerings,
    private readonly together: boolean,
  ) {
    this.network = { ...network, parameters: network.parameters.slice() };
  }

  predict(input: Float32Array, shape: number[]): Promise<Float32Array> {
    return this.inTurn(async () => {
      requireImageShape(this.network.spec, input, shape);
      if (this.together) return (await this.sessionFor(shape)).predict(input, shape);
      return predictEach(await this.sessionFor([1, ...shape.slice(1)]), input, shape);
    });
  }

  dispose(): Promise<void> {
    return this.inTurn(() => this.close(0));
  }

  /** Changing the form must not end a prediction that runs; the runtime computes one at a time anyway. */
  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.idle.then(work);
    this.idle = result.catch(() => undefined);
    return result;
  }

  private async sessionFor(shape: number[]): Promise<OnnxPrediction> {
    const { spec, parameters } = this.network;
    const key = shape.join();
    const known = this.open.get(key);
    this.open.delete(key);
    await this.close(KEPT_FORMS - 1);
    const model = () => buildPredictor(spec, parameters, { shape, lowerings: this.lowerings }, this.network);
    const session = known ?? (await openModel(model(), this.settings));
    this.open.set(key, session);
    return session;
  }

  /** Closes what was used longest ago until no more than so many are left. */
  private async close(left: number): Promise<void> {
    const surplus = [...this.open].slice(0, Math.max(0, this.open.size - left));
    for (const [key, session] of surplus) {
      this.open.delete(key);
      await session.dispose();
    }
  }
}

/** Predicts the items of a batch one after the other. */
async function predictEach(session: PredictionSession, input: Float32Array, shape: number[]): Promise<Float32Array> {
  const [items, ...item] = shape;
  if (items === 1) return session.predict(input, shape);
  const length = input.length / items;
  let result: Float32Array | null = null;
  for (let i = 0; i < items; i++) {
    const one = await session.predict(input.subarray(i * length, (i + 1) * length), [1, ...item]);
    result ??= new Float32Array(one.length * items);
    result.set(one, i * one.length);
  }
  return result ?? new Float32Array(0);
}
