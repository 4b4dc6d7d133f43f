import path from 'node:path';
import type { RandomAccessFile } from '../../random-access-file';
import { isComplete as isTiffComplete } from '../completeness';
import { readIndex } from './index-file';

/** Directories begin at even bytes. */
const MOST_PADDING = 15;

/**
 * Tells whether the data set that a file belongs to was ended: its writer reserves room in index and files, up to 4 GiB, and gives
 * back what it did not need. Without an index the file is judged as any TIFF.
 * @throws CorruptFileError where the index is damaged, or names more than the file has
 */
export async function isComplete(file: RandomAccessFile): Promise<boolean> {
  const index = await readIndex(file.path);
  const own = index?.entries.filter((entry) => entry.file === path.basename(file.path)) ?? [];
  if (!index || own.length === 0) return isTiffComplete(file);
  if (index.unfinished) return false;
  const end = own.reduce((most, { metadata }) => Math.max(most, metadata.offset + metadata.length), 0);
  file.check(0, end, 'the planes that the index names');
  return file.size - end <= MOST_PADDING;
}
