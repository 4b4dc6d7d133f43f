import { CorruptFileError } from '../../base/errors';
import type { RandomAccessFile } from '../random-access-file';
import { int64At } from './binary';
import { DIMENSION_BYTES, type DirectoryEntry, ENTRY_HEAD, extentOf } from './directory-entry';
import { expectSegment } from './segments';

/** Where the pixel data of a sub-block lie. */
export interface SubBlockData {
  offset: number;
  bytes: number;
}

const SIZES = 16;
/** The fixed part takes at least this, more where there are 11 dimensions or more. */
const LEAST_HEAD = 256;

/** For messages: `the sub-block at byte 4096 (C0 Z3)`. */
export function nameOfSubBlock(entry: DirectoryEntry): string {
  const place = ['S', 'T', 'C', 'Z', 'M'].filter((letter) => entry.extents.has(letter));
  const words = place.map((letter) => `${letter}${extentOf(entry, letter).start}`);
  return `the sub-block at byte ${entry.position}${words.length > 0 ? ` (${words.join(' ')})` : ''}`;
}

/** @throws CorruptFileError where it is no sub-block or the file ends within its pixels */
export function locateData(file: RandomAccessFile, entry: DirectoryEntry): SubBlockData {
  const what = nameOfSubBlock(entry);
  const { start } = expectSegment(file, entry.position, 'ZISRAWSUBBLOCK', what);
  const view = file.peek(start, SIZES + ENTRY_HEAD, what);
  const metadata = view.getInt32(0, true);
  const bytes = int64At(view, 8, file, `the data size of ${what}`);
  const dimensions = view.getInt32(SIZES + 28, true);
  if (metadata < 0 || dimensions < 0 || dimensions > 1000) {
    throw new CorruptFileError(file.path, `${what} states ${metadata} bytes of metadata and ${dimensions} dimensions`);
  }
  const head = Math.max(LEAST_HEAD, SIZES + ENTRY_HEAD + dimensions * DIMENSION_BYTES);
  const offset = start + head + metadata;
  file.check(offset, bytes, `the pixels of ${what}`);
  return { offset, bytes };
}

/** The XML of a sub-block (stage position, time), or an empty text. */
export async function readSubBlockXml(file: RandomAccessFile, entry: DirectoryEntry): Promise<string> {
  const { start } = expectSegment(file, entry.position, 'ZISRAWSUBBLOCK', nameOfSubBlock(entry));
  const length = file.peek(start, 4, nameOfSubBlock(entry)).getInt32(0, true);
  const { offset } = locateData(file, entry);
  if (length <= 0 || length > 2 ** 20) return '';
  const bytes = Buffer.alloc(length);
  await file.read(offset - length, bytes, `the metadata of ${nameOfSubBlock(entry)}`);
  return bytes.toString('utf8');
}
