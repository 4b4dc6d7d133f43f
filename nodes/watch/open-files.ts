import type { NodeMessage } from 'node-red';
import { type Static, Type } from '#typebox';
import type { Complete, Noted } from '../../src/acquisition/watched';
import { VersionSchema } from '../../src/acquisition/watched';
import { messageOf, SegmenterError } from '../../src/base/errors';
import { validate } from '../../src/base/schema';
import { peek } from '../sample-message';
import { readParts } from '../sequences/parts';

/** `msg.watch`: what a message says of the acquisition that it began with. */
const WatchMarkSchema = Type.Object(
  { node: Type.String(), name: Type.String({ minLength: 1 }), version: VersionSchema },
  { additionalProperties: true },
);
type WatchMark = Static<typeof WatchMarkSchema>;

/** An acquisition that is on its way. */
interface OpenFile {
  file: Complete;
  /** the journal where it is noted: another folder may be watched when it comes back */
  journal: string;
  /** messages of one sequence that came back: an image of several scenes has as many */
  returned: Set<number>;
  reasons: Set<string>;
}

/** Reasons that are kept of one acquisition, and characters of each: they stand in its journal. */
const [MOST_REASONS, LONGEST_REASON] = [5, 500];

/** What is to be noted, and where. */
export interface ToNote {
  journal: string;
  noted: Noted;
}

/** The acquisitions of a watch whose messages are on their way through the flow, and what became of others. */
export class OpenFiles {
  private readonly open = new Map<string, OpenFile>();
  /** what is not on disk yet: its journal could not be written, or comes to it in a moment */
  readonly unnoted: ToNote[] = [];

  get size(): number {
    return this.open.size;
  }

  /** Names of those of a journal. */
  namesIn(journal: string): string[] {
    return [...this.open].flatMap(([name, open]) => (open.journal === journal ? [name] : []));
  }

  add(file: Complete, journal: string): void {
    this.open.set(file.name, { file, journal, returned: new Set(), reasons: new Set() });
  }

  /** Waits no more for what is on its way: it may never come back. */
  giveUp(reason: string, now: number): void {
    for (const [name, open] of this.open) this.closes(name, { ...open, reasons: new Set([reason]) }, now);
  }

  /** Whether a version of the file is on its way. */
  has(name: string): boolean {
    return this.open.has(name);
  }

  /**
   * Takes a message that came back. A failed sample comes twice where a Catch node leads here as well.
   * @returns whether its acquisition is dealt with and to be noted; not where more of the same image is to come, or it
   *   came back before
   * @throws SegmenterError `invalid-input` for a message of another watch
   */
  take(msg: NodeMessage, node: string, now: number): boolean {
    const mark = readMark(msg);
    if (mark.node !== node) {
      throw new SegmenterError('invalid-input', `msg.watch.node: expected this node, ${node}, got ${mark.node}`);
    }
    const known = this.open.get(mark.name);
    if (!known) return false;
    const reason = reasonOf(msg);
    if (reason !== null && known.reasons.size < MOST_REASONS) known.reasons.add(reason.slice(0, LONGEST_REASON));
    if (!this.isLast(known, msg)) return false;
    this.closes(mark.name, known, now);
    return true;
  }

  private closes(key: string, { file, journal, reasons }: OpenFile, at: number): void {
    this.open.delete(key);
    const { name, version, parts } = file;
    const reason = [...reasons].join('; ');
    const outcome = reason === '' ? { state: 'answered' as const } : { state: 'failed' as const, reason };
    this.unnoted.push({ journal, noted: { name, version, at, parts, ...outcome } });
  }

  private isLast({ returned }: OpenFile, msg: NodeMessage): boolean {
    const parts = readParts(msg);
    if (parts?.count === undefined || parts.count < 2) return true;
    returned.add(parts.index);
    return returned.size >= parts.count;
  }
}

/** Gives the message of an acquisition, which is known by its mark when it comes back. */
export function messageFor(file: Complete, node: string): NodeMessage {
  const { name, path: place, version, cause } = file;
  const payload = { path: place, name, ...version, cause };
  return { topic: 'acquisition', payload, filename: place, watch: { node, name, version } } as NodeMessage;
}

/** Whether a message comes back from the flow; any other asks for a look. */
export function isReturned(msg: NodeMessage): boolean {
  return peek(msg, 'watch') !== undefined;
}

function readMark(msg: NodeMessage): WatchMark {
  return validate(WatchMarkSchema, peek(msg, 'watch'), 'msg.watch');
}

/** Why it failed: as Catch nodes say it, or as later nodes of ours pass it on. */
function reasonOf(msg: NodeMessage): string | null {
  const error = peek(msg, 'error') ?? peek(peek(peek(msg, 'payload'), 'failed'), 'error');
  if (error === undefined || error === null) return null;
  const message = peek(error, 'message');
  return typeof message === 'string' ? message : messageOf(error);
}
