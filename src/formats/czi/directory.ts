import { CorruptFileError, UnsupportedError } from '../../base/errors';
import type { RandomAccessFile } from '../random-access-file';
import { asciiAt, int64At } from './binary';
import { type DirectoryEntry, ENTRY_HEAD, parseEntry } from './directory-entry';
import { expectSegment, SEGMENT_HEADER, type Segment, walkSegments } from './segments';

/** What the head of the file says. */
export interface CziHeader {
  filePart: number;
  /** 0: none */
  directoryPosition: number;
  metadataPosition: number;
  attachmentsPosition: number;
}

const HEADER_BYTES = 80;
const DIRECTORY_HEAD = 128;
/** In a sub-block the copy of its entry lies behind three sizes. */
const ENTRY_IN_SUBBLOCK = 16;

export function isCzi(head: Uint8Array): boolean {
  return Buffer.from(head.subarray(0, 10)).toString('latin1') === 'ZISRAWFILE';
}

/** @throws CorruptFileError */
export function readHeader(file: RandomAccessFile): CziHeader {
  const { start } = expectSegment(file, 0, 'ZISRAWFILE', 'the file header');
  const view = file.peek(start, HEADER_BYTES, 'the file header');
  return {
    filePart: view.getInt32(48, true),
    directoryPosition: int64At(view, 52, file, 'the position of the directory'),
    metadataPosition: int64At(view, 60, file, 'the position of the metadata'),
    attachmentsPosition: int64At(view, 72, file, 'the position of the attachments'),
  };
}

/**
 * All sub-blocks of the file, as its directory lists them; where it has none, as after a crashed acquisition, as they are
 * found walking the file.
 * @throws CorruptFileError; UnsupportedError for a file of several parts
 */
export async function readEntries(file: RandomAccessFile, header: CziHeader): Promise<DirectoryEntry[]> {
  const entries =
    header.directoryPosition > 0 ? await listedEntries(file, header.directoryPosition) : foundEntries(file);
  if (entries.length === 0) throw new CorruptFileError(file.path, 'holds no sub-blocks: no image was written');
  const elsewhere = entries.find(({ filePart }) => filePart !== header.filePart);
  if (elsewhere) {
    throw new UnsupportedError(
      file.path,
      `keeps pixels in part ${elsewhere.filePart} of a multi-file CZI (this file is part ${header.filePart}), which is not read; save it as one file in ZEN`,
    );
  }
  return entries;
}

async function listedEntries(file: RandomAccessFile, position: number): Promise<DirectoryEntry[]> {
  const { start, used } = expectSegment(file, position, 'ZISRAWDIRECTORY', 'the directory');
  const count = file.peek(start, 4, 'the directory').getInt32(0, true);
  const listed = used - DIRECTORY_HEAD;
  if (count < 0 || count * ENTRY_HEAD > listed) {
    throw new CorruptFileError(file.path, `its directory states ${count} entries in ${Math.max(0, listed)} bytes`);
  }
  file.check(start, used, 'the directory');
  const bytes = Buffer.allocUnsafeSlow(Math.max(0, listed));
  await file.read(start + DIRECTORY_HEAD, bytes, 'the directory');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries: DirectoryEntry[] = [];
  for (let i = 0, offset = 0; i < count; i++) {
    const { entry, length } = parseEntry(view, offset, file, `entry ${i} of the directory`);
    entries.push(entry);
    offset += length;
  }
  return entries;
}

function foundEntries(file: RandomAccessFile): DirectoryEntry[] {
  const entries: DirectoryEntry[] = [];
  for (const segment of walkSegments(file)) {
    if (segment.id === 'ZISRAWSUBBLOCK') entries.push(entryInside(file, segment));
  }
  return entries;
}

function entryInside(file: RandomAccessFile, segment: Segment & { position: number }): DirectoryEntry {
  const what = `the sub-block at byte ${segment.position}`;
  const room = Math.min(segment.allocated, file.size - segment.start);
  const view = file.peek(segment.start, Math.min(room, 1024), what);
  if (view.byteLength < ENTRY_IN_SUBBLOCK + ENTRY_HEAD || asciiAt(view, ENTRY_IN_SUBBLOCK, 2) !== 'DV') {
    throw new CorruptFileError(file.path, `${what} has no directory entry`);
  }
  const { entry } = parseEntry(view, ENTRY_IN_SUBBLOCK, file, what);
  return { ...entry, position: segment.start - SEGMENT_HEADER };
}
