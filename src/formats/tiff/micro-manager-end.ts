import type { TiffFile } from './directory';

/** A block behind the pages of a Micro-Manager stack: where the header says its place, by which mark, and how it begins. */
interface Block {
  name: string;
  /** of the pair (mark, place) in the header */
  at: number;
  headerMark: number;
  mark: number;
  /** bytes of each of what the block counts */
  item: number;
}

/**
 * What is written when a stack is closed. Sources: "Micro-Manager Image File Stacks" on micro-manager.org, and what its MultipageTiffWriter
 * writes.
 */
const BLOCKS: readonly Block[] = [
  { name: 'index map', at: 8, headerMark: 54773648, mark: 3453623, item: 20 },
  { name: 'display settings', at: 16, headerMark: 483765892, mark: 347834724, item: 1 },
  { name: 'comments', at: 24, headerMark: 99384722, mark: 84720485, item: 1 },
];
/** The summary of the acquisition is written first. */
const SUMMARY = { at: 32, mark: 2355492 };
const HEADER_BYTES = 40;

/**
 * Tells where the blocks end that Micro-Manager writes behind the pages of a stack (MMStack) as it closes it.
 * @returns 0 for a file of any other program; null where they are not there yet
 * @throws CorruptFileError where one lies outside of the file
 */
export function endOfBlocks({ file, littleEndian: little, big }: TiffFile): number | null {
  if (big || file.size < HEADER_BYTES) return 0;
  if (file.peek(SUMMARY.at, 4, 'the header').getUint32(0, little) !== SUMMARY.mark) return 0;
  let end = 0;
  for (const { name, at, headerMark, mark, item } of BLOCKS) {
    const said = file.peek(at, 8, 'the header');
    if (said.getUint32(0, little) !== headerMark) return null;
    const place = said.getUint32(4, little);
    const head = file.peek(place, 8, `the ${name}`);
    if (head.getUint32(0, little) !== mark) return null;
    const bytes = head.getUint32(4, little) * item;
    file.check(place + 8, bytes, `the ${name}`);
    end = Math.max(end, place + 8 + bytes);
  }
  return end;
}
