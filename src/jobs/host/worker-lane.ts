import { CancelledError, toErrorRecord } from '../../base/errors';
import type { WorkerInput, WorkerJobName, WorkerOutput } from '../protocol';
import { JobQueue, type QueueEntry } from './job-queue';
import { type WorkerOptions, WorkerProcess, type WorkerRunOptions } from './worker-process';

export interface LaneOptions {
  worker: WorkerOptions;
  /** processes at most */
  workers: number;
  /** an idle worker ends after this time, in milliseconds */
  idleMs: number;
}

export interface ExecuteOptions<K extends WorkerJobName> extends WorkerRunOptions<K> {
  /** what computes; a process serves one: its libraries are set up for it and may hold its device */
  backend?: string;
}

/** Runs one job on a worker of the lane, until it shall end, which it shall with the lane. */
export type Execute = <K extends WorkerJobName>(
  job: K,
  input: WorkerInput<K>,
  options: ExecuteOptions<K>,
) => Promise<WorkerOutput<K>>;

export interface LaneStats {
  waiting: number;
  running: number;
  workers: Array<{ pid: number | undefined; job: WorkerJobName | null }>;
}

/** A queue and the few workers that serve it: started when needed, ended when idle for long, replaced when lost. */
export class WorkerLane {
  private readonly queue: JobQueue;
  private readonly closed = new AbortController();
  private readonly executing = new Set<Promise<unknown>>();
  private readonly ending = new Set<Promise<void>>();
  private readonly backends = new WeakMap<WorkerProcess, string | undefined>();
  private readonly idleTimers = new Map<WorkerProcess, NodeJS.Timeout>();
  private workers: WorkerProcess[] = [];

  constructor(private readonly options: LaneOptions) {
    this.queue = new JobQueue(options.worker.name, options.workers);
  }

  /** Set when the lane is closed: what it runs ends with this. */
  get closing(): AbortSignal {
    return this.closed.signal;
  }

  /**
   * Queues a task, which may run one job after another and keeps its turn meanwhile.
   * @param limit how many tasks may wait
   * @throws SegmenterError `busy` when too many wait, `cancelled` when aborted or closed while it waits
   */
  submit<T>(task: (execute: Execute) => Promise<T>, entry: Omit<QueueEntry<T>, 'start'>): Promise<T> {
    const start = () => {
      const work = task(this.execute).finally(() => this.executing.delete(work));
      this.executing.add(work);
      return work;
    };
    return this.queue.add({ ...entry, start });
  }

  stats(): LaneStats {
    this.forgetEnded();
    return {
      waiting: this.queue.waiting,
      running: this.queue.running,
      workers: this.workers.map(({ pid, job }) => ({ pid, job })),
    };
  }

  /** Cancels what runs and waits, takes nothing more; resolves when every process is gone or given up. */
  async close(): Promise<void> {
    this.queue.close();
    this.closed.abort();
    for (const timer of this.idleTimers.values()) clearTimeout(timer);
    for (const worker of this.workers) if (worker.job === null) this.endWorker(worker);
    // A job at work is given the time of a cancel; its worker is ended when it returns.
    await Promise.allSettled(this.executing);
    await Promise.all(this.ending);
  }

  private readonly execute: Execute = async (job, input, { backend, ...options }) => {
    if (options.end.cancel.aborted) throw new CancelledError(job);
    const worker = this.takeWorker(backend);
    try {
      return await worker.run(job, input, options);
    } catch (error) {
      // What a failed engine leaves behind in its process nobody knows; a call that waits for a dead disk keeps a thread.
      if (['engine', 'timeout'].includes(toErrorRecord(error).code)) this.endWorker(worker);
      throw error;
    } finally {
      this.returnWorker(worker);
    }
  };

  /** An idle worker of this backend, or a new one; the queue's bound on what runs keeps their number. */
  private takeWorker(backend: string | undefined): WorkerProcess {
    this.forgetEnded();
    for (const idle of this.workers.filter(({ job }) => job === null)) {
      if (this.backends.get(idle) !== backend) this.endWorker(idle);
    }
    let worker = this.workers.find((candidate) => candidate.job === null);
    if (!worker) {
      worker = new WorkerProcess(this.options.worker);
      this.workers.push(worker);
      this.backends.set(worker, backend);
    }
    clearTimeout(this.idleTimers.get(worker));
    this.idleTimers.delete(worker);
    return worker;
  }

  private returnWorker(worker: WorkerProcess): void {
    if (this.closing.aborted || worker.ended) {
      this.endWorker(worker);
      return;
    }
    const timer = setTimeout(() => this.endWorker(worker), this.options.idleMs).unref();
    this.idleTimers.set(worker, timer);
  }

  private endWorker(worker: WorkerProcess): void {
    this.idleTimers.delete(worker);
    const end: Promise<void> = worker.end().finally(() => this.ending.delete(end));
    this.ending.add(end);
    this.forgetEnded();
  }

  private forgetEnded(): void {
    this.workers = this.workers.filter((worker) => !worker.ended);
  }
}
