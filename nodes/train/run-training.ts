import path from 'node:path';
import type { NodeMessage, NodeMessageInFlow } from 'node-red';
import { CancelledError, InvalidInputError } from '../../src/base/errors';
import { canonicalHash } from '../../src/base/plain-json';
import {
  attachTraining,
  computeIdentity,
  type EndedTraining,
  type TrainingJob,
  trainingHash,
} from '../../src/jobs/host/training-jobs';
import type { ComputeSettings, JobAsker, JobOutput, TrainProgress, TrainSettings } from '../../src/jobs/job-types';
import { LEVELS } from '../../src/network/topology';
import { jobAccess } from '../job-host-access';
import { labelOf } from '../sample-node';
import { readParts, withoutSequence } from '../sequences/parts';
import { modelRequest, placeOf } from '../typed-property';
import type { Work } from '../work';
import type { TrainingData } from './collected';
import type { TrainNodeSettings } from './settings';

/** What a training keeps for the node that a deploy puts in its place. */
export interface TrainingContext {
  msg: NodeMessageInFlow;
  data: TrainingData;
}

/** Hash of what a train node knows before any message of what its trainings come to; which compute node says so is none of it. */
export function settingsHash({ compute: _, ...settings }: TrainNodeSettings, compute: ComputeSettings): string {
  return canonicalHash({ settings, compute: computeIdentity(compute) });
}

/** A longer rest is told in hours. */
const LONGEST_IN_MINUTES = 90;

const CAUSES: Record<EndedTraining['cause'], string> = {
  removed: 'its node was deleted',
  settings: 'the settings of its node or compute node have changed',
  data: 'its node got other data',
  away: 'its node did not come back within a minute',
  person: 'a person stopped it without a model',
};

/** The line of the log about a training that was ended. */
function endedText(node: string, model: string, modelsFolder: string, { cause, progress }: EndedTraining): string {
  const at = progress ? `at step ${progress.step} of ${progress.total}` : 'before its first report';
  const runs = path.join(modelsFolder, model, '.runs');
  return `${node}: the training of ${model} was ended ${at}: ${CAUSES[cause]}. Its checkpoint stays in ${runs}; it goes on when the same data come with the same settings`;
}

/** Starts the training of the collected samples, or meets the one that runs. */
export async function startTraining(work: Work<TrainNodeSettings>, data: TrainingData): Promise<TrainingJob> {
  const { RED, node, host, compute, msg } = work;
  const settings = await trainSettings(work);
  // Before there is another version, so that no image in between is predicted with it.
  if (!work.settings.takesOver) {
    const change = { do: 'hold' as const, name: settings.model, why: `held by ${labelOf(node)}` };
    await host.run('change-models', { change });
  }
  const { modelsFolder } = jobAccess(RED).settings;
  const hash = trainingHash(settings, data.samples, compute);
  const context: TrainingContext = { msg, data };
  const asker: JobAsker = {
    node: node.id,
    subject: settings.model,
    cancel: () => training.cancel('person'),
    stop: () => training.stop(),
  };
  const training = attachTraining(
    node.id,
    hash,
    (control) => host.run('train', { samples: data.samples, settings, compute }, { ...control, asker }),
    {
      context,
      settingsHash: settingsHash(work.settings, compute),
      model: settings.model,
      // The node itself may be gone.
      onEnded: (ended) => RED.log.warn(endedText(labelOf(node), settings.model, modelsFolder, ended)),
    },
  );
  return training;
}

/**
 * Follows a training to its end and sends its result on. `msg.cancel` ends it with the best model so far; a deploy leaves it
 * to the node that comes in this one's place.
 */
export async function followTraining(
  work: Work<TrainNodeSettings>,
  job: TrainingJob,
  data: TrainingData,
): Promise<void> {
  const { signal } = work;
  const stopped = new Promise<never>((_, reject) => {
    const onAbort = () => {
      if (signal.reason === 'cancel') return job.stop();
      if (signal.reason === 'removed') job.cancel('removed');
      reject(new CancelledError('following the training'));
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
  const unfollow = job.onProgress(reporter(work));
  const ignoreChoices = job.onChoice((choice) => work.tellChoice(choice));
  try {
    sendResult(work, await Promise.race([job.result, stopped]), data);
  } finally {
    unfollow();
    ignoreChoices();
  }
}

/** Shows every progress in the status and sends one message an epoch. */
function reporter(work: Work<TrainNodeSettings>): (progress: TrainProgress) => void {
  const { send, status, msg, settings } = work;
  let sent = 0;
  return (progress) => {
    for (const warning of progress.warnings ?? []) work.warn(warning);
    const { done, total, epoch, step, loss, validationDice, learningRate, seconds, remaining, stage } = progress;
    const numbers = {
      // Epochs that are over are no place to be at: the one under way is the next.
      epoch: Math.min(epoch + (progress.epochEnd ? 0 : 1), settings.epochs ?? epoch + 1),
      epochs: settings.epochs ?? 0,
      left: timeLeft(work, remaining),
      dice: validationDice?.toFixed(2) ?? '',
      ...placeOfStage(stage),
    };
    status.busy(total > 0 ? done / total : 0, statusKey(progress, settings), numbers);
    if (epoch <= sent) return;
    sent = epoch;
    const of = stage ? { stage } : {};
    const payload = { epoch, step, ...of, loss, validationDice, learningRate, seconds, remaining };
    const message: NodeMessage = { _msgid: msg._msgid, topic: msg.topic, payload };
    send([null, message]);
  };
}

function timeLeft({ RED }: Work<TrainNodeSettings>, seconds: number): string {
  const minutes = Math.max(1, Math.ceil(seconds / 60));
  if (minutes <= LONGEST_IN_MINUTES) return RED._('status.minutesLeft', { minutes });
  return RED._('status.hoursLeft', { hours: Math.ceil(minutes / 60) });
}

/** Which text says where a training is: its fold where it has some, its epoch where these alone say how long it is. */
function statusKey({ stage, validationDice }: TrainProgress, { epochs, maxMinutes }: TrainNodeSettings): string {
  if (stage) return stage.fold === null ? 'allImages' : 'fold';
  const key = epochs !== null && maxMinutes === null ? 'epoch' : 'left';
  return validationDice === null ? key : `${key}Dice`;
}

function placeOfStage(stage: TrainProgress['stage']): Record<string, number> {
  return stage ? { fold: stage.fold ?? 0, folds: stage.folds, count: stage.images } : {};
}

function sendResult(
  work: Work<TrainNodeSettings>,
  { model, metrics, report }: JobOutput<'train'>,
  data: TrainingData,
): void {
  const { msg, send, status } = work;
  withoutSequence(msg, readParts(msg));
  delete msg.complete;
  msg.payload = { model, metrics, samples: data.samples.length, failed: data.failed };
  msg.model = model;
  msg.metrics = metrics;
  if (report) msg.report = report;
  send([msg, null]);
  const { warnings } = metrics;
  for (const warning of warnings) work.warn(warning);
  const dice = metrics.expected?.dice ?? metrics.validationDice;
  const { version } = model;
  const result =
    dice === null
      ? work.RED._('status.unjudged', { version })
      : work.RED._('status.judged', { dice: dice.toFixed(2), version });
  if (warnings.length > 0) status.warning('warned', { result });
  else if (data.failed.length > 0) status.warning('trainedWithout', { result, failed: data.failed.length });
  else status.settled('trained', { result });
}

async function trainSettings(work: Work<TrainNodeSettings>): Promise<TrainSettings> {
  const {
    dimensions,
    levels,
    model: _model,
    modelType,
    startFrom: _from,
    startFromType,
    compute,
    takesOver: _takes,
    ...rest
  } = work.settings;
  const model = await work.text('model');
  if (model === undefined) throw new InvalidInputError(placeOf(work.property('model')), 'a name for the model', model);
  const start = await work.value('startFrom');
  return {
    ...rest,
    model,
    dimensions: dimensions === 'auto' ? 'auto' : dimensions === '2' ? 2 : 3,
    levels: LEVELS.find((count) => String(count) === levels) ?? 'auto',
    startFrom: start === undefined ? null : modelRequest(start, placeOf(work.property('startFrom'))),
  };
}
