import { createHash } from 'node:crypto';
import { readPieces, stat } from '../storage/outside-files';
import type { ContentHash } from './record';

/** Larger files are known by their ends: to read them once more would take longer than to segment them. */
const MOST_BYTES = 256 * 2 ** 20;
const END_BYTES = 2 ** 20;

/** Hashes what a file holds. @throws SegmenterError where it cannot be read, Error of the system where it is missing */
export async function contentHash(file: string, most: number = MOST_BYTES): Promise<ContentHash> {
  const { size } = await stat(file);
  const isWhole = size <= most;
  const hash = createHash('sha256');
  const add = async (start: number, end: number) => {
    for await (const piece of readPieces(file, start, end)) hash.update(piece);
  };
  if (isWhole) await add(0, size);
  else {
    await add(0, END_BYTES);
    await add(size - END_BYTES, size);
    hash.update(String(size));
  }
  return { sha256: hash.digest('hex'), of: isWhole ? 'file' : 'ends' };
}
