import path from 'node:path';
import type { Node, NodeAPI, NodeMessage } from 'node-red';
import { toErrorRecord } from '../../src/base/errors';
import { plainJson } from '../../src/base/plain-json';
import { type DeadLetter, DeadLetters } from '../../src/results/dead-letters';
import { flowOf } from '../results-access';
import { peek, sampleId } from '../sample-message';
import type { Attempts } from './retries';

/** Connections, which end with their request, and what Catch nodes were told. */
const LEFT_OUT = new Set(['req', 'res', 'error']);

/** Module state on purpose: one list for all nodes, kept over deploys. */
let current: { folder: string | null; letters: DeadLetters } | null = null;

/** Gives the list of messages of this Node-RED that failed though they were tried again; it lies below its user folder. */
export function failedMessages(RED: NodeAPI): DeadLetters {
  const { userDir } = RED.settings as { userDir?: string };
  const folder = userDir === undefined ? null : path.join(userDir, 'segmenter', 'failed');
  if (current?.folder !== folder) {
    current = {
      folder,
      letters: new DeadLetters({ folder, onProblem: (message) => RED.log.warn(`segmenter: ${message}`) }),
    };
  }
  return current.letters;
}

/** Keeps a message that failed at a node for a person to try again. */
export function keepFailed(
  RED: NodeAPI,
  node: Node,
  { msg, error, tries, since }: Attempts & { msg: NodeMessage; error: unknown },
): void {
  const { code, message } = toErrorRecord(error);
  const { id, type, name = '' } = node;
  failedMessages(RED).add({
    node: { id, type, name, flow: flowOf(RED, node) },
    sample: sampleId(msg.payload),
    error: { code, message },
    ...{ tries, first: since, last: Date.now() },
    ...keptOf(msg),
  });
}

/** What of a message is plain JSON, and the names of the rest. */
function keptOf(msg: NodeMessage): Pick<DeadLetter, 'message' | 'without'> {
  const message: Record<string, unknown> = {};
  const without: string[] = [];
  for (const key of Object.keys(msg)) {
    if (LEFT_OUT.has(key)) continue;
    try {
      const value = peek(msg, key);
      if (value !== undefined) message[key] = plainJson(value, `msg.${key}`);
    } catch {
      without.push(key);
    }
  }
  return { message, without };
}

/** For tests: a new run of Node-RED. */
export function forgetFailedMessages(): void {
  current = null;
}
