import { readFile, rm } from 'node:fs/promises';
import type { NodeAPI } from 'node-red';
import { Type } from '#typebox';
import { SegmenterError } from '../../src/base/errors';
import { prepareCheck, validate } from '../../src/base/schema';
import { runningTrainings, type TrainingJob } from '../../src/jobs/host/training-jobs';
import { runId } from '../../src/jobs/io/training/known-trainings';
import type { JobOutput } from '../../src/jobs/job-types';
import { joinHistories } from '../../src/training/live-history';
import type { LiveReport, TrainingList, TrainingNews, TrainingView } from '../../src/training/page-api';
import { jobAccess } from '../job-host-access';
import { type AdminHandler, answer, answerOwnSite, changing } from './answer';
import { noteChangeBy } from './changes';
import { servePage } from './page';
import { type AdminRequest, type AdminResponse, mayWrite, numbersIn, parameter, userOf } from './request';

const BASE = '/segmenter/trainings';
const READ = 'segmenter-trainings.read';
const WRITE = 'segmenter-trainings.write';

const SinceSchema = Type.Object({ since: Type.Integer({ minimum: -1, default: -1 }) });
const StopSchema = Type.Object({ keep: Type.Boolean() }, { additionalProperties: false });

/** What a handler is given; what it gives is sent as JSON. */
interface Asked {
  request: AdminRequest;
  response: AdminResponse;
  left: AbortSignal;
}

/** Serves the page of trainings and its data: list, one with its epochs, what is new of one, pictures, and ends of one. */
export function serveTrainings(RED: NodeAPI): void {
  const { httpAdmin } = RED;
  prepareCheck(SinceSchema);
  prepareCheck(StopSchema);
  const read = RED.auth.needsPermission(READ);
  const on =
    (work: (asked: Asked, RED: NodeAPI) => Promise<unknown>): AdminHandler =>
    (request, response) => {
      answerOwnSite(response);
      return answer(response, (left) => work({ request, response, left }, RED));
    };
  httpAdmin.get(`${BASE}/list`, read, on(listOf));
  httpAdmin.get(`${BASE}/one/:id`, read, on(viewOf));
  httpAdmin.get(`${BASE}/news/:id`, read, on(newsOf));
  httpAdmin.get(`${BASE}/picture/:id/:name`, read, on(sendPicture));
  httpAdmin.post(`${BASE}/stop/:id`, ...changing(RED, WRITE), on(stop));
  servePage(RED, BASE, 'trainings');
}

async function listOf({ request, left }: Asked, RED: NodeAPI): Promise<TrainingList> {
  const { trainings } = await jobAccess(RED).host.run('list-trainings', {}, { signal: left });
  const live = new Map(runningTrainings().map((job) => [idOf(job), job]));
  return {
    trainings: trainings.map((training) => {
      const job = live.get(training.id);
      return { ...training, ...stateOf(training, job), node: job?.key ?? null };
    }),
    // A run that has told of itself is on the list from its first save on.
    starting: runningTrainings()
      .filter((job) => !trainings.some(({ id }) => id === idOf(job)))
      .map((job) => ({
        node: job.key,
        model: job.model,
        waitsFor: job.choice && 'waitsFor' in job.choice ? job.choice.waitsFor : null,
      })),
    user: userOf(request),
    canWrite: mayWrite(request, WRITE),
  };
}

async function viewOf({ request, left }: Asked, RED: NodeAPI): Promise<TrainingView> {
  const known = await jobAccess(RED).host.run('training', { id: parameter(request, 'id') }, { signal: left });
  const job = jobOf(known.id);
  return {
    ...{ id: known.id, version: known.version },
    training: { ...known.training, ...stateOf(known.training, job) },
    history: job ? joinHistories(known.history, job.history.rows) : known.history,
    live: job ? reportOf(job) : null,
  };
}

/** Asks no worker and no disk: it is asked every second. */
async function newsOf({ request }: Asked): Promise<TrainingNews> {
  const { since } = validate(SinceSchema, { since: -1, ...numbersIn(request.query) }, 'request');
  const job = jobOf(parameter(request, 'id'));
  return { live: job ? reportOf(job) : null, rows: job?.history.since(since) ?? [] };
}

async function sendPicture({ request, response, left }: Asked, RED: NodeAPI): Promise<void> {
  const input = { id: parameter(request, 'id'), file: parameter(request, 'name') };
  const file = await jobAccess(RED).host.run('training-picture', input, { signal: left });
  const png = await readFile(file.path).finally(() => rm(file.path, { force: true }));
  response.set('content-type', 'image/png');
  response.end(png);
}

/** Finishes a training as `msg.cancel` does, with the best so far as its model, or ends it without one. */
async function stop({ request }: Asked, RED: NodeAPI): Promise<{ id: string }> {
  const id = parameter(request, 'id');
  const { keep } = validate(StopSchema, request.body, 'request');
  const job = jobOf(id);
  if (!job) throw new SegmenterError('not-found', `the training ${id} does not go on`, { id });
  if (keep) job.stop();
  else job.cancel('person');
  noteChangeBy(RED, request, { what: 'training-stopped', of: id, to: { keep } });
  return { id };
}

/** Its id, once it has told of itself; null before. */
function idOf({ model, lastProgress }: TrainingJob): string | null {
  return lastProgress?.run ? runId(model, lastProgress.run) : null;
}

function jobOf(id: string): TrainingJob | undefined {
  return runningTrainings().find((job) => idOf(job) === id);
}

/** What is on disk of one that was killed says that it runs; so does that of one that is about to tell of itself. */
function stateOf(
  { state, model, changed }: Pick<JobOutput<'training'>['training'], 'state' | 'model' | 'changed'>,
  job: TrainingJob | undefined,
): Pick<JobOutput<'training'>['training'], 'state'> {
  if (job) return { state: 'running' };
  const isBeginning = runningTrainings().some(
    (one) => idOf(one) === null && one.model === model && one.begun <= Date.parse(changed),
  );
  return { state: state === 'running' && !isBeginning ? 'interrupted' : state };
}

function reportOf({ lastProgress, choice, isEnding }: TrainingJob): LiveReport | null {
  if (!lastProgress) return null;
  const { done, total, epoch, step, loss, validationDice, validatedEpoch, learningRate, seconds } = lastProgress;
  const place = choice && !('waitsFor' in choice) ? `${choice.engine} on ${choice.device}` : null;
  return {
    ...{ done, total, epoch, step, loss, validationDice, validatedEpoch: validatedEpoch ?? null, learningRate },
    ...{ seconds, remaining: lastProgress.remaining, stage: lastProgress.stage ?? null, place, isEnding },
  };
}
