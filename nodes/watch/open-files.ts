import { type Static, Type } from '@sinclair/typebox';
import type { NodeMessage } from 'node-red';
import type { Complete, Noted } from '../../src/acquisition/watched';
import { VersionSchema } from '../../src/acquisition/watched';
import { messageOf, SegmenterError } from '../../src/base/errors';
import { validate } from '../../src/base/schema';
import { readParts } from '../parts';
import { peek } from '../sample-message';

/** `msg.watch`: what a message says of the acquisition that it began with. */
const WatchMarkSchema = Type.Object(
  { node: Type.String(), name: Type.String({ minLength: 1 }), version: VersionSchema },
  { additionalProperties: true },
);
type WatchMark = Static<typeof WatchMarkSchema>;

/** An acquisition that is on its way. */
interface OpenFile {
  file: Complete;
  /** messages of one sequence that came back: an image of several scenes has as many */
  returned: Set<number>;
  reasons: Set<string>;
}

/** Reasons that are kept of one acquisition. */
const MOST_REASONS = 5;

/** The acquisitions of a watch whose messages are on their way through the flow. */
export class OpenFiles {
  private readonly open = new Map<string, OpenFile>();

  get size(): number {
    return this.open.size;
  }

  add(file: Complete): void {
    this.open.set(file.name, { file, returned: new Set(), reasons: new Set() });
  }

  /** Whether a version of the file is on its way. */
  has(name: string): boolean {
    return this.open.has(name);
  }

  /**
   * Takes a message that came back. A failed sample comes twice where a Catch node leads here as well.
   * @returns what is to be noted; null where more of the same image is to come, or it came back before
   * @throws SegmenterError `invalid-input` for a message of another watch
   */
  take(msg: NodeMessage, node: string, now: number): Noted | null {
    const mark = readMark(msg);
    if (mark.node !== node) {
      throw new SegmenterError('invalid-input', `msg.watch.node: expected this node, ${node}, got ${mark.node}`);
    }
    const known = this.open.get(mark.name);
    if (!known) return null;
    const reason = reasonOf(msg);
    if (reason !== null && known.reasons.size < MOST_REASONS) known.reasons.add(reason);
    if (!this.isLast(known, msg)) return null;
    this.open.delete(mark.name);
    const { name, version, parts } = known.file;
    const reasons = [...known.reasons].join('; ');
    return {
      name,
      version,
      state: reasons === '' ? 'answered' : 'failed',
      at: now,
      parts,
      ...(reasons === '' ? {} : { reason: reasons }),
    };
  }

  private isLast({ returned }: OpenFile, msg: NodeMessage): boolean {
    const parts = readParts(msg);
    if (parts?.count === undefined || parts.count < 2) return true;
    returned.add(parts.index);
    return returned.size >= parts.count;
  }
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
