import { createHash } from 'node:crypto';
import { closeFile, openFile, timeLimit, withinTime } from '../../../storage/outside-files';
import type { AskerClient } from './asker-client';

const PIECE = 2 ** 20;

/**
 * Sends a file, which is read through one handle: what takes its place meanwhile is not mixed in.
 * @returns what it is known by there
 */
export async function sendFile(file: string, client: AskerClient): Promise<{ size: number; sha256: string }> {
  const { handle, status } = await openFile(file);
  const { size } = status;
  const read = async (start: number, end: number) => {
    const bytes = new Uint8Array(end - start);
    const reading = async () => (await handle.read(bytes, 0, bytes.length, start)).bytesRead;
    const count = await withinTime(timeLimit(bytes.length), file, undefined, reading);
    return bytes.subarray(0, count);
  };
  try {
    const hash = createHash('sha256');
    for (let at = 0; at < size; at += PIECE) hash.update(await read(at, Math.min(size, at + PIECE)));
    const sha256 = hash.digest('hex');
    await client.send({ size, sha256, read });
    return { size, sha256 };
  } finally {
    await closeFile(handle);
  }
}
