import { CancelledError } from '../../src/base/errors';
import { eventLoopTurn } from '../../src/base/long-work';
import type { Parts } from './parts';

/** Samples of a sequence that may be in the nodes at a time: one in work while the next is made ready. */
const IN_FLIGHT = 2;

interface Traffic {
  count: number;
  wake: Array<() => void>;
}

/** Module state on purpose: it is shared by all nodes of this package, which Node-RED loads file by file. */
const traffic = new Map<string, Traffic>();

/** Counts that a node has taken a message of these sequences. */
export function enter(ids: readonly string[]): void {
  for (const id of ids) {
    const known = traffic.get(id);
    if (known) known.count++;
    else traffic.set(id, { count: 1, wake: [] });
  }
}

/** Counts that a node is through with a message of these sequences. */
export function leave(ids: readonly string[]): void {
  for (const id of ids) {
    const known = traffic.get(id);
    if (!known) continue;
    known.count--;
    for (const wake of known.wake.splice(0)) wake();
    if (known.count <= 0) traffic.delete(id);
  }
}

/** Gives the ids of a message's sequence and of those around it. */
export function sequenceIds(parts: Parts | null): string[] {
  const ids: string[] = [];
  for (let level: Parts | undefined = parts ?? undefined; level; level = level.parts) ids.push(level.id);
  return ids;
}

/**
 * Resolves when the next message of a sequence may go out: Node-RED has no back-pressure, so who sends many
 * messages waits until the nodes of this package that got the last ones have room.
 * @throws CancelledError when the signal is set
 */
export async function untilAccepted(id: string, signal: AbortSignal): Promise<void> {
  // A sent message needs a turn of the event loop for each core node it passes before it reaches the next of ours.
  for (let turn = 0; turn < 3; turn++) await eventLoopTurn();
  for (;;) {
    if (signal.aborted) throw new CancelledError('sending a sequence');
    const known = traffic.get(id);
    if (!known || known.count < IN_FLIGHT) return;
    await new Promise<void>((resolve) => {
      const wake = () => {
        signal.removeEventListener('abort', wake);
        resolve();
      };
      known.wake.push(wake);
      signal.addEventListener('abort', wake, { once: true });
    });
  }
}
