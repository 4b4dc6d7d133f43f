import type { Node, NodeAPI, NodeDef, NodeMessage } from 'node-red';
import { toErrorRecord } from '../src/base/errors';
import { tellable } from './error-text';
import { noteEvent } from './event-log';
import { lighten } from './message-copy';
import { attempt } from './node-status';
import { sampleId } from './sample-message';
import { isLast, type Parts, readParts, sequenceLevel } from './sequences/parts';

/** Milliseconds after which a sequence that goes no further is not waited for. */
const QUIET_MS = 60_000;
/** Sentences of one sequence that are known again. */
const MOST_SENTENCES = 100;

/**
 * Tells of a node's errors. Catch nodes hear of each message, which they may answer or try again. Where none listens an error is a line of
 * the log: the same sentence is told once a sequence, and at its end how often it held for others, as a mistake in the node's
 * settings holds for each message.
 */
export class ErrorReport {
  private sequence: string | null = null;
  /** how often each sentence held after it was told */
  private readonly repeated = new Map<string, number>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly RED: NodeAPI,
    private readonly node: Node,
  ) {}

  /** Ends a message of which an error is told. */
  end(msg: NodeMessage, error: unknown, done: (error?: Error) => void): void {
    this.tell(msg, error, (told) => done(told));
  }

  /** Tells of an error while the work on its message goes on. */
  report(error: unknown, msg: NodeMessage): void {
    const copy = { ...msg };
    this.tell(copy, error, (told) => this.node.error(told, copy));
  }

  /** A message is through: of its sequence nothing more may come. */
  passed(msg: NodeMessage): void {
    const parts = partsOf(msg);
    if (parts && sequenceLevel(parts).id === this.sequence && isLast(parts)) this.flush();
  }

  /** Tells of what was counted. */
  flush(): void {
    clearTimeout(this.timer);
    for (const [sentence, count] of this.repeated) {
      if (count > 0) this.node.error(`${count} more of the sequence: ${sentence}`);
    }
    this.repeated.clear();
    this.sequence = null;
  }

  private tell(msg: NodeMessage, error: unknown, how: (told: Error) => void): void {
    const { code, message } = toErrorRecord(error);
    noteEvent(this.RED, this.node, { event: 'error', sample: sampleId(msg.payload), code, reason: message });
    attempt(this.node, 'reporting an error', () => {
      const told = tellable(error);
      if (!this.isRepeated(msg, String(told)) || isHeard(this.RED, this.node)) {
        lighten(msg);
        how(told);
      }
      this.passed(msg);
    });
  }

  private isRepeated(msg: NodeMessage, sentence: string): boolean {
    const parts = partsOf(msg);
    const id = parts ? sequenceLevel(parts).id : null;
    if (id !== this.sequence) this.flush();
    if (id === null) return false;
    this.sequence = id;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.flush(), QUIET_MS).unref();
    const before = this.repeated.get(sentence);
    if (before !== undefined) this.repeated.set(sentence, before + 1);
    else if (this.repeated.size < MOST_SENTENCES) this.repeated.set(sentence, 0);
    return before !== undefined;
  }
}

/** Whether a Catch node may hear of this node's errors; what is in a subflow may be heard in the flows around it. */
function isHeard({ nodes }: NodeAPI, node: Node): boolean {
  const { z, _alias } = node as Node & { _alias?: string };
  let heard = false;
  nodes.eachNode((config: NodeDef) => {
    const { type, d, scope } = config as NodeDef & { d?: boolean; scope?: unknown };
    if (type !== 'catch' || d) return;
    if (_alias !== undefined || (config.z === z && (!Array.isArray(scope) || scope.includes(node.id)))) heard = true;
  });
  return heard;
}

function partsOf(msg: NodeMessage): Parts | null {
  try {
    return readParts(msg);
  } catch {
    return null;
  }
}
