import { setImmediate } from 'node:timers/promises';

/** Lets timers, input and messages from other processes have their turn. */
export function eventLoopTurn(): Promise<void> {
  return setImmediate();
}
