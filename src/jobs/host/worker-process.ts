import type { ChildProcess } from 'node:child_process';
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
import { abandon, keepAlive, startChild } from './child';
import type { JobEnd } from './job-end';
import { SILENCE_TIMES, Silence, type SilenceTimes, signOf, type Verdict } from './silence';

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
  end: Pick<JobEnd, 'cancel' | 'stop'>;
  onProgress?: (progress: WorkerProgress<K>) => void;
  /** told how to have the job save its state while it goes on; resolves when that is done, or the job over */
  offerSave?: (save: () => Promise<void>) => void;
}

/** A worker that was killed because it did not finish in time after `stop`. */
export class StopTimeoutError extends SegmenterError {
  override readonly name = 'StopTimeoutError';

  constructor(worker: string) {
    super('worker-lost', `${worker} worker: expected to finish soon after "stop", was ended instead`);
  }
}

interface Current {
  id: number;
  job: WorkerJobName;
  settle: (message: Extract<WorkerMessage, { type: 'done' | 'failed' }>) => void;
  silence: Silence;
  lose: (error: SegmenterError) => void;
  progress: (progress: WorkerProgress<WorkerJobName>) => void;
  /** who wait for a `saved`, in the order in which they asked */
  saving: Array<() => void>;
}

const OUTPUT_LINES = 20;
/** How long the last output of an ended child is waited for. */
const OUTPUT_WAIT_MS = 200;

/**
 * The host's side of one child process: runs one job at a time, and outlives neither a crash nor a kill. One that hangs
 * is killed; one that cannot be killed, because it waits in the system for a disk or a driver, is given up.
 * After its end (`ended`) it takes no jobs; the caller starts another.
 */
export class WorkerProcess {
  private readonly child: ChildProcess;
  private readonly patience: Patience;
  private readonly output: string[] = [];
  private readonly gone: Promise<void>;
  private readonly silenceTimes: SilenceTimes;
  private current: Current | null = null;
  private jobs = 0;
  private exited = false;
  private leaving = false;
  private verdict: Verdict | null = null;
  private giveUp: () => void = () => undefined;

  constructor(private readonly options: WorkerOptions) {
    this.patience = options.patience ?? PATIENCE;
    this.silenceTimes = this.patience.silence ?? SILENCE_TIMES;
    this.child = startChild(options.entry, options.niceness ?? 0);
    this.gone = new Promise((resolve) => this.watch(resolve));
    this.release();
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
    return this.exited || this.leaving;
  }

  /**
   * Runs one job; settles only when the worker is free again, or gone.
   * @throws SegmenterError `cancelled` after `cancel`; `worker-lost` when the process ends before it answers, or does
   * not answer; `timeout` when a native call in it, or a disk, takes too long; StopTimeoutError when it does not finish in time after `stop`; or the job's own error
   */
  run<K extends WorkerJobName>(
    job: K,
    input: WorkerInput<K>,
    { end: { cancel, stop }, onProgress, offerSave }: WorkerRunOptions<K>,
  ): Promise<WorkerOutput<K>> {
    if (this.current)
      throw new SegmenterError('internal', `${this.options.name} worker: already runs "${this.current.job}"`);
    if (this.ended) return Promise.reject(new SegmenterError('worker-lost', `${this.options.name} worker: has ended`));
    if (cancel.aborted) return Promise.reject(new CancelledError(job));
    const id = ++this.jobs;
    this.hold();
    let reason: 'cancel' | 'stop' | null = null;
    let timers: NodeJS.Timeout[] = [];
    const interrupt = (type: 'cancel' | 'stop', graceMs: number) => {
      reason = type;
      for (const timer of timers) clearTimeout(timer);
      this.send({ type, id });
      timers = this.killAfter(graceMs);
    };
    const silence = new Silence(this.silenceTimes, performance.now());
    const watching = this.options.watched === false ? undefined : this.watchOver(silence);
    const onCancel = () => interrupt('cancel', this.patience.cancelMs);
    const onStop = () => {
      if (reason === null) interrupt('stop', this.patience.stopMs);
    };
    const result = new Promise<WorkerOutput<K>>((resolve, reject) => {
      this.current = {
        id,
        job,
        silence,
        settle: (message) => {
          if (reason === 'cancel') reject(new CancelledError(job));
          else if (message.type === 'failed') reject(fromErrorRecord(message.error));
          else resolve(message.output as WorkerOutput<K>);
        },
        lose: (error) => {
          if (reason === 'cancel') reject(new CancelledError(job));
          else reject(reason === 'stop' ? new StopTimeoutError(this.options.name) : error);
        },
        progress: (progress) => onProgress?.(progress as WorkerProgress<K>),
        saving: [],
      };
      cancel.addEventListener('abort', onCancel, { once: true });
      stop?.addEventListener('abort', onStop, { once: true });
      const { beatMs, stuckMs } = this.silenceTimes;
      const watch = { beatMs, stuckMs };
      try {
        this.send({ type: 'run', id, job, input, settings: this.options.settings, watch } as HostMessage);
      } catch (error) {
        // The worker has heard of nothing: it is free for the next job.
        this.current = null;
        this.release();
        reject(notJson(job, 'input', 'invalid-input', error));
      }
      if (stop?.aborted) onStop();
      offerSave?.(() => this.save(id));
    });
    return result.finally(() => {
      clearInterval(watching);
      for (const timer of timers) clearTimeout(timer);
      cancel.removeEventListener('abort', onCancel);
      stop?.removeEventListener('abort', onStop);
    });
  }

  /** Ends the process: asks, then terminates, then kills. Resolves when it is gone or given up. */
  async end(): Promise<void> {
    if (!this.leaving && !this.exited) {
      this.leaving = true;
      this.hold();
      this.send({ type: 'shutdown' });
      const timers = this.killAfter(this.patience.cancelMs);
      this.gone.then(() => timers.forEach(clearTimeout));
    }
    await this.gone;
  }

  private async save(id: number): Promise<void> {
    const { current } = this;
    if (current?.id !== id) return;
    const saved = new Promise<void>((resolve) => current.saving.push(resolve));
    this.send({ type: 'save', id });
    await saved;
  }

  /** Kills the process where it is silent for too long: a stopped one takes no other signal. */
  private watchOver(silence: Silence): NodeJS.Timeout {
    return setInterval(() => {
      if (this.leaving) return;
      this.verdict = silence.judge(performance.now(), signOf(this.pid));
      if (this.verdict) this.kill();
    }, this.silenceTimes.beatMs).unref();
  }

  private kill(): void {
    this.leaving = true;
    this.child.kill('SIGKILL');
    const timer = setTimeout(() => this.giveUp(), this.patience.killMs);
    this.gone.then(() => clearTimeout(timer));
  }

  private watch(resolve: () => void): void {
    const { child } = this;
    const keep = (chunk: Buffer) => this.keepOutput(chunk);
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
    child.on('message', (message: WorkerMessage) => this.receive(message));
    const finish = (how: string, details: Record<string, unknown>) => {
      if (this.exited) return;
      this.exited = true;
      this.lose(how, details);
      resolve();
    };
    this.giveUp = () => {
      finish('cannot be ended, for it waits in the system for a disk or a driver;', { givenUp: true });
      abandon(child);
    };
    child.on('error', (error) => {
      // `error` without a pid means that no process was started; otherwise `exit` follows.
      if (child.pid === undefined) finish(`could not be started: ${error.message}`, {});
    });
    child.on('exit', (exitCode, signal) => {
      const how = signal === null ? `ended with exit code ${exitCode}` : `ended by signal ${signal}`;
      const settle = () => finish(how, { exitCode, signal });
      const timer = setTimeout(settle, OUTPUT_WAIT_MS);
      child.once('close', () => {
        clearTimeout(timer);
        settle();
      });
    });
  }

  private receive(message: WorkerMessage): void {
    const { current } = this;
    if (!current || message.id !== current.id) return;
    current.silence.heard();
    if (message.type === 'quiet') current.silence.expect(message.quiet);
    if (message.type === 'progress') current.progress(message.progress);
    if (message.type === 'saved') current.saving.shift()?.();
    if (message.type !== 'done' && message.type !== 'failed') return;
    for (const resolve of current.saving) resolve();
    this.current = null;
    this.release();
    current.settle(message);
  }

  private lose(how: string, details: Record<string, unknown>): void {
    const { current } = this;
    this.current = null;
    if (!current) return;
    for (const resolve of current.saving) resolve();
    const { name } = this.options;
    const said = this.output.length > 0 ? `; its last output: ${this.output.join(' | ')}` : '';
    const { verdict } = this;
    const what = details.givenUp && verdict ? `${verdict.how}; it ${how}` : (verdict?.how ?? how);
    const message = `${name} worker (process ${this.pid}) ${what} while it ran "${current.job}"${said}`;
    current.lose(
      new SegmenterError(verdict?.code ?? 'worker-lost', message, {
        ...details,
        ...verdict?.details,
        worker: name,
        pid: this.pid,
        job: current.job,
        output: [...this.output],
      }),
    );
  }

  private killAfter(ms: number): NodeJS.Timeout[] {
    return [
      setTimeout(() => {
        this.leaving = true;
        this.child.kill('SIGTERM');
      }, ms),
      setTimeout(() => this.kill(), ms + this.patience.killMs),
    ];
  }

  /** @throws Error where the message is no JSON */
  private send(message: HostMessage): void {
    // A failed send means that the process is on its way out; `exit` tells the job.
    if (this.child.connected) this.child.send(message, () => undefined);
  }

  /** An idle worker does not keep the host alive. */
  private release(): void {
    keepAlive(this.child, false);
  }

  private hold(): void {
    keepAlive(this.child, true);
  }

  private keepOutput(chunk: Buffer): void {
    const lines = chunk.toString('utf8').split(/\r?\n/);
    for (const line of lines) if (line.trim() !== '') this.output.push(line.slice(0, 500));
    this.output.splice(0, this.output.length - OUTPUT_LINES);
  }
}
