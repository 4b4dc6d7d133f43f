import path from 'node:path';
import { CancelledError, SegmenterError, throwIfCancelled } from '../base/errors';
import type { Engine, Step, TrainingSession, TrainingState } from '../engines/engine';
import { writeWeights } from '../models/weights';
import { initialParameters } from '../network';
import { writeFileAtomic } from '../storage/atomic-file';
import { BatchMaker } from './batches';
import { type BestModel, type Checkpoint, type EndReason, readCheckpoint, writeCheckpoint } from './checkpoint';
import { Clock } from './clock';
import { eventLoopTurn } from './event-loop';
import { metricsCsv } from './history';
import { type LoadOptions, loadTrainingData, type TrainingData } from './load-images';
import type { Preparation } from './prepare';
import { firstTiles, resultOf, TRAINING_FILES, type TrainingResult } from './result';
import { averageDecayAt, epochsDone, learningRateAt, stepsTogether } from './schedule';
import type { TileSize, TrainContext, TrainProgress } from './settings';
import { type ImagePredictor, type ValidationResult, validate, validationInterval } from './validate';

/** Seconds that one call of the session should take at most: what stops a training is heard between calls. */
const LONGEST_CALL = 1;

/** What a training works with. */
export interface TrainEnvironment extends Omit<LoadOptions, 'signal'> {
  engine: Engine;
  predict: ImagePredictor;
  /** the training's own folder: checkpoint, metrics, weights; one for each key */
  folder: string;
  /** what befell the training so far, for the card */
  notes?: string[];
  /** seconds between checkpoints (60) */
  checkpointSeconds?: number;
  /** seconds from any start; replaced in tests */
  now?: () => number;
}

/**
 * Trains, from the last checkpoint of the same key where there is one, and returns the best model. Leaves in the
 * folder its checkpoint, `metrics.csv` and `checkpoints/best.bin`.
 * @throws CancelledError after saving a checkpoint; SegmenterError `engine` when the loss is not finite, naming the step
 *   (the last checkpoint stays); what loading the images throws
 */
export async function train(
  preparation: Preparation,
  environment: TrainEnvironment,
  context: TrainContext = {},
): Promise<TrainingResult> {
  const file = path.join(environment.folder, TRAINING_FILES.checkpoint);
  const saved = await readCheckpoint(file, preparation.key);
  if (saved?.ended) return resultOf(saved, preparation.settings);
  const data = await loadTrainingData(preparation, { ...environment, signal: context.signal });
  try {
    const checkpoint = saved ?? firstCheckpoint(preparation, data);
    checkpoint.facts = continued(checkpoint, environment);
    const { spec, plan, settings, recipe } = preparation;
    const session = await environment.engine.createTraining(
      spec,
      {
        batchSize: settings.batchSize,
        patch: [...(plan.sizeZ === null ? [] : [plan.sizeZ]), plan.sizeY, plan.sizeX],
        loss: settings.loss,
        weightDecay: recipe.weightDecay,
      },
      checkpoint.state,
    );
    try {
      return await new TrainingRun(preparation, environment, context, data, session, checkpoint).run();
    } finally {
      await session.dispose();
    }
  } finally {
    await data.close();
  }
}

function firstCheckpoint({ spec, settings, start, key }: Preparation, data: TrainingData): Checkpoint {
  const parameters = start?.parameters ?? initialParameters(spec, settings.seed);
  const state: TrainingState = {
    step: 0,
    parameters: parameters.slice(),
    average: parameters.slice(),
    firstMoment: new Float32Array(parameters.length),
    secondMoment: new Float32Array(parameters.length),
  };
  const facts = { images: data.images.length, validationImages: data.validation.length, notes: data.notes };
  return { key, state, best: null, history: [], epochLoss: { sum: 0, count: 0 }, seconds: 0, ended: null, facts };
}

/** The facts of a training that goes on here: another engine gives other bytes than the one before would have. */
function continued({ facts, state }: Checkpoint, { engine, notes = [] }: TrainEnvironment): Checkpoint['facts'] {
  const computedBy = `${engine.name} on ${engine.device}`;
  const changed = facts.computedBy !== undefined && facts.computedBy !== computedBy;
  const change = `from step ${state.step} on computed by ${computedBy}, before by ${facts.computedBy}`;
  const added = [...notes, ...(changed ? [change] : [])].filter((note) => !facts.notes.includes(note));
  return { ...facts, computedBy, notes: [...facts.notes, ...added] };
}

/** One part of a training, from a checkpoint to its end. */
class TrainingRun {
  private step: number;
  private best: BestModel | null;
  private readonly history: Checkpoint['history'];
  private epochLoss: Checkpoint['epochLoss'];
  private readonly facts: Checkpoint['facts'];
  private readonly batches: BatchMaker;
  private readonly clock: Clock;
  private readonly interval: number;
  private readonly validationSignal: AbortSignal | undefined;
  private lastDice: number | null;
  /** steps that one call may take, by the time that those of the last call took; the first call takes one */
  private stepsInTime = 1;
  /** step of the last validation, and how long it took */
  private validated = { step: -1, seconds: 0 };

  constructor(
    private readonly preparation: Preparation,
    private readonly environment: TrainEnvironment,
    private readonly context: TrainContext,
    private readonly data: TrainingData,
    private readonly session: TrainingSession,
    checkpoint: Checkpoint,
  ) {
    this.step = checkpoint.state.step;
    this.best = checkpoint.best;
    this.history = checkpoint.history;
    this.epochLoss = checkpoint.epochLoss;
    this.facts = checkpoint.facts;
    this.batches = new BatchMaker(data.images, preparation, session.stepsAtOnce);
    this.clock = new Clock(checkpoint.seconds, this.step, preparation.settings.maxMinutes, environment.now);
    this.interval = validationInterval(preparation, data.validation);
    const signals = [context.signal, context.stop].filter((signal) => signal !== undefined);
    this.validationSignal = signals.length > 0 ? AbortSignal.any(signals) : undefined;
    this.lastDice = this.history.findLast(({ validationDice }) => validationDice !== null)?.validationDice ?? null;
  }

  async run(): Promise<TrainingResult> {
    try {
      const reason = await this.steps();
      if (reason !== 'stopped' && this.validated.step !== this.step) await this.validateNow();
      if (reason !== 'stopped') await this.tryLargeTiles();
      const checkpoint = await this.save(reason);
      const result = resultOf(checkpoint, this.preparation.settings);
      const folder = path.join(this.environment.folder, TRAINING_FILES.published);
      await writeWeights(path.join(folder, 'best.bin'), result.parameters.slice());
      return result;
    } catch (error) {
      if (error instanceof CancelledError) await this.save(null);
      throw error;
    }
  }

  /** Steps until the budget, patience, time or a person ends them. */
  private async steps(): Promise<EndReason> {
    const { budget } = this.preparation;
    while (this.step < budget.steps) {
      throwIfCancelled(this.context.signal, 'the training');
      if (this.context.stop?.aborted) return 'stopped';
      if (this.clock.isOver(this.validated.seconds)) return 'time';
      const before = this.step;
      await this.nextSteps();
      const epoch = epochsDone(budget, this.step);
      if (epoch > epochsDone(budget, before) || this.step === budget.steps) {
        if (await this.endEpoch(epoch)) return 'patience';
      } else if (this.clock.reportDue()) this.report(false);
      if (this.clock.saveDue(this.environment.checkpointSeconds ?? 60)) await this.save(null);
      await eventLoopTurn();
    }
    return 'budget';
  }

  /** As many steps as the session takes at once, unless the epoch ends before, they take long or someone waits. */
  private async nextSteps(): Promise<void> {
    const { budget, recipe } = this.preparation;
    const { stepsAtOnce } = this.session;
    const first = this.step;
    const last = first + stepsTogether(budget, first, Math.min(stepsAtOnce, this.stepsInTime));
    const steps: Step[] = [];
    for (let step = first; step < last && (step === first || !this.isInterrupted()); step++) {
      const averageDecay = averageDecayAt(step, recipe);
      steps.push({ batch: await this.batches.make(step), learningRate: this.learningRate(step), averageDecay });
    }
    const begin = stepsAtOnce > 1 ? this.clock.seconds() : 0;
    for (const loss of await this.session.steps(steps)) this.count(loss);
    if (stepsAtOnce === 1) return;
    const seconds = (this.clock.seconds() - begin) / steps.length;
    this.stepsInTime = Math.max(1, Math.floor(LONGEST_CALL / Math.max(seconds, 1e-6)));
  }

  private count(loss: number): void {
    this.step++;
    if (!Number.isFinite(loss)) {
      const message = `training step ${this.step}: the loss is ${loss}, expected a number; a lower learning rate than ${this.preparation.settings.learningRate} may help`;
      throw new SegmenterError('engine', message, { step: this.step, loss, folder: this.environment.folder });
    }
    this.epochLoss.sum += loss;
    this.epochLoss.count++;
  }

  /** Whether a person or the host waits for the end of the steps that are under way. */
  private isInterrupted(): boolean {
    return Boolean(this.context.signal?.aborted || this.context.stop?.aborted);
  }

  /** @returns whether patience is at its end */
  private async endEpoch(epoch: number): Promise<boolean> {
    const due = epoch % this.interval === 0 || this.step === this.preparation.budget.steps;
    const result = due ? await this.validateNow(epoch) : null;
    this.history.push({
      epoch,
      step: this.step,
      loss: this.meanLoss(),
      validationDice: result?.dice ?? null,
      threshold: result?.threshold ?? null,
      learningRate: this.learningRate(this.step - 1),
      seconds: this.clock.seconds(),
    });
    this.report(true);
    this.epochLoss = { sum: 0, count: 0 };
    if (this.best?.step === this.step) await this.save(null);
    const { patience } = this.preparation.settings;
    return patience !== null && this.best !== null && epoch - this.best.epoch >= patience;
  }

  /** Judges the averaged weights and keeps them when they are the best; null: no validation, or a person stopped it. */
  private async validateNow(
    epoch: number = epochsDone(this.preparation.budget, this.step),
  ): Promise<BestModel['result'] | null> {
    if (this.data.validation.length === 0) return null;
    const begin = this.clock.seconds();
    const { average } = await this.session.readState();
    const result = await this.judge(average, firstTiles(this.preparation.settings));
    if (result) {
      this.validated = { step: this.step, seconds: this.clock.seconds() - begin };
      this.lastDice = result.dice;
      if (!this.best || result.dice > this.best.result.dice) {
        this.best = { step: this.step, epoch, result, parameters: average };
      }
    }
    return result;
  }

  /** Judges the best weights with large tiles too, and keeps those where they are clearly better. */
  private async tryLargeTiles(): Promise<void> {
    const { best } = this;
    const { settings, recipe } = this.preparation;
    if (!best || settings.tiles !== 'auto') return;
    const result = await this.judge(best.parameters, 'large');
    if (result && result.dice >= best.result.dice + recipe.largeTilesGain) this.best = { ...best, result };
  }

  /** The validation of some weights; null where a person stopped it. */
  private async judge(parameters: Float32Array, tiles: TileSize): Promise<ValidationResult | null> {
    const { engine, predict } = this.environment;
    const { validation } = this.data;
    try {
      return await validate(this.preparation, validation, parameters, tiles, engine, predict, this.validationSignal);
    } catch (error) {
      if (error instanceof CancelledError && !this.context.signal?.aborted) return null;
      throw error;
    }
  }

  private learningRate(step: number): number {
    const { budget, recipe, settings, start } = this.preparation;
    return learningRateAt(step, budget, recipe, settings, start !== null);
  }

  private meanLoss(): number {
    return this.epochLoss.sum / Math.max(1, this.epochLoss.count);
  }

  private async save(ended: EndReason | null): Promise<Checkpoint> {
    const { folder } = this.environment;
    const checkpoint: Checkpoint = {
      key: this.preparation.key,
      state: await this.session.readState(),
      best: this.best,
      history: this.history,
      epochLoss: this.epochLoss,
      seconds: this.clock.seconds(),
      ended,
      facts: this.facts,
    };
    await writeCheckpoint(path.join(folder, TRAINING_FILES.checkpoint), checkpoint);
    await writeFileAtomic(path.join(folder, TRAINING_FILES.metrics), metricsCsv(this.history));
    this.clock.markSaved();
    return checkpoint;
  }

  private report(epochEnd: boolean): void {
    const { budget, settings } = this.preparation;
    const epoch = epochsDone(budget, this.step);
    const loss = this.meanLoss();
    const dice = this.lastDice === null ? '' : `, validation Dice ${this.lastDice.toFixed(3)}`;
    const progress: TrainProgress = {
      done: this.step,
      total: budget.steps,
      text: `epoch ${epoch} of ${settings.epochs}, loss ${loss.toFixed(3)}${dice}`,
      epoch,
      step: this.step,
      loss,
      validationDice: this.lastDice,
      learningRate: this.learningRate(Math.max(0, this.step - 1)),
      seconds: this.clock.seconds(),
      remaining: this.clock.remaining(this.step, budget.steps),
      epochEnd,
    };
    this.context.progress?.(progress);
  }
}
