import { setImmediate } from 'node:timers/promises';

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
