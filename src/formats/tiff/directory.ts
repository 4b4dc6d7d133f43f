import { performance } from 'node:perf_hooks';
import { CorruptFileError, UnsupportedError } from '../../base/errors';
import { eventLoopTurn } from '../../base/long-work';
import type { RandomAccessFile } from '../random-access-file';
import { TAG, TYPE_SIZE } from './tags';

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

/** Counts the bytes of directories and their values that were read so far. */
export function bytesRead({ file, structureBytesLeft }: TiffFile): number {
  return structureBytes(file) - structureBytesLeft;
}

/** Tells whether a file's first bytes are those of a TIFF or BigTIFF. */
export function isTiff(head: Uint8Array): boolean {
  if (head.length < 4) return false;
  const [a, b, c, d] = head;
  const little = a === 0x49 && b === 0x49 && d === 0 && (c === 42 || c === 43);
  const bigEndian = a === 0x4d && b === 0x4d && c === 0 && (d === 42 || d === 43);
  return little || bigEndian;
}

/**
 * Reads byte order, kind and the place of the first directory.
 * @throws CorruptFileError where the file does not begin as a TIFF does
 */
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

/** Longest time directories are read before other work in this process gets its turn. */
const SLICE_MS = 8;
/** Pages of a file; values of a field, of which the places of blocks are the most; bytes of a text. */
const MOST_PAGES = 2 ** 20;
const MOST_VALUES = 2 ** 24;
const MOST_BYTES = 2 ** 26;
const READ_TAGS: ReadonlySet<number> = new Set(Object.values(TAG));

interface Field {
  type: number;
  count: number;
  /** where the values lie in the file */
  at: number;
}

/** One directory (IFD): its fields, values read on demand and checked against the file's size. */
export class Directory {
  constructor(
    readonly tiff: TiffFile,
    /** which directory, for messages: `directory 3` */
    readonly name: string,
    private readonly fields: Map<number, Field>,
    readonly next: number,
  ) {}

  has(tag: number): boolean {
    return this.fields.has(tag);
  }

  /** Counts how many values the field holds; 0 where it is absent. */
  count(tag: number): number {
    return this.fields.get(tag)?.count ?? 0;
  }

  /** Reads the field's numbers; empty where it is absent. Rationals as quotients. */
  numbers(tag: number): number[] {
    const field = this.fields.get(tag);
    if (!field) return [];
    if (field.count > MOST_VALUES) throw this.tooMuch(tag, `${field.count} values`, MOST_VALUES);
    const view = this.view(tag, field);
    const values = new Array<number>(field.count);
    for (let i = 0; i < field.count; i++) values[i] = this.value(view, field.type, i, tag);
    return values;
  }

  /** Reads the first number of a field, or the default that TIFF states for it. */
  number(tag: number, otherwise: number): number {
    const field = this.fields.get(tag);
    return field && field.count > 0 ? this.value(this.view(tag, field), field.type, 0, tag) : otherwise;
  }

  /** Reads a copy of a field's bytes, or null where it is absent. */
  bytes(tag: number): Uint8Array<ArrayBuffer> | null {
    const field = this.fields.get(tag);
    if (!field) return null;
    const size = field.count * TYPE_SIZE[field.type];
    if (size > MOST_BYTES) throw this.tooMuch(tag, `${size} bytes`, MOST_BYTES);
    const view = this.view(tag, field);
    return new Uint8Array(view.buffer as ArrayBuffer, view.byteOffset, view.byteLength).slice();
  }

  /** Reads text without its final NUL; UTF-8, or Latin-1 where it is not valid UTF-8 (older ImageJ writes a bare µ). */
  text(tag: number): string | null {
    const bytes = this.bytes(tag);
    if (!bytes) return null;
    const end = bytes.indexOf(0);
    const used = end < 0 ? bytes : bytes.subarray(0, end);
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(used);
    } catch {
      return Buffer.from(used).toString('latin1');
    }
  }

  private tooMuch(tag: number, what: string, most: number): UnsupportedError {
    return new UnsupportedError(
      this.tiff.file.path,
      `tag ${tag} in ${this.name} has ${what}; at most ${most} are read`,
    );
  }

  private view(tag: number, { type, count, at }: Field): DataView {
    const size = count * TYPE_SIZE[type];
    return read(this.tiff, at, size, `the value of tag ${tag} in ${this.name}`);
  }

  private value(view: DataView, type: number, i: number, tag: number): number {
    const little = this.tiff.littleEndian;
    switch (type) {
      case 1:
      case 2:
      case 7:
        return view.getUint8(i);
      case 3:
        return view.getUint16(i * 2, little);
      case 4:
      case 13:
        return view.getUint32(i * 4, little);
      case 5:
        return view.getUint32(i * 8, little) / view.getUint32(i * 8 + 4, little);
      case 6:
        return view.getInt8(i);
      case 8:
        return view.getInt16(i * 2, little);
      case 9:
        return view.getInt32(i * 4, little);
      case 10:
        return view.getInt32(i * 8, little) / view.getInt32(i * 8 + 4, little);
      case 11:
        return view.getFloat32(i * 4, little);
      case 12:
        return view.getFloat64(i * 8, little);
      case 16:
      case 18:
        return Number(view.getBigUint64(i * 8, little));
      case 17:
        return Number(view.getBigInt64(i * 8, little));
      default:
        throw new CorruptFileError(this.tiff.file.path, `tag ${tag} in ${this.name} has the unknown type ${type}`);
    }
  }
}

/** Reads the directory at an offset. @throws CorruptFileError where it does not fit into the file */
export function readDirectory(tiff: TiffFile, offset: number, name: string): Directory {
  const { file, littleEndian: little, big } = tiff;
  const [countBytes, entryBytes, offsetBytes] = big ? [8, 20, 8] : [2, 12, 4];
  const head = file.peek(offset, countBytes, name);
  const count = big ? Number(head.getBigUint64(0, little)) : head.getUint16(0, little);
  if (count === 0) throw new CorruptFileError(file.path, `${name} at byte ${offset} has no entries`);
  const start = offset + countBytes;
  const size = count * entryBytes + offsetBytes;
  const view = read(tiff, start, size, name);

  const fields = new Map<number, Field>();
  for (let i = 0; i < count; i++) {
    const at = i * entryBytes;
    const tag = view.getUint16(at, little);
    if (!READ_TAGS.has(tag)) continue;
    const type = view.getUint16(at + 2, little);
    const values = big ? Number(view.getBigUint64(at + 4, little)) : view.getUint32(at + 4, little);
    const size = TYPE_SIZE[type];
    if (!size) throw new CorruptFileError(file.path, `tag ${tag} in ${name} has the unknown type ${type}`);
    const inline = values * size <= offsetBytes;
    const valueAt = at + (big ? 12 : 8);
    const place = big ? Number(view.getBigUint64(valueAt, little)) : view.getUint32(valueAt, little);
    // Micro-Manager writes two descriptions, OME's first.
    if (!fields.has(tag)) fields.set(tag, { type, count: values, at: inline ? start + valueAt : place });
  }
  const link = count * entryBytes;
  const next = big ? Number(view.getBigUint64(link, little)) : view.getUint32(link, little);
  return new Directory(tiff, name, fields, next);
}

/**
 * Walks the chain of directories and hands each to `visit` while its bytes are at hand.
 * @throws CorruptFileError where the chain loops, ends outside the file or has no directory at all
 */
export async function walkDirectories(
  tiff: TiffFile,
  visit: (directory: Directory, index: number) => void,
): Promise<void> {
  const { file } = tiff;
  if (tiff.firstDirectory === 0) {
    throw new CorruptFileError(file.path, 'has no directory: it was not written to its end');
  }
  const seen = new Set<number>();
  let started = performance.now();
  for (let offset = tiff.firstDirectory; offset !== 0; ) {
    if (seen.has(offset)) {
      throw new CorruptFileError(file.path, `the chain of directories comes back to byte ${offset} after ${seen.size}`);
    }
    if (seen.size >= MOST_PAGES) throw new UnsupportedError(file.path, `has more than ${MOST_PAGES} pages`);
    const directory = readDirectory(tiff, offset, `directory ${seen.size}`);
    visit(directory, seen.size);
    seen.add(offset);
    offset = directory.next;
    if (performance.now() - started > SLICE_MS) {
      await eventLoopTurn();
      started = performance.now();
    }
  }
}

function read(tiff: TiffFile, offset: number, bytes: number, what: string): DataView {
  const { file } = tiff;
  file.check(offset, bytes, what);
  tiff.structureBytesLeft -= bytes;
  if (tiff.structureBytesLeft < 0) {
    throw new CorruptFileError(
      file.path,
      `is damaged: directories share their values, and up to ${what} they state more than the file can hold`,
    );
  }
  return file.peek(offset, bytes, what);
}
