import { crc32, deflateRawSync } from 'node:zlib';
import { SegmenterError } from '../../base/errors';

/** A file to be put into an archive. */
export interface ZipEntry {
  /** with `/` between folders */
  name: string;
  data: Uint8Array;
  /** false for what is compressed already (true) */
  deflate?: boolean;
}

/** A date that says nothing, 1 January 1980: the same files give the same bytes. */
const DATE = 0x21;
/** ZIP's own limits without its extension for larger archives. */
const [MOST_BYTES, MOST_ENTRIES] = [2 ** 32 - 1, 2 ** 16 - 1];
/** Names are UTF-8. */
const UTF8 = 0x800;

/**
 * Makes a ZIP archive (PKWARE's APPNOTE 6.3.10, without ZIP64) of files in their order.
 * @throws SegmenterError `unsupported` for more than 4 GiB or 65,535 files
 */
export function writeZip(entries: readonly ZipEntry[]): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let at = 0;
  for (const { name, data, deflate = true } of entries) {
    const packed = deflate ? deflateRawSync(data) : data;
    const isSmaller = packed.length < data.length;
    const content = isSmaller ? packed : data;
    const title = Buffer.from(name, 'utf8');
    const about = Buffer.alloc(26);
    about.writeUInt16LE(20, 0);
    about.writeUInt16LE(UTF8, 2);
    about.writeUInt16LE(isSmaller ? 8 : 0, 4);
    about.writeUInt16LE(DATE, 8);
    about.writeUInt32LE(crc32(data), 10);
    about.writeUInt32LE(content.length, 14);
    about.writeUInt32LE(data.length, 18);
    about.writeUInt16LE(title.length, 22);
    parts.push(signature(0x04034b50), about, title, content);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(at, 10);
    directory.push(signature(0x02014b50), Buffer.from([20, 0]), about, place, title);
    at += 30 + title.length + content.length;
    if (at > MOST_BYTES) throw tooLarge(`${at} bytes`, `${MOST_BYTES}`);
  }
  if (entries.length > MOST_ENTRIES) throw tooLarge(`${entries.length} files`, `${MOST_ENTRIES}`);
  const list = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(entries.length, 4);
  end.writeUInt16LE(entries.length, 6);
  end.writeUInt32LE(list.length, 8);
  end.writeUInt32LE(at, 12);
  const all = Buffer.concat([...parts, list, signature(0x06054b50), end]);
  return new Uint8Array(all.buffer as ArrayBuffer, all.byteOffset, all.byteLength);
}

function signature(number: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(number);
  return bytes;
}

function tooLarge(found: string, most: string): SegmenterError {
  return new SegmenterError('unsupported', `a ZIP archive: expected at most ${most}, got ${found}`);
}
