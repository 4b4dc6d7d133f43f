import { setMaxListeners } from 'node:events';
import { CancelledError, SegmenterError, toErrorRecord } from '../../base/errors';
import type { ComputeSettings, JobName, JobRunOptions } from '../job-types';
import type { WorkerInput, WorkerJobName, WorkerOutput } from '../protocol';
import { type JobEnd, withJobEnd } from './job-end';
import type { SilenceTimes } from './silence';
import { computeIdentity } from './training-jobs';
import { PATIENCE, type WorkerOptions, WorkerProcess, type WorkerRunOptions } from './worker-process';

type LaneKind = 'look' | 'watch' | 'events' | 'pixel' | 'picture' | 'stack' | 'exchange' | 'predict' | 'train';

/**
 * Where each job runs. Pixel work never waits for a training, a prediction finds its model warm, and who looks at an image
 * waits for nobody: its planes do not even wait for what goes through a whole stack. Looks at paths, of which one may
 * wait for a dead disk, have processes that do nothing else, and so has what watches folders, and what listens to them. So has
 * what comes from strangers: models that may end their process.
 */
const LANE_OF: Record<JobName, LaneKind> = {
  'list-samples': 'pixel',
  'list-tables': 'pixel',
  'open-sample': 'pixel',
  'inspect-file': 'pixel',
  'browse-folder': 'look',
  'inspect-path': 'look',
  'disk-space': 'look',
  'mark-files': 'look',
  'offer-files': 'pixel',
  'watch-folder': 'watch',
  'note-watched': 'watch',
  'folder-events': 'events',
  'list-models': 'look',
  'find-model-file': 'look',
  'change-models': 'look',
  'export-model': 'exchange',
  'import-model': 'exchange',
  'adopt-model': 'pixel',
  'merge-masks': 'pixel',
  'exclude-regions': 'pixel',
  'list-patches': 'pixel',
  'pseudo-label': 'pixel',
  threshold: 'pixel',
  'rank-objects': 'pixel',
  evaluate: 'pixel',
  report: 'pixel',
  'read-report': 'picture',
  'save-image': 'pixel',
  'keep-images': 'pixel',
  'check-samples': 'pixel',
  'export-review': 'pixel',
  'apply-decision': 'pixel',
  overlay: 'stack',
  'picture-info': 'picture',
  picture: 'picture',
  'stack-picture': 'stack',
  'list-trainings': 'look',
  training: 'look',
  'training-picture': 'picture',
  predict: 'predict',
  train: 'train',
};

/** Long work gives way to Node-RED and to everything else a person does on the machine. */
const NICENESS: Record<LaneKind, number> = {
  look: 0,
  watch: 0,
  events: 0,
  pixel: 2,
  picture: 0,
  stack: 1,
  exchange: 2,
  predict: 2,
  train: 10,
};

/**
 * Processes of a kind, where it has more than one: a dead disk keeps a looker for some seconds, and who listens to a folder
 * does nothing else, so that of more folders than these nobody does.
 */
const WORKERS: Partial<Record<LaneKind, number>> = { look: 2, watch: 2, events: 4 };
/** Someone waits for each look. */
const LOOK_SILENCE: SilenceTimes = { beatMs: 2000, silentMs: 15_000, diskMs: 15_000, stuckMs: 30_000 };

/** What all lanes of a host have in common. */
interface LaneSettings extends Pick<WorkerOptions, 'entry' | 'settings' | 'patience'> {
  /** processes for pixel work */
  pixelWorkers: number;
  /** an idle worker ends after this time, in milliseconds */
  idleMs: number;
}

/** Names the lane of a job: jobs of the same lane wait for the same workers. */
export function laneName(job: JobName, compute: ComputeSettings | undefined): string {
  return compute ? `${LANE_OF[job]} ${computeIdentity(compute).slice(0, 12)}` : LANE_OF[job];
}

/** Makes the lane of a job, with as many workers and as patient ones as its kind asks for. */
export function openLane(job: JobName, { pixelWorkers, idleMs, ...worker }: LaneSettings): Lane {
  const kind = LANE_OF[job];
  const workers = { ...WORKERS, pixel: pixelWorkers }[kind] ?? 1;
  const patience = kind === 'look' ? { ...PATIENCE, silence: LOOK_SILENCE, ...worker.patience } : worker.patience;
  return new Lane({ worker: { ...worker, name: kind, niceness: NICENESS[kind], patience }, workers, idleMs });
}

/** Runs one job on a worker of the lane. */
export type Execute = <K extends WorkerJobName>(
  job: K,
  input: WorkerInput<K>,
  options: WorkerRunOptions<K>,
) => Promise<WorkerOutput<K>>;

/** Work that runs one job after another, until it is told to end: by who asked for it, or because its lane is closed. */
export type Task<T> = (execute: Execute, end: JobEnd) => Promise<T>;

/** How a task waits for its turn, and is told to end. */
interface Wait extends Pick<JobRunOptions<JobName>, 'signal' | 'stop'> {
  /** what those behind it are told that they wait for */
  name: string;
  /** told what runs before it: when it comes, and when something else has begun */
  onWaiting?: (before: string) => void;
  /** how many may wait for this one to be accepted */
  limit: number;
}

export interface LaneStats {
  waiting: number;
  running: number;
  workers: Array<{ pid: number | undefined; job: WorkerJobName | null }>;
}

/** A task, in the queue at first. */
interface Turn extends Pick<Wait, 'name' | 'onWaiting'> {
  begin: () => Promise<void>;
  /** of one that has begun */
  over?: Promise<void>;
}

interface LaneWorker {
  readonly process: WorkerProcess;
  /** what computes; a process serves one: its libraries are set up for it and may hold its device */
  readonly backend: string | undefined;
  /** ends it when it has been idle for long */
  idle?: NodeJS.Timeout;
}

/**
 * Has tasks wait for a few workers: first in, first out, with a bound on what waits and on what runs at a time. Workers
 * are started when needed, ended when idle for long, replaced when lost.
 */
export class Lane {
  private readonly queue: Turn[] = [];
  private readonly running = new Set<Turn>();
  private readonly closed = new AbortController();
  private readonly ending = new Set<Promise<void>>();
  private workers: LaneWorker[] = [];

  /** @param options workers: processes, and tasks that run at a time, at most; idleMs: see {@link LaneSettings} */
  constructor(private readonly options: { worker: WorkerOptions; workers: number; idleMs: number }) {
    // Every task that waits listens to it.
    setMaxListeners(0, this.closed.signal);
  }

  /**
   * Has a task wait for its turn, which it keeps while it runs one job after another. What it is told to end by is made here.
   * @throws SegmenterError `busy` when too many wait, `cancelled` when ended or closed while it waits; what the task throws
   */
  submit<T>(task: Task<T>, { signal, stop, limit, name: own, onWaiting }: Wait): Promise<T> {
    const { name } = this.options.worker;
    return withJobEnd({ signal, stop }, this.closed.signal, (end) => {
      const full = this.running.size >= this.options.workers && this.queue.length >= limit;
      if (end.either.aborted) throw new CancelledError(`a job of the ${name} queue`);
      if (full) throw busy(name, limit, this.queue.length);
      return new Promise<T>((resolve, reject) => {
        const leave = () => {
          this.queue.splice(this.queue.indexOf(turn), 1);
          reject(new CancelledError(`a waiting job of the ${name} queue`));
        };
        const begin = async () => {
          end.either.removeEventListener('abort', leave);
          this.running.add(turn);
          try {
            resolve(await task(this.execute, end));
          } catch (error) {
            reject(error);
          } finally {
            this.running.delete(turn);
            this.advance();
          }
        };
        const turn: Turn = { name: own, onWaiting, begin };
        // What waits has nothing to keep: to stop it is to cancel it.
        end.either.addEventListener('abort', leave, { once: true });
        this.queue.push(turn);
        if (!this.advance()) this.tellWaiting(turn);
      });
    });
  }

  /** Tells how many tasks wait and run, and what each worker does. */
  stats(): LaneStats {
    this.forgetEnded();
    const workers = this.workers.map(({ process: { pid, job } }) => ({ pid, job }));
    return { waiting: this.queue.length, running: this.running.size, workers };
  }

  /** Cancels what runs and waits, takes nothing more; resolves when every process is gone or given up. */
  async close(): Promise<void> {
    this.closed.abort();
    for (const worker of this.workers) {
      clearTimeout(worker.idle);
      if (worker.process.job === null) this.end(worker);
    }
    // A job at work is given the time of a cancel; its worker is ended when it returns.
    await Promise.all([...this.running].map(({ over }) => over));
    await Promise.all(this.ending);
  }

  /** @returns whether something began */
  private advance(): boolean {
    let began = false;
    while (this.running.size < this.options.workers) {
      const next = this.queue.shift();
      if (!next) break;
      next.over = next.begin();
      began = true;
    }
    if (began) for (const turn of this.queue) this.tellWaiting(turn);
    return began;
  }

  private tellWaiting({ onWaiting }: Turn): void {
    const [before] = this.running;
    if (before) onWaiting?.(before.name);
  }

  private readonly execute: Execute = async (job, input, options) => {
    if (options.end.cancel?.aborted) throw new CancelledError(job);
    const worker = this.take(backendOf(input));
    try {
      return await worker.process.run(job, input, options);
    } catch (error) {
      // What a failed engine leaves behind in its process nobody knows; a call that waits for a dead disk keeps a thread.
      if (['engine', 'timeout'].includes(toErrorRecord(error).code)) this.end(worker);
      throw error;
    } finally {
      this.giveBack(worker);
    }
  };

  /** An idle worker of this backend, or a new one; the bound on what runs keeps their number. */
  private take(backend: string | undefined): LaneWorker {
    this.forgetEnded();
    const idle = this.workers.filter(({ process }) => process.job === null);
    for (const other of idle) if (other.backend !== backend) this.end(other);
    const known = idle.find((worker) => worker.backend === backend);
    if (known) {
      clearTimeout(known.idle);
      return known;
    }
    const worker = { process: new WorkerProcess(this.options.worker), backend };
    this.workers.push(worker);
    return worker;
  }

  private giveBack(worker: LaneWorker): void {
    if (this.closed.signal.aborted || worker.process.ended) this.end(worker);
    else worker.idle = setTimeout(() => this.end(worker), this.options.idleMs).unref();
  }

  private end({ process }: LaneWorker): void {
    const end: Promise<void> = process.end().finally(() => this.ending.delete(end));
    this.ending.add(end);
    this.forgetEnded();
  }

  private forgetEnded(): void {
    this.workers = this.workers.filter(({ process }) => !process.ended);
  }
}

function backendOf(input: object): string | undefined {
  const { compute } = input as { compute?: ComputeSettings };
  return compute && `${compute.engine}/${compute.device}/${compute.precision}`;
}

function busy(queue: string, limit: number, waiting: number): SegmenterError {
  const message = `${queue} queue: expected at most ${limit} waiting jobs, this would be one more; send slower or raise the queue length`;
  return new SegmenterError('busy', message, { queue, limit, waiting });
}
