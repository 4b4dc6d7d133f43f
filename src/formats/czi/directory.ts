import { CorruptFileError, UnsupportedError } from '../../base/errors';
import { eventLoopTurn } from '../../base/long-work';
import type { RandomAccessFile } from '../random-access-file';
import {
  expectSegment,
  type FileHeader,
  type Note,
  readFileHeader,
  readSegment,
  type Segment,
  walkSegments,
} from './segments';
import {
  ENTRY_HEADER,
  entryLength,
  locatePayload,
  readEntry,
  SUB_BLOCK,
  SUB_BLOCK_ENTRY,
  type SubBlock,
} from './sub-block';

const DIRECTORY = 'ZISRAWDIRECTORY';
/** Bytes of the directory before its first entry. */
const LEAD = 128;
/** Entries parsed before others may have their turn. */
const BATCH = 20_000;
/** Sub-blocks of a file: the largest slides have some hundred thousand. */
const MOST_BLOCKS = 2 ** 21;
const MOST_BYTES = 2 ** 29;

/**
 * Reads every sub-block of a file, in the order of the directory. A file that has no directory, for its writer did not
 * come to its end, is walked segment by segment, with a note.
 * @throws CorruptFileError; UnsupportedError for a file of a set whose pixels lie in other files
 */
export async function readDirectory(file: RandomAccessFile, header: FileHeader, note: Note): Promise<SubBlock[]> {
  const segment = header.directory === 0 ? null : readSegment(file, header.directory, 'the sub-block directory');
  const blocks = segment?.id === DIRECTORY ? await readEntries(file, segment) : await findSubBlocks(file, note);
  if (blocks.length === 0) throw new CorruptFileError(file.path, 'holds no image: it has no sub-blocks');
  const elsewhere = blocks.find(({ filePart }) => filePart !== header.filePart);
  if (elsewhere) {
    throw new UnsupportedError(
      file.path,
      `keeps pixels in part ${elsewhere.filePart} of a multi-file CZI (this is part ${header.filePart}), which is not read; save it as one file in ZEN`,
      { filePart: elsewhere.filePart },
    );
  }
  return blocks;
}

async function readEntries(file: RandomAccessFile, { data, used }: Segment): Promise<SubBlock[]> {
  file.check(data, Math.max(used, LEAD), 'the sub-block directory');
  if (used > MOST_BYTES)
    throw new UnsupportedError(file.path, `has a directory of ${used} bytes; read are ${MOST_BYTES}`);
  const bytes = Buffer.allocUnsafeSlow(Math.max(used, LEAD));
  await file.read(data, bytes, 'the sub-block directory');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = view.getInt32(0, true);
  const short = (index: number) =>
    new CorruptFileError(
      file.path,
      `the sub-block directory at byte ${data} states ${count} entries, but its ${used} bytes end in entry ${index}`,
      { offset: data },
    );
  if (count < 0 || LEAD + count * ENTRY_HEADER > bytes.length)
    throw short(Math.floor((bytes.length - LEAD) / ENTRY_HEADER));
  if (count > MOST_BLOCKS) throw tooMany(file.path, count);
  const blocks: SubBlock[] = [];
  for (let offset = LEAD; blocks.length < count; ) {
    if (offset + ENTRY_HEADER > bytes.length) throw short(blocks.length);
    const length = entryLength(view, offset, file.path, data + offset);
    if (offset + length > bytes.length) throw short(blocks.length);
    blocks.push(readEntry(view, offset, file.path, data + offset));
    offset += length;
    if (blocks.length % BATCH === 0) await eventLoopTurn();
  }
  return blocks;
}

/** The sub-blocks that lie whole in the file, in the order in which they were written. */
async function findSubBlocks(file: RandomAccessFile, note: Note): Promise<SubBlock[]> {
  const blocks: SubBlock[] = [];
  let cut = 0;
  for await (const { id, data, position } of walkSegments(file)) {
    if (id !== SUB_BLOCK) continue;
    try {
      const place = data + SUB_BLOCK_ENTRY;
      const length = entryLength(file.peek(place, ENTRY_HEADER, 'a sub-block'), 0, file.path, place);
      const block = { ...readEntry(file.peek(place, length, 'a sub-block'), 0, file.path, place), position };
      locatePayload(file, block);
      blocks.push(block);
      if (blocks.length > MOST_BLOCKS) throw tooMany(file.path, blocks.length);
    } catch (error) {
      if (!(error instanceof CorruptFileError)) throw error;
      cut++;
    }
  }
  const lost = cut > 0 ? `; ${cut} of them are cut off or damaged and left out` : '';
  note(`the file has no directory of its sub-blocks (was it written to its end?): they were searched for${lost}`);
  return blocks;
}

function tooMany(path: string, count: number): UnsupportedError {
  return new UnsupportedError(path, `has ${count} sub-blocks; at most ${MOST_BLOCKS} are read`);
}

/** Larger directories are not read for this. */
const MOST_DIRECTORY_BYTES = 4 * 2 ** 20;

/**
 * Tells whether a file was closed by its writer, which enters the places of directory and metadata last, and holds all
 * that these name: a copy that is under way has the header of the whole.
 * @throws CorruptFileError where it does not
 */
export async function isComplete(file: RandomAccessFile): Promise<boolean> {
  const header = readFileHeader(file);
  if (header.unfinished || header.directory === 0 || header.metadata === 0) return false;
  const last = Math.max(header.directory, header.metadata, header.attachments);
  for (let position = last; position < file.size; ) {
    const { next } = readSegment(file, position, 'a segment');
    if (next <= position || next > file.size) return false;
    position = next;
  }
  const directory = expectSegment(file, header.directory, 'ZISRAWDIRECTORY', 'the sub-block directory');
  if (directory.used > MOST_DIRECTORY_BYTES) return false;
  const blocks = await readDirectory(file, header, () => undefined);
  locatePayload(
    file,
    blocks.reduce((last, block) => (block.position > last.position ? block : last)),
  );
  return true;
}
