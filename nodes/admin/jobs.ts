import type { NodeAPI } from 'node-red';
import { Type } from '#typebox';
import { SegmenterError } from '../../src/base/errors';
import { prepareCheck, validate, words } from '../../src/base/schema';
import type { ListedJob } from '../../src/jobs/host/job-list';
import { runId } from '../../src/jobs/io/training/known-trainings';
import type { TrainProgress } from '../../src/jobs/job-types';
import { existingJobAccess } from '../job-host-access';
import type { WorkingNode } from '../working/behaviour';
import { answer, answerOwnSite, changing } from './answer';
import { noteChangeBy } from './changes';
import { mayWrite } from './request';
import type { JobRow, JobsAnswer, TrainingRow } from './tab-api';

const ROUTE = '/segmenter/jobs';
const WRITE = 'segmenter-jobs.write';

const EndSchema = Type.Object(
  {
    id: Type.Integer({ minimum: 1 }),
    /** keep: a training finishes its step and keeps the best model so far */
    how: words(['cancel', 'keep']),
  },
  { additionalProperties: false },
);

/**
 * Serves what runs and waits on this machine, and has a job cancelled as `msg.cancel` does. Nothing is gathered for it
 * while nobody asks.
 */
export function serveJobs(RED: NodeAPI): void {
  prepareCheck(EndSchema);
  RED.httpAdmin.get(ROUTE, RED.auth.needsPermission('segmenter-jobs.read'), (request, response) => {
    answerOwnSite(response);
    return answer(response, async (): Promise<JobsAnswer> => {
      const jobs = listedJobs().map((job) => rowOf(RED, job));
      return { now: Date.now(), mayWrite: mayWrite(request, WRITE), jobs };
    });
  });
  RED.httpAdmin.post(`${ROUTE}/end`, ...changing(RED, WRITE), (request, response) => {
    answerOwnSite(response);
    return answer(response, async () => {
      const { id, how } = validate(EndSchema, request.body, 'request');
      const job = listedJobs().find((one) => one.id === id);
      if (!job) throw new SegmenterError('not-found', `job ${id} neither runs nor waits: it has ended`, { id });
      const { asker } = job;
      if (how === 'keep' && !asker.stop) {
        throw new SegmenterError('invalid-input', `job ${id}: expected a training, for ${job.job} keeps nothing`, {
          id,
        });
      }
      if (how === 'keep') asker.stop?.();
      else asker.cancel();
      const { node, subject } = asker;
      noteChangeBy(RED, request, { what: 'job-ended', of: job.job, to: { how, node, subject } });
      return { ended: id };
    });
  });
}

function listedJobs(): ListedJob[] {
  return existingJobAccess()?.host.jobs() ?? [];
}

function rowOf(RED: NodeAPI, { id, job, asker, ahead, waitsFor, since, begun, progress, choice }: ListedJob): JobRow {
  const node = RED.nodes.getNode(asker.node) as WorkingNode | null;
  const { done = 0, total = 0 } = progress ?? {};
  return {
    ...{ id, job, ahead, waitsFor, since, begun },
    node: { id: asker.node, type: node?.type ?? '', name: node?.name ?? '', flow: node?.z ?? '' },
    subject: asker.subject,
    progress: total > 0 ? Math.min(1, done / total) : null,
    engine: choice?.engine ?? null,
    device: choice?.device ?? null,
    reason: choice?.reason ?? null,
    waiting: node?.messagesWaiting?.() ?? 0,
    training: isTraining(job, progress) ? trainingOf(progress, asker.subject) : null,
  };
}

function isTraining(job: ListedJob['job'], progress: ListedJob['progress']): progress is TrainProgress {
  return job === 'train' && progress !== null;
}

function trainingOf({ epoch, validationDice, remaining, run }: TrainProgress, model: string | null): TrainingRow {
  return { epoch, validationDice, remaining, run: run && model ? runId(model, run) : null };
}
