import { CancelledError, fromErrorRecord, SegmenterError } from '../../base/errors';
import type { HostSettings } from '../job-types';
import {
  type HostMessage,
  notJson,
  type WorkerInput,
  type WorkerJobName,
  type WorkerMessage,
  type WorkerOutput,
  type WorkerProgress,
} from '../protocol';
import { Child, type Ending } from './child';
import type { JobEnd } from './job-end';
import { SILENCE_TIMES, Silence, type SilenceTimes, type Verdict } from './silence';

/** How long a worker may take to answer before it is ended, in milliseconds; a job is free again within 5 s. */
export interface Patience {
  /** from `cancel` or `shutdown` to SIGTERM; from SIGTERM to SIGKILL, and from there to giving the process up */
  cancelMs: number;
  killMs: number;
  /** from `stop` to SIGTERM */
  stopMs: number;
  /** how long it may be silent while it works; default: 25 s */
  silence?: SilenceTimes;
}
export const PATIENCE: Patience = { cancelMs: 2000, killMs: 1000, stopMs: 3500 };

export interface WorkerOptions {
  /** what the worker is for, in error messages: "predict", "train", "pixel" */
  name: string;
  /** script that the child runs; it calls `serveJobs` */
  entry: string;
  settings: HostSettings;
  patience?: Patience;
  /** scheduling priority, 0 normal to 19 lowest */
  niceness?: number;
  /** whether silence counts as hanging; default: yes. False where whoever asks has a limit of his own. */
  watched?: boolean;
}

export interface WorkerRunOptions<K extends WorkerJobName> {
  end: Partial<Pick<JobEnd, 'cancel' | 'stop'>>;
  onProgress?: (progress: WorkerProgress<K>) => void;
  /** told how to have the job save its state while it goes on; resolves when that is done, or the job over */
  offerSave?: (save: () => Promise<void>) => void;
}

/** Tells of a worker that was killed because it did not finish in time after `stop`. */
export class StopTimeoutError extends SegmenterError {
  override readonly name = 'StopTimeoutError';

  constructor(worker: string) {
    super('worker-lost', `${worker} worker: expected to finish soon after "stop", was ended instead`);
  }
}

/** The job of a worker. */
interface Current {
  readonly id: number;
  readonly job: WorkerJobName;
  readonly silence: Silence;
  /** what it was told and has to obey soon */
  told: 'cancel' | 'stop' | null;
  /** who wait for a `saved`, in the order in which they asked */
  readonly saving: Array<() => void>;
  readonly onProgress: (progress: WorkerProgress<WorkerJobName>) => void;
  readonly resolve: (output: WorkerOutput<WorkerJobName>) => void;
  readonly reject: (error: SegmenterError) => void;
}

/**
 * Runs one job at a time in a child process, which outlives neither a crash nor a kill; one that hangs is killed.
 * After its end (`ended`) it takes no jobs; the caller starts another.
 */
export class WorkerProcess {
  private readonly child: Child;
  private readonly patience: Patience;
  private readonly silenceTimes: SilenceTimes;
  private current: Current | null = null;
  private jobs = 0;
  /** why it was killed as one that hangs */
  private verdict: Verdict | null = null;

  constructor(private readonly options: WorkerOptions) {
    const { entry, niceness = 0, patience = PATIENCE } = options;
    this.patience = patience;
    this.silenceTimes = patience.silence ?? SILENCE_TIMES;
    const onMessage = (message: WorkerMessage) => this.receive(message);
    this.child = new Child({ entry, niceness, killMs: patience.killMs, onMessage });
    this.child.gone.then((ending) => this.lose(ending));
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** The job it runs, or null. */
  get job(): WorkerJobName | null {
    return this.current?.job ?? null;
  }

  /** Whether it is gone or going and takes no more jobs. */
  get ended(): boolean {
    return this.child.ended;
  }

  /**
   * Runs one job; settles only when the worker is free again, or gone.
   * @throws SegmenterError `cancelled` after `cancel`; `worker-lost` when the process ends before it answers, or does
   * not answer; `timeout` when a native call in it, or a disk, takes too long; StopTimeoutError when it does not finish
   * in time after `stop`; `invalid-input` for an input that is no JSON; or the job's own error
   */
  async run<K extends WorkerJobName>(
    job: K,
    input: WorkerInput<K>,
    { end: { cancel, stop }, onProgress, offerSave }: WorkerRunOptions<K>,
  ): Promise<WorkerOutput<K>> {
    const { name, watched = true } = this.options;
    if (this.current) throw new SegmenterError('internal', `${name} worker: already runs "${this.current.job}"`);
    if (this.ended) throw new SegmenterError('worker-lost', `${name} worker: has ended`);
    if (cancel?.aborted) throw new CancelledError(job);
    const silence = new Silence(this.silenceTimes, performance.now());
    const { current, result } = begin(++this.jobs, job, silence, onProgress);
    let spare = () => {};
    const tell = (type: 'cancel' | 'stop', graceMs: number) => {
      current.told = type;
      spare();
      this.child.send({ type, id: current.id });
      spare = this.child.endAfter(graceMs);
    };
    const onCancel = () => tell('cancel', this.patience.cancelMs);
    const onStop = () => {
      if (current.told === null) tell('stop', this.patience.stopMs);
    };
    const endWatch = watched ? silence.watch(this.pid, (verdict) => this.killHung(verdict)) : undefined;
    cancel?.addEventListener('abort', onCancel, { once: true });
    stop?.addEventListener('abort', onStop, { once: true });
    try {
      this.start(current, input);
      if (stop?.aborted) onStop();
      offerSave?.(() => this.save(current));
      return await result;
    } finally {
      endWatch?.();
      spare();
      cancel?.removeEventListener('abort', onCancel);
      stop?.removeEventListener('abort', onStop);
    }
  }

  /** Ends the process: asks, then terminates, then kills. Resolves when it is gone or given up. */
  end(): Promise<void> {
    return this.child.end(this.patience.cancelMs);
  }

  private start(current: Current, input: WorkerInput<WorkerJobName>): void {
    const { id, job } = current;
    const { beatMs, stuckMs } = this.silenceTimes;
    const { settings } = this.options;
    this.current = current;
    this.child.hold();
    try {
      this.child.send({ type: 'run', id, job, input, settings, watch: { beatMs, stuckMs } } as HostMessage);
    } catch (error) {
      // The worker has heard of nothing: it is free for the next job.
      this.current = null;
      this.child.release();
      throw notJson(job, 'input', 'invalid-input', error);
    }
  }

  private async save(current: Current): Promise<void> {
    if (this.current !== current) return;
    const saved = new Promise<void>((resolve) => current.saving.push(resolve));
    this.child.send({ type: 'save', id: current.id });
    await saved;
  }

  private killHung(verdict: Verdict): void {
    if (this.ended) return;
    this.verdict = verdict;
    this.child.kill();
  }

  private receive(message: WorkerMessage): void {
    const { current } = this;
    if (message.id !== current?.id) return;
    current.silence.heard();
    if (message.type === 'quiet') current.silence.expect(message.quiet);
    if (message.type === 'progress') current.onProgress(message.progress);
    if (message.type === 'saved') current.saving.shift()?.();
    if (message.type !== 'done' && message.type !== 'failed') return;
    this.child.release();
    if (message.type === 'done') this.finish(current, () => current.resolve(message.output));
    else this.finish(current, () => current.reject(fromErrorRecord(message.error)));
  }

  private lose(ending: Ending): void {
    const { current } = this;
    if (!current) return;
    const stopped = current.told === 'stop';
    const error = stopped ? new StopTimeoutError(this.options.name) : this.describeLoss(current.job, ending);
    this.finish(current, () => current.reject(error));
  }

  private finish(current: Current, settle: () => void): void {
    this.current = null;
    for (const resolve of current.saving) resolve();
    // Whatever came of it: who cancelled it expects nothing else.
    if (current.told === 'cancel') current.reject(new CancelledError(current.job));
    else settle();
  }

  private describeLoss(job: WorkerJobName, { how, details }: Ending): SegmenterError {
    const { verdict, pid } = this;
    const { name } = this.options;
    const output = [...this.child.output];
    const said = output.length > 0 ? `; its last output: ${output.join(' | ')}` : '';
    const what = details.givenUp && verdict ? `${verdict.how}; it ${how}` : (verdict?.how ?? how);
    const message = `${name} worker (process ${pid}) ${what} while it ran "${job}"${said}`;
    const facts = { ...details, ...verdict?.details, worker: name, pid, job, output };
    return new SegmenterError(verdict?.code ?? 'worker-lost', message, facts);
  }
}

function begin<K extends WorkerJobName>(
  id: number,
  job: K,
  silence: Silence,
  onProgress: WorkerRunOptions<K>['onProgress'],
): { current: Current; result: Promise<WorkerOutput<K>> } {
  let [resolve, reject]: [Current['resolve'], Current['reject']] = [() => {}, () => {}];
  const result = new Promise<WorkerOutput<K>>((onDone, onFailed) => {
    resolve = (output) => onDone(output as WorkerOutput<K>);
    reject = onFailed;
  });
  const current: Current = {
    ...{ id, job, silence, told: null, saving: [], resolve, reject },
    onProgress: (progress) => onProgress?.(progress as WorkerProgress<K>),
  };
  return { current, result };
}
