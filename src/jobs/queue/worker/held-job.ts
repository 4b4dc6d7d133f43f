import { setTimeout as sleep } from 'node:timers/promises';
import type { ErrorRecord } from '../../../base/errors';
import { isServersAnswer, type QueueConnection, type QueuedJob, type QueueTimes } from '../connection';
import type { Answer, Asked, JobData, Told } from '../job-data';
import type { QueueLink } from '../link';

/** How often a worker looks what is asked of its job, where it was not told. */
const LOOK_MS = 1000;
/** At most one progress in so long. */
const TELL_MS = 1000;
/** A training saves at the end of the step under way, or is taken up from where it saved before. */
const SAVE_MS = 9000;
/** How long a worker tries to hand in what it has while the queue is away. */
const HAND_IN_MS = 15 * 60_000;

/** The server does not know the job any more. */
const GONE = Symbol('gone');

/** Why a job ends before its end: the host asked for it, or it is another worker's now. */
export type EndReason = 'cancelled' | 'lost';

/** A job as it was taken from its queue. */
export interface TakenJob {
  job: QueuedJob;
  queue: string;
  /** proves to the server that it is this worker's */
  token: string;
  connection: QueueConnection;
}

/**
 * A job that this worker has: renews its lock, hears what is asked of it, tells of its progress, and hands it in. The queue
 * may be away meanwhile: the work goes on, and is handed in when it is back.
 */
export class HeldJob {
  /** set with an {@link EndReason} */
  readonly ended = new AbortController();
  readonly stopped = new AbortController();
  private readonly told: Told;
  private toldAt = Number.NEGATIVE_INFINITY;
  private hasNews = false;
  private saves = 0;
  private save: (() => Promise<void>) | null = null;
  private timer: NodeJS.Timeout | null = null;
  private renewed = performance.now();
  private isOver = false;

  constructor(
    private readonly taken: TakenJob,
    private readonly link: QueueLink,
    worker: string,
  ) {
    this.told = { worker, progress: null, choice: null, saves: 0 };
    this.plan();
  }

  get id(): string {
    return this.taken.job.id ?? '';
  }

  /** how often it began on a worker, this time among it */
  get attempt(): number {
    return this.taken.job.attemptsStarted ?? 1;
  }

  /** Notes progress, which is told when it is time. */
  progress(progress: unknown): void {
    this.note({ progress });
  }

  chosen(choice: unknown): void {
    this.note({ choice });
  }

  offerSave(save: () => Promise<void>): void {
    this.save = save;
  }

  /** Looks at once what is asked of the job. */
  async look(): Promise<void> {
    if (this.isOver) return;
    const found = await this.link
      .ask('looking at a job', async (connection) => connection.queue(this.taken.queue).getJob(this.id))
      .catch(() => null);
    if (found === null || this.isOver) return;
    // It was removed: nobody waits for it.
    if (found === undefined) this.end('cancelled');
    else this.obey((found.data as JobData).asked ?? {});
  }

  /** Hands in the answer. @returns whether it counts: false where the job is another worker's by now, or was removed */
  complete(answer: Answer): Promise<boolean> {
    return this.handIn((job, token) => job.moveToCompleted(answer, token, false));
  }

  /** Hands in an error, for good. */
  fail(error: ErrorRecord): Promise<boolean> {
    return this.handIn((job, token) => job.moveToFailed(new Error(JSON.stringify(error)), token, false));
  }

  /** Gives the job back for another worker. */
  giveBack(): Promise<boolean> {
    return this.handIn((job, token) => job.moveToWait(token));
  }

  /** Ends the work so that another goes on with it: from where it is now, if it can save that. */
  async letGo(): Promise<void> {
    const late = sleep(SAVE_MS, undefined, { ref: false });
    await Promise.race([this.save?.().catch(() => undefined), late]);
    this.end('lost');
  }

  /** Lets go of a job that is not this worker's any more. */
  release(): void {
    this.isOver = true;
    if (this.timer) clearTimeout(this.timer);
  }

  private async handIn(work: (job: QueuedJob, token: string) => Promise<unknown>): Promise<boolean> {
    const { times } = this.link;
    const end = performance.now() + HAND_IN_MS;
    try {
      for (;;) {
        try {
          if ((await this.ask('handing in', work)) === GONE) return false;
          this.link.publish({ what: 'ended', queue: this.taken.queue, id: this.id });
          return true;
        } catch (error) {
          if (isServersAnswer(error) || performance.now() > end) return false;
          await sleep(Math.min(1000, times.answerMs));
        }
      }
    } finally {
      this.release();
    }
  }

  private note(news: Partial<Told>): void {
    Object.assign(this.told, news);
    this.hasNews = true;
    if (performance.now() - this.toldAt >= TELL_MS) this.tell();
  }

  private tell(): void {
    if (this.isOver || !this.hasNews) return;
    this.toldAt = performance.now();
    this.hasNews = false;
    const told = { ...this.told };
    const telling = this.ask('telling progress', (job) => job.updateProgress(told));
    telling.then(
      () => this.link.publish({ what: 'progress', queue: this.taken.queue, id: this.id }),
      () => undefined,
    );
  }

  private plan(): void {
    this.timer = setTimeout(
      async () => {
        await Promise.all([this.look(), this.renew()]);
        this.tell();
        if (!this.isOver) this.plan();
      },
      Math.min(LOOK_MS, this.link.times.lockMs / 4),
    );
  }

  private async renew(): Promise<void> {
    const { lockMs }: QueueTimes = this.link.times;
    if (performance.now() - this.renewed < lockMs / 4) return;
    try {
      const isMine = await this.ask('renewing a lock', (job, token) => job.extendLock(token, lockMs));
      if (isMine !== GONE && Number(isMine) === 1) this.renewed = performance.now();
      else this.end('lost');
    } catch (error) {
      // While the queue is away nobody says that it is another's; what comes of it counts only where it is not.
      if (isServersAnswer(error)) this.end('lost');
    }
  }

  /** Asks by the connection of now: one that was made anew knows nothing of what the one before took. */
  private ask<T>(doing: string, work: (job: QueuedJob, token: string) => Promise<T>): Promise<T | typeof GONE> {
    return this.link.ask(doing, async (connection) => {
      const { taken } = this;
      if (connection !== taken.connection) {
        const job = await connection.job(taken.queue, this.id);
        if (!job) return GONE;
        Object.assign(taken, { job, connection });
      }
      return work(taken.job, taken.token);
    });
  }

  private obey({ cancel, stop, saves = 0 }: Asked): void {
    if (cancel) this.end('cancelled');
    if (stop) this.stopped.abort();
    if (saves <= this.saves || !this.save) return;
    this.saves = saves;
    const done = () => this.note({ saves });
    this.save().then(done, done);
  }

  private end(reason: EndReason): void {
    if (!this.isOver) this.ended.abort(reason);
  }
}
