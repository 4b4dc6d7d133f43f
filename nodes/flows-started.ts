import type { NodeAPI } from 'node-red';

/** What waits for the start of the flows, by Node-RED's emitter: one listener of it serves all nodes. */
const waiting = new WeakMap<object, Array<() => void>>();

/** Calls back once, when the flows have started: what is sent before is lost. */
export function onceStarted({ events }: NodeAPI, callback: () => void): void {
  const known = waiting.get(events);
  if (known) {
    known.push(callback);
    return;
  }
  const callbacks = [callback];
  waiting.set(events, callbacks);
  events.once('flows:started', () => {
    waiting.delete(events);
    for (const call of callbacks) call();
  });
}
