import path from 'node:path';
import { CancelledError, SegmenterError, throwIfCancelled } from '../base/errors';
import { eventLoopTurn } from '../base/long-work';
import type { Engine, Step, TrainingSession, TrainingState } from '../engines/engine';
import { patchSize } from '../patches/plan';
import { writeFileAtomic } from '../storage/atomic-file';
import { continued, firstCheckpoint, hasEnded, withWarnings } from './checkpoints/begin';
import type { Checkpoint, EndReason } from './checkpoints/checkpoint';
import { findCheckpoint, Saves, TRAINING_FILES } from './checkpoints/checkpoint-files';
import { Clock } from './clock';
import { BatchMaker } from './data/batches';
import { type LoadedData, type LoadOptions, loadTrainingData } from './data/load-images';
import type { Preparation } from './prepare';
import { lastImprovement, metricsCsv, resultOf, type TrainingResult } from './result';
import { averageDecayAt, epochsDone, learningRateAt, stepsTogether } from './schedule';
import type { TrainContext, TrainProgress } from './settings';
import { Judge } from './validation/judge';
import { measureMoments } from './validation/norm-moments';
import { type ImagePredictor, type ValidationResult, validationInterval } from './validation/validate';

/** Seconds that one call of the session should take at most: what stops a training is heard between calls. */
const LONGEST_CALL = 1;

/** What a training works with. */
export interface TrainEnvironment extends Omit<LoadOptions, 'signal'> {
  engine: Engine;
  predict: ImagePredictor;
  /** the training's own folder: checkpoints and metrics; one for each key */
  folder: string;
  /** what befell the training so far, for the card */
  notes?: string[];
  /** seconds between checkpoints (60) */
  checkpointSeconds?: number;
  /** seconds from any start; replaced in tests */
  now?: () => number;
}

/**
 * Trains, from the last sound checkpoint of the same key where there is one, and returns the best model. Leaves in the
 * folder its checkpoints and `metrics.csv`.
 * @throws CancelledError after saving a checkpoint, or when it was stopped before its first step; SegmenterError `engine`
 *   when the loss is not finite, naming the step (the last checkpoint stays); what loading the images throws
 */
export async function train(
  preparation: Preparation,
  environment: TrainEnvironment,
  context: TrainContext = {},
): Promise<TrainingResult> {
  const { checkpoint: saved, warnings } = await findCheckpoint(environment.folder, preparation.key);
  if (saved && hasEnded(saved)) return resultOf(withWarnings(saved, warnings), preparation);
  warnings.push(...(preparation.start?.warnings ?? []), ...preparation.warnings);
  const data = await loadTrainingData(preparation, { ...environment, signal: context.signal });
  try {
    warnings.push(...data.warnings);
    const checkpoint = withWarnings(saved ?? firstCheckpoint(preparation, data), warnings);
    checkpoint.facts = continued(checkpoint, environment.engine, environment.notes);
    const { spec, plan, settings, recipe } = preparation;
    const session = await environment.engine.createTraining(
      spec,
      {
        batchSize: settings.batchSize,
        patch: [...(plan.sizeZ === null ? [] : [plan.sizeZ]), plan.sizeY, plan.sizeX],
        loss: settings.loss,
        ...(data.rare ? { diceSmoothing: data.rare.diceSmoothing } : {}),
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

/** One part of a training, from a checkpoint to its end. */
class TrainingRun {
  private step: number;
  private readonly history: Checkpoint['history'];
  private epochLoss: Checkpoint['epochLoss'];
  private readonly facts: Checkpoint['facts'];
  private readonly batches: BatchMaker;
  private readonly whole: LoadedData['whole'];
  private readonly clock: Clock;
  private readonly interval: number;
  private readonly judge: Judge;
  private readonly saves: Saves;
  /** the session's state where it has been read since the last step */
  private state: TrainingState | null = null;
  /** steps that one call may take, by the time that those of the last call took; the first call takes one */
  private stepsInTime = 1;
  /** step of the last validation, and how long it took */
  private validated = { step: -1, seconds: 0 };

  constructor(
    private readonly preparation: Preparation,
    private readonly environment: TrainEnvironment,
    private readonly context: TrainContext,
    data: LoadedData,
    private readonly session: TrainingSession,
    checkpoint: Checkpoint,
  ) {
    this.step = checkpoint.state.step;
    this.history = checkpoint.history;
    this.epochLoss = checkpoint.epochLoss;
    this.facts = checkpoint.facts;
    this.whole = data.whole;
    this.batches = new BatchMaker(data.images, preparation, session.stepsAtOnce, data.rare?.added ?? null);
    this.clock = new Clock(checkpoint.seconds, this.step, preparation.settings.maxMinutes, environment.now);
    this.interval = validationInterval(preparation, data.validation);
    this.judge = new Judge(preparation, data.validation, environment, context, checkpoint);
    this.saves = new Saves(environment.folder);
    context.offerSave?.(() => this.saveSoon());
  }

  async run(): Promise<TrainingResult> {
    try {
      await this.judgeStart();
      const reason = await this.steps();
      if (reason !== 'stopped' && this.validated.step !== this.step) await this.validateNow();
      if (reason !== 'stopped') await this.tryOtherForms();
      if (this.step === 0) throw new CancelledError('the training, before its first step,');
      return resultOf(await this.save(reason), this.preparation);
    } catch (error) {
      if (error instanceof CancelledError && this.step > 0) await this.save(null);
      throw error;
    } finally {
      this.saves.end();
    }
  }

  /** Steps until the budget, patience, time or a person ends them. */
  private async steps(): Promise<EndReason> {
    const { budget } = this.preparation;
    for (;;) {
      throwIfCancelled(this.context.signal, 'the training');
      if (this.isEpochToEnd()) await this.endEpoch();
      if (this.isPatienceOver()) return 'patience';
      if (this.step >= budget.steps) return 'budget';
      if (this.context.stop?.aborted) return 'stopped';
      if (this.clock.isOver(this.validated.seconds)) return 'time';
      if (this.saves.areAsked || this.clock.saveDue(this.environment.checkpointSeconds ?? 60)) await this.save(null);
      await this.nextSteps();
      if (!this.isEpochToEnd() && this.clock.reportDue()) this.report(false);
      await eventLoopTurn();
    }
  }

  /** As many steps as the session takes at once, unless the epoch ends before, they take long or someone waits. */
  private async nextSteps(): Promise<void> {
    const { budget, recipe } = this.preparation;
    const { stepsAtOnce } = this.session;
    const first = this.step;
    this.state = null;
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

  /** Whether someone waits for the end of the steps that are under way. */
  private isInterrupted(): boolean {
    return Boolean(this.context.signal?.aborted || this.context.stop?.aborted || this.saves.areAsked);
  }

  /** The last step ended an epoch that is not in the history: in this part of the training, or in one that was killed. */
  private isEpochToEnd(): boolean {
    const { budget } = this.preparation;
    const last = this.history.at(-1) ?? { epoch: 0, step: 0 };
    return this.step > last.step && (epochsDone(budget, this.step) > last.epoch || this.step === budget.steps);
  }

  private isPatienceOver(): boolean {
    const { patience } = this.preparation.settings;
    const improved = lastImprovement(this.history);
    return patience !== null && improved !== null && (this.history.at(-1)?.epoch ?? 0) - improved >= patience;
  }

  /** Before the first step, how good the model is that the training starts from: what comes of it is compared with that. */
  private async judgeStart(): Promise<void> {
    const { start } = this.preparation;
    if (!start || this.step > 0 || this.facts.startDice !== undefined || !this.judge.hasImages) return;
    await this.readState();
    const dice = await this.judge.judgeStart(start);
    if (dice !== null) this.facts.startDice = dice;
  }

  private async endEpoch(): Promise<void> {
    const epoch = epochsDone(this.preparation.budget, this.step);
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
    if (this.judge.best?.step === this.step) await this.save(null);
  }

  private async validateNow(
    epoch: number = epochsDone(this.preparation.budget, this.step),
  ): Promise<ValidationResult | null> {
    if (!this.judge.hasImages) return null;
    const begin = this.clock.seconds();
    const { average } = await this.readState();
    const result = await this.judge.judge({ step: this.step, epoch, parameters: average });
    if (result) this.validated = { step: this.step, seconds: this.clock.seconds() - begin };
    return result;
  }

  /** How the best weights are predicted with best: by whose moments, in which tiles. */
  private async tryOtherForms(): Promise<void> {
    await this.readState();
    const { spec, plan } = this.preparation;
    await this.judge.tryFixedNorms((parameters, signal) =>
      measureMoments({ spec, parameters }, this.whole, patchSize(plan), this.environment.engine, signal),
    );
    await this.judge.tryLargeTiles();
  }

  private learningRate(step: number): number {
    const { budget, recipe, settings, start } = this.preparation;
    return learningRateAt(step, budget, recipe, settings, start !== null);
  }

  private meanLoss(): number {
    return this.epochLoss.sum / Math.max(1, this.epochLoss.count);
  }

  /** Saves while the training goes on: now where no step is under way, else at the end of the one that is. */
  private async saveSoon(): Promise<void> {
    if (this.judge.isAtWork && this.state) await this.saves.save(this.snapshot(this.state, null));
    else await this.saves.next();
  }

  private async save(ended: EndReason | null): Promise<Checkpoint> {
    const checkpoint = this.snapshot(await this.readState(), ended);
    await this.saves.save(checkpoint);
    const metrics = path.join(this.environment.folder, TRAINING_FILES.metrics);
    // For people to look at: the checkpoint has it all, and what is wrong with the disk it has said.
    await writeFileAtomic(metrics, metricsCsv(checkpoint.history)).catch(() => undefined);
    this.clock.markSaved();
    return checkpoint;
  }

  private snapshot(state: TrainingState, ended: EndReason | null): Checkpoint {
    return {
      key: this.preparation.key,
      state,
      best: this.judge.best,
      ...(this.judge.moments ? { moments: [...this.judge.moments] } : {}),
      history: [...this.history],
      epochLoss: { ...this.epochLoss },
      seconds: this.clock.seconds(),
      ended,
      facts: this.facts,
    };
  }

  private async readState(): Promise<TrainingState> {
    this.state ??= await this.session.readState();
    return this.state;
  }

  private report(epochEnd: boolean): void {
    const { budget, settings } = this.preparation;
    const epoch = epochsDone(budget, this.step);
    const loss = this.meanLoss();
    const { lastDice } = this.judge;
    const dice = lastDice === null ? '' : `, validation Dice ${lastDice.toFixed(3)}`;
    const progress: TrainProgress = {
      done: this.step,
      total: budget.steps,
      text: `epoch ${epoch} of ${settings.epochs}, loss ${loss.toFixed(3)}${dice}`,
      epoch,
      step: this.step,
      loss,
      validationDice: lastDice,
      learningRate: this.learningRate(Math.max(0, this.step - 1)),
      seconds: this.clock.seconds(),
      remaining: this.clock.remaining(this.step, budget.steps),
      epochEnd,
      ...(this.facts.warnings ? { warnings: this.facts.warnings } : {}),
    };
    this.context.progress?.(progress);
  }
}
