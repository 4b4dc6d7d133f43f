import type { Node, NodeAPI } from 'node-red';
import { SegmenterError } from '../../src/base/errors';
import { counted } from '../../src/base/numbers';
import { canonicalHash } from '../../src/base/plain-json';
import type { StatusLine } from '../node-status';
import type { Work } from '../work';
import { type Parts, sequenceLevel } from './parts';

interface Collected<T> {
  place: number[];
  item: T;
}

/** A sequence that is not complete yet. */
export interface OpenSequence<T> {
  /** by their place */
  items: Map<string, Collected<T>>;
  /** indexes that are there, by the id of their level */
  seen: Map<string, Set<number>>;
}

/** Sequences by their key; the one that was added to last stands last. */
export type OpenSequences<T> = Map<string, OpenSequence<T>>;

export interface CollectorOptions<T> {
  /** items that all open sequences may hold together; 0: no bound */
  maxItems?: number;
  /** whether an item gives way to a later one of the same place */
  isFailed?(item: T): boolean;
  /** told of a sequence that was given up, as too many were open */
  dropped?(id: string, items: number): void;
  /** what the node's predecessor before a deploy gathered */
  open?: OpenSequences<T>;
}

const MAX_OPEN = 100;

/** Gives the bound that Node-RED's own settings put on messages that a node gathers; 0: none. */
export function mostCollected(RED: NodeAPI): number {
  const { nodeMessageBufferMaxLength = 0 } = RED.settings as { nodeMessageBufferMaxLength?: number };
  return nodeMessageBufferMaxLength;
}

/** Says in log and status which sequence was given up. */
export function warnOfDropped(node: Node, status: StatusLine, id: string, items: number): void {
  node.warn(
    `${id}: given up with ${counted(items, 'item')}, as more than ${MAX_OPEN} sequences are incomplete and it is the oldest`,
  );
  status.warning('dropped', { count: items }, 'dropped');
}

/** Gathers the items of sequences until each is complete; items without parts are one sequence. */
export class SequenceCollector<T> {
  readonly open: OpenSequences<T>;
  /** the sequence that was complete last, and where its last item has a place that nothing but its coming gave it */
  private last: { key: string; sequence: OpenSequence<T>; unplaced: string | null } | null = null;

  constructor(private readonly options: CollectorOptions<T> = {}) {
    this.open = options.open ?? new Map();
  }

  /** Counts the items of all sequences that are not complete. */
  get total(): number {
    let count = 0;
    for (const { items } of this.open.values()) count += items.size;
    return count;
  }

  /** Counts the items gathered so far of the sequence that `parts` is in. */
  size(parts: Parts | null): number {
    return this.open.get(keyOf(parts))?.items.size ?? 0;
  }

  /**
   * Takes an item (or none, when the message only says where it is). Of a repeated place the first good one is taken.
   * @param end whether the sequence ends here, whatever its count says (`msg.complete`)
   * @returns the items in order when the sequence is complete, else null
   * @throws SegmenterError `busy` when too much is gathered
   */
  add(parts: Parts | null, item: T | null, end: boolean): T[] | null {
    const key = keyOf(parts);
    const sequence = this.touch(key);
    const place = parts ? placeOf(parts) : [sequence.items.size];
    if (item !== null) this.put(sequence, place, item);
    const complete = parts ? mark(sequence, parts) : false;
    if (!complete && !end) return null;
    this.open.delete(key);
    this.last = { key, sequence, unplaced: parts || item === null ? null : String(place) };
    return [...sequence.items.values()].sort((a, b) => compare(a.place, b.place)).map((collected) => collected.item);
  }

  /** Takes the sequence back that was complete last: the message that completed it will come again. */
  reopen(): void {
    const { last } = this;
    if (!last || this.open.has(last.key)) return;
    if (last.unplaced !== null) last.sequence.items.delete(last.unplaced);
    this.open.set(last.key, last.sequence);
    this.last = null;
  }

  /** Forgets everything; returns how many items there were. */
  clear(): number {
    const count = this.total;
    this.last = null;
    this.open.clear();
    return count;
  }

  /** The sequence of this key, as the newest; the oldest goes where there are too many. */
  private touch(key: string): OpenSequence<T> {
    const known = this.open.get(key);
    this.open.delete(key);
    for (const [oldest, { items }] of this.open) {
      if (this.open.size < MAX_OPEN) break;
      this.open.delete(oldest);
      this.options.dropped?.(oldest, items.size);
    }
    const sequence = known ?? { items: new Map(), seen: new Map() };
    this.open.set(key, sequence);
    return sequence;
  }

  private put(sequence: OpenSequence<T>, place: number[], item: T): void {
    const known = sequence.items.get(String(place));
    if (known) {
      if (this.options.isFailed?.(known.item)) known.item = item;
      return;
    }
    this.checkRoom();
    sequence.items.set(String(place), { place, item });
  }

  private checkRoom(): void {
    const { maxItems = 0 } = this.options;
    if (maxItems === 0 || this.total < maxItems) return;
    const message = `expected at most ${maxItems} collected messages (nodeMessageBufferMaxLength), this would be one more`;
    throw new SegmenterError('busy', message, { limit: maxItems });
  }
}

function keyOf(parts: Parts | null): string {
  return parts ? `msg.parts.id ${sequenceLevel(parts).id}` : 'messages without msg.parts';
}

/** Indexes from the sequence's level inwards: sorting by them gives the order of the images, then of their patches. */
function placeOf(parts: Parts): number[] {
  return parts.inner && parts.parts ? [...placeOf(parts.parts), parts.index] : [parts.index];
}

function compare(a: number[], b: number[]): number {
  const differing = a.findIndex((n, i) => n !== b[i]);
  return differing < 0 ? 0 : a[differing] - (b[differing] ?? -1);
}

/** Notes that this part is there; whether its whole sequence is. */
function mark<T>(sequence: OpenSequence<T>, parts: Parts): boolean {
  const seen = sequence.seen.get(parts.id) ?? new Set();
  sequence.seen.set(parts.id, seen.add(parts.index));
  if (parts.count === undefined || seen.size < parts.count) return false;
  return parts.inner && parts.parts ? mark(sequence, parts.parts) : true;
}

/** Sequences that messages in work were made into. */
const sequences = new WeakMap<object, { made: string; id: string }>();

/**
 * Gives the id of the sequence that a node makes of the message in work: over a deploy that begins the work anew it
 * stays, so that no node waits for the rest of a sequence that never comes.
 */
export function sentSequenceId<S>({ RED, node, msg, settings }: Pick<Work<S>, 'RED' | 'node' | 'msg' | 'settings'>) {
  const made = canonicalHash([node.id, settings]);
  const known = sequences.get(msg);
  if (known?.made === made) return known.id;
  const id = RED.util.generateId();
  sequences.set(msg, { made, id });
  return id;
}
