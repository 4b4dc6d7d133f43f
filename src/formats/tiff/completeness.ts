import type { RandomAccessFile } from '../random-access-file';
import { readHeader, type TiffFile } from './directory';
import { endOfBlocks } from './micro-manager-end';
import { TAG, TYPE_SIZE } from './tags';

/** Files of more pages, smaller versions among them, or of more strips in one, are not judged. */
const MOST_PAGES = 20_000;
const MOST_STRIPS = 20_000;
/** Longer descriptions are not read. */
const MOST_DESCRIPTION = 2 ** 20;
/** Writers may fill up their file's last bytes. */
const MOST_PADDING = 15;

/**
 * Tells whether the chain of directories comes to its end and is as long as the first one's description says, all
 * values, strips and tiles lie inside of the file, those of smaller versions of the pages (SubIFDs) too, and nothing follows
 * that no directory, nor the header of a Micro-Manager stack, names yet.
 * @param isOfSet the description is of several files: it does not say how long this one is
 * @throws CorruptFileError where something lies outside of the file
 */
export function isComplete(file: RandomAccessFile, isOfSet = false): boolean {
  const tiff = readHeader(file);
  const seen = new Set<number>();
  let pages = 0;
  let end = 0;
  let stated = 1;
  for (let at = tiff.firstDirectory; at !== 0; ) {
    const below = [at];
    let next = 0;
    for (let directory = below.pop(); directory !== undefined; directory = below.pop()) {
      if (seen.has(directory) || seen.size >= MOST_PAGES) return false;
      seen.add(directory);
      const page = extentOf(tiff, directory);
      if (page === null) return false;
      if (seen.size === 1) stated = statedPages(page.description);
      if (directory === at) next = page.next;
      end = Math.max(end, page.end);
      below.push(...page.smaller);
    }
    pages++;
    at = next;
  }
  const behind = endOfBlocks(tiff);
  if (behind === null) return false;
  // A stack that was closed is whole, also one that was ended early.
  const isLongEnough = isOfSet || behind > 0 || pages >= stated;
  return isLongEnough && file.size - Math.max(end, behind) <= MOST_PADDING;
}

interface Page {
  /** where the last byte that it names ends */
  end: number;
  /** the next directory */
  next: number;
  /** directories of its smaller versions */
  smaller: number[];
  description: string;
}

/** What a page names; null where it is not judged. */
function extentOf(tiff: TiffFile, offset: number): Page | null {
  const { file, littleEndian: little, big } = tiff;
  const [countBytes, entryBytes, offsetBytes] = big ? [8, 20, 8] : [2, 12, 4];
  const head = file.peek(offset, countBytes, 'a directory');
  const count = big ? Number(head.getBigUint64(0, little)) : head.getUint16(0, little);
  if (count === 0 || count > 4096) return null;
  const size = count * entryBytes + offsetBytes;
  const { buffer, byteOffset } = file.peek(offset + countBytes, size, 'a directory');
  const view = new DataView(buffer.slice(byteOffset, byteOffset + size));
  const word = (from: DataView, place: number) =>
    big ? Number(from.getBigUint64(place, little)) : from.getUint32(place, little);

  let end = offset + countBytes + size;
  let description = '';
  const lists = new Map<number, number[]>();
  for (let at = 0; at < count * entryBytes; at += entryBytes) {
    const tag = view.getUint16(at, little);
    const type = view.getUint16(at + 2, little);
    const values = word(view, at + 4);
    const bytes = values * (TYPE_SIZE[type] ?? Number.NaN);
    if (Number.isNaN(bytes)) return null;
    const inline = bytes <= offsetBytes;
    const place = inline ? offset + countBytes + at + (big ? 12 : 8) : word(view, at + (big ? 12 : 8));
    file.check(place, bytes, 'a value');
    end = Math.max(end, place + bytes);
    if (tag === TAG.ImageDescription && description === '') {
      if (bytes > MOST_DESCRIPTION) return null;
      const text = file.peek(place, bytes, 'the description');
      description = Buffer.from(text.buffer, text.byteOffset, bytes).toString('latin1');
    }
    if (tag !== TAG.SubIFDs && !LISTS.includes(tag)) continue;
    if (values > MOST_STRIPS) return null;
    const list = numbers(file.peek(place, bytes, 'a list'), type, values, little);
    if (!list) return null;
    lists.set(tag, list);
  }
  for (const [offsets, counts] of PAIRS) {
    const sizes = lists.get(counts) ?? [];
    for (const [i, start] of (lists.get(offsets) ?? []).entries()) {
      if (sizes[i] === undefined) return null;
      file.check(start, sizes[i], 'a strip');
      // Empty strips and tiles have no place.
      if (start === 0 && sizes[i] > 0) return null;
      end = Math.max(end, start + sizes[i]);
    }
  }
  const smaller = lists.get(TAG.SubIFDs) ?? [];
  if (!LISTS.some((tag) => lists.has(tag))) return null;
  return { end, next: word(view, count * entryBytes), smaller, description };
}

/** How many planes a description says that there are, in this file or in others of its set; 1 where it says nothing. */
function statedPages(description: string): number {
  if (description.startsWith('ImageJ=')) return Number(/^images=(\d+)/m.exec(description)?.[1] ?? 1);
  let pages = 0;
  for (const pixels of description.split(/<(?:\w+:)?Pixels\b/).slice(1)) {
    const size = (name: string) => Number(new RegExp(`\\b${name}="(\\d+)"`).exec(pixels)?.[1] ?? 1);
    // A colour channel of several samples is one plane.
    const channels = pixels.match(/<(?:\w+:)?Channel\b/g)?.length ?? size('SizeC');
    pages += size('SizeZ') * size('SizeT') * channels;
  }
  return Math.max(1, pages);
}

const PAIRS = [
  [TAG.StripOffsets, TAG.StripByteCounts],
  [TAG.TileOffsets, TAG.TileByteCounts],
] as const;
const LISTS: readonly number[] = PAIRS.flat();
/** Types of places of directories, and the integers that they are stored as (TIFF Technical Note 1, BigTIFF). */
const DIRECTORY_TYPES: Record<number, number> = { 13: 4, 18: 16 };

function numbers(view: DataView, type: number, count: number, little: boolean): number[] | null {
  const read: Record<number, (i: number) => number> = {
    3: (i) => view.getUint16(2 * i, little),
    4: (i) => view.getUint32(4 * i, little),
    16: (i) => Number(view.getBigUint64(8 * i, little)),
  };
  const at = read[DIRECTORY_TYPES[type] ?? type];
  return at ? Array.from({ length: count }, (_, i) => at(i)) : null;
}
