import { CancelledError } from '../../base/errors';
import type { Engine } from '../../engines/engine';
import type { BestModel, Checkpoint } from '../checkpoints/checkpoint';
import type { ValidationItem } from '../data/load-images';
import type { StartModel } from '../fine-tuning';
import type { Preparation } from '../prepare';
import { firstTiles } from '../result';
import type { TrainContext } from '../settings';
import { canJudgeMoments } from './norm-moments';
import { geometryOf, type ImagePredictor, type Judged, type ValidationResult, validateNetwork } from './validate';

/** Judges weights of a training by its validation images, and keeps the best. */
export class Judge {
  best: BestModel | null;
  /** of the norms of the best model; null: those of each tile */
  moments: Float32Array | null;
  /** of the last validation; null before the first */
  lastDice: number | null;
  /** a validation is under way */
  isAtWork = false;
  private readonly either: AbortSignal | undefined;

  constructor(
    private readonly preparation: Preparation,
    private readonly items: readonly ValidationItem[],
    private readonly compute: { engine: Engine; predict: ImagePredictor },
    private readonly context: TrainContext,
    { best, moments, history }: Pick<Checkpoint, 'best' | 'moments' | 'history'>,
  ) {
    this.best = best;
    this.moments = moments ? Float32Array.from(moments) : null;
    this.lastDice = history.findLast(({ validationDice }) => validationDice !== null)?.validationDice ?? null;
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
    const { dimensions, patch, divisor, threshold, tiles = 'patch' } = card;
    const result = await this.validated({
      parameters,
      moments,
      geometry: { dimensions, patch, divisor, tiles },
      threshold,
    });
    return result?.dice ?? null;
  }

  /**
   * Judges the averaged weights and keeps them when none were better; null where a person stopped it. Of weights that are
   * as good the later ones were learned from more.
   * @throws CancelledError
   */
  async judge({ step, epoch, parameters }: Omit<BestModel, 'result'>): Promise<ValidationResult | null> {
    const geometry = geometryOf(this.preparation, firstTiles(this.preparation.settings));
    const result = await this.validated({ parameters, geometry, threshold: null });
    if (!result) return null;
    this.lastDice = result.dice;
    if (!this.best || result.dice >= this.best.result.dice) {
      this.best = { step, epoch, result, parameters };
      this.moments = null;
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
    const { best } = this;
    if (!best || !canJudgeMoments(this.preparation)) return;
    const moments = await this.atWork(() => measure(best.parameters, this.either));
    if (!moments) return;
    const geometry = geometryOf(this.preparation, firstTiles(this.preparation.settings));
    const result = await this.validated({ parameters: best.parameters, moments, geometry, threshold: null });
    if (!result || result.dice < best.result.dice - this.preparation.recipe.fixedNormsLoss) return;
    this.best = { ...best, result };
    this.moments = moments;
  }

  /** Judges the best weights with large tiles too, and keeps those where they are clearly better. */
  async tryLargeTiles(): Promise<void> {
    const { best } = this;
    const { settings, recipe } = this.preparation;
    if (!best || settings.tiles !== 'auto') return;
    const geometry = geometryOf(this.preparation, 'large');
    const moments = this.moments ?? undefined;
    const result = await this.validated({ parameters: best.parameters, moments, geometry, threshold: null });
    if (result && result.dice >= best.result.dice + recipe.largeTilesGain) this.best = { ...best, result };
  }

  private validated(judged: Judged): Promise<ValidationResult | null> {
    return this.atWork(() => validateNetwork(this.preparation.spec, this.items, judged, this.compute, this.either));
  }

  /** @returns null where a person stopped it */
  private async atWork<T>(work: () => Promise<T>): Promise<T | null> {
    this.isAtWork = true;
    try {
      return await work();
    } catch (error) {
      if (error instanceof CancelledError && !this.context.signal?.aborted) return null;
      throw error;
    } finally {
      this.isAtWork = false;
    }
  }
}
