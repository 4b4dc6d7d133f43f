import { SegmenterError } from '../../base/errors';
import type { RandomAccessFile } from '../random-access-file';
import { asciiText, expectSegment, type FileHeader, int64, walkSegments } from './segments';

const ATTACHMENT = 'ZISRAWATTACH';
const ENTRY_LENGTH = 128;
/** Where an attachment's copy of its entry begins in its data. */
const ENTRY_IN_ATTACHMENT = 16;
const LEAD = 256;
const MOST_ATTACHMENTS = 10_000;
const MOST_TIMES = 2 ** 20;
const DAY = 86_400;
/** Day 0 of OLE dates. */
const OLE_EPOCH = Date.UTC(1899, 11, 30) / 1000;

/**
 * Reads the mean seconds between the time points of a file, from its time stamps (attachment CZTIMS); null where it has
 * none.
 * @param date when the acquisition began, where known: some writers give days since 1899 in place of seconds, which only
 *   it can tell
 */
export async function readTimeIncrement(
  file: RandomAccessFile,
  header: FileHeader,
  date: string | null,
): Promise<number | null> {
  try {
    return increment(await readTimes(file, header), date);
  } catch (error) {
    // Nothing depends on an attachment.
    if (error instanceof SegmenterError) return null;
    throw error;
  }
}

/** Seconds of each time point. @throws CorruptFileError */
async function readTimes(file: RandomAccessFile, { attachments }: FileHeader): Promise<number[]> {
  if (attachments === 0) return [];
  const { data } = expectSegment(file, attachments, 'ZISRAWATTDIR', 'the attachment directory');
  const count = Math.min(file.peek(data, 4, 'the attachment directory').getInt32(0, true), MOST_ATTACHMENTS);
  for (let i = 0; i < count; i++) {
    const entry = file.peek(data + LEAD + i * ENTRY_LENGTH, ENTRY_LENGTH, 'the attachment directory');
    // Some writers reserve the directory and never fill it.
    if (asciiText(entry, 0, 2) !== 'A1') return searchTimes(file);
    if (isTimeStamps(entry, 0)) return timesAt(file, int64(entry, 12));
  }
  return [];
}

async function searchTimes(file: RandomAccessFile): Promise<number[]> {
  for await (const { id, data, position } of walkSegments(file)) {
    if (id !== ATTACHMENT) continue;
    const found = isTimeStamps(
      file.peek(data, ENTRY_IN_ATTACHMENT + ENTRY_LENGTH, 'an attachment'),
      ENTRY_IN_ATTACHMENT,
    );
    if (found) return timesAt(file, position);
  }
  return [];
}

function isTimeStamps(view: DataView, entry: number): boolean {
  return asciiText(view, entry + 40, 8) === 'CZTIMS';
}

function timesAt(file: RandomAccessFile, position: number): number[] {
  const attachment = expectSegment(file, position, ATTACHMENT, 'the time stamps').data + LEAD;
  const count = file.peek(attachment, 8, 'the time stamps').getInt32(4, true);
  if (count < 0 || count > MOST_TIMES) return [];
  const view = file.peek(attachment + 8, count * 8, 'the time stamps');
  return Array.from({ length: count }, (_, i) => view.getFloat64(i * 8, true));
}

function increment(times: number[], date: string | null): number | null {
  if (times.length < 2 || !times.every(Number.isFinite)) return null;
  const mean = (times[times.length - 1] - times[0]) / (times.length - 1);
  if (!(mean > 0)) return null;
  const start = date === null ? Number.NaN : Date.parse(date) / 1000;
  const inDays = Math.abs(OLE_EPOCH + times[0] * DAY - start) < 2 * DAY;
  return inDays ? mean * DAY : mean;
}
