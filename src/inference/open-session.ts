import { SegmenterError } from '../base/errors';
import type { Engine, KnownNetwork, PredictionSession } from '../engines/engine';
import { isWrittenFrom, networkHash, specOf } from '../models/network-identity';
import type { ResolvedModel } from '../models/resolve';
import { readMoments, readWeights } from '../models/weights';
import { momentCount, parameterCount } from '../network';

/**
 * Opens a model to predict with. A network of ours goes to the engine as its weights, so that the engine may write it
 * in its quickest form; any other model runs as its `model.onnx` is.
 * @throws SegmenterError `engine` where the engine refuses the model
 */
export async function openSession(engine: Engine, model: ResolvedModel): Promise<PredictionSession> {
  return engine.createPrediction((await knownNetwork(model)) ?? model.network);
}

/**
 * The network that a model was published from; null where its weights are missing or others than those that the card's
 * `model.onnx` was written from: what `model.onnx` computes is what counts. Cards of earlier versions do not say which
 * these are; then `model.onnx` must be what this version writes of them.
 */
export async function knownNetwork(model: ResolvedModel): Promise<KnownNetwork | null> {
  const { card } = model;
  const spec = specOf(card);
  if (!spec) return null;
  try {
    const parameters = await readWeights(model, parameterCount(spec));
    const moments = await readMoments(model, momentCount(spec));
    const network: KnownNetwork = { spec, parameters, ...(moments ? { moments } : {}) };
    const { sha256, networkSha256 } = card;
    const isKnown =
      networkSha256 === undefined
        ? isWrittenFrom(network, sha256)
        : networkHash(network, sha256) === networkSha256.toLowerCase();
    return isKnown ? network : null;
  } catch (error) {
    if (error instanceof SegmenterError && ['not-found', 'corrupt-file'].includes(error.code)) return null;
    throw error;
  }
}
