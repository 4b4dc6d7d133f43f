import type { RandomAccessFile } from '../random-access-file';
import { readDirectory } from './directory';
import { readFileHeader } from './file-header';
import { expectSegment, readSegment } from './segments';
import { locatePayload } from './sub-block';

/** Larger directories are not read for this. */
const MOST_DIRECTORY_BYTES = 4 * 2 ** 20;

/**
 * Whether a file was closed by its writer, which enters the places of directory and metadata last, and holds all that
 * these name: a copy that is under way has the header of the whole.
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
