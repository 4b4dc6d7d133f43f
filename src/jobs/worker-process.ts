import { type ChildProcess, fork } from 'node:child_process';
import { setPriority } from 'node:os';
import { CancelledError, fromErrorRecord, SegmenterError } from '../base/errors';
import type { HostSettings } from './job-types';
import {
  type HostMessage,
  notJson,
  type WorkerInput,
  type WorkerJobName,
  type WorkerMessage,
  type WorkerOutput,
  type WorkerProgress,
} from './protocol';

/** How long a worker may take to answer before it is ended, in milliseconds; a job is free again within 5 s. */
export interface Patience {
  /** from `cancel` or `shutdown` to SIGTERM, and from SIGTERM to SIGKILL */
  cancelMs: number;
  killMs: number;
  /** from `stop` to SIGTERM */
  stopMs: number;
}
const PATIENCE: Patience = { cancelMs: 2000, killMs: 1000, stopMs: 3500 };

export interface WorkerOptions {
  /** what the worker is for, in error messages: "predict", "train", "pixel" */
  name: string;
  /** script that the child runs; it calls `serveJobs` */
  entry: string;
  settings: HostSettings;
  patience?: Patience;
  /** scheduling priority, 0 normal to 19 lowest */
  niceness?: number;
}

export interface WorkerRunOptions<K extends WorkerJobName> {
  signal?: AbortSignal;
  /** asks the job to finish early and return what it has */
  stop?: AbortSignal;
  onProgress?: (progress: WorkerProgress<K>) => void;
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
  lose: (error: SegmenterError) => void;
  progress: (progress: WorkerProgress<WorkerJobName>) => void;
}

const OUTPUT_LINES = 20;
/** How long the last output of an ended child is waited for. */
const OUTPUT_WAIT_MS = 200;

/**
 * The host's side of one child process: runs one job at a time, and outlives neither a crash nor a kill.
 * After its end (`ended`) it takes no jobs; the caller starts another.
 */
export class WorkerProcess {
  private readonly child: ChildProcess;
  private readonly patience: Patience;
  private readonly output: string[] = [];
  private readonly gone: Promise<void>;
  private current: Current | null = null;
  private jobs = 0;
  private exited = false;
  private leaving = false;

  constructor(private readonly options: WorkerOptions) {
    this.patience = options.patience ?? PATIENCE;
    this.child = fork(options.entry, [], {
      execArgv: [], // a debugger port or a loader of the host is not the child's
      env: childEnvironment(process.env),
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      serialization: 'json',
    });
    this.gone = new Promise((resolve) => this.watch(resolve));
    this.lowerPriority();
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
   * @throws SegmenterError `cancelled` after `signal`; `worker-lost` when the process ends before it answers;
   * StopTimeoutError when it does not finish in time after `stop`; or the job's own error
   */
  run<K extends WorkerJobName>(
    job: K,
    input: WorkerInput<K>,
    options: WorkerRunOptions<K> = {},
  ): Promise<WorkerOutput<K>> {
    if (this.current)
      throw new SegmenterError('internal', `${this.options.name} worker: already runs "${this.current.job}"`);
    if (this.ended) return Promise.reject(new SegmenterError('worker-lost', `${this.options.name} worker: has ended`));
    if (options.signal?.aborted) return Promise.reject(new CancelledError(job));
    const { signal, stop, onProgress } = options;
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
    const onCancel = () => interrupt('cancel', this.patience.cancelMs);
    const onStop = () => {
      if (reason === null) interrupt('stop', this.patience.stopMs);
    };
    const result = new Promise<WorkerOutput<K>>((resolve, reject) => {
      this.current = {
        id,
        job,
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
      };
      signal?.addEventListener('abort', onCancel, { once: true });
      stop?.addEventListener('abort', onStop, { once: true });
      try {
        this.send({ type: 'run', id, job, input, settings: this.options.settings } as HostMessage);
      } catch (error) {
        // The worker has heard of nothing: it is free for the next job.
        this.current = null;
        this.release();
        reject(notJson(job, 'input', 'invalid-input', error));
      }
      if (stop?.aborted) onStop();
    });
    return result.finally(() => {
      for (const timer of timers) clearTimeout(timer);
      signal?.removeEventListener('abort', onCancel);
      stop?.removeEventListener('abort', onStop);
    });
  }

  /** Ends the process: asks, then terminates, then kills. Resolves when it is gone. */
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
    if (message.type === 'progress') {
      current.progress(message.progress);
      return;
    }
    this.current = null;
    this.release();
    current.settle(message);
  }

  private lose(how: string, details: Record<string, unknown>): void {
    const { current } = this;
    this.current = null;
    if (!current) return;
    const { name } = this.options;
    const said = this.output.length > 0 ? `; its last output: ${this.output.join(' | ')}` : '';
    const message = `${name} worker (process ${this.pid}) ${how} while it ran "${current.job}"${said}`;
    current.lose(
      new SegmenterError('worker-lost', message, {
        ...details,
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
      setTimeout(() => this.child.kill('SIGKILL'), ms + this.patience.killMs),
    ];
  }

  /** @throws Error where the message is no JSON */
  private send(message: HostMessage): void {
    // A failed send means that the process is on its way out; `exit` tells the job.
    if (this.child.connected) this.child.send(message, () => undefined);
  }

  /** An idle worker does not keep the host alive. */
  private release(): void {
    this.child.unref();
    this.child.channel?.unref();
    for (const stream of [this.child.stdout, this.child.stderr]) unreference(stream);
  }

  private hold(): void {
    this.child.ref();
    this.child.channel?.ref();
  }

  private keepOutput(chunk: Buffer): void {
    const lines = chunk.toString('utf8').split(/\r?\n/);
    for (const line of lines) if (line.trim() !== '') this.output.push(line.slice(0, 500));
    this.output.splice(0, this.output.length - OUTPUT_LINES);
  }

  private lowerPriority(): void {
    const { niceness = 0 } = this.options;
    if (niceness === 0 || this.child.pid === undefined) return;
    try {
      setPriority(this.child.pid, niceness);
    } catch {
      // The child is gone already, or the system forbids it: priority is a courtesy.
    }
  }
}

function unreference(stream: NodeJS.ReadableStream | null): void {
  if (stream && 'unref' in stream && typeof stream.unref === 'function') stream.unref();
}

/** The host's environment without a debugger's options, which would make every child wait for its port. */
function childEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const options = (env.NODE_OPTIONS ?? '')
    .split(/\s+/)
    .filter((option) => option !== '' && !option.startsWith('--inspect'));
  return { ...env, NODE_OPTIONS: options.join(' ') };
}
