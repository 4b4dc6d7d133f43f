import { SegmenterError, throwIfCancelled } from '../base/errors';
import { eventLoopTurn } from '../base/long-work';
import type { Step, TrainingSession } from '../engines/engine';
import type { EndReason } from './checkpoints/checkpoint';
import { BatchMaker } from './data/batches';
import { endedEarly, isEarlyLook, mayEndEarly } from './early-end';
import { lastImprovement } from './history';
import { looksAt, plannedAnew, stepsPlanned, type TrainingPlan } from './plan';
import type { Preparation } from './prepare';
import { anewNote, earlyNote, progressText } from './progress-text';
import type { TrainingRecord } from './record';
import { averageDecayAt, epochsDone, learningRateAt, stepsTogether } from './schedule';
import type { TrainContext } from './settings';
import type { Stage } from './stages';
import type { Judge } from './validation/judge';
import type { ValidationResult } from './validation/validate';

/** Seconds that one call of the session should take at most: what stops a training is heard between calls. */
const LONGEST_CALL = 1;

/** The steps of one stage, from one of them to its end. */
export class StageRun {
  private step: number;
  private readonly batches: BatchMaker;
  /** steps that one call may take, by the time that those of the last call took; the first call takes one */
  private stepsInTime = 1;
  /** step of the last validation, and how long it took */
  private validated = { step: -1, seconds: 0 };
  /** where this part of the stage began */
  private readonly begun: { step: number; seconds: number };
  /** steps after which the plan is compared with the clock, the next one first */
  private readonly looks: number[];

  constructor(
    private readonly preparation: Preparation,
    private stage: Stage,
    private readonly record: TrainingRecord,
    private readonly session: TrainingSession,
    private readonly judge: Judge,
    private readonly context: TrainContext,
    /** seconds between checkpoints */
    private readonly saveEvery: number,
  ) {
    this.step = record.checkpoint.state.step;
    record.clock.stepsBegin(stage.stepsBefore + this.step);
    this.begun = { step: this.step, seconds: record.clock.seconds() };
    this.looks = stage.fold ? [] : looksAt(record.checkpoint.plan).filter((step) => step > this.step);
    const drawn = { ...preparation, budget: stage.budget };
    this.batches = new BatchMaker(stage.images, drawn, session.stepsAtOnce, stage.rare?.added ?? null);
  }

  /** Steps until the budget, patience, time or a person ends them, and a validation of the last one. */
  async run(): Promise<EndReason> {
    const reason = await this.steps();
    if (reason !== 'stopped' && this.validated.step !== this.step) await this.validateNow();
    return reason;
  }

  private async steps(): Promise<EndReason> {
    const { record, context } = this;
    const { clock, saves, checkpoint } = record;
    for (;;) {
      throwIfCancelled(context.signal, 'the training');
      if (this.isEpochToEnd()) await this.endEpoch();
      if (this.step >= this.looks[0]) await this.lookAtClock();
      if (this.isPatienceOver()) return 'patience';
      if (this.step >= this.stage.budget.steps) return checkpoint.plan.early ? 'early' : 'budget';
      if (context.stop?.aborted) return 'stopped';
      if (this.hasBegun && clock.isOver(checkpoint.plan, this.kept)) return 'time';
      if (saves.areAsked || clock.saveDue(this.saveEvery)) await record.save();
      await this.nextSteps();
      if (!this.isEpochToEnd() && clock.reportDue()) this.report(false);
      await eventLoopTurn();
    }
  }

  /** Has the rest of the stage fill the time that is left. It is saved at once: what goes on from there asks no clock again. */
  private async lookAtClock(): Promise<void> {
    const { record, preparation, step, begun } = this;
    const { clock, checkpoint } = record;
    while (this.step >= this.looks[0]) this.looks.shift();
    const seconds = clock.seconds();
    const each = (seconds - begun.seconds) / (step - begun.step);
    const plan = plannedAnew(checkpoint.plan, { step, each, seconds, most: preparation.budget.steps });
    if (!plan) return;
    this.goOnBy(plan, anewNote(checkpoint.plan, plan, this.stage.stepsBefore + step));
    await record.save();
  }

  /**
   * Has the stage come to its end where nothing rises any more. It follows from the epochs that have ended, and nothing is saved
   * between the end of one and this.
   */
  private lookAtCurve(stepBefore: number): boolean {
    const { record, preparation, step, stage } = this;
    const { clock, checkpoint } = record;
    const { history, plan: before } = checkpoint;
    if (stage.fold || !mayEndEarly(before, preparation.settings) || !isEarlyLook(stepBefore, step)) return false;
    const plan = endedEarly(before, history, step, preparation.recipe.earlyEnd);
    if (!plan) return false;
    const done = stage.stepsBefore + step;
    const saved = clock.remaining(done, before) - clock.remaining(done, plan);
    this.goOnBy(plan, earlyNote(plan, stepsPlanned(plan), Math.max(0, saved)));
    return true;
  }

  private goOnBy(plan: TrainingPlan, note: string): void {
    const { checkpoint } = this.record;
    const { facts } = checkpoint;
    facts.notes = [...facts.notes, note];
    checkpoint.plan = plan;
    this.stage = { ...this.stage, budget: { ...this.stage.budget, steps: plan.steps[plan.steps.length - 1] } };
  }

  /** As many steps as the session takes at once, unless the epoch ends before, they take long or someone waits. */
  private async nextSteps(): Promise<void> {
    const { budget } = this.stage;
    const { stepsAtOnce } = this.session;
    const { clock } = this.record;
    const first = this.step;
    this.record.goesOn();
    const last = first + stepsTogether(budget, first, Math.min(stepsAtOnce, this.stepsInTime));
    const steps: Step[] = [];
    for (let step = first; step < last && (step === first || !this.isInterrupted()); step++) {
      const averageDecay = averageDecayAt(step, this.preparation.recipe);
      const batch = await this.batches.make(this.stage.stepsBefore + step);
      steps.push({ batch, learningRate: this.learningRate(step), averageDecay });
    }
    const begin = stepsAtOnce > 1 ? clock.seconds() : 0;
    for (const loss of await this.session.steps(steps)) this.count(loss);
    if (stepsAtOnce === 1) return;
    const seconds = (clock.seconds() - begin) / steps.length;
    this.stepsInTime = Math.max(1, Math.floor(LONGEST_CALL / Math.max(seconds, 1e-6)));
  }

  private count(loss: number): void {
    this.step++;
    if (!Number.isFinite(loss)) {
      const { learningRate } = this.preparation.settings;
      const step = this.stage.stepsBefore + this.step;
      const message = `training step ${step}: the loss is ${loss}, expected a number; a lower learning rate than ${learningRate} may help`;
      throw new SegmenterError('engine', message, { step, loss, folder: this.record.folder });
    }
    const { epochLoss } = this.record.checkpoint;
    epochLoss.sum += loss;
    epochLoss.count++;
  }

  /** Whether someone waits for the end of the steps that are under way. */
  private isInterrupted(): boolean {
    return Boolean(this.context.signal?.aborted || this.context.stop?.aborted || this.record.saves.areAsked);
  }

  /** The last step ended an epoch that is not in the history: in this part of the training, or in one that was killed. */
  private isEpochToEnd(): boolean {
    const { budget, stepsBefore, epochsBefore } = this.stage;
    const { step, epoch } = this.record.checkpoint.history.at(-1) ?? { epoch: 0, step: 0 };
    if (stepsBefore + this.step <= step) return false;
    return epochsBefore + epochsDone(budget, this.step) > epoch || this.step === budget.steps;
  }

  private isPatienceOver(): boolean {
    const { patience } = this.preparation.settings;
    const { history } = this.record.checkpoint;
    if (patience === null || !this.judge.hasImages) return false;
    const improved = lastImprovement(history);
    return improved !== null && (history.at(-1)?.epoch ?? 0) - improved >= patience;
  }

  /** Seconds to keep for what follows the last step. */
  private get kept(): number {
    return Math.max(this.validated.seconds, this.record.checkpoint.plan.reserve);
  }

  /** A first step is taken however short the time is. */
  private get hasBegun(): boolean {
    return this.stage.stepsBefore + this.step > 0;
  }

  private get epoch(): number {
    return this.stage.epochsBefore + epochsDone(this.stage.budget, this.step);
  }

  private async endEpoch(): Promise<void> {
    const { stage, record, epoch } = this;
    const { checkpoint } = record;
    const due = epoch % stage.validateEvery === 0 || this.step === stage.budget.steps;
    const result = due ? await this.validateNow() : null;
    const stepBefore = Math.max(0, (checkpoint.history.at(-1)?.step ?? 0) - stage.stepsBefore);
    checkpoint.history.push({
      epoch,
      step: stage.stepsBefore + this.step,
      loss: this.meanLoss(),
      validationDice: result?.dice ?? null,
      threshold: result?.threshold ?? null,
      learningRate: this.learningRate(this.step - 1),
      seconds: record.clock.seconds(),
    });
    const isEarly = this.lookAtCurve(stepBefore);
    this.report(true);
    checkpoint.epochLoss = { sum: 0, count: 0 };
    if (isEarly || checkpoint.best?.step === this.step) await record.save();
  }

  private async validateNow(): Promise<ValidationResult | null> {
    const { judge, step, epoch } = this;
    if (!judge.hasImages) return null;
    const { clock } = this.record;
    const begin = clock.seconds();
    const { average } = await this.record.readState();
    const result = await judge.judge({ step, epoch, parameters: average });
    if (result) this.validated = { step, seconds: clock.seconds() - begin };
    return result;
  }

  private learningRate(step: number): number {
    const { recipe, settings, start } = this.preparation;
    return learningRateAt(step, this.stage.budget, recipe, settings, start !== null);
  }

  private meanLoss(): number {
    const { sum, count } = this.record.checkpoint.epochLoss;
    return sum / Math.max(1, count);
  }

  private report(epochEnd: boolean): void {
    const { stage, record, epoch } = this;
    const { plan, facts } = record.checkpoint;
    const done = stage.stepsBefore + this.step;
    const numbers = {
      ...{ done, total: stepsPlanned(plan), step: done, epoch },
      ...{ loss: this.meanLoss(), validationDice: this.judge.last?.dice ?? null },
      ...(this.judge.last ? { validatedEpoch: this.judge.last.epoch } : {}),
      learningRate: this.learningRate(Math.max(0, this.step - 1)),
      seconds: record.clock.seconds(),
      remaining: record.clock.remaining(done, plan),
    };
    this.context.progress?.({
      ...numbers,
      text: progressText(numbers, this.preparation.settings, stage.place, plan.early?.planned),
      ...(stage.place ? { stage: stage.place } : {}),
      epochEnd,
      ...(facts.warnings ? { warnings: facts.warnings } : {}),
    });
  }
}
