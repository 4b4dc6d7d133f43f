import type { NodeMessage } from 'node-red';
import { InvalidInputError } from '../../src/base/errors';
import { peek } from '../sample-message';

const BYTES = "bytes as -F file=@image.tif, or with the header 'Content-Type: application/octet-stream'";

/**
 * Gives the file of a form (multipart/form-data) that "http in" took with "Accept file uploads", whatever its field is called; null where
 * there is none.
 * @throws InvalidInputError where the form has several files, or an empty one
 */
export function uploadedFile(msg: NodeMessage): { bytes: Buffer; filename?: string } | null {
  const files = peek(peek(msg, 'req'), 'files');
  if (!Array.isArray(files) || files.length === 0) return null;
  if (files.length > 1) throw new InvalidInputError('the uploaded form', 'one file', `${files.length} files`);
  const bytes = peek(files[0], 'buffer');
  if (!(bytes instanceof Uint8Array)) return null;
  const named = peek(files[0], 'originalname');
  const filename = typeof named === 'string' && named.trim() !== '' ? asUtf8(named) : undefined;
  if (bytes.length === 0) throw new InvalidInputError('the uploaded form', 'a file that is not empty', filename ?? '');
  return { bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), filename };
}

/** Says how a file is sent whose bytes "http in" took for a form or for text; null where it did not. */
export function whyNoBytes(msg: NodeMessage): string | null {
  const headers = peek(peek(msg, 'req'), 'headers');
  if (headers === undefined) return null;
  const type = peek(headers, 'content-type');
  const { payload } = msg;
  if (typeof type === 'string' && type.startsWith('multipart/form-data')) {
    return '"Accept file uploads" to be set in "http in"';
  }
  // What curl sends as binary data without a header of its own.
  const isForm = typeof type === 'string' && type.startsWith('application/x-www-form-urlencoded');
  if (isForm && peek(payload, 'path') === undefined) return BYTES;
  // Bytes that were read as text cannot be had back.
  return typeof payload === 'string' && /[\0\uFFFD]/.test(payload.slice(0, 1000)) ? BYTES : null;
}

/** Node-RED reads the names of files as Latin-1, browsers and curl write UTF-8. */
function asUtf8(name: string): string {
  const text = Buffer.from(name, 'latin1').toString('utf8');
  return text.includes('\uFFFD') ? name : text;
}
