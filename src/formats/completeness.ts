import { SegmenterError } from '../base/errors';
import { endOfPng } from './bitmap/png-end';
import { isComplete as isCziComplete } from './czi/directory';
import { isCzi } from './czi/segments';
import { RandomAccessFile } from './random-access-file';
import { isComplete as isTiffComplete } from './tiff/completeness';
import { isTiff } from './tiff/directory';
import { isComplete as isNdTiffComplete } from './tiff/ndtiff/completeness';
import { isNdTiff } from './tiff/ndtiff/index-file';

/**
 * What a file's structure says of its end. `proven`: checksums say that each byte is there; `whole`: nothing can follow;
 * `so-far`: all that it names is there, but its format lets a writer append; `unknown`: something is missing, or the format
 * does not tell.
 */
export type Completeness = 'proven' | 'whole' | 'so-far' | 'unknown';

interface Judge {
  recognises(head: Uint8Array): boolean;
  judge(file: RandomAccessFile, isOfSet: boolean): Promise<Completeness>;
}

type IsComplete = (file: RandomAccessFile, isOfSet: boolean) => boolean | Promise<boolean>;

/** @param complete what a file is that lacks nothing */
function by(isComplete: IsComplete, complete: Completeness): Judge['judge'] {
  return async (file, isOfSet) => ((await isComplete(file, isOfSet)) ? complete : 'unknown');
}

/** Formats whose end can be told without decoding pixels. */
const JUDGES: readonly Judge[] = [
  { recognises: isNdTiff, judge: by(isNdTiffComplete, 'so-far') },
  { recognises: isTiff, judge: by(isTiffComplete, 'so-far') },
  { recognises: isCzi, judge: by(isCziComplete, 'whole') },
  { recognises: ([a, b, c, d]) => a === 0x89 && b === 0x50 && c === 0x4e && d === 0x47, judge: endOfPng },
  { recognises: ([a, b, c]) => a === 0xff && b === 0xd8 && c === 0xff, judge: by(endsAsJpeg, 'whole') },
];
const HEAD_BYTES = 16;
/** What a judge throws of a file that is not as it should be, or not yet. */
const UNCLEAR: ReadonlySet<string> = new Set(['corrupt-file', 'unsupported']);

/**
 * Tells by a file's structure whether it was written to its end; a few reads, but for a PNG, which is read once.
 * @param isOfSet what it says of planes is said of several files
 * @throws as opening a file does
 */
export async function completenessOf(path: string, isOfSet = false): Promise<Completeness> {
  const file = await RandomAccessFile.open(path);
  try {
    if (file.size < HEAD_BYTES) return 'unknown';
    const view = file.peek(0, HEAD_BYTES, 'the beginning');
    const head = new Uint8Array(view.buffer, view.byteOffset, HEAD_BYTES).slice();
    const judge = JUDGES.find(({ recognises }) => recognises(head));
    return judge ? await judge.judge(file, isOfSet) : 'unknown';
  } catch (error) {
    if (error instanceof SegmenterError && UNCLEAR.has(error.code)) return 'unknown';
    throw error;
  } finally {
    await file.close();
  }
}

const [START_OF_SCAN, END_OF_IMAGE] = [0xffda, 0xffd9];
const MOST_SEGMENTS = 1000;

/** The end mark counts from the pixels on: the small image in a JPEG's header has one, too. */
function endsAsJpeg(file: RandomAccessFile): boolean {
  let at = 2;
  for (let i = 0; i < MOST_SEGMENTS; i++) {
    const view = file.peek(at, 4, 'a segment');
    if (view.getUint16(0) === START_OF_SCAN)
      return file.peek(file.size - 2, 2, 'the end').getUint16(0) === END_OF_IMAGE;
    if (view.getUint8(0) !== 0xff) return false;
    at += 2 + view.getUint16(2);
  }
  return false;
}
