import zlib from 'node:zlib';

/** zlib's thread does the work, so several blocks decode at once. One output buffer, for there is one size. */
export function inflate(bytes: Uint8Array, size: number): Promise<Uint8Array> {
  const chunkSize = Math.max(64, size + 1);
  return new Promise((resolve, reject) => {
    zlib.inflate(bytes, { chunkSize, maxOutputLength: chunkSize }, (error, result) => {
      if (error) reject(error);
      else resolve(result);
    });
  });
}
