import type { Node } from 'node-red';
import { SegmenterError } from '../../src/base/errors';
import { counted } from '../../src/base/numbers';
import type { ErrorReport } from '../error-report';
import { attempt } from '../node-status';
import type { Arrival } from '../work';

/**
 * Makes an arrival whose `send` and `done` never throw: Node-RED clones messages for Catch nodes and second wires, which
 * fails for some, and what escapes from a promise would end it.
 */
export function guardArrival(node: Node, errors: ErrorReport, { msg, send, done }: Arrival): Arrival {
  return {
    msg,
    send: (out) => attempt(node, 'sending a message', () => send(out)),
    done: (error) => {
      if (error) return errors.end(msg, error, done);
      attempt(node, 'ending a message', () => done());
      errors.passed(msg);
    },
  };
}

/** First in, first out, one at a time, with a bound on what waits. */
export class MessageQueue<T> {
  private waitingItems: T[] = [];
  private running: Promise<void> | null = null;

  /**
   * @param limit how many may wait beside the one in work
   * @param work must not reject
   */
  constructor(
    private readonly limit: number,
    private readonly work: (item: T) => Promise<void>,
  ) {}

  get waiting(): number {
    return this.waitingItems.length;
  }

  /** @throws SegmenterError `busy` when the queue is full; the item is not taken */
  add(item: T): void {
    if (this.running && this.waiting >= this.limit) {
      const message = `queue: expected at most ${counted(this.limit, 'waiting message')}, this would be one more; send slower or raise the queue length`;
      throw new SegmenterError('busy', message, { limit: this.limit, waiting: this.waiting });
    }
    this.waitingItems.push(item);
    if (!this.running) this.advance();
  }

  /** Takes an item that was taken before, however many wait: nobody could be told that it is refused. */
  takeBack(item: T): void {
    this.waitingItems.push(item);
    if (!this.running) this.advance();
  }

  /** Takes out all that wait; the one in work goes on. */
  clear(): T[] {
    return this.waitingItems.splice(0);
  }

  /** Resolves when nothing is in work and nothing waits. */
  async idle(): Promise<void> {
    while (this.running) await this.running;
  }

  private advance(): void {
    const item = this.waitingItems.shift();
    if (item === undefined) {
      this.running = null;
      return;
    }
    this.running = this.work(item).finally(() => this.advance());
  }
}
