import { CorruptFileError } from '../../base/errors';
import type { StagePosition } from '../../image/acquisition';
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

/** A sub-block's XML is about a kilobyte. */
const MOST_XML_BYTES = 2 ** 20;

/**
 * Where the stage stood for a sub-block, in micrometres; null where its XML does not say. That XML is not always
 * well-formed, so it is searched, not parsed, and where it is damaged the pixels are read all the same.
 */
export async function readStage(file: RandomAccessFile, entry: DirectoryEntry): Promise<StagePosition | null> {
  const xml = await readXml(file, entry).catch((error: unknown) => {
    if (error instanceof CorruptFileError) return '';
    throw error;
  });
  const value = (tag: string): number | null => {
    const text = new RegExp(`<${tag}>\\s*([-+.\\deE]+)\\s*</${tag}>`).exec(xml)?.[1];
    const number = Number(text ?? Number.NaN);
    return Number.isFinite(number) ? number : null;
  };
  const stage = { z: value('FocusPosition'), y: value('StageYPosition'), x: value('StageXPosition') };
  return stage.y === null && stage.x === null ? null : stage;
}

async function readXml(file: RandomAccessFile, entry: DirectoryEntry): Promise<string> {
  const { start } = expectSegment(file, entry.position, 'ZISRAWSUBBLOCK', nameOfSubBlock(entry));
  const length = file.peek(start, 4, nameOfSubBlock(entry)).getInt32(0, true);
  const { offset } = locateData(file, entry);
  if (length <= 0 || length > MOST_XML_BYTES) return '';
  const bytes = Buffer.alloc(length);
  await file.read(offset - length, bytes, `the metadata of ${nameOfSubBlock(entry)}`);
  return bytes.toString('utf8');
}
