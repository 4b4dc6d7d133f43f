import type { NodeMessage } from 'node-red';
import { InvalidInputError } from '../../src/base/errors';
import { isRecord } from '../../src/base/is-record';

/** What a message brings along to load: a path, or a file's bytes. */
export type EventSource = { path: string } | { bytes: Buffer; filename?: string };

/** Properties of an acquisition's JSON that may hold the path, in this order. */
const PATH_PROPERTIES = ['path', 'filename', 'file', 'uri'] as const;

/**
 * The file that a message names: `msg.payload` as path, as Buffer, or as object with a path; else `msg.filename`, as
 * core watch and file nodes give it.
 * @throws InvalidInputError where it names none
 */
export function eventSource(msg: NodeMessage): EventSource {
  const { payload, filename } = msg;
  const named = typeof filename === 'string' && filename.trim() !== '' ? filename : undefined;
  if (payload instanceof Uint8Array) {
    const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
    if (bytes.length === 0) throw new InvalidInputError('msg.payload', 'the bytes of an image file', 'an empty Buffer');
    return { bytes, filename: named };
  }
  if (typeof payload === 'string' && payload.trim() !== '') return { path: payload };
  if (isRecord(payload)) {
    for (const property of PATH_PROPERTIES) {
      const value = payload[property];
      if (typeof value === 'string' && value.trim() !== '') return { path: value };
    }
  }
  if (named !== undefined) return { path: named };
  const expected = `Raw or Manifest in the node, or a path or Buffer in the message (payload.${PATH_PROPERTIES.join(', payload.')}, filename)`;
  throw new InvalidInputError('msg.payload', expected, payload);
}
