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
 * Reads the network that a model was published from; null where its weights are missing or others than those that the
 * card's `model.onnx` was written from: what `model.onnx` computes is what counts. Cards of earlier versions do not say
 * which these are; then `model.onnx` must be what this version writes of them.
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

interface Entry {
  session: Promise<PredictionSession>;
  users: number;
  /** left the cache: disposed of when its last user is done */
  retired: boolean;
}

/**
 * Builds the key of a session: the network's bytes and where it runs.
 * @param content hash of all that the network computes with
 */
export function sessionKey(
  content: string,
  { name, device, threads }: Pick<Engine, 'name' | 'device' | 'threads'>,
): string {
  return `${content}/${name}/${device}/${threads}`;
}

/**
 * Keeps the sessions of the models used last, so that a model stays warm between messages.
 * A session in use is never disposed of, even where that makes more sessions than the limit for a while.
 */
export class ModelCache {
  /** least recently used first */
  private readonly entries = new Map<string, Entry>();

  /** @param limit sessions kept */
  constructor(private readonly limit = 2) {}

  /**
   * Runs work with a session, which is opened on first use; uses at the same time share it.
   * @param key see {@link sessionKey}
   * @throws what `open` or `work` throws; a failed opening is not kept
   */
  async use<T>(
    key: string,
    open: () => Promise<PredictionSession>,
    work: (session: PredictionSession) => Promise<T>,
  ): Promise<T> {
    const known = this.entries.get(key);
    this.entries.delete(key);
    // Surplus sessions go before the new one is opened, so that their memory is free by then.
    const entry = known ?? { session: this.trim(this.limit - 1).then(open), users: 0, retired: false };
    this.entries.set(key, entry);
    entry.users++;
    try {
      return await work(await this.opened(key, entry));
    } finally {
      entry.users--;
      if (entry.retired) await release(entry);
    }
  }

  /** Disposes of all sessions; those in use as soon as they are free. */
  async clear(): Promise<void> {
    const all = [...this.entries.values()];
    this.entries.clear();
    await Promise.all(all.map(retire));
  }

  private async opened(key: string, entry: Entry): Promise<PredictionSession> {
    try {
      return await entry.session;
    } catch (error) {
      if (this.entries.get(key) === entry) this.entries.delete(key);
      throw error;
    }
  }

  private async trim(limit: number): Promise<void> {
    const surplus = [...this.entries].slice(0, Math.max(0, this.entries.size - limit));
    for (const [key] of surplus) this.entries.delete(key);
    await Promise.all(surplus.map(([, entry]) => retire(entry)));
  }
}

async function retire(entry: Entry): Promise<void> {
  entry.retired = true;
  await release(entry);
}

async function release(entry: Entry): Promise<void> {
  if (entry.users > 0) return;
  const session = await entry.session.catch(() => null);
  await session?.dispose();
}
