import { createHash } from 'node:crypto';
import { SegmenterError } from '../base/errors';
import type { Engine, KnownNetwork, PredictionSession } from '../engines/engine';
import type { ResolvedModel } from '../models/resolve';
import { readMoments, readWeights } from '../models/weights';
import { buildPredictor, momentCount, parameterCount } from '../network';

/**
 * Opens a model to predict with. A network of ours goes to the engine as its weights, so that the engine may write it
 * in its quickest form; any other model runs as its `model.onnx` is.
 * @throws SegmenterError `engine` where the engine refuses the model
 */
export async function openSession(engine: Engine, model: ResolvedModel): Promise<PredictionSession> {
  return engine.createPrediction((await knownNetwork(model)) ?? model.network);
}

/**
 * The network that a model was published from; null where its weights are missing or give another `model.onnx` than
 * the card's: what `model.onnx` computes is what counts.
 */
export async function knownNetwork(model: ResolvedModel): Promise<KnownNetwork | null> {
  const { card } = model;
  const { type, filters } = card.architecture;
  if (type !== 'residual-unet' || !filters) return null;
  const spec = { dimensions: card.dimensions, inChannels: card.channels.length, filters };
  try {
    const parameters = await readWeights(model, parameterCount(spec));
    const moments = await readMoments(model, momentCount(spec));
    const network: KnownNetwork = { spec, parameters, ...(moments ? { moments } : {}) };
    const onnx = buildPredictor(spec, parameters, undefined, network);
    return createHash('sha256').update(onnx).digest('hex') === card.sha256.toLowerCase() ? network : null;
  } catch (error) {
    if (error instanceof SegmenterError && ['not-found', 'corrupt-file'].includes(error.code)) return null;
    throw error;
  }
}
