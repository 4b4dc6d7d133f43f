import { CancelledError, SegmenterError } from '../../base/errors';

export interface QueueEntry<T> {
  /** Starts the work; called once, when it is its turn. */
  start: () => Promise<T>;
  /** Takes the entry out of the queue while it waits; running work listens to the signal by itself. */
  signal?: AbortSignal;
  /** Told that others are before it. */
  onWaiting?: () => void;
  /** how many may wait for this one to be accepted */
  limit: number;
}

interface Waiting {
  begin: () => void;
  refuse: (error: SegmenterError) => void;
}

/** First in, first out, with a bound on what waits and on what runs at a time. */
export class JobQueue {
  private readonly waitingEntries: Waiting[] = [];
  private runningCount = 0;
  private closed = false;

  /**
   * @param name what it is a queue of, in error messages
   * @param concurrency how many run at a time
   */
  constructor(
    private readonly name: string,
    private readonly concurrency: number,
  ) {}

  get waiting(): number {
    return this.waitingEntries.length;
  }

  get running(): number {
    return this.runningCount;
  }

  /**
   * Resolves with what `start` resolves with.
   * @throws SegmenterError `busy` when too many wait, `cancelled` when aborted while it waits or the queue is closed
   */
  add<T>({ start, signal, limit, onWaiting }: QueueEntry<T>): Promise<T> {
    if (this.closed || signal?.aborted) return Promise.reject(new CancelledError(`a job of the ${this.name} queue`));
    const full = this.runningCount >= this.concurrency && this.waiting >= limit;
    if (full) return Promise.reject(this.busy(limit));
    return new Promise<T>((resolve, reject) => {
      const onAbort = () => {
        this.waitingEntries.splice(this.waitingEntries.indexOf(entry), 1);
        reject(new CancelledError(`a waiting job of the ${this.name} queue`));
      };
      const entry: Waiting = {
        begin: () => {
          signal?.removeEventListener('abort', onAbort);
          this.runningCount++;
          start()
            .finally(() => {
              this.runningCount--;
              this.advance();
            })
            .then(resolve, reject);
        },
        refuse: (error) => {
          signal?.removeEventListener('abort', onAbort);
          reject(error);
        },
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.waitingEntries.push(entry);
      this.advance();
      if (this.waitingEntries.includes(entry)) onWaiting?.();
    });
  }

  /** Refuses all that wait and all that comes; what runs goes on. */
  close(): void {
    this.closed = true;
    for (const entry of this.waitingEntries.splice(0)) {
      entry.refuse(new CancelledError(`a waiting job of the ${this.name} queue`));
    }
  }

  private advance(): void {
    while (this.runningCount < this.concurrency) {
      const next = this.waitingEntries.shift();
      if (!next) return;
      next.begin();
    }
  }

  private busy(limit: number): SegmenterError {
    const message = `${this.name} queue: expected at most ${limit} waiting jobs, this would be one more; send slower or raise the queue length`;
    return new SegmenterError('busy', message, { queue: this.name, limit, waiting: this.waiting });
  }
}
