import { RandomAccessFile } from '../random-access-file';
import { expectSegment, int64 } from './segments';

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

export function isCzi(head: Uint8Array): boolean {
  return Buffer.from(head.subarray(0, SIGNATURE.length)).toString('latin1') === SIGNATURE;
}

/** @throws CorruptFileError */
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

/** Whether a file is the second or a later part of a CZI of several files. @throws SegmenterError as opening does */
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
