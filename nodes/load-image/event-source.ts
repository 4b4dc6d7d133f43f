import type { NodeMessage } from 'node-red';
import { InvalidInputError } from '../../src/base/errors';
import { peek } from '../sample-message';
import { uploadedFile, whyNoBytes } from './http-upload';

/** What a message brings along to load: a path, or a file's bytes. */
export type EventSource = { path: string } | { bytes: Buffer; filename?: string };

/** Properties of an acquisition's JSON that may hold the path, in this order. */
const PATH_PROPERTIES = ['path', 'filename', 'file', 'uri'] as const;

/** Characters; no system has longer paths. */
const LONGEST_PATH = 4096;

/**
 * The file that a message names: one of a form that came over HTTP; `msg.payload` as Buffer, as path, or as object with a path; else `msg.filename`, as core watch and file nodes give it.
 * @throws InvalidInputError where it names none
 */
export function eventSource(msg: NodeMessage): EventSource {
  const { payload, filename } = msg;
  const named = textOf(filename, 'msg.filename');
  const uploaded = uploadedFile(msg);
  if (uploaded) return { ...uploaded, filename: named ?? uploaded.filename };
  const noBytes = whyNoBytes(msg);
  if (noBytes !== null) throw new InvalidInputError('the body of the request', noBytes.expected, noBytes.got);
  if (payload instanceof Uint8Array) {
    const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
    if (bytes.length === 0) throw new InvalidInputError('msg.payload', 'the bytes of an image file', 'an empty Buffer');
    return { bytes, filename: named };
  }
  const path = textOf(payload, 'msg.payload');
  if (path !== undefined) return { path };
  for (const property of PATH_PROPERTIES) {
    const value = textOf(peek(payload, property), `msg.payload.${property}`);
    if (value !== undefined) return { path: value };
  }
  if (named !== undefined) return { path: named };
  const expected = `Raw or Manifest in the node, or a path, Buffer or uploaded file in the message (payload.${PATH_PROPERTIES.join(', payload.')}, filename)`;
  throw new InvalidInputError('msg.payload', expected, payload);
}

/** A text that is not blank. @throws InvalidInputError where it is longer than any path */
function textOf(value: unknown, name: string): string | undefined {
  if (typeof value !== 'string') return undefined;
  if (value.length > LONGEST_PATH)
    throw new InvalidInputError(name, `a path of at most ${LONGEST_PATH} characters`, value);
  return value.trim() === '' ? undefined : value;
}
