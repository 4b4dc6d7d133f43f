import type { Node, NodeAPI, NodeStatus, NodeStatusFill, NodeStatusShape } from 'node-red';
import { messageOf, toErrorRecord } from '../src/base/errors';
import type { EngineChoice } from '../src/jobs/job-types';

type Params = Record<string, string | number>;

/** What Status nodes of a flow see beside the text. */
interface StatusFacts {
  /** from 0 to 1 */
  progress?: number;
  /** messages in the queue */
  waiting?: number;
  /** engine and device that compute, and why these */
  chosen?: string;
}

/** Progress is shown at most this often, in milliseconds: every status goes to every open editor. */
const SHOW_EVERY_MS = 250;

/** A node's status line; its texts come from the node's catalogue, keys `status.*`, and stay below 20 characters. */
export class StatusLine {
  private lastShown = 0;
  private reason: string | null = null;

  constructor(
    private readonly RED: NodeAPI,
    private readonly node: Node,
    private readonly waiting: () => number,
  ) {}

  started(): void {
    this.lastShown = 0;
    this.reason = null;
    this.show('blue', 'ring', 'started', {}, { progress: 0 });
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
    const general = this.waiting() > 0 ? 'busyWaiting' : 'busy';
    this.show('blue', 'dot', key ?? general, { percent, ...params, waiting: this.waiting() }, { progress: fraction });
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

  /** @param key of a text of this node's own, else "Done" */
  done(key = 'done', params: Params = {}): void {
    this.show('green', 'dot', key, params, { progress: 1 });
  }

  waitingFor(key: string, params: Params = {}): void {
    this.show('grey', 'ring', key, params);
  }

  warning(key: string, params: Params = {}): void {
    this.show('yellow', 'ring', key, params);
  }

  failed(error: unknown): void {
    const { code } = toErrorRecord(error);
    if (code === 'cancelled') this.show('grey', 'ring', 'cancelled');
    else this.show('red', 'ring', 'failed', { code });
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
  ) {
    const status: NodeStatus & StatusFacts = {
      fill,
      shape,
      text: this.RED._(`status.${key}`, params),
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
