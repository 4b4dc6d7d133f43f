import { CorruptFileError, UnsupportedError } from '../../base/errors';
import type { RandomAccessFile } from '../random-access-file';
import { asciiAt, int64At } from './binary';

/** A sub-block's extent along one dimension. */
export interface Extent {
  start: number;
  /** in pixels of level 0 */
  size: number;
  /** in the block; smaller than `size` in pyramid blocks */
  stored: number;
}

/** What the directory says of a sub-block. */
export interface DirectoryEntry {
  pixelType: number;
  /** of the sub-block's segment */
  position: number;
  filePart: number;
  compression: number;
  /** by letter: X, Y, Z, C, T, S, M, H, R, I, V, B */
  extents: ReadonlyMap<string, Extent>;
}

export const ENTRY_HEAD = 32;
export const DIMENSION_BYTES = 20;
/** More dimensions than letters cannot be. */
const MOST_DIMENSIONS = 40;

/** An absent dimension is one long, at 0. */
const ABSENT: Extent = { start: 0, size: 1, stored: 1 };

export function extentOf({ extents }: DirectoryEntry, letter: string): Extent {
  return extents.get(letter) ?? ABSENT;
}

/**
 * Parses an entry of schema DV.
 * @param offset in the view
 * @param what for messages, with its place in the file
 * @returns the entry, and the bytes it takes
 * @throws CorruptFileError, UnsupportedError for the legacy schema DE
 */
export function parseEntry(
  view: DataView,
  offset: number,
  file: RandomAccessFile,
  what: string,
): { entry: DirectoryEntry; length: number } {
  const corrupt = (text: string) => new CorruptFileError(file.path, `${what} ${text}`);
  if (offset + ENTRY_HEAD > view.byteLength) throw corrupt('goes beyond the end of the directory');
  const schema = asciiAt(view, offset, 2);
  if (schema === 'DE') throw new UnsupportedError(file.path, `${what} has the old schema DE, expected DV`);
  if (schema !== 'DV') throw corrupt(`has the schema "${schema}", expected DV`);
  const count = view.getInt32(offset + 28, true);
  const length = ENTRY_HEAD + count * DIMENSION_BYTES;
  if (count < 2 || count > MOST_DIMENSIONS || offset + length > view.byteLength) {
    throw corrupt(`states ${count} dimensions, expected 2 to ${MOST_DIMENSIONS} within the directory`);
  }
  const extents = new Map<string, Extent>();
  for (let i = 0; i < count; i++) {
    const at = offset + ENTRY_HEAD + i * DIMENSION_BYTES;
    const letter = asciiAt(view, at, 4).trim();
    const size = view.getInt32(at + 8, true);
    const stored = view.getInt32(at + 16, true) || size;
    if (size < 1 || stored < 1) throw corrupt(`states the size ${size} (stored ${stored}) along ${letter}`);
    extents.set(letter, { start: view.getInt32(at + 4, true), size, stored });
  }
  if (!extents.has('X') || !extents.has('Y')) throw corrupt('has no X or no Y');
  const entry = {
    pixelType: view.getInt32(offset + 2, true),
    position: int64At(view, offset + 6, file, `${what}: the position of its sub-block`),
    filePart: view.getInt32(offset + 14, true),
    compression: view.getInt32(offset + 18, true),
    extents,
  };
  return { entry, length };
}
