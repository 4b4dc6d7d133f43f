import { CorruptFileError } from '../../base/errors';
import type { RandomAccessFile } from '../random-access-file';

/** An open TIFF file: byte order, kind and the place of the first directory. */
export interface TiffFile {
  file: RandomAccessFile;
  littleEndian: boolean;
  /** BigTIFF: 64-bit offsets and counts */
  big: boolean;
  firstDirectory: number;
  /**
   * Bytes of directories and their values that may still be read. A sound file has each of them once; directories
   * that share their values would let a small file fill any memory.
   */
  structureBytesLeft: number;
}

/** A sound file's directories are read twice at most: in the chain and as another's smaller versions. */
const READ_AGAIN = 3;

/** A file may have holes and claim any size. */
const MOST_STRUCTURE = 2 ** 29;

function structureBytes({ size }: RandomAccessFile): number {
  return Math.min(READ_AGAIN * size, MOST_STRUCTURE);
}

/** Bytes of directories and their values that were read so far. */
export function bytesRead({ file, structureBytesLeft }: TiffFile): number {
  return structureBytes(file) - structureBytesLeft;
}

/** Whether a file's first bytes are those of a TIFF or BigTIFF. */
export function isTiff(head: Uint8Array): boolean {
  if (head.length < 4) return false;
  const [a, b, c, d] = head;
  const little = a === 0x49 && b === 0x49 && d === 0 && (c === 42 || c === 43);
  const bigEndian = a === 0x4d && b === 0x4d && c === 0 && (d === 42 || d === 43);
  return little || bigEndian;
}

/** @throws CorruptFileError where the file does not begin as a TIFF does */
export function readHeader(file: RandomAccessFile): TiffFile {
  const start = file.peek(0, 8, 'the TIFF header');
  const order = start.getUint16(0);
  const littleEndian = order === 0x4949;
  const magic = start.getUint16(2, littleEndian);
  if ((!littleEndian && order !== 0x4d4d) || (magic !== 42 && magic !== 43)) {
    throw new CorruptFileError(file.path, 'has the name of a TIFF file, but does not begin as one');
  }
  const common = { file, littleEndian, structureBytesLeft: structureBytes(file) };
  if (magic === 42) return { ...common, big: false, firstDirectory: start.getUint32(4, littleEndian) };
  const view = file.peek(0, 16, 'the BigTIFF header');
  if (view.getUint16(4, littleEndian) !== 8 || view.getUint16(6, littleEndian) !== 0) {
    throw new CorruptFileError(file.path, 'has a BigTIFF header with an offset size other than 8');
  }
  return { ...common, big: true, firstDirectory: Number(view.getBigUint64(8, littleEndian)) };
}
