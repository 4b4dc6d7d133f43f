import type { Node, NodeAPI, NodeMessageInFlow } from 'node-red';
import { asError, CancelledError, toErrorRecord } from '../../src/base/errors';
import { isMendable, isTransient } from '../../src/base/transient';
import { ErrorReport } from '../error-report';
import { keepFailed } from '../failing/failed-messages';
import {
  attemptsOf,
  countAttempt,
  forgetAttempts,
  seedOf,
  uncountAttempt,
  WaitingRoom,
  waitAfter,
} from '../failing/retries';
import { type ComputeSettings, hostUsers, jobAccess, retriesOf } from '../job-host-access';
import { attempt, StatusLine } from '../node-status';
import { enter, leave, sequenceIds } from '../sequences/pacing';
import { readParts } from '../sequences/parts';
import { type Arrival, Work } from '../work';
import type { NodeBehaviour, NodeContext, WorkingNode } from './behaviour';
import { leaveBehind, onceStarted, REMOVED, reportDropped, takeOver } from './left-behind';
import { guardArrival, MessageQueue } from './message-queue';
import { holdImages, letGo } from './waiting-images';

/** A node must let Node-RED go on within this time. */
const CLOSE_WITHIN_MS = 5_000;

/** A message that the node has taken, with the ids of its sequences. */
type Taken = Arrival & { ids: string[] };

/** Works on the messages of one node, one at a time: those that wait, are tried again, are cancelled, or are left to a successor. */
export class RunningNode<S> {
  private readonly queue: MessageQueue<Taken>;
  /** what failed for a reason that may pass, until it is tried again */
  private readonly retries: WaitingRoom<Taken>;
  private readonly status: StatusLine;
  private readonly errors: ErrorReport;
  private readonly behaviour: NodeBehaviour<S>;
  private current: AbortController | null = null;
  /** what is in work and not answered */
  private inWork: NodeMessageInFlow | null = null;
  /** what a predecessor left, until it is taken up, and what this one leaves */
  private readonly left: NodeMessageInFlow[];
  private closed = false;

  constructor(
    private readonly RED: NodeAPI,
    private readonly node: Node,
    private readonly settings: S,
    private readonly compute: ComputeSettings,
    create: (context: NodeContext<S>) => NodeBehaviour<S>,
  ) {
    const before = takeOver(node);
    this.queue = new MessageQueue(compute.queue, (arrival) => this.work(arrival));
    this.retries = new WaitingRoom((arrival) => {
      enter(arrival.ids);
      this.queue.takeBack(arrival);
    });
    const waiting = () => this.queue.waiting + this.retries.size;
    this.status = new StatusLine(RED, node, waiting);
    (node as WorkingNode).messagesWaiting = waiting;
    this.errors = new ErrorReport(RED, node);
    const inherited = before?.collected?.open ?? null;
    this.status.clear();
    this.behaviour = create({ RED, node, settings, compute, status: this.status, errors: this.errors, inherited });
    node.on('input', (msg, send, done) => this.receive(guardArrival(node, this.errors, { msg, send, done })));
    node.on('close', (removed: boolean, done: () => void) => {
      this.close(removed).then(done, done);
    });
    const resumed = this.behaviour.resume?.() ?? null;
    this.left = [...(resumed ? [resumed] : []), ...(before?.messages ?? [])];
    if (this.left.length > 0) onceStarted(RED, () => this.goOn());
  }

  /** Takes up what came before a deploy: its `done` is gone. */
  private goOn(): void {
    if (this.closed) return;
    for (const msg of this.left.splice(0)) {
      const report = (error?: Error) => {
        if (error) this.node.error(error, msg);
      };
      this.receive(guardArrival(this.node, this.errors, { msg, send: (out) => this.node.send(out), done: report }));
    }
  }

  private receive(arrival: Arrival): void {
    if (this.closed) {
      this.left.push(arrival.msg);
      return;
    }
    try {
      if (arrival.msg.cancel) this.cancel(arrival);
      else if (!this.behaviour.accept?.(arrival)) this.enqueue(arrival);
    } catch (error) {
      this.refuse(arrival, error);
    }
  }

  private enqueue(arrival: Arrival): void {
    const ids = sequenceIds(readParts(arrival.msg));
    this.queue.add({ ...arrival, ids });
    holdImages(this.node.id, arrival.msg);
    enter(ids);
  }

  private async work(arrival: Taken): Promise<void> {
    const { RED, node, settings, compute, status, errors } = this;
    const stopping = new AbortController();
    const { signal } = stopping;
    /** what the behaviour was told that it leads to another try */
    let again: unknown;
    this.current = stopping;
    this.inWork = arrival.msg;
    countAttempt(arrival.msg);
    try {
      status.started(this.behaviour.isForAll ? null : readParts(arrival.msg));
      const { host } = jobAccess(RED);
      const cancel = () => stopping.abort('cancel');
      const isTriedAgain = (error: unknown) => {
        const isWorthIt = !signal.aborted && this.isTriedAgain(arrival, error);
        if (isWorthIt) again = error;
        return isWorthIt;
      };
      const shared = { RED, node, settings, compute, status, errors, signal, host, isTriedAgain };
      await this.behaviour.handle(new Work({ ...shared, cancel, ...arrival }));
      if (this.closed) return;
      this.inWork = null;
      forgetAttempts(arrival.msg);
      arrival.done();
    } catch (error) {
      if (this.closed) return;
      this.inWork = null;
      if (again !== undefined && error === again && !signal.aborted) this.waitForTry(arrival, error);
      else this.fail(arrival, error);
    } finally {
      this.current = null;
      leave(arrival.ids);
      this.showWaiting();
      // What is kept for a successor, or for another try, waits on.
      if (!this.closed && !this.retries.has(arrival)) letGo(this.node.id, arrival.msg);
    }
  }

  /** Whether a message that failed would be worked on again. Those that wait for that are bounded like the queue. */
  private isTriedAgain({ msg }: Arrival, error: unknown): boolean {
    if (!this.behaviour.isRetried || this.retries.size >= this.compute.queue) return false;
    const { tries = 1 } = attemptsOf(msg) ?? {};
    return tries < retriesOf(this.RED).tries && isTransient(error);
  }

  private waitForTry(arrival: Taken, error: unknown): void {
    const { tries = 1 } = attemptsOf(arrival.msg) ?? {};
    const policy = retriesOf(this.RED);
    const ms = waitAfter(tries, policy, seedOf(this.node.id, arrival.msg));
    this.retries.add(arrival, ms, tries);
    const { message } = toErrorRecord(error);
    this.node.log(`${message}; tried again in ${(ms / 1000).toFixed(1)} s, try ${tries + 1} of ${policy.tries}`);
  }

  /** Shows what waits for its next try, where nothing is in work. */
  private showWaiting(): void {
    const first = this.retries.first();
    if (!first || this.closed || this.queue.waiting > 0) return;
    const seconds = Math.ceil(first.ms / 1000);
    this.status.waitingFor('retrying', { seconds, try: first.tries + 1, tries: retriesOf(this.RED).tries });
  }

  /** A message failed for good: what a retry might have mended, or a person can, is kept to be tried again. */
  private fail(arrival: Taken, error: unknown): void {
    const { msg } = arrival;
    const tried = attemptsOf(msg);
    forgetAttempts(msg);
    this.status.failed(error);
    if (tried && this.behaviour.isRetried && isMendable(error)) {
      attempt(this.node, 'keeping a failed message', () => keepFailed(this.RED, this.node, { msg, error, ...tried }));
    }
    arrival.done(asError(error));
  }

  /** Ends the work and empties the queue; what waited fails as cancelled, so that no sequence waits for it. */
  private cancel({ done }: Arrival): void {
    const waiting = this.queue.clear();
    this.current?.abort('cancel');
    for (const arrival of [...this.retries.clear(), ...waiting]) {
      forgetAttempts(arrival.msg);
      this.refuse(arrival, new CancelledError('the waiting message'));
      letGo(this.node.id, arrival.msg);
    }
    for (const { ids } of waiting) leave(ids);
    this.behaviour.cancelled?.();
    done();
  }

  private refuse(arrival: Arrival, error: unknown): void {
    this.status.failed(error);
    attempt(this.node, 'refusing a message', () => this.behaviour.refused?.(arrival, error));
    arrival.done(asError(error));
  }

  private async close(removed: boolean): Promise<void> {
    this.closed = true;
    const queued = this.queue.clear();
    for (const { ids } of queued) leave(ids);
    const waiting = [...this.retries.clear(), ...queued];
    const taken = [...(this.inWork ? [this.inWork] : []), ...waiting.map(({ msg }) => msg)];
    // What was cancelled is not taken up again.
    if (this.current?.signal.aborted) this.inWork = null;
    if (this.inWork) uncountAttempt(this.inWork);
    this.current?.abort(removed ? 'removed' : 'close');
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, CLOSE_WITHIN_MS);
    });
    await Promise.race([this.queue.idle(), timeout]);
    const unanswered = [...(this.inWork ? [this.inWork] : []), ...waiting.map(({ msg }) => msg), ...this.left];
    // What comes until Node-RED lets go of this node is added to the same list.
    this.left.splice(0, Number.POSITIVE_INFINITY, ...unanswered.filter((msg) => !this.behaviour.keeps?.(msg)));
    for (const msg of taken) if (!this.left.includes(msg)) letGo(this.node.id, msg);
    const left = { messages: this.left, collected: this.behaviour.gathered?.() ?? null };
    if (removed) reportDropped(this.RED, this.node, left, REMOVED);
    else leaveBehind(this.RED, this.node, left);
    this.errors.flush();
    await this.behaviour.closed?.(removed);
    await Promise.race([hostUsers.unregister(this.node.id, removed), timeout]);
    clearTimeout(timer);
  }
}
