import type { NodeMessage } from 'node-red';
import { InvalidInputError } from '../../src/base/errors';
import { isRecord } from '../../src/base/plain-json';
import { peek } from '../sample-message';

const NO_UPLOADS = '-F file=@image.tif, or "Accept file uploads" not to be set in "http in"';
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

/**
 * Says how "http in" gets bytes that it took for something else, or for nothing; null where it did not. With "Accept file uploads" it
 * takes files of forms only, without it anything but these.
 */
export function whyNoBytes(msg: NodeMessage): { expected: string; got: string } | null {
  const headers = peek(peek(msg, 'req'), 'headers');
  if (headers === undefined) return null;
  const said = peek(headers, 'content-type');
  const type = typeof said === 'string' ? said.split(';')[0].trim() : '';
  const { payload } = msg;
  if (type === 'multipart/form-data')
    return { expected: '"Accept file uploads" to be set in "http in"', got: 'a form' };
  if (payload instanceof Uint8Array) return null;
  const isForm = type === 'application/x-www-form-urlencoded';
  // What curl says of binary data where it is not told, and bytes that were read as text: they cannot be had back.
  const isText = typeof payload === 'string' && /[\0\uFFFD]/.test(payload.slice(0, 1000));
  if (isText || (isForm && peek(payload, 'path') === undefined))
    return { expected: BYTES, got: isForm ? 'a form' : 'text' };
  const hasBody = peek(headers, 'content-length') !== '0' && !type.endsWith('json');
  const isLost = hasBody && isRecord(payload) && Object.keys(payload).length === 0;
  return isLost ? { expected: NO_UPLOADS, got: `bytes (${type || 'no Content-Type'})` } : null;
}

/** Node-RED reads the names of files as Latin-1, browsers and curl write UTF-8. */
function asUtf8(name: string): string {
  const text = Buffer.from(name, 'latin1').toString('utf8');
  return text.includes('\uFFFD') ? name : text;
}
