import { randomBytes } from 'node:crypto';
import os from 'node:os';
import { CancelledError, SegmenterError } from '../../base/errors';
import { canonicalHash } from '../../base/plain-json';
import {
  COMPUTING_JOBS,
  type ComputingJobName,
  type HostSettings,
  type JobInput,
  type JobOutput,
  type JobRunner,
  type JobRunOptions,
} from '../job-types';
import type { QueueAddress } from './address';
import { QUEUE_TIMES, type QueueTimes } from './connection';
import { loadDrivers } from './drivers';
import { JobCosts } from './job-costs';
import { type Answer, type Asked, type JobData, jobStamp, LEVELS, type Level, queueName, wantedBy } from './job-data';
import { JobWatch } from './job-watch';
import { type LinkState, QueueLink } from './link';
import { namesIn, type PackedJob, Portable } from './portable';
import { fromPortable, isPortable, type SharedFolder, withTexts } from './shared-folders';
import { Sender, type SenderOptions } from './transfer/sender';
import { priorityOf, Turns } from './turns';
import { WaitingJob } from './waiting-job';
import { type KnownWorker, requireWorker, speedOf, WorkerList } from './workers';

/** A result that nobody took is kept for a day, as the messages of a flow are not kept longer either. */
const KEPT = { age: 24 * 3600, count: 10_000 };
/** What was asked of the workers lately is known for so long, in milliseconds. */
const LIST_MS = 2000;

export interface QueueRunnerOptions {
  address: QueueAddress;
  folders: readonly SharedFolder[];
  settings: Pick<HostSettings, 'modelsFolder' | 'scratchQuotaMB' | 'language'>;
  /** the host of this machine, which looks at files */
  local: () => JobRunner;
  level: Level;
  /** of the package */
  version: string;
  /** whose turns are counted together: a compute node of this machine */
  flow: string;
  /** gives out what workers do not reach; absent: nothing is given out */
  transfer?: Pick<SenderOptions, 'desk' | 'address' | 'results'>;
  times?: QueueTimes;
}

export interface QueueState extends LinkState {
  address: string;
  workers: KnownWorker[];
  /** jobs of this host on the queue */
  pending: number;
  /** jobs of all hosts of this version; null: the queue is away */
  waiting: number | null;
  running: number | null;
}

/** Has jobs done by the workers of a queue. While its server is away new jobs are refused with `busy`, those handed in are waited for. */
export class QueueRunner {
  private readonly link: QueueLink;
  private readonly watch: JobWatch;
  private readonly list = new WorkerList();
  private readonly turns = new Turns();
  private readonly costs = new JobCosts();
  private readonly portable: Portable;
  private readonly sender: Sender | null;
  private workers: { at: number; found: KnownWorker[] } | null = null;
  /** ends what still waits, where the queue is closed */
  private readonly abandoned = new Set<() => void>();
  /** names of queues that jobs were handed in to */
  private readonly used = new Set<string>();
  private isClosed = false;

  /** @throws SegmenterError `unsupported` where the packages of the queue are missing */
  constructor(private readonly options: QueueRunnerOptions) {
    const { address, folders, settings, local, times = QUEUE_TIMES } = options;
    this.link = new QueueLink(address, loadDrivers(address), times);
    this.watch = new JobWatch(this.link);
    this.portable = new Portable(folders, settings.modelsFolder, local);
    this.sender = options.transfer ? new Sender({ ...options.transfer, folders, settings, local }) : null;
  }

  /**
   * Hands a job in and waits for its end.
   * @throws SegmenterError `busy` where the queue is away; `not-allowed` where a file lies in no shared folder; `unsupported`
   *   where no worker that lives takes the job; `cancelled`; what the job throws on its worker
   */
  async run<K extends ComputingJobName>(
    job: K,
    input: JobInput<K>,
    options: JobRunOptions<K> = {},
  ): Promise<JobOutput<K>> {
    const { signal, stop } = options;
    const ended = () => signal?.aborted || stop?.aborted || this.isClosed;
    if (ended()) throw new CancelledError(job);
    const { version } = this.options;
    const id = randomBytes(16).toString('hex');
    const packed = await this.pack(job, input, id, signal);
    try {
      const data = this.dataOf(job, input, { id, ...packed.data });
      const folders = namesIn(data);
      const isThere = requireWorker(await this.knownWorkers(), job, input.compute, { version, folders });
      if (ended()) throw new CancelledError(job);
      if (!isThere) options.onChoice?.({ waitsFor: 'compute (worker)' });
      const queue = queueName(job, wantedBy(input.compute), version);
      const answer = await this.handIn(queue, data, options);
      const output = (await packed.finish(answer)) as JobOutput<K>;
      this.learn(job, input, output, answer.worker);
      return output;
    } finally {
      await packed.close();
    }
  }

  /** Tells of the server and the workers, as far as they are known. */
  async state(): Promise<QueueState> {
    const workers = await this.knownWorkers().catch(() => this.workers?.found ?? []);
    const counts = await this.counts().catch(() => ({ waiting: null, running: null }));
    return { ...this.link.state, ...counts, address: this.options.address.shown, workers, pending: this.watch.size };
  }

  private async counts(): Promise<{ waiting: number; running: number }> {
    const { version } = this.options;
    const names = new Set([...this.used, ...COMPUTING_JOBS.map((job) => queueName(job, 'any', version))]);
    const counted = await this.link.ask('counting jobs', (connection) =>
      Promise.all([...names].map((name) => connection.queue(name).getJobCounts('wait', 'prioritized', 'active'))),
    );
    const sum = (...states: string[]) =>
      counted.reduce((total, counts) => total + states.reduce((all, state) => all + (counts[state] ?? 0), 0), 0);
    return { waiting: sum('wait', 'waiting', 'prioritized'), running: sum('active') };
  }

  /** Ends the connections; who still waits gets `cancelled`. */
  async close(): Promise<void> {
    this.isClosed = true;
    for (const abandon of this.abandoned) abandon();
    this.watch.close();
    await this.link.close();
  }

  private async pack<K extends ComputingJobName>(
    job: K,
    input: JobInput<K>,
    id: string,
    signal?: AbortSignal,
  ): Promise<PackedJob> {
    if (this.sender) return this.sender.open(job, input, id, signal);
    const { folders } = this.options;
    const own = (text: string) => (isPortable(text) ? fromPortable(text, folders) : text);
    return {
      data: await this.portable.of(job, input, signal),
      finish: async ({ output }) => withTexts(output, own),
      close: async () => undefined,
    };
  }

  private dataOf<K extends ComputingJobName>(
    job: K,
    input: JobInput<K>,
    packed: PackedJob['data'] & { id: string },
  ): JobData {
    const { settings, level, version, flow } = this.options;
    const cost = this.costs.of(job, input);
    return {
      ...jobStamp(version),
      ...{ job, asker: { host: os.hostname(), subject: subjectOf(input) } },
      ...packed,
      ...{ language: settings.language ?? 'en', quotaMB: settings.scratchQuotaMB },
      ...{ level, tag: this.turns.tag(`${job} ${flow}`, level, cost), cost },
    };
  }

  private learn<K extends ComputingJobName>(job: K, input: JobInput<K>, output: JobOutput<K>, by: string): void {
    if (job !== 'predict') return;
    const worker = this.workers?.found.find(({ name, isAlive }) => isAlive && name === by);
    this.costs.learn(
      input as JobInput<'predict'>,
      output as JobOutput<'predict'>,
      worker ? speedOf(worker, 'predict') : 0,
    );
  }

  private async knownWorkers(): Promise<KnownWorker[]> {
    if (this.workers && performance.now() - this.workers.at < LIST_MS) return this.workers.found;
    const found = await this.link.ask('listing workers', (connection) => this.list.read(connection));
    this.workers = { at: performance.now(), found };
    const alive = found.filter(({ isAlive }) => isAlive);
    for (const level of LEVELS) {
      const tag = Math.max(0, ...alive.map(({ served }) => served[level]));
      this.turns.serve(level, tag, this.watch.size > 0);
    }
    return found;
  }

  /** @returns the id that the queue gave the job, and its own: another's, where two ask for the same training */
  private async add(queue: string, data: JobData): Promise<{ id: string; own: string }> {
    const { level, tag } = data;
    this.used.add(queue);
    const options = {
      // A server that lost its memory counts from where it was, and would give the number of a job that is waited for again.
      jobId: `${data.job}-${randomBytes(16).toString('hex')}`,
      ...{ priority: priorityOf(level, tag), attempts: 1 },
      ...{ removeOnComplete: KEPT, removeOnFail: KEPT },
      // Two that ask for the same training get the same one.
      ...(data.job === 'train' ? { deduplication: { id: trainingId(data) } } : {}),
    };
    const handedIn = await this.link.ask('handing in a job', async (connection) => {
      const id = (await connection.queue(queue).add(data.job, data, options)).id ?? '';
      const first = data.job === 'train' ? await connection.queue(queue).getJob(id) : null;
      return { id, own: ((first?.data as JobData | undefined) ?? data).id };
    });
    this.link.publish({ what: 'added', queue, id: handedIn.id });
    return handedIn;
  }

  private async handIn<K extends ComputingJobName>(
    queue: string,
    data: JobData,
    options: JobRunOptions<K>,
  ): Promise<Answer> {
    // Whoever hands a training in again asks for the version that it may have become, also where another asked first.
    let wanted = data;
    const add = async () => {
      const handedIn = await this.add(queue, wanted);
      wanted = { ...data, id: handedIn.own };
      return handedIn.id;
    };
    const waiting = new WaitingJob(
      {
        name: data.job,
        add,
        watch: (id, onVerdict) => this.watch.add({ queue, id, onVerdict }),
        ask: (id, asked) => this.ask(queue, id, asked),
        forget: (id) => this.forget(queue, { id, job: data.job }),
        lost: () => lostBy(this.options.address.shown, data),
      },
      options,
    );
    const abandon = () => waiting.abandon();
    this.abandoned.add(abandon);
    try {
      return await waiting.end(await add());
    } finally {
      this.abandoned.delete(abandon);
    }
  }

  /** Asks something of a job: one that waits is removed where it is to end. */
  private async ask(queue: string, id: string, asked: Asked): Promise<void> {
    await this.link
      .ask('asking a worker', async (connection) => {
        const job = await connection.queue(queue).getJob(id);
        if (!job) return;
        // What is at work cannot be removed: its worker is told.
        if (
          (asked.cancel || asked.stop) &&
          (await job.remove().then(
            () => true,
            () => false,
          ))
        )
          return;
        const data = job.data as JobData;
        await job.updateData({ ...data, asked: { ...data.asked, ...asked } });
        this.link.publish({ what: 'asked', queue, id });
      })
      .catch(() => undefined);
  }

  /** What took its answer leaves no job behind; a training stays until it is old, for others may wait for the same one. */
  private async forget(queue: string, { id, job }: { id: string; job: ComputingJobName }): Promise<void> {
    if (job === 'train') return;
    await this.link.ask('tidying up', (connection) => connection.queue(queue).remove(id)).catch(() => undefined);
  }
}

function lostBy(address: string, { job, asker }: JobData): SegmenterError {
  const message = `the queue ${address} lost ${job} ${asker.subject} again and again; is its memory full, or does it evict (maxmemory-policy)?`;
  return new SegmenterError('worker-lost', message);
}

function trainingId({ input, sent }: JobData): string {
  // What is sent comes back to who sent it.
  if (sent) return sent.id;
  const { notes: _, ...decisive } = input as { notes?: unknown };
  return canonicalHash(decisive);
}

function subjectOf(input: object): string {
  const { settings, image } = input as { settings?: { model?: unknown }; image?: { id?: unknown } };
  return String(settings?.model ?? image?.id ?? '');
}
