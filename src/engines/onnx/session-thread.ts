import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { SegmenterError } from '../../base/errors';
import { product } from '../../base/numbers';
import { onnxRuntime, type SessionSettings } from './session';

/** A value that a session reads or writes, in memory that all threads see. */
export interface SharedTensor {
  shape: number[];
  data: Float32Array<SharedArrayBuffer>;
}

/** What a thread's session is made of; its inputs and outputs by name. */
export interface SessionThreadData {
  model: Uint8Array;
  settings: SessionSettings;
  inputs: Record<string, SharedTensor>;
  outputs: Record<string, SharedTensor>;
}

export type SessionThreadRequest = 'run' | 'close';
/** null: done */
export type SessionThreadReply = { error: string | null };

export function sharedTensor(shape: number[]): SharedTensor {
  const length = product(shape);
  return { shape, data: new Float32Array(new SharedArrayBuffer(length * Float32Array.BYTES_PER_ELEMENT)) };
}

/** A session in a thread of its own, so that several compute at the same time: a session's run blocks its thread. */
export class SessionThread {
  private waiting: { resolve: () => void; reject: (error: Error) => void } | null = null;
  private lost: Error | null = null;
  private readonly exit: Promise<void>;

  private constructor(
    private readonly worker: Worker,
    /** the work, in error messages */
    private readonly what: string,
  ) {
    this.exit = new Promise((resolve) => worker.once('exit', () => resolve()));
    worker.on('message', ({ error }: SessionThreadReply) => this.settle(error === null ? null : this.failure(error)));
    worker.on('error', (error) => this.lose(error.message));
    worker.on('exit', () => this.lose('its thread has ended'));
  }

  /**
   * @param what the work, in error messages
   * @throws SegmenterError `engine` when ONNX Runtime refuses the model
   */
  static async open(data: SessionThreadData, what: string): Promise<SessionThread> {
    // The thread's environment is a copy that the library does not see: what keeps it quiet must be in the process's own.
    onnxRuntime();
    const worker = new Worker(path.join(__dirname, 'session-thread-main.js'), { workerData: data });
    const thread = new SessionThread(worker, what);
    try {
      await thread.reply();
      return thread;
    } catch (error) {
      await worker.terminate();
      throw error;
    }
  }

  /**
   * Computes the outputs from what the inputs hold; one run at a time.
   * @throws SegmenterError `engine`
   */
  run(): Promise<void> {
    const reply = this.reply();
    if (!this.lost) this.worker.postMessage('run' satisfies SessionThreadRequest);
    return reply;
  }

  /** Ends after the run that is under way. */
  async close(): Promise<void> {
    if (!this.lost) this.worker.postMessage('close' satisfies SessionThreadRequest);
    await this.exit;
  }

  private reply(): Promise<void> {
    if (this.lost) return Promise.reject(this.lost);
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject };
    });
  }

  private settle(error: Error | null): void {
    const { waiting } = this;
    this.waiting = null;
    if (error) waiting?.reject(error);
    else waiting?.resolve();
  }

  private lose(reason: string): void {
    this.lost ??= this.failure(reason);
    this.settle(this.lost);
  }

  private failure(reason: string): SegmenterError {
    return new SegmenterError('engine', `${this.what} on cpu: ${reason}`, { device: 'cpu' });
  }
}
