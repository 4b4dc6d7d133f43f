import type { Stats } from 'node:fs';
import path from 'node:path';
import { CorruptFileError, UnsupportedError } from '../base/errors';
import { fileError } from '../storage/file-error';
import { lookAt, readUnlinkedText } from '../storage/outside-files';
import { fileNameOf } from '../storage/portable-names';
import { parseRecord, type ReviewRecord } from './record';

/** A record as it was read. */
export interface ReadRecord {
  record: ReviewRecord;
  /** tells its file from the one after the next save */
  stamp: string;
}

/** The ending of a record's file. */
export const RECORD_ENDING = '.json';
/** Far above the largest decision; a file beyond is something else. */
const MAX_BYTES = 64 * 2 ** 20;

/**
 * Reads the file of a record.
 * @returns null where there is no such file
 * @throws SegmenterError `corrupt-file` or `unsupported` naming the file
 */
export async function readRecordFile(file: string): Promise<ReadRecord | null> {
  const stamp = await stampOfFile(file);
  const text = stamp === null ? null : await readText(file);
  if (stamp === null || text === null) return null;
  const record = parseRecord(text, file);
  if (fileNameOf(record.id) + RECORD_ENDING !== path.basename(file)) {
    throw new CorruptFileError(file, `holds the review of sample ${record.id}, whose file has another name`);
  }
  return { record, stamp };
}

/** As {@link stampOf}; null where there is no such file. @throws UnsupportedError for one that is too large for a record */
export async function stampOfFile(file: string): Promise<string | null> {
  const there = await lookAt(file);
  if (there && there.size > MAX_BYTES) {
    throw new UnsupportedError(file, `${there.size} bytes; a review may have up to ${MAX_BYTES}`);
  }
  return there && stampOf(there);
}

/** Tells a changed file from the one that was read: every save is a new file. */
export function stampOf({ ino, mtimeMs, size }: Stats): string {
  return `${ino}:${mtimeMs}:${size}`;
}

async function readText(file: string): Promise<string | null> {
  try {
    return await readUnlinkedText(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw fileError(error, 'read', file);
  }
}
