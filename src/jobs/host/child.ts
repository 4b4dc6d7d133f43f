import { type ChildProcess, fork } from 'node:child_process';
import { setPriority } from 'node:os';
import type { HostMessage, WorkerMessage } from '../protocol';

const OUTPUT_LINES = 20;
/** How long the last output of an ended child is waited for. */
const OUTPUT_WAIT_MS = 200;

interface ChildOptions {
  /** script that it runs */
  entry: string;
  /** scheduling priority, 0 normal to 19 lowest */
  niceness: number;
  /** from SIGTERM to SIGKILL, and from there to giving the process up, in milliseconds */
  killMs: number;
  onMessage: (message: WorkerMessage) => void;
}

/** How a child came to its end, or that it will come to none. */
export interface Ending {
  /** after its name, in a sentence */
  how: string;
  details: { exitCode?: number | null; signal?: NodeJS.Signals | null; givenUp?: true };
}

/**
 * Is a process that the host talks to by JSON, from its start to its end. One that cannot be killed, because it waits in
 * the system for a disk or a driver, is given up: nothing of it is waited for from then on.
 */
export class Child {
  /** resolves when it is gone or given up */
  readonly gone: Promise<Ending>;
  /** the last lines of what it wrote */
  readonly output: string[] = [];
  private readonly child: ChildProcess;
  private exited = false;
  private leaving = false;
  private giveUp: () => void = () => undefined;

  constructor(private readonly options: ChildOptions) {
    this.child = fork(options.entry, [], {
      execArgv: [], // a debugger port or a loader of the host is not the child's
      env: childEnvironment(process.env),
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      serialization: 'json',
    });
    lowerPriority(this.child.pid, options.niceness);
    const keep = (chunk: Buffer) => this.keepOutput(chunk);
    this.child.stdout?.on('data', keep);
    this.child.stderr?.on('data', keep);
    this.child.on('message', options.onMessage);
    this.gone = new Promise((resolve) => this.watchForEnd(resolve));
    this.release();
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** Whether it is gone or going. */
  get ended(): boolean {
    return this.exited || this.leaving;
  }

  /** @throws Error where the message is no JSON */
  send(message: HostMessage): void {
    // A failed send means that the process is on its way out; `gone` tells.
    if (this.child.connected) this.child.send(message, () => undefined);
  }

  /** Keeps the host alive from now on. */
  hold(): void {
    this.child.ref();
    this.child.channel?.ref();
  }

  /** Does not keep the host alive from now on. */
  release(): void {
    this.child.unref();
    this.child.channel?.unref();
    for (const stream of [this.child.stdout, this.child.stderr]) unreference(stream);
  }

  /** Ends it: asks, then terminates, then kills. Resolves when it is gone or given up. */
  async end(graceMs: number): Promise<void> {
    if (!this.ended) {
      this.leaving = true;
      this.hold();
      this.send({ type: 'shutdown' });
      this.gone.then(this.endAfter(graceMs));
    }
    await this.gone;
  }

  /** Terminates it after this time, and kills it where that does not help. @returns calls that off */
  endAfter(ms: number): () => void {
    const terminate = () => {
      this.leaving = true;
      this.child.kill('SIGTERM');
    };
    const timers = [setTimeout(terminate, ms), setTimeout(() => this.kill(), ms + this.options.killMs)];
    return () => timers.forEach(clearTimeout);
  }

  /** Kills it at once: a stopped process takes no other signal. */
  kill(): void {
    this.leaving = true;
    this.child.kill('SIGKILL');
    const timer = setTimeout(() => this.giveUp(), this.options.killMs);
    this.gone.then(() => clearTimeout(timer));
  }

  private watchForEnd(resolve: (ending: Ending) => void): void {
    const { child } = this;
    const finish = (ending: Ending) => {
      this.exited = true;
      resolve(ending);
    };
    this.giveUp = () => {
      const how = 'cannot be ended, for it waits in the system for a disk or a driver;';
      finish({ how, details: { givenUp: true } });
      if (child.connected) child.disconnect();
      for (const stream of [child.stdout, child.stderr]) stream?.destroy();
      this.release();
    };
    child.on('error', (error) => {
      // `error` without a pid means that no process was started; otherwise `exit` follows.
      if (child.pid === undefined) finish({ how: `could not be started: ${error.message}`, details: {} });
    });
    child.on('exit', (exitCode, signal) => {
      const how = signal === null ? `ended with exit code ${exitCode}` : `ended by signal ${signal}`;
      const settle = () => finish({ how, details: { exitCode, signal } });
      const timer = setTimeout(settle, OUTPUT_WAIT_MS);
      child.once('close', () => {
        clearTimeout(timer);
        settle();
      });
    });
  }

  private keepOutput(chunk: Buffer): void {
    const lines = chunk.toString('utf8').split(/\r?\n/);
    for (const line of lines) if (line.trim() !== '') this.output.push(line.slice(0, 500));
    this.output.splice(0, this.output.length - OUTPUT_LINES);
  }
}

function lowerPriority(pid: number | undefined, niceness: number): void {
  if (niceness === 0 || pid === undefined) return;
  try {
    setPriority(pid, niceness);
  } catch {
    // The child is gone already, or the system forbids it: priority is a courtesy.
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
