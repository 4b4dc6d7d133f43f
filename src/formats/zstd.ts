import zlib from 'node:zlib';
import { SegmenterError } from '../base/errors';

type ZstdDecompress = (
  bytes: Uint8Array,
  options: { maxOutputLength: number },
  done: (error: Error | null, result: Uint8Array) => void,
) => void;

/**
 * Decodes Zstandard frames: Node's own from 22.15 on, on its own threads, else a WebAssembly build.
 * @param size bytes that the result has at most
 * @throws Error for damaged data or more bytes than `size`
 */
export async function decodeZstd(bytes: Uint8Array, size: number): Promise<Uint8Array> {
  const { zstdDecompress } = zlib as typeof zlib & { zstdDecompress?: ZstdDecompress };
  if (!zstdDecompress) return decodeInWebAssembly(bytes, size);
  return new Promise((resolve, reject) => {
    zstdDecompress(bytes, { maxOutputLength: Math.max(64, size) }, (error, result) => {
      if (error) reject(error);
      else resolve(result);
    });
  });
}

async function decodeInWebAssembly(bytes: Uint8Array, size: number): Promise<Uint8Array> {
  const { ZSTDDecoder } = await import('zstddec').catch((error: Error) => {
    throw new SegmenterError('internal', `the package zstddec cannot be loaded: ${error.message}`);
  });
  const decoder = new ZSTDDecoder();
  await decoder.init();
  const result = decoder.decode(bytes, size);
  // It answers an error with an empty or oversized array.
  if (result.length === 0 || result.length > size) throw new Error('the Zstandard data are damaged or too long');
  return result;
}
