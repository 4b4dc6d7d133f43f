import { CorruptFileError, UnsupportedError } from '../../base/errors';
import type { RandomAccessFile } from '../random-access-file';
import { asciiText, expectSegment, int64, SEGMENT_HEADER } from './segments';

/** A sub-block as the directory describes it: one tile of one plane, at full size or smaller. */
export interface SubBlock {
  /** position of its segment in the file */
  position: number;
  filePart: number;
  pixelType: number;
  compression: number;
  /** place in the file's common coordinates; may be negative */
  x: number;
  y: number;
  /** pixels of the full image that it covers */
  width: number;
  height: number;
  /** pixels that are stored */
  storedWidth: number;
  storedHeight: number;
  t: number;
  c: number;
  z: number;
  /** scene, where the file has scenes */
  s: number | null;
  /** number of the tile: higher ones lie on top */
  m: number | null;
  /** further dimensions (H phase, R rotation, I illumination, V view, B block, ...), by letter */
  further: readonly FurtherDimension[];
}

export interface FurtherDimension {
  letter: string;
  index: number;
}

/** Bytes before the dimensions of an entry. */
export const ENTRY_HEADER = 32;
const DIMENSION_LENGTH = 20;
const MOST_DIMENSIONS = 40;
const NONE: readonly FurtherDimension[] = [];

/**
 * Counts the bytes of the entry that begins at `offset`, where `view` holds at least its first 32. @throws
 * CorruptFileError
 */
export function entryLength(view: DataView, offset: number, path: string, place: number): number {
  const schema = asciiText(view, offset, 2);
  if (schema === 'DE') {
    throw new UnsupportedError(path, `the directory entry at byte ${place} is of the old kind DE; expected DV`);
  }
  if (schema !== 'DV') {
    throw new CorruptFileError(
      path,
      `expected a directory entry (DV) at byte ${place}, found ${JSON.stringify(schema)}`,
    );
  }
  const dimensions = view.getInt32(offset + 28, true);
  if (dimensions < 0 || dimensions > MOST_DIMENSIONS) {
    throw new CorruptFileError(path, `the directory entry at byte ${place} states ${dimensions} dimensions`);
  }
  return ENTRY_HEADER + DIMENSION_LENGTH * dimensions;
}

/**
 * Reads an entry of {@link entryLength} bytes. A dimension that it does not name begins at 0 and has the size 1.
 * @param place the entry's position in the file, for messages
 * @throws CorruptFileError, UnsupportedError
 */
export function readEntry(view: DataView, offset: number, path: string, place: number): SubBlock {
  const length = entryLength(view, offset, path, place);
  const block: SubBlock = {
    pixelType: view.getInt32(offset + 2, true),
    position: int64(view, offset + 6),
    filePart: view.getInt32(offset + 14, true),
    compression: view.getInt32(offset + 18, true),
    x: 0,
    y: 0,
    width: 0,
    height: 0,
    storedWidth: 0,
    storedHeight: 0,
    t: 0,
    c: 0,
    z: 0,
    s: null,
    m: null,
    further: NONE,
  };
  const further: FurtherDimension[] = [];
  for (let at = offset + ENTRY_HEADER; at < offset + length; at += DIMENSION_LENGTH) {
    const letter = asciiText(view, at, 4).trim();
    const start = view.getInt32(at + 4, true);
    const size = view.getInt32(at + 8, true);
    const stored = view.getInt32(at + 16, true) || size;
    if (letter === 'X') [block.x, block.width, block.storedWidth] = [start, size, stored];
    else if (letter === 'Y') [block.y, block.height, block.storedHeight] = [start, size, stored];
    else if (size > 1) {
      throw new UnsupportedError(
        path,
        `the sub-block at byte ${block.position} holds ${size} planes along ${letter}; expected one plane in each`,
      );
    } else if (letter === 'T') block.t = start;
    else if (letter === 'C') block.c = start;
    else if (letter === 'Z') block.z = start;
    else if (letter === 'S') block.s = start;
    else if (letter === 'M') block.m = start;
    else if (/^[A-Z]+$/.test(letter)) further.push({ letter, index: start });
    else
      throw new CorruptFileError(
        path,
        `the directory entry at byte ${place} names a dimension ${JSON.stringify(letter)}`,
      );
  }
  if (!(block.width > 0 && block.height > 0 && block.storedWidth > 0 && block.storedHeight > 0)) {
    throw new CorruptFileError(
      path,
      `the directory entry at byte ${place} states ${block.height} x ${block.width} pixels, ${block.storedHeight} x ${block.storedWidth} stored`,
    );
  }
  if (further.length > 0) block.further = further.sort((a, b) => (a.letter < b.letter ? -1 : 1));
  return block;
}

/** Tells whether a sub-block holds the pixels it covers, and not a smaller version of them. */
export function isFullSize(block: SubBlock): boolean {
  return block.width === block.storedWidth && block.height === block.storedHeight;
}

export const SUB_BLOCK = 'ZISRAWSUBBLOCK';
/** Where a sub-block's copy of its directory entry begins in its data. */
export const SUB_BLOCK_ENTRY = 16;
/** Bytes of a sub-block before its metadata; more where an entry of many dimensions does not fit. */
const LEAD = 256;
const MOST_METADATA = 2 ** 20;

/** Where a sub-block's stored pixels are. */
export interface Payload {
  offset: number;
  size: number;
}

/** Names a sub-block in messages: `the sub-block at byte 4096 (T0 C0 Z3 M5)`. */
export function describeSubBlock({ position, s, t, c, z, m }: SubBlock): string {
  const scene = s === null ? '' : `S${s} `;
  return `the sub-block at byte ${position} (${scene}T${t} C${c} Z${z}${m === null ? '' : ` M${m}`})`;
}

/**
 * Finds where the stored pixels of a sub-block are.
 * @throws CorruptFileError where there is no sub-block, or the file ends within it
 */
export function locatePayload(file: RandomAccessFile, block: SubBlock): Payload {
  const { metadata, dataSize } = readLead(file, block);
  const payload = { offset: metadata.offset + metadata.size, size: dataSize };
  file.check(payload.offset, payload.size, `the pixels of ${describeSubBlock(block)}`);
  return payload;
}

/** Reads a sub-block's own XML, often empty and not always well-formed. @throws CorruptFileError */
export async function readSubBlockMetadata(file: RandomAccessFile, block: SubBlock): Promise<string> {
  const { offset, size } = readLead(file, block).metadata;
  file.check(offset, size, `the metadata of ${describeSubBlock(block)}`);
  const bytes = Buffer.alloc(Math.min(size, MOST_METADATA));
  await file.read(offset, bytes, `the metadata of ${describeSubBlock(block)}`);
  return bytes.toString('utf8');
}

function readLead(file: RandomAccessFile, block: SubBlock): { metadata: Payload; dataSize: number } {
  const name = describeSubBlock(block);
  const { data } = expectSegment(file, block.position, SUB_BLOCK, 'a sub-block');
  const view = file.peek(data, SUB_BLOCK_ENTRY + ENTRY_HEADER, name);
  const metadataSize = view.getInt32(0, true);
  const dataSize = int64(view, 8);
  const entry = entryLength(view, SUB_BLOCK_ENTRY, file.path, data + SUB_BLOCK_ENTRY);
  if (metadataSize < 0 || dataSize < 0) {
    throw new CorruptFileError(
      file.path,
      `${name} states ${metadataSize} bytes of metadata and ${dataSize} of pixels`,
      { offset: block.position },
    );
  }
  const offset = block.position + SEGMENT_HEADER + Math.max(LEAD, SUB_BLOCK_ENTRY + entry);
  return { metadata: { offset, size: metadataSize }, dataSize };
}
