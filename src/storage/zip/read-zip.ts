import { crc32, inflateRawSync } from 'node:zlib';
import { CorruptFileError, messageOf, show, UnsupportedError } from '../../base/errors';

/** What an archive from anywhere may hold: its bytes are read by a program that must outlive it. */
export interface ZipLimits {
  files: number;
  /** of all files together, unpacked */
  bytes: number;
}

/** A file in an archive. */
export interface ZipFile {
  name: string;
  /** unpacked */
  size: number;
  /** @throws CorruptFileError where what is there is not what the archive says of it */
  read(): Uint8Array<ArrayBuffer>;
}

const [LOCAL, CENTRAL, END] = [0x04034b50, 0x02014b50, 0x06054b50];
/** The end record with the longest comment there can be. */
const LONGEST_END = 22 + 0xffff;
const [STORED, DEFLATED] = [0, 8];
const ENCRYPTED = 1;

/**
 * Lists the files of a ZIP archive by its directory; nothing is unpacked before it is asked for, and no more of it than the
 * directory says.
 * @param file what the archive is called in errors
 * @throws CorruptFileError where it is no archive, or one whose parts do not fit
 * @throws UnsupportedError beyond the limits, for names that lead elsewhere, and for other ways of packing
 */
export function readZip(bytes: Uint8Array, file: string, limits: ZipLimits): Map<string, ZipFile> {
  const archive = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const broken = (what: string): never => {
    throw new CorruptFileError(file, what);
  };
  const end = findEnd(archive);
  if (end < 0) return broken('is not a ZIP archive');
  const count = archive.readUInt16LE(end + 10);
  let at = archive.readUInt32LE(end + 16);
  if (count === 0xffff || at === 0xffffffff) throw new UnsupportedError(file, 'a ZIP64 archive');
  if (count > limits.files) throw new UnsupportedError(file, `${count} files; expected at most ${limits.files}`);
  const files = new Map<string, ZipFile>();
  let total = 0;
  for (let i = 0; i < count; i++) {
    if (at + 46 > end || archive.readUInt32LE(at) !== CENTRAL) return broken('its directory is damaged');
    const [flags, method] = [archive.readUInt16LE(at + 8), archive.readUInt16LE(at + 10)];
    const [sum, packed, size] = [16, 20, 24].map((offset) => archive.readUInt32LE(at + offset));
    const [named, extra, comment] = [28, 30, 32].map((offset) => archive.readUInt16LE(at + offset));
    const place = archive.readUInt32LE(at + 42);
    const name = archive.toString('utf8', at + 46, at + 46 + named);
    at += 46 + named + extra + comment;
    if (name.endsWith('/')) continue;
    checkName(name, file);
    if (files.has(name)) return broken(`holds ${show(name)} twice`);
    total += size;
    if (total > limits.bytes) {
      throw new UnsupportedError(file, `more than ${limits.bytes} bytes unpacked, which is all that is taken`);
    }
    if (flags & ENCRYPTED) throw new UnsupportedError(file, `${show(name)} is encrypted`);
    if (method !== STORED && method !== DEFLATED) {
      throw new UnsupportedError(file, `${show(name)} is packed by method ${method}; expected 0 or 8 (deflate)`);
    }
    const read = () => unpack(archive, { name, place, packed, size, sum, isDeflated: method === DEFLATED }, file);
    files.set(name, { name, size, read });
  }
  return files;
}

interface Packed {
  name: string;
  place: number;
  packed: number;
  size: number;
  sum: number;
  isDeflated: boolean;
}

function unpack(archive: Buffer, { name, place, packed, size, sum, isDeflated }: Packed, file: string) {
  const broken = (what: string, cause?: unknown): never => {
    throw new CorruptFileError(file, `${name} ${what}`, undefined, { cause });
  };
  if (place + 30 > archive.length || archive.readUInt32LE(place) !== LOCAL) return broken('is not where it should be');
  const start = place + 30 + archive.readUInt16LE(place + 26) + archive.readUInt16LE(place + 28);
  if (start + packed > archive.length) return broken('is cut short');
  const content = archive.subarray(start, start + packed);
  let data: Uint8Array = content;
  try {
    // One byte more than was said would be the beginning of what has no end.
    if (isDeflated) data = inflateRawSync(content, { maxOutputLength: Math.max(1, size) });
  } catch (error) {
    return broken(`cannot be unpacked to ${size} bytes: ${messageOf(error)}`, error);
  }
  if (data.length !== size || crc32(data) !== sum) return broken('is damaged: its checksum is another');
  return Uint8Array.from(data);
}

/** Names that a package may call its own files by. */
function checkName(name: string, file: string): void {
  const isAbsolute = /^[\\/]|^[A-Za-z]:/.test(name);
  if (!isAbsolute && !name.includes('\\') && !name.includes('\0') && !name.split('/').includes('..')) return;
  throw new UnsupportedError(file, `a file named ${show(name)}, which would lie outside of its folder`);
}

function findEnd(archive: Buffer): number {
  for (let at = archive.length - 22; at >= Math.max(0, archive.length - LONGEST_END); at--) {
    if (archive.readUInt32LE(at) === END && at + 22 + archive.readUInt16LE(at + 20) <= archive.length) return at;
  }
  return -1;
}
