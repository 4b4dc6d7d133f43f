import path from 'node:path';
import { CorruptFileError, SegmenterError, UnsupportedError } from '../../../base/errors';
import { eventLoopTurn } from '../../../base/long-work';
import { canonicalJson, isRecord } from '../../../base/plain-json';
import { RandomAccessFile } from '../../random-access-file';

/** Where the planes of a data set lie, beside its TIFF files. */
export const INDEX_NAME = 'NDTiff.index';

/** Tells whether a file's first bytes are those of a TIFF of an NDTiff data set of version 2 or 3. */
export function isNdTiff(head: Uint8Array): boolean {
  if (head.length < 12) return false;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  return view.getUint32(0, true) === LITTLE_TIFF && view.getUint32(8, true) === MARK;
}

const LITTLE_TIFF = 0x002a4949;
const MARK = 483729;

/** A plane, as the index says it. */
export interface IndexEntry {
  axes: Record<string, unknown>;
  /** of the TIFF in the same folder */
  file: string;
  /** bytes */
  pixels: number;
  width: number;
  height: number;
  /** see `PIXEL_TYPES` of scenes.ts */
  pixelType: number;
  /** of the JSON that the program wrote */
  metadata: { offset: number; length: number };
}

export interface NdTiffIndex {
  /** in the order in which places were first written; of one that was written again the last */
  entries: IndexEntry[];
  /** its writer has not come to its end: room for more planes follows */
  unfinished: boolean;
  /** closed; as it was when it was read */
  file: RandomAccessFile;
}

const MOST_ENTRIES = 2 ** 20;
const MOST_BYTES = 2 ** 27;
const LONGEST_TEXT = 4096;
const NUMBERS = 8;
/** Entries after which other work of the process has its turn. */
const BETWEEN_TURNS = 4096;

/**
 * Reads the index beside a TIFF of a data set. Source: "Specification for NDTiff v3.x" of micro-manager/NDTiffStorage; numbers
 * are 32-bit, little-endian.
 * @param file any file of the data set
 * @returns null where there is none
 * @throws CorruptFileError naming the index and the entry
 */
export async function readIndex(file: string): Promise<NdTiffIndex | null> {
  let index: RandomAccessFile;
  try {
    index = await RandomAccessFile.open(path.join(path.dirname(file), INDEX_NAME));
  } catch (error) {
    if (error instanceof SegmenterError && error.code === 'not-found') return null;
    throw error;
  }
  try {
    if (index.size > MOST_BYTES) {
      throw new UnsupportedError(index.path, `has ${index.size} bytes; at most ${MOST_BYTES} are read`);
    }
    const bytes = new Uint8Array(index.size);
    await index.read(0, bytes, 'the index');
    return { ...(await parse(Buffer.from(bytes.buffer), index.path)), file: index };
  } finally {
    await index.close();
  }
}

async function parse(bytes: Buffer, place: string): Promise<Pick<NdTiffIndex, 'entries' | 'unfinished'>> {
  const corrupt = (number: number, what: string) => new CorruptFileError(place, `entry ${number} ${what}`);
  const entries = new Map<string, IndexEntry>();
  let at = 0;
  const need = (length: number, number: number): number => {
    if (at + length > bytes.length) throw corrupt(number, 'goes beyond the end of the file: truncated or damaged');
    at += length;
    return at - length;
  };
  const text = (number: number, what: string): string => {
    const length = bytes.readUInt32LE(need(4, number));
    if (length > LONGEST_TEXT)
      throw corrupt(number, `states ${length} bytes of ${what}, at most ${LONGEST_TEXT} are expected`);
    const start = need(length, number);
    return bytes.toString('utf8', start, start + length);
  };
  for (let number = 0; at < bytes.length; number++) {
    if (number >= MOST_ENTRIES) throw new UnsupportedError(place, `has more than ${MOST_ENTRIES} entries`);
    if (number % BETWEEN_TURNS === BETWEEN_TURNS - 1) await eventLoopTurn();
    const start = at;
    const stated = text(number, 'axes');
    // Writers reserve room, and give back what they did not need.
    if (stated === '') return { entries: [...entries.values()], unfinished: true };
    const axes = parseAxes(stated);
    if (!axes) throw corrupt(number, `has no axes: ${JSON.stringify(stated.slice(0, 80))}`);
    const file = text(number, 'a file name');
    const numbers = need(4 * NUMBERS, number);
    const [pixels, width, height, pixelType, packed, offset, length, packedText] = Array.from(
      { length: NUMBERS },
      (_, i) => bytes.readUInt32LE(numbers + 4 * i),
    );
    if (packed !== 0 || packedText !== 0) {
      throw new UnsupportedError(
        place,
        `entry ${number} at byte ${start} is compressed (${packed}, ${packedText}), which is not read`,
      );
    }
    const key = canonicalJson(axes);
    entries.set(key, { axes, file, pixels, width, height, pixelType, metadata: { offset, length } });
  }
  return { entries: [...entries.values()], unfinished: false };
}

function parseAxes(text: string): Record<string, unknown> | null {
  try {
    const axes: unknown = JSON.parse(text);
    return isRecord(axes) ? axes : null;
  } catch {
    return null;
  }
}
