import type { Node, NodeMessage } from 'node-red';
import { attempt } from './attempt';
import { lighten } from './message-copy';
import type { Arrival } from './work';

/**
 * An arrival whose `send` and `done` never throw: Node-RED clones messages for Catch nodes and second wires, which fails
 * for some, and what escapes from a promise would end it.
 */
export function guardArrival(node: Node, { msg, send, done }: Arrival): Arrival {
  return {
    msg,
    send: (out) => attempt(node, 'sending a message', () => send(out)),
    done: (error) =>
      attempt(node, error ? `reporting "${error.message}"` : 'ending a message', () => {
        if (error) lighten(msg);
        done(error);
      }),
  };
}

/** Tells Catch nodes of an error while the work on a message goes on. */
export function reportError(node: Node, error: unknown, msg: NodeMessage): void {
  attempt(node, 'reporting an error', () => {
    const copy = { ...msg };
    lighten(copy);
    node.error(error, copy);
  });
}
