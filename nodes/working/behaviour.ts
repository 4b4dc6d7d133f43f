import type { Node, NodeAPI, NodeMessageInFlow } from 'node-red';
import type { ErrorReport } from '../error-report';
import type { ComputeSettings } from '../job-host-access';
import type { StatusLine } from '../node-status';
import type { Arrival, Work } from '../work';
import type { Collected } from './left-behind';

/** A node as what looks at the flows sees it. */
export interface WorkingNode extends Node {
  /** messages that wait for the one in work */
  messagesWaiting?(): number;
}

/** What the functions of one node share. */
export interface NodeContext<S> {
  readonly RED: NodeAPI;
  readonly node: Node;
  readonly settings: S;
  readonly compute: ComputeSettings;
  readonly status: StatusLine;
  readonly errors: ErrorReport;
  /** what the node's predecessor before a deploy gathered, see {@link NodeBehaviour.gathered}; null: nothing */
  readonly inherited: unknown;
}

/** What makes one node type different from another. */
export interface NodeBehaviour<S> {
  /** Whether a message in work stands for its whole sequence, so that its place in it says nothing. */
  readonly isForAll?: boolean;
  /** Whether it has messages worked on again, which it says by `Work.isTriedAgain`; those that fail at last are kept. */
  readonly isRetried?: boolean;
  /** Works on one message; what it throws goes to Catch nodes. Messages come one at a time, in order. */
  handle(work: Work<S>): Promise<void>;
  /** Looks at a message before it queues; true: nothing is left to do, and `done` was called. */
  accept?(arrival: Arrival): boolean;
  /** A message that gets no work: the queue is full, the node's settings are wrong, it was cancelled while waiting. */
  refused?(arrival: Arrival, error: unknown): void;
  /** `msg.cancel` has come; work and queue are dealt with. */
  cancelled?(): void;
  /** A message to go on with that the node's predecessor before a deploy left behind. */
  resume?(): NodeMessageInFlow | null;
  /** What a successor after a deploy shall inherit of sequences that are not complete. */
  gathered?(): Collected;
  /** Whether the message in work is kept over a deploy in a way of the node's own. */
  keeps?(msg: NodeMessageInFlow): boolean;
  /** The node stops; work in progress has ended. */
  closed?(removed: boolean): void | Promise<void>;
}
