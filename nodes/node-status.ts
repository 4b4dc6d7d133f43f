import type { Node, NodeAPI, NodeStatus, NodeStatusFill, NodeStatusShape } from 'node-red';
import { messageOf, toErrorRecord } from '../src/base/errors';
import type { EventName } from '../src/events/event';
import type { EngineChoice } from '../src/jobs/job-types';
import { firstWords } from './error-text';
import type { Parts } from './sequences/parts';
import { SequenceTally } from './sequences/sequence-tally';
import { NoModelError } from './typed-property';

type Params = Record<string, string | number>;

/** What Status nodes of a flow see beside the text. */
interface StatusFacts {
  /** what happened, in the words of the log and of outputs */
  event?: EventName;
  /** from 0 to 1 */
  progress?: number;
  /** messages in the queue */
  waiting?: number;
  /** engine and device that compute, and why these */
  chosen?: string;
  /** why the last message failed */
  error?: { code: string; message: string };
}

/** Progress is shown at most this often, in milliseconds: every status goes to every open editor. */
const SHOW_EVERY_MS = 250;

/**
 * A node's status line; its texts come from the node's catalogue, keys `status.*`, and stay below 45 characters. Of a message
 * in a sequence it says which of how many it is, and after the last how they ended.
 */
export class StatusLine {
  private readonly tally = new SequenceTally();
  private lastShown = 0;
  private reason: string | null = null;

  constructor(
    private readonly RED: NodeAPI,
    private readonly node: Node,
    private readonly waiting: () => number,
  ) {}

  /** @param parts where the message stands in its sequence */
  started(parts: Parts | null): void {
    this.lastShown = 0;
    this.reason = null;
    this.tally.begin(parts);
    this.show('blue', 'ring', this.tally.place ? 'place' : 'started', {}, { event: 'started', progress: 0 });
  }

  /**
   * Shows how far the work is, at most four times a second.
   * @param fraction from 0 to 1
   */
  busy(fraction: number, key?: string, params: Params = {}): void {
    const now = Date.now();
    if (now - this.lastShown < SHOW_EVERY_MS) return;
    this.lastShown = now;
    const percent = Math.round(100 * Math.min(1, Math.max(0, fraction)));
    const general = this.tally.place ? 'busyAt' : this.waiting() > 0 ? 'busyWaiting' : 'busy';
    this.show(
      'blue',
      'dot',
      key ?? general,
      { percent, ...params, waiting: this.waiting() },
      { event: 'progress', progress: fraction },
    );
  }

  /** Tells whether others of the sequence follow the message in work. */
  get isUnderWay(): boolean {
    return this.tally.isUnderWay;
  }

  /** Devices are tried, which may take a while when it is the first time. */
  trying(): void {
    this.show('blue', 'ring', 'trying');
  }

  /** Shows where the work runs; the reason is in what Status nodes see from now on until the next start. */
  chosen({ engine, device, reason }: Pick<EngineChoice, 'engine' | 'device' | 'reason'>): void {
    this.reason = reason;
    this.show('blue', 'ring', 'chosen', { engine, device });
  }

  /** A message is through. @param key of a text of this node's own, else "Done" */
  done(key = 'done', params: Params = {}): void {
    this.tally.end();
    this.showEnd(key, params);
  }

  private showEnd(key = 'done', params: Params = {}): void {
    const { place, failed, warned, known, isUnderWay } = this.tally;
    if (!place) this.settled(key, params);
    else if (isUnderWay) this.going('place');
    else if (failed > 0) this.warning('doneFailed', { done: Math.max(0, place.of - failed), failed });
    else if (warned > 0) this.warning('warned');
    else if (known > 0) this.settled('doneKnown', { count: place.of, known });
    else this.settled('doneAll', { count: place.of });
  }

  /** A message is through, and its node's log says what to look at. */
  warned(): void {
    this.tally.warned++;
    this.tally.end();
    if (this.tally.place) this.showEnd();
    else this.warning('warned');
  }

  /** A message is through with an earlier result: nothing was done again. */
  known(): void {
    this.tally.known++;
    this.done('known');
  }

  /** A sample goes on that failed before. */
  passedOn(): void {
    this.tally.failed++;
    this.tally.end();
    if (this.tally.isUnderWay) this.showEnd();
    else this.warning('passedOn');
  }

  /** Shows a text of the node's own while its sequence goes on. */
  going(key: string, params: Params = {}): void {
    this.show('blue', 'dot', key, params, { event: 'progress' });
  }

  /** Shows a text of the node's own for what a whole sequence came to. */
  settled(key: string, params: Params = {}, event: EventName = 'done'): void {
    this.show('green', 'dot', key, params, { event, progress: 1 });
  }

  waitingFor(key: string, params: Params = {}): void {
    this.show('grey', 'ring', key, params);
  }

  warning(key: string, params: Params = {}, event: EventName = 'done'): void {
    this.show('yellow', 'ring', key, params, { event });
  }

  /** Shows a text of the node's own for what must not be used. */
  alarm(key: string, params: Params = {}, event: EventName = 'done'): void {
    this.show('red', 'dot', key, params, { event });
  }

  /** Shows the first words of the reason; Status nodes see all of it. */
  failed(error: unknown): void {
    const { code, message } = toErrorRecord(error);
    this.tally.failed++;
    this.tally.end();
    if (code === 'cancelled') this.show('grey', 'ring', 'cancelled', {}, { event: 'dropped' });
    else if (error instanceof NoModelError)
      this.show('red', 'ring', 'noModel', {}, { event: 'error', error: { code, message } });
    else
      this.show('red', 'ring', 'failed', { reason: firstWords(message) }, { event: 'error', error: { code, message } });
  }

  clear(): void {
    this.node.status({});
  }

  private show(
    fill: NodeStatusFill,
    shape: NodeStatusShape,
    key: string,
    params: Params = {},
    facts: StatusFacts = {},
  ): void {
    const status: NodeStatus & StatusFacts = {
      fill,
      shape,
      text: this.RED._(`status.${key}`, { ...this.tally.place, ...params }),
      waiting: this.waiting(),
      ...(this.reason === null ? {} : { chosen: this.reason }),
      ...facts,
    };
    attempt(this.node, 'showing a status', () => this.node.status(status));
  }
}

/** Does what may fail; then the log says so. */
export function attempt(node: Node, what: string, step: () => void): void {
  try {
    step();
  } catch (error) {
    node.error(`${what} failed: ${messageOf(error)}`);
  }
}
