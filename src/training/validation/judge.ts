import { CancelledError } from '../../base/errors';
import type { Engine } from '../../engines/engine';
import { outputsOf } from '../../network/spec';
import type { BestModel } from '../checkpoints/checkpoint';
import type { ValidationItem } from '../data/fold-images';
import type { StartModel } from '../fine-tuning';
import type { ObservedObjects, TrainingObserver } from '../observer';
import type { Preparation } from '../prepare';
import type { TrainingRecord } from '../record';
import { firstTiles } from '../result';
import type { TrainContext } from '../settings';
import { formName, tileSizes } from './forms';
import { canJudgeMoments } from './norm-moments';
import {
  cardGeometry,
  decodedItems,
  geometryOf,
  type ImagePredictor,
  type Judged,
  predictDecodings,
  predictHistograms,
  type SeenMap,
  type ValidationResult,
  validateNetwork,
  type Watch,
} from './validate';

/** Milliseconds that a timer can wait at most. */
const LONGEST_TIMEOUT = 2 ** 31 - 1;

/** Judges weights of a training by its validation images, and keeps the best in its record. */
export class Judge {
  /** the last validation, and the epoch that it ended; null before the first */
  last: { dice: number; epoch: number } | null;
  private readonly either: AbortSignal | undefined;

  constructor(
    private readonly preparation: Preparation,
    private readonly items: readonly ValidationItem[],
    private readonly compute: { engine: Engine; predict: ImagePredictor; observer?: TrainingObserver },
    private readonly context: TrainContext,
    private readonly record: TrainingRecord,
  ) {
    const { history } = record.checkpoint;
    const judged = history.findLast(({ validationDice }) => validationDice !== null);
    this.last = judged ? { dice: judged.validationDice as number, epoch: judged.epoch } : null;
    const signals = [context.signal, context.stop].filter((signal) => signal !== undefined);
    this.either = signals.length > 0 ? AbortSignal.any(signals) : undefined;
  }

  /** Whether there is anything to judge by. */
  get hasImages(): boolean {
    return this.items.length > 0;
  }

  /**
   * The Dice of the model that the training starts from, with its own tiles at its own threshold; null where a person
   * stopped it.
   * @throws CancelledError
   */
  async judgeStart({ card, parameters, moments }: StartModel): Promise<number | null> {
    const { threshold } = card;
    const result = await this.validated({ parameters, moments, geometry: cardGeometry(card), threshold });
    return result?.dice ?? null;
  }

  /**
   * Judges the averaged weights and keeps them when none were better; null where a person stopped it. Of weights that are
   * as good the later ones were learned from more.
   * @throws CancelledError
   */
  async judge({ step, epoch, parameters }: Omit<BestModel, 'result'>): Promise<ValidationResult | null> {
    const geometry = geometryOf(this.preparation, firstTiles(this.preparation.settings));
    const { observer } = this.compute;
    const begin = this.record.clock.seconds();
    const watch = { wanted: observer?.wanted(this.items, begin) ?? [], seen: [] };
    const result = await this.validated({ parameters, geometry, threshold: null }, watch);
    if (!result) return null;
    this.last = { dice: result.dice, epoch };
    const { threshold, perImage } = result;
    const dice = new Map(perImage.map(({ id, dice }) => [id, dice]));
    const seconds = this.record.clock.seconds() - begin;
    await observer?.validated({ step, epoch, fold: null, threshold, dice, seen: watch.seen, seconds });
    const { checkpoint } = this.record;
    if (!checkpoint.best || result.dice >= checkpoint.best.result.dice) {
      checkpoint.best = { step, epoch, result, parameters };
      delete checkpoint.moments;
    }
    return result;
  }

  /**
   * Judges the best weights with norms that do not depend on the tile, and keeps those unless they are worse: they find
   * the same in the same pixels, however full the field around them is. Where nothing can tell what becomes of other
   * images the norms stay those of each tile.
   * @param measure gives the moments of weights
   */
  async tryFixedNorms(
    measure: (parameters: Float32Array, signal?: AbortSignal) => Promise<Float32Array | null>,
  ): Promise<void> {
    const { checkpoint } = this.record;
    const { best } = checkpoint;
    if (!best || !canJudgeMoments(this.preparation)) return;
    const moments = await this.unlessStopped((signal) => measure(best.parameters, signal));
    if (!moments) return;
    const geometry = geometryOf(this.preparation, firstTiles(this.preparation.settings));
    const result = await this.validated({ parameters: best.parameters, moments, geometry, threshold: null });
    if (!result || result.dice < best.result.dice - this.preparation.recipe.fixedNormsLoss) return;
    checkpoint.best = { ...best, result };
    checkpoint.moments = [...moments];
  }

  /** Judges the best weights with large tiles too, and keeps those where they are clearly better. */
  async tryLargeTiles(): Promise<void> {
    const { checkpoint } = this.record;
    const { best } = checkpoint;
    const moments = checkpoint.moments && Float32Array.from(checkpoint.moments);
    const isChoice = tileSizes(moments ? 'training' : 'tile', this.preparation).length > 1;
    if (!best || !isChoice) return;
    const geometry = geometryOf(this.preparation, 'large');
    const result = await this.validated({ parameters: best.parameters, moments, geometry, threshold: null });
    if (result && result.dice >= best.result.dice + this.preparation.recipe.largeTilesGain)
      checkpoint.best = { ...best, result };
  }

  /** Compares the ways of decoding on what the best weights predict, where objects are told apart. */
  async tryDecodings(): Promise<void> {
    const { checkpoint } = this.record;
    const { best } = checkpoint;
    const { spec } = this.preparation;
    if (!best || outputsOf(spec) === 1) return;
    const geometry = geometryOf(this.preparation, best.result.tiles);
    const moments = checkpoint.moments && Float32Array.from(checkpoint.moments);
    const items = decodedItems(this.items, this.preparation, checkpoint.plan.minutes);
    const by = { parameters: best.parameters, moments, geometry, threshold: best.result.threshold };
    const see = async (objects: Omit<ObservedObjects, 'fold'>) =>
      this.compute.observer?.decoded({ fold: 0, ...objects });
    const tallies = await this.unlessStopped((signal) => predictDecodings(spec, items, by, this.compute, signal, see));
    if (tallies) checkpoint.decodings = tallies;
  }

  /**
   * Shows whoever observes what the best weights find in the validation images, as they will be published; nothing else comes of it.
   * @param seconds that it may take
   * @throws CancelledError
   */
  async showBest(seconds: number): Promise<void> {
    const { observer } = this.compute;
    const { signal } = this.context;
    const { best, moments } = this.record.checkpoint;
    if (!observer || !best) return;
    const { parameters, result } = best;
    const ends = [
      signal,
      Number.isFinite(seconds) ? AbortSignal.timeout(Math.min(LONGEST_TIMEOUT, Math.ceil(1000 * seconds))) : undefined,
    ];
    const given = ends.filter((end) => end !== undefined);
    const { spec } = this.preparation;
    const by = {
      ...{ parameters, geometry: geometryOf(this.preparation, result.tiles) },
      ...(moments ? { moments: Float32Array.from(moments) } : {}),
    };
    const form = formName({ norms: moments ? 'training' : 'tile', tiles: result.tiles });
    const see = ({ index, item, ...pixels }: SeenMap) => observer.judged({ fold: 0, index, form, item, pixels });
    try {
      await this.record.betweenSteps(() =>
        predictHistograms(spec, this.items, by, this.compute, AbortSignal.any(given), undefined, see),
      );
    } catch (error) {
      if (!(error instanceof CancelledError) || signal?.aborted) throw error;
    }
  }

  private validated(judged: Judged, watch?: Watch): Promise<ValidationResult | null> {
    return this.unlessStopped((signal) =>
      validateNetwork(this.preparation.spec, this.items, judged, this.compute, signal, watch),
    );
  }

  /** Is told of a fold's Dice, which goes into the history of its last epoch. */
  tellDice({ dice, threshold }: { dice: number; threshold: number }): void {
    const { history } = this.record.checkpoint;
    const last = history.at(-1);
    if (last) history[history.length - 1] = { ...last, validationDice: dice, threshold };
    this.last = { dice, epoch: last?.epoch ?? 0 };
  }

  /**
   * Does work between steps that a stop ends too.
   * @returns null where a person stopped it
   * @throws CancelledError
   */
  async unlessStopped<T>(work: (signal?: AbortSignal) => Promise<T>): Promise<T | null> {
    try {
      return await this.record.betweenSteps(() => work(this.either));
    } catch (error) {
      if (error instanceof CancelledError && !this.context.signal?.aborted) return null;
      throw error;
    }
  }
}
