import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { CancelledError, messageOf, SegmenterError, toErrorRecord } from '../../../base/errors';
import { isTransient } from '../../../base/transient';
import type { ComputingJobName, JobProgress, JobRunOptions, WorkPlace } from '../../job-types';
import { checkJobData, type JobData } from '../job-data';
import type { QueueLink } from '../link';
import { firstWaiting, type ServedQueue, type Waiting } from './first-waiting';
import { HeldJob, type TakenJob } from './held-job';
import { MountError } from './mount-error';
import type { DoneJob } from './shared-job';

/** Between two looks for a job, where nobody tells of one. */
const LOOK_MS = 1000;
/** A machine that failed at a job leaves the next to others for so long; each further time twice as long. */
const REST_MS = 2000;
const LONGEST_REST_MS = 60_000;
/** So often somebody else may be first, until the next look. */
const MOST_MISSED = 5;
/** So many machines may give a job back, before its error is told. */
const MOST_TRIES = 3;

export interface SlotParts {
  link: QueueLink;
  /** of the worker, for people */
  worker: string;
  version: string;
  queues: readonly ServedQueue[];
  /** why no job is taken now; null: one is */
  hindrance: () => Promise<string | null>;
  /** how long a job is left to a quicker machine that could begin it now, in milliseconds */
  handicap: (waiting: Waiting) => Promise<number>;
  /** told where nothing waits */
  onNothing: () => void;
  run: (data: JobData, attempt: number, options: JobRunOptions<ComputingJobName>) => Promise<DoneJob>;
  /** told of each job that begins, and of its end */
  onJob: (data: JobData | null) => void;
  log: (line: string) => void;
}

/**
 * One device of a worker: takes one job at a time from the queues that it serves, and does it. What fails because of this
 * machine goes back to the queue, and this one rests, so that another takes it.
 */
export class DeviceSlot {
  /** why it takes nothing; null: it does */
  rests: string | null = null;
  private current: HeldJob | null = null;
  private wake: () => void = () => undefined;
  private restUntil = 0;
  private restMs = REST_MS;
  private isClosing = false;

  constructor(private readonly parts: SlotParts) {}

  /** Takes jobs until it is closed. @param once it ends after one @param drain it ends where there is none */
  async run({ once = false, drain = false }: { once?: boolean; drain?: boolean } = {}): Promise<void> {
    while (!this.isClosing) {
      const taken = await this.next();
      if (taken) {
        await this.work(taken);
        if (once) return;
      } else if (drain && this.rests === null) return;
      else await this.waitForNews();
    }
  }

  /** Looks for a job now: there is one, or something is asked of the one at work. */
  news(id: string, isNew: boolean): void {
    if (isNew) this.wake();
    else if (this.current?.id === id) void this.current.look();
  }

  /** Takes no more. @param giveBack what is at work goes back to the queue, a training from where it saved */
  close(giveBack: boolean): void {
    this.isClosing = true;
    this.wake();
    if (giveBack) void this.current?.letGo();
  }

  private async next(): Promise<TakenJob | null> {
    const resting = this.restUntil - performance.now();
    if (resting > 0) return null;
    this.rests = await this.parts.hindrance().catch((error: unknown) => messageOf(error));
    if (this.rests !== null) return null;
    try {
      for (let missed = 0; missed < MOST_MISSED; missed++) {
        const waiting = await this.first();
        if (waiting === null) return null;
        const taken = await this.take(waiting.queue.name);
        if (taken) return taken;
      }
    } catch {
      // The queue is away; the link knows it.
    }
    return null;
  }

  /** What comes first; where a quicker machine is free, only once that had its time to take it. */
  private async first(): Promise<Waiting | null> {
    const { link, queues, handicap, onNothing } = this.parts;
    const first = await firstWaiting(link, queues);
    if (first === null) onNothing();
    const leave = first === null ? 0 : await handicap(first);
    if (leave > 0) await sleep(leave);
    if (this.isClosing) return null;
    return leave > 0 ? firstWaiting(link, queues) : first;
  }

  private take(queue: string): Promise<TakenJob | null> {
    const token = randomUUID();
    return this.parts.link.ask('taking a job', async (connection) => {
      const job = await connection.fetcher(queue).getNextJob(token, { block: false });
      return job ? { job, queue, token, connection } : null;
    });
  }

  private waitForNews(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, LOOK_MS);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  private async work(taken: TakenJob): Promise<void> {
    const { link, worker, version, run, onJob, log } = this.parts;
    const held = new HeldJob(taken, link, worker);
    this.current = held;
    const begin = performance.now();
    let name = `job ${held.id}`;
    try {
      const data = checkJobData(taken.job.data, version);
      name = `${data.job} ${data.asker.subject} of ${data.asker.host}`;
      onJob(data);
      const done = await run(data, held.attempt, {
        signal: held.ended.signal,
        stop: held.stopped.signal,
        onProgress: (progress: JobProgress<ComputingJobName>) => held.progress(progress),
        onChoice: (choice: WorkPlace) => held.chosen(choice),
        offerSave: (save) => held.offerSave(save),
      });
      const counts = await held.complete({ worker, ...done });
      this.restMs = REST_MS;
      log(`${name}: ${counts ? 'done' : "done, but it is another worker's by now"} in ${seconds(begin)} s`);
    } catch (error) {
      log(`${name}: ${await this.failed(held, error)}`);
    } finally {
      held.release();
      this.current = null;
      onJob(null);
    }
  }

  /** @returns what became of it, for the log */
  private async failed(held: HeldJob, error: unknown): Promise<string> {
    const { reason } = held.ended.signal;
    if (held.ended.signal.aborted && this.isClosing && reason === 'lost') {
      return (await held.giveBack()) ? 'given back: the worker ends' : 'lost';
    }
    if (reason === 'lost') return 'another worker has it by now';
    if (reason === 'cancelled') {
      await held.fail(toErrorRecord(new CancelledError('the job')));
      return 'cancelled';
    }
    const record = toErrorRecord(error);
    const isOwnFault = error instanceof MountError || (error instanceof SegmenterError && isTransient(error));
    if (!isOwnFault) {
      await held.fail(record);
      return `failed: ${record.message}`;
    }
    this.rest(record.message);
    const isLast = held.attempt >= MOST_TRIES;
    if (isLast)
      await held.fail({ ...record, message: `${record.message} (on ${this.parts.worker}, tried ${MOST_TRIES} times)` });
    else await held.giveBack();
    return `${isLast ? 'failed' : 'given back'}: ${record.message}`;
  }

  private rest(why: string): void {
    this.rests = why;
    this.restUntil = performance.now() + this.restMs;
    this.restMs = Math.min(LONGEST_REST_MS, 2 * this.restMs);
  }
}

function seconds(begin: number): string {
  return ((performance.now() - begin) / 1000).toFixed(1);
}
