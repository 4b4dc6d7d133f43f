import type { Node, NodeAPI, NodeMessageInFlow } from 'node-red';
import { counted } from '../../src/base/numbers';
import { noteEvent } from '../event-log';
import { sampleId } from '../sample-message';
import { letGo } from './waiting-images';

/** What a node that stops leaves to the one that a deploy puts in its place. */
export interface LeftBehind {
  /** messages that were not answered, in their order; the one in work first */
  messages: NodeMessageInFlow[];
  /** what it gathered of sequences that are not complete, null where it gathers nothing */
  collected: Collected | null;
}

export interface Collected {
  open: unknown;
  /** how many items that is */
  items: number;
}

interface Heirloom extends LeftBehind {
  RED: NodeAPI;
  type: string;
  label: string;
  timer: NodeJS.Timeout;
}

/** How long stopped flows may stand still before what they left is given up. */
const GRACE_MS = 10 * 60_000;

/** Why most is dropped. */
export const REMOVED = 'the node was removed or disabled';

/** Module state on purpose: it outlives the nodes over a deploy. By node id. */
const heirlooms = new Map<string, Heirloom>();
let atExit: (() => void) | null = null;

/**
 * Keeps what a stopping node leaves until a node of its id and type comes, the flows have started without one, the flows
 * stand still for long, or Node-RED ends; then the log says what was dropped.
 */
export function leaveBehind(RED: NodeAPI, node: Node, left: LeftBehind, graceMs = GRACE_MS): void {
  if (amountOf(left) === '') return;
  const { id, type } = node;
  drop(id, 'it was stopped twice');
  const timer = setTimeout(() => drop(id, 'its flow was stopped'), graceMs).unref();
  heirlooms.set(id, { ...left, RED, type, label: node.name || id, timer });
  onceStarted(RED, () => {
    // A node of wrong settings takes nothing, but what waits for it is kept until they are mended.
    if (RED.nodes.getNode(id)?.type !== type) drop(id, REMOVED);
  });
  if (atExit) return;
  atExit = () => {
    for (const each of heirlooms.keys()) drop(each, 'Node-RED ended');
  };
  process.once('exit', atExit);
}

/** Takes, once, what the predecessor of a node that starts has left; once. */
export function takeOver({ id, type }: Node): LeftBehind | null {
  const left = heirlooms.get(id);
  if (left?.type !== type) return null;
  clearTimeout(left.timer);
  heirlooms.delete(id);
  return left;
}

/** Tells the log what a node took with it that nobody will work on. */
export function reportDropped(RED: NodeAPI, { type, name, id }: Node, left: LeftBehind, why: string): void {
  report(RED, { ...left, id, type, label: name || id }, why);
}

function drop(id: string, why: string): void {
  const left = heirlooms.get(id);
  if (!left) return;
  clearTimeout(left.timer);
  heirlooms.delete(id);
  report(left.RED, { ...left, id }, why);
}

/** Forgets what was left, without a word, for tests. */
export function forgetLeftBehind(): void {
  for (const { timer } of heirlooms.values()) clearTimeout(timer);
  heirlooms.clear();
}

function report(RED: NodeAPI, left: LeftBehind & { id: string; type: string; label: string }, why: string): void {
  const { id, type, label: name, messages } = left;
  const amount = amountOf(left);
  for (const msg of messages) {
    letGo(id, msg);
    noteEvent(RED, { id, type, name }, { event: 'dropped', sample: sampleId(msg.payload), reason: why });
  }
  if (amount !== '') RED.log.warn(`${left.type} ${left.label}: ${amount} dropped, as ${why}`);
}

function amountOf({ messages, collected }: LeftBehind): string {
  const waiting = messages.length > 0 ? [`${counted(messages.length, 'message')} that waited`] : [];
  const gathered =
    collected && collected.items > 0 ? [`${counted(collected.items, 'item')} of incomplete sequences`] : [];
  return [...waiting, ...gathered].join(' and ');
}

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
