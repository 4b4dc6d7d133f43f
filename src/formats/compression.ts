import zlib from 'node:zlib';
import { SegmenterError } from '../base/errors';

/** A function of zlib that works in a thread of its own and tells by a callback. */
export type ZlibFunction = (
  bytes: Uint8Array,
  options: object,
  done: (error: Error | null, result: Uint8Array<ArrayBuffer>) => void,
) => void;

/** Calls a function of zlib. @throws what zlib tells, where the bytes are damaged or more come out than they may */
export function callZlib(work: ZlibFunction, bytes: Uint8Array, options: object): Promise<Uint8Array<ArrayBuffer>> {
  return new Promise((resolve, reject) => {
    work(bytes, options, (error, result) => {
      if (error) reject(error);
      else resolve(result);
    });
  });
}

/** What one stored byte can stand for at most: a run of 128 KiB takes four bytes. */
export const ZSTD_EXPANSION = 2 ** 15;

/**
 * Decompresses Zstandard: Node's own decoder from 22.15 on, whose threads decode several blocks at once, else
 * WebAssembly in this thread.
 * @param size bytes that come out at most; memory for no more is taken
 * @throws Error where the bytes are damaged or hold more
 */
export async function decodeZstd(bytes: Uint8Array, size: number): Promise<Uint8Array> {
  const { zstdDecompress } = zlib as typeof zlib & { zstdDecompress?: ZlibFunction };
  if (!zstdDecompress) return decodeInWebAssembly(bytes, size);
  // One output buffer, for the size is known.
  const chunkSize = Math.max(64, size + 1);
  const result = await callZlib(zstdDecompress, bytes, { chunkSize, maxOutputLength: chunkSize });
  if (result.byteLength > size) throw new Error(`more than ${size} bytes come out`);
  return result;
}

async function decodeInWebAssembly(bytes: Uint8Array, size: number): Promise<Uint8Array> {
  const { ZSTDDecoder } = await import('zstddec').catch((error: Error) => {
    throw new SegmenterError('internal', `the package zstddec cannot be loaded: ${error.message}`);
  });
  const decoder = new ZSTDDecoder();
  await decoder.init();
  // A size of 0 would mean: as much as the frame claims.
  const decoded = decoder.decode(bytes, Math.max(1, size));
  // The decoder has no error of its own; no valid block of pixels is empty.
  if (decoded.byteLength === 0) throw new Error(`the frame is damaged or holds more than ${size} bytes`);
  return decoded;
}

/** Inflates what comes to at most `size` bytes in a thread of zlib's, so that several blocks decode at once. */
export function inflate(bytes: Uint8Array, size: number): Promise<Uint8Array<ArrayBuffer>> {
  // One output buffer, for there is one size.
  const chunkSize = Math.max(64, size + 1);
  return callZlib(zlib.inflate as ZlibFunction, bytes, { chunkSize, maxOutputLength: chunkSize });
}
