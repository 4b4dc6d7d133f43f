import { quietly } from '../base/long-work';

/** The first call may compile, look for the quickest kernels and start a device. */
const FIRST_MS = 110_000;
const LEAST_MS = 60_000;
/** A later call may take so many times as long as the slowest before it. */
const SLOWER = 20;
/** Calls that take no longer than this are not announced: they are over before anyone wonders. */
const SHORT_MS = 100;
/** On a processor a graph without loops is slow at most. */
const SLOW_MS = 30 * 60_000;

/** What is called. */
export interface NativeWork {
  device: string;
  /** whether the graph is someone else's, which may hold loops */
  foreign?: boolean;
}

/**
 * Native calls of one kind, for example the runs of a session. Each is announced with the time that it may take, so that
 * whoever watches this process takes neither a long one for a hung process nor an endless one for a long one.
 */
export class NativeCalls {
  private slowestMs = 0;

  constructor(private readonly work: NativeWork) {}

  /** How long the next call may take. */
  get limitMs(): number {
    const { device, foreign = false } = this.work;
    if (device === 'cpu' && !foreign) return SLOW_MS;
    return this.slowestMs === 0 ? FIRST_MS : Math.max(LEAST_MS, SLOWER * this.slowestMs);
  }

  /** Makes a call that may keep the event loop from turning. @param what as an error names it */
  async make<T>(what: string, call: () => T | Promise<T>): Promise<T> {
    const isLong = this.slowestMs === 0 || this.slowestMs > SHORT_MS;
    const start = performance.now();
    try {
      return await (isLong ? quietly({ ...this.work, what, limitMs: this.limitMs }, call) : call());
    } finally {
      this.slowestMs = Math.max(this.slowestMs, performance.now() - start);
    }
  }
}
