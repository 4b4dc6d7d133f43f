import { Type } from '@sinclair/typebox';
import type { NodeAPI, NodeMessage } from 'node-red';
import { SegmenterError } from '../src/base/errors';
import { validate } from '../src/base/validate';

/**
 * Node-RED's `msg.parts`. `inner` marks the parts of one image (its patches, its scenes): they belong to the
 * sequence of images around them, so a collecting node waits for that one.
 */
export interface Parts {
  id: string;
  index: number;
  count?: number;
  inner?: boolean;
  parts?: Parts;
}

const LevelSchema = Type.Object(
  {
    id: Type.String(),
    index: Type.Integer({ minimum: 0 }),
    count: Type.Optional(Type.Integer({ minimum: 1 })),
    inner: Type.Optional(Type.Boolean()),
    parts: Type.Optional(Type.Object({}, { additionalProperties: true })),
  },
  { additionalProperties: true },
);

/** The sequence a message is part of, or null. @throws SegmenterError `invalid-input` */
export function readParts(msg: NodeMessage): Parts | null {
  return msg.parts === undefined || msg.parts === null ? null : checkLevel(msg.parts, 'msg.parts');
}

function checkLevel(value: unknown, name: string): Parts {
  const { parts, ...level } = validate(LevelSchema, value, name);
  return parts ? { ...level, parts: checkLevel(parts, `${name}.parts`) } : level;
}

/** The level that a collecting node works on: the first that is not inside one image. */
export function sequenceLevel(parts: Parts): Parts {
  return parts.inner && parts.parts ? sequenceLevel(parts.parts) : parts;
}

/** What `msg.parts` becomes when a sequence is answered by one message: the sequence around it, if any. */
export function withoutSequence(msg: NodeMessage, parts: Parts | null): void {
  const outer = parts ? sequenceLevel(parts).parts : undefined;
  if (outer) msg.parts = outer;
  else delete msg.parts;
}

interface Collected<T> {
  place: number[];
  item: T;
}

interface OpenSequence<T> {
  items: Array<Collected<T>>;
  /** where items are there already */
  taken: Set<string>;
  /** indexes that are there, by the id of their level */
  seen: Map<string, Set<number>>;
}

const MAX_OPEN = 100;

/** The bound that Node-RED's own settings put on messages that a node gathers; 0: none. */
export function mostCollected(RED: NodeAPI): number {
  const { nodeMessageBufferMaxLength = 0 } = RED.settings as { nodeMessageBufferMaxLength?: number };
  return nodeMessageBufferMaxLength;
}

/** Gathers the items of sequences until each is complete; items without parts are one sequence. */
export class SequenceCollector<T> {
  private readonly open = new Map<string, OpenSequence<T>>();

  /** @param maxItems items that all open sequences may hold together; 0: no bound */
  constructor(private readonly maxItems = 0) {}

  /** Items gathered so far of the sequence that `parts` is in. */
  size(parts: Parts | null): number {
    return this.open.get(keyOf(parts))?.items.length ?? 0;
  }

  /**
   * Takes an item (or none, when the message only says where it is). A repeated place is taken once.
   * @param end whether the sequence ends here, whatever its count says (`msg.complete`)
   * @returns the items in order when the sequence is complete, else null
   * @throws SegmenterError `busy` when too much is gathered
   */
  add(parts: Parts | null, item: T | null, end: boolean): T[] | null {
    const key = keyOf(parts);
    const sequence = this.open.get(key) ?? this.begin(key);
    const place = parts ? placeOf(parts) : [sequence.items.length];
    if (item !== null && !sequence.taken.has(String(place))) {
      this.checkRoom();
      sequence.taken.add(String(place));
      sequence.items.push({ place, item });
    }
    const complete = parts ? mark(sequence, parts) : false;
    if (!complete && !end) return null;
    this.open.delete(key);
    return sequence.items.sort((a, b) => compare(a.place, b.place)).map((collected) => collected.item);
  }

  /** Forgets everything; returns how many items there were. */
  clear(): number {
    const count = this.total();
    this.open.clear();
    return count;
  }

  private begin(key: string): OpenSequence<T> {
    if (this.open.size >= MAX_OPEN) {
      const message = `msg.parts.id: expected at most ${MAX_OPEN} unfinished sequences, this would be one more`;
      throw new SegmenterError('busy', message, { limit: MAX_OPEN });
    }
    const sequence: OpenSequence<T> = { items: [], taken: new Set(), seen: new Map() };
    this.open.set(key, sequence);
    return sequence;
  }

  private checkRoom(): void {
    if (this.maxItems === 0 || this.total() < this.maxItems) return;
    const message = `expected at most ${this.maxItems} collected messages (nodeMessageBufferMaxLength), this would be one more`;
    throw new SegmenterError('busy', message, { limit: this.maxItems });
  }

  private total(): number {
    let count = 0;
    for (const sequence of this.open.values()) count += sequence.items.length;
    return count;
  }
}

function keyOf(parts: Parts | null): string {
  return parts ? `parts ${sequenceLevel(parts).id}` : 'no parts';
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
