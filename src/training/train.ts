import { CancelledError } from '../base/errors';
import type { Engine } from '../engines/engine';
import { patchSize } from '../patches/plan';
import { continued, firstCheckpoint, firstState, hasEnded, stepsDone, withWarnings } from './checkpoints/begin';
import type { EndReason } from './checkpoints/checkpoint';
import { findCheckpoint, type Guard } from './checkpoints/checkpoint-files';
import { Clock } from './clock';
import type { Fold } from './data/fold-images';
import { type LoadedData, type LoadOptions, loadTrainingData } from './data/load-images';
import { rareNote } from './data/rare-foreground';
import { fixPlan } from './fix-plan';
import { openTraining } from './measure';
import { withPlannedNetwork } from './network-size';
import type { TrainingObserver } from './observer';
import { secondsLeft, stepsPlanned } from './plan';
import type { Preparation } from './prepare';
import { noFoldsNote, planNote, withPatienceNote } from './progress-text';
import { TrainingRecord } from './record';
import { resultOf, type TrainingResult } from './result';
import type { TrainContext } from './settings';
import { StageRun } from './stage-run';
import { type Stage, stagesOf } from './stages';
import { firstParameters } from './starters';
import type { Form } from './validation/forms';
import { Judge } from './validation/judge';
import { measureMoments } from './validation/norm-moments';
import { diceOfFold, dicesOfFold, judgeFold, judgeLearned } from './validation/out-of-fold';
import { crossFitted } from './validation/outcome';
import type { ImagePredictor } from './validation/validate';

/** A person who stopped a training waits no longer for what its report shows. */
const STOPPED_SECONDS = 5;

/** What a training works with. */
export interface TrainEnvironment extends Omit<LoadOptions, 'signal'> {
  engine: Engine;
  predict: ImagePredictor;
  /** the training's own folder: checkpoints and metrics; one for each key */
  folder: string;
  /** asked before anything in the folder is replaced */
  guard?: Guard;
  /** told what it comes to */
  observer?: TrainingObserver;
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
  asked: Preparation,
  environment: TrainEnvironment,
  context: TrainContext = {},
): Promise<TrainingResult> {
  const { engine, folder, now } = environment;
  const { checkpoint: saved, warnings } = await findCheckpoint(folder, asked.key);
  if (saved && hasEnded(saved)) return resultOf(withWarnings(saved, warnings), withPlannedNetwork(asked, saved.plan));
  warnings.push(...(asked.start?.warnings ?? []), ...asked.warnings);
  // What is loaded again after a kill was planned once.
  let clock = new Clock(0, now);
  const data = await loadTrainingData(asked, { ...environment, signal: context.signal });
  try {
    warnings.push(...data.warnings);
    if (saved) clock = new Clock(saved.seconds, now);
    const plan = saved?.plan ?? (await fixPlan(asked, data, environment, clock, context.signal));
    const preparation = withPlannedNetwork(asked, plan);
    const checkpoint = withWarnings(saved ?? firstCheckpoint(preparation, data, plan), warnings);
    checkpoint.facts = continued(checkpoint, engine, environment.notes);
    const record = new TrainingRecord(checkpoint, clock, folder, environment.observer, environment.guard);
    return await new TrainingRun(preparation, environment, context, data, record).run();
  } finally {
    await data.close();
  }
}

/** One part of a training, from a checkpoint to its end. */
class TrainingRun {
  private readonly judge: Judge;

  constructor(
    private readonly preparation: Preparation,
    private readonly environment: TrainEnvironment,
    private readonly context: TrainContext,
    private readonly data: LoadedData,
    private readonly record: TrainingRecord,
  ) {
    this.judge = new Judge(preparation, data.validation, environment, context, record);
    context.offerSave?.(() => record.saveSoon());
  }

  async run(): Promise<TrainingResult> {
    const { record, preparation } = this;
    const { checkpoint } = record;
    try {
      await this.keepPlan();
      await this.judgeStart();
      const reason = await this.stages();
      if (reason === 'patience') this.tellOfPatience();
      if (reason !== 'stopped') await this.tryOtherForms();
      const left = secondsLeft(checkpoint.plan, record.clock.seconds());
      await this.judge.showBest(reason === 'stopped' ? STOPPED_SECONDS : left);
      if (stepsDone(checkpoint) === 0) throw new CancelledError('the training, before its first step,');
      return resultOf(await record.save(reason), preparation);
    } catch (error) {
      if (error instanceof CancelledError && stepsDone(checkpoint) > 0) await record.save();
      throw error;
    } finally {
      record.saves.end();
    }
  }

  /** Saves what was planned: a plan that was measured is never measured again. */
  private async keepPlan(): Promise<void> {
    const { record, preparation, context } = this;
    const { checkpoint } = record;
    if (stepsDone(checkpoint) > 0) return;
    const { facts, plan } = checkpoint;
    const note = planNote(plan, preparation.settings);
    const rare = stagesOf(preparation, this.data, plan).at(-1)?.rare;
    const isUnjudged = this.data.folds.length > 0 && plan.steps.length === 1;
    const told = [note, rare ? rareNote(rare) : null];
    facts.notes = [...new Set([...facts.notes, ...told.filter((text) => text !== null)])];
    // Without it a person waits for a score that never comes.
    if (isUnjudged) Object.assign(facts, withWarnings(checkpoint, [noFoldsNote(plan)]).facts);
    if (plan.minutes === null) return;
    const begun = { done: 0, epoch: 0, step: 0, loss: 0, validationDice: null, learningRate: 0 };
    const total = stepsPlanned(plan);
    const seconds = record.clock.seconds();
    const remaining = Math.max(0, 60 * plan.minutes - seconds);
    if (note) context.progress?.({ ...begun, total, seconds, remaining, text: note });
    await record.save();
  }

  private tellOfPatience(): void {
    const { checkpoint, clock } = this.record;
    const { plan, facts } = checkpoint;
    const step = stepsDone(checkpoint);
    facts.notes = withPatienceNote(facts.notes, plan, step, clock.remaining(step, plan));
  }

  /** Goes on with the stage that the checkpoint is in, and with those after it. */
  private async stages(): Promise<EndReason> {
    const { checkpoint } = this.record;
    const stages = stagesOf(this.preparation, this.data, checkpoint.plan);
    for (;;) {
      const stage = stages[checkpoint.stage];
      const reason = await this.steps(stage);
      if (reason !== 'budget' || !stage.fold) return reason;
      if (!(await this.endFold(stage.fold))) return 'stopped';
    }
  }

  private async steps(stage: Stage): Promise<EndReason> {
    const { preparation, record, environment, context, judge } = this;
    const session = await openTraining(preparation, environment.engine, record.checkpoint.state, stage.rare);
    record.takenBy(session);
    try {
      const every = environment.checkpointSeconds ?? 60;
      const reason = await new StageRun(preparation, stage, record, session, judge, context, every).run();
      await record.readState();
      return reason;
    } catch (error) {
      if (error instanceof CancelledError) await record.readState();
      throw error;
    } finally {
      record.takenBy(null);
      await session.dispose();
    }
  }

  /** Has what a fold holds out judged by the weights of its end, and begins the next stage. @returns false: a person stopped it */
  private async endFold(fold: Fold): Promise<boolean> {
    const { record, preparation, environment, judge, data } = this;
    const { checkpoint } = record;
    await record.save();
    const { folds, plan, stage, state } = checkpoint;
    const isLast = stage === plan.steps.length - 2;
    const judged = {
      fold,
      number: stage + 1,
      next: data.folds.length > 1 ? data.folds[(stage + 1) % data.folds.length] : null,
      images: preparation.split.kind === 'folds' ? fold.images : data.whole,
      before: isLast ? folds : null,
    };
    const begin = record.clock.seconds();
    const watch = { wanted: environment.observer?.wanted(fold.heldOut, begin) ?? [], seen: [] };
    const result = await judge.unlessStopped((signal) =>
      judgeFold(state.average, judged, { preparation, plan, ...environment, signal }, watch),
    );
    if (!result) return false;
    const dice = diceOfFold(result, preparation);
    if (dice) judge.tellDice(dice);
    const threshold = dice?.threshold ?? 0.5;
    await environment.observer?.validated({
      ...{ step: stepsDone(checkpoint), epoch: checkpoint.history.at(-1)?.epoch ?? 0, fold: stage + 1, threshold },
      ...{ dice: dicesOfFold(result, preparation, threshold), seen: watch.seen },
      seconds: record.clock.seconds() - begin,
    });
    const goesOn = isLast && preparation.recipe.crossFitting.lastFrom === 'fold';
    checkpoint.folds = [...folds, result];
    checkpoint.fold = state.average;
    checkpoint.stage = stage + 1;
    checkpoint.state = firstState(goesOn ? state.average : firstParameters(preparation));
    await record.save();
    return true;
  }

  /** Before the first step, how good the model is that the training starts from: what comes of it is compared with that. */
  private async judgeStart(): Promise<void> {
    const { judge, record, preparation } = this;
    const { start } = preparation;
    const { checkpoint } = record;
    if (!start || stepsDone(checkpoint) > 0 || checkpoint.facts.startDice !== undefined || !judge.hasImages) return;
    const dice = await judge.judgeStart(start);
    if (dice !== null) checkpoint.facts.startDice = dice;
  }

  /** How the best weights are predicted with best: by whose moments, in which tiles. */
  private async tryOtherForms(): Promise<void> {
    const { judge, data, preparation } = this;
    const { spec, plan } = preparation;
    const { checkpoint } = this.record;
    const measure = (parameters: Float32Array, signal?: AbortSignal) =>
      measureMoments({ spec, parameters }, data.whole, patchSize(plan), this.environment.engine, signal);
    await judge.tryFixedNorms(measure);
    await judge.tryLargeTiles();
    await judge.tryDecodings();
    const isOnAll = checkpoint.stage === checkpoint.plan.steps.length - 1;
    const outcome = isOnAll ? crossFitted(checkpoint, preparation, true) : null;
    if (!outcome) return;
    if (outcome.form.norms === 'training') {
      const moments = await judge.unlessStopped((signal) => measure(checkpoint.state.average, signal));
      if (!moments) return;
      checkpoint.moments = [...moments];
    }
    await this.judgeLearned(outcome.form);
  }

  /** What the model says of the images that it learned from, beside what folds said of them: it is calibrated by that. */
  private async judgeLearned(form: Form): Promise<void> {
    const { judge, data, preparation, environment, record } = this;
    const { checkpoint } = record;
    const { folds, moments, plan, state } = checkpoint;
    if (folds.some(({ seen }) => !seen)) return;
    const norms = moments ? Float32Array.from(moments) : null;
    const learned = await judge.unlessStopped((signal) =>
      judgeLearned(state.average, norms, data.folds, form, { preparation, plan, ...environment, signal }),
    );
    if (learned) checkpoint.learned = learned;
  }
}
