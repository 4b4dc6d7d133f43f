import { crc32, deflateRawSync } from 'node:zlib';
import { SegmenterError } from '../../base/errors';

/** 1 January 1980: the same files give the same bytes. */
const NO_DATE = 0x21;
const UTF8_NAMES = 0x800;
const [STORED, DEFLATED] = [0, 8];
/** Versions of the format that a reader needs: for folders and deflate, for ZIP64. */
const [PLAIN, ZIP64] = [20, 45];
/** Bytes. */
const WORTH_PACKING = 64;
const LARGEST_WORD = 2 ** 32 - 1;
const LARGEST_HALF = 2 ** 16 - 1;

/**
 * Makes a ZIP archive (PKWARE's APPNOTE 6.3.10) file by file, so that it can be written while it grows; only its directory is kept.
 * More than 65,535 files are counted by ZIP64's end record.
 */
export class ZipParts {
  private readonly directory: Uint8Array[] = [];
  private at = 0;

  /**
   * Gives the bytes of the next file of the archive.
   * @param name with `/` between folders
   * @throws SegmenterError `unsupported` where the archive would take more than 4 GiB
   */
  add(name: string, data: Uint8Array): Uint8Array {
    const packed = data.length < WORTH_PACKING ? data : deflateRawSync(data);
    const isSmaller = packed.length < data.length;
    const content = isSmaller ? packed : data;
    const title = Buffer.from(name, 'utf8');
    const about = Buffer.alloc(26);
    about.writeUInt16LE(PLAIN, 0);
    about.writeUInt16LE(UTF8_NAMES, 2);
    about.writeUInt16LE(isSmaller ? DEFLATED : STORED, 4);
    about.writeUInt16LE(NO_DATE, 8);
    about.writeUInt32LE(crc32(data), 10);
    about.writeUInt32LE(content.length, 14);
    about.writeUInt32LE(data.length, 18);
    about.writeUInt16LE(title.length, 22);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(this.at, 10);
    this.directory.push(Buffer.concat([words(0x02014b50), halves(PLAIN), about, place, title]));
    const part = Buffer.concat([words(0x04034b50), about, title, content]);
    this.at += part.length;
    if (this.at > LARGEST_WORD) {
      throw new SegmenterError('unsupported', `a ZIP archive: expected at most ${LARGEST_WORD} bytes, got ${this.at}`);
    }
    return part;
  }

  /** Gives the bytes after the last file. */
  end(): Uint8Array {
    const list = Buffer.concat(this.directory);
    const count = this.directory.length;
    const isLarge = count >= LARGEST_HALF;
    const shown = Math.min(count, LARGEST_HALF);
    const end = Buffer.concat([words(0x06054b50), halves(0, 0, shown, shown), words(list.length, this.at), halves(0)]);
    return Buffer.concat([list, ...(isLarge ? [largeEnd(count, list.length, this.at)] : []), end]);
  }
}

/** Makes an archive of files in memory, in their order. @throws as {@link ZipParts.add} */
export function zipFiles(files: Iterable<readonly [name: string, data: Uint8Array]>): Uint8Array<ArrayBuffer> {
  const zip = new ZipParts();
  const parts = Array.from(files, ([name, data]) => zip.add(name, data));
  return Uint8Array.from(Buffer.concat([...parts, zip.end()]));
}

/** ZIP64's end record and what leads to it. */
function largeEnd(count: number, size: number, at: number): Buffer {
  const record = [words(0x06064b50), longs(44), halves(ZIP64, ZIP64), words(0, 0), longs(count, count, size, at)];
  return Buffer.concat([...record, words(0x07064b50, 0), longs(at + size), words(1)]);
}

function halves(...values: number[]): Buffer {
  const out = Buffer.alloc(2 * values.length);
  for (const [i, value] of values.entries()) out.writeUInt16LE(value, 2 * i);
  return out;
}

function words(...values: number[]): Buffer {
  const out = Buffer.alloc(4 * values.length);
  for (const [i, value] of values.entries()) out.writeUInt32LE(value, 4 * i);
  return out;
}

function longs(...values: number[]): Buffer {
  const out = Buffer.alloc(8 * values.length);
  for (const [i, value] of values.entries()) out.writeBigUInt64LE(BigInt(value), 8 * i);
  return out;
}
