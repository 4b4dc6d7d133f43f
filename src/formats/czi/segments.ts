import { CorruptFileError } from '../../base/errors';
import { eventLoopTurn } from '../../base/long-work';
import { RandomAccessFile } from '../random-access-file';

/** Bytes of a segment's header; what its kind says follows. */
export const SEGMENT_HEADER = 32;
/** Headers read before others may have their turn. */
const BATCH = 2000;

/** A piece of a CZI file: what it is, where its data begin, and how many bytes of them count. */
export interface Segment {
  id: string;
  position: number;
  /** position of its data */
  data: number;
  /** bytes of its data */
  used: number;
  /** position of the next segment; at or before `position` where the file does not say */
  next: number;
}

/** Reads the segment at a position. @throws CorruptFileError outside the file */
export function readSegment(file: RandomAccessFile, position: number, what: string): Segment {
  const view = file.peek(position, SEGMENT_HEADER, what);
  const id = asciiText(view, 0, 16);
  const allocated = int64(view, 16);
  const used = int64(view, 24);
  const data = position + SEGMENT_HEADER;
  // Old writers leave the used size 0.
  return { id, position, data, used: used > 0 ? used : allocated, next: allocated > 0 ? data + allocated : position };
}

/** Reads the segment at a position. @throws CorruptFileError where it is of another kind or outside the file */
export function expectSegment(file: RandomAccessFile, position: number, id: string, what: string): Segment {
  const segment = readSegment(file, position, what);
  if (segment.id === id) return segment;
  throw new CorruptFileError(
    file.path,
    `expected ${what} (${id}) at byte ${position}, found ${segment.id === '' ? 'nothing' : JSON.stringify(segment.id)}`,
    { offset: position },
  );
}

/** Reads every segment from the file's beginning, as long as each tells where the next one is. */
export async function* walkSegments(file: RandomAccessFile): AsyncGenerator<Segment> {
  let count = 0;
  for (let position = 0; position + SEGMENT_HEADER <= file.size; ) {
    const segment = readSegment(file, position, 'a segment');
    yield segment;
    if (segment.next <= position) return;
    position = segment.next;
    if (++count % BATCH === 0) await eventLoopTurn();
  }
}

/**
 * Reads a signed 64-bit number; not a safe integer where a double does not hold it, which every check of a position
 * refuses.
 */
export function int64(view: DataView, offset: number): number {
  return Number(view.getBigInt64(offset, true));
}

/** Reads text padded with NUL; bytes that are not ASCII come out as signs, for messages. */
export function asciiText(view: DataView, offset: number, length: number): string {
  let text = '';
  for (let i = offset; i < offset + length; i++) {
    const code = view.getUint8(i);
    if (code === 0) break;
    text += String.fromCharCode(code);
  }
  return text;
}

/** Where the parts of a CZI file are; positions 0: there is none. */
export interface FileHeader {
  /** number of this file in a set of several, 0: the first */
  filePart: number;
  directory: number;
  metadata: number;
  attachments: number;
  /** the writer did not come to its end */
  unfinished: boolean;
}

const SIGNATURE = 'ZISRAWFILE';
const LENGTH = 80;

/** Tells whether a file's first bytes are those of a CZI. */
export function isCzi(head: Uint8Array): boolean {
  return Buffer.from(head.subarray(0, SIGNATURE.length)).toString('latin1') === SIGNATURE;
}

/** Reads the file's first segment, its header. @throws CorruptFileError */
export function readFileHeader(file: RandomAccessFile): FileHeader {
  const { data } = expectSegment(file, 0, SIGNATURE, 'the file header');
  const view = file.peek(data, LENGTH, 'the file header');
  return {
    filePart: view.getInt32(48, true),
    directory: int64(view, 52),
    metadata: int64(view, 60),
    unfinished: view.getInt32(68, true) !== 0,
    attachments: int64(view, 72),
  };
}

const HEAD_BYTES = 16;

/**
 * Tells whether a file is the second or a later part of a CZI of several files. @throws SegmenterError as opening does
 */
export async function isLaterPart(path: string): Promise<boolean> {
  const file = await RandomAccessFile.open(path);
  try {
    if (file.size < HEAD_BYTES) return false;
    const { buffer, byteOffset } = file.peek(0, HEAD_BYTES, 'the beginning');
    return isCzi(new Uint8Array(buffer, byteOffset, HEAD_BYTES)) && readFileHeader(file).filePart > 0;
  } finally {
    await file.close();
  }
}

/** Takes a line about what a file lacks or how it was read, for the user; what was said before is not said again. */
export type Note = (text: string) => void;

const MOST_NOTES = 50;

/** Collects notes in a list, each once. */
export function noteInto(notes: string[]): Note {
  return (text) => {
    if (notes.length < MOST_NOTES && !notes.includes(text)) notes.push(text);
  };
}
