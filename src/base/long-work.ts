import { setImmediate } from 'node:timers/promises';

/** How long work tells of itself: `done` of `total` units, and a line for a person. */
export interface Progress {
  done: number;
  total: number;
  text?: string;
}

/** What every piece of long work is given. */
export interface WorkContext<P = Progress> {
  /** Set when the work shall stop soon and throw CancelledError. */
  signal?: AbortSignal;
  /** Called from time to time; must not throw. */
  progress?: (progress: P) => void;
}

/** Lets timers, input and messages from other processes have their turn. */
export function eventLoopTurn(): Promise<void> {
  return setImmediate();
}

/** A stretch in which the event loop of this process may not turn, because a native call has its thread. */
export interface Quiet {
  /** what is called, as an error names it */
  what: string;
  /** how long it may take */
  limitMs: number;
  /** what computes */
  device: string;
  /** whether it computes someone else's model, which may loop without end */
  foreign?: boolean;
}

let listener: ((quiet: Quiet | null) => void) | null = null;

/** Has every quiet stretch, and its end as null, told to someone who watches this process; null: nobody watches. */
export function listenForQuiet(listen: typeof listener): void {
  listener = listen;
}

/** Tells that the event loop may not turn for a while, or null: that it turns again. */
export function announceQuiet(quiet: Quiet | null): void {
  listener?.(quiet);
}

/** Makes a call that may keep the event loop from turning, and tells so before and after. */
export async function quietly<T>(quiet: Quiet, call: () => T | Promise<T>): Promise<T> {
  announceQuiet(quiet);
  try {
    return await call();
  } finally {
    announceQuiet(null);
  }
}

/** Works on items several at a time, taking them as it goes; after a failure no further one is begun. */
export async function forEachConcurrently<T>(
  items: Iterable<T>,
  atOnce: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const iterator = items[Symbol.iterator]();
  let failed = false;
  const lane = async (): Promise<void> => {
    while (!failed) {
      const { done, value } = iterator.next();
      if (done) return;
      try {
        await work(value);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  // All lanes end before the failure is told: nothing works on behind the caller's back.
  const outcomes = await Promise.allSettled(Array.from({ length: atOnce }, lane));
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
}

/** Works as {@link forEachConcurrently} does. @returns the results in the order of the items */
export async function mapConcurrently<T, R>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results = new Array<R>(items.length);
  await forEachConcurrently(items.entries(), atOnce, async ([index, item]) => {
    results[index] = await work(item);
  });
  return results;
}
