import { CancelledError } from '../base/errors';
import type { Engine } from '../engines/engine';
import type { BestModel, Checkpoint } from './checkpoint';
import type { ValidationItem } from './load-images';
import type { Preparation } from './prepare';
import { firstTiles } from './result';
import type { TileSize, TrainContext } from './settings';
import { type ImagePredictor, type ValidationResult, validate } from './validate';

/** Judges weights of a training by its validation images, and keeps the best. */
export class Judge {
  best: BestModel | null;
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
    { best, history }: Pick<Checkpoint, 'best' | 'history'>,
  ) {
    this.best = best;
    this.lastDice = history.findLast(({ validationDice }) => validationDice !== null)?.validationDice ?? null;
    const signals = [context.signal, context.stop].filter((signal) => signal !== undefined);
    this.either = signals.length > 0 ? AbortSignal.any(signals) : undefined;
  }

  /** Whether there is anything to judge by. */
  get hasImages(): boolean {
    return this.items.length > 0;
  }

  /**
   * Judges the averaged weights and keeps them when they are the best; null where a person stopped it.
   * @throws CancelledError
   */
  async judge({ step, epoch, parameters }: Omit<BestModel, 'result'>): Promise<ValidationResult | null> {
    const result = await this.validated(parameters, firstTiles(this.preparation.settings));
    if (!result) return null;
    this.lastDice = result.dice;
    if (!this.best || result.dice > this.best.result.dice) this.best = { step, epoch, result, parameters };
    return result;
  }

  /** Judges the best weights with large tiles too, and keeps those where they are clearly better. */
  async tryLargeTiles(): Promise<void> {
    const { best } = this;
    const { settings, recipe } = this.preparation;
    if (!best || settings.tiles !== 'auto') return;
    const result = await this.validated(best.parameters, 'large');
    if (result && result.dice >= best.result.dice + recipe.largeTilesGain) this.best = { ...best, result };
  }

  private async validated(parameters: Float32Array, tiles: TileSize): Promise<ValidationResult | null> {
    const { engine, predict } = this.compute;
    this.isAtWork = true;
    try {
      return await validate(this.preparation, this.items, parameters, tiles, engine, predict, this.either);
    } catch (error) {
      if (error instanceof CancelledError && !this.context.signal?.aborted) return null;
      throw error;
    } finally {
      this.isAtWork = false;
    }
  }
}
