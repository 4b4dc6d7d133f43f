import { TAG, TYPE_SIZE } from '../tags';

const ASCII = 2;
const RATIONAL = 5;

/** One field of a directory to be written; `values` is text for ASCII, pairs for RATIONAL. */
export interface WriteField {
  tag: number;
  /** 2 ASCII, 3 SHORT, 4 LONG, 5 RATIONAL, 13 IFD, 16 LONG8, 18 IFD8 */
  type: 2 | 3 | 4 | 5 | 13 | 16 | 18;
  values: string | readonly number[];
}

/** A page's fields, and those of its smaller versions, which become SubIFDs. */
export interface WriteDirectory {
  fields: readonly WriteField[];
  smaller?: ReadonlyArray<readonly WriteField[]>;
}

/** Makes a file's first bytes, with the place of the first directory. */
export function headerBytes(big: boolean, firstDirectory: number): Buffer {
  const bytes = Buffer.alloc(big ? 16 : 8);
  bytes.write('II', 'latin1');
  bytes.writeUInt16LE(big ? 43 : 42, 2);
  if (big) {
    bytes.writeUInt16LE(8, 4);
    bytes.writeBigUInt64LE(BigInt(firstDirectory), 8);
  } else {
    bytes.writeUInt32LE(firstDirectory, 4);
  }
  return bytes;
}

/**
 * Writes directories as a chain of little-endian bytes that begin at `offset` (even), each with its values behind it and
 * its SubIFDs after them. Fields are put in the order of their tags, as TIFF asks.
 */
export function directoryBytes(directories: readonly WriteDirectory[], offset: number, big: boolean): Buffer {
  const parts: Buffer[] = [];
  let at = offset;
  for (const [index, { fields, smaller = [] }] of directories.entries()) {
    const own = [...fields];
    const places = new Array<number>(smaller.length).fill(0);
    if (smaller.length > 0) own.push({ tag: TAG.SubIFDs, type: big ? 18 : 13, values: places });
    const following: Buffer[] = [];
    let end = at + sizeOf(own, big);
    for (const [i, sub] of smaller.entries()) {
      places[i] = end;
      following.push(oneDirectory(sub, end, big, 0));
      end += following[i].length;
    }
    parts.push(oneDirectory(own, at, big, index === directories.length - 1 ? 0 : end), ...following);
    at = end;
  }
  return Buffer.concat(parts);
}

function sizeOf(fields: readonly WriteField[], big: boolean): number {
  const [countBytes, entryBytes, wordBytes] = big ? [8, 20, 8] : [2, 12, 4];
  const outside = fields.map(valueBytes).map(({ length }) => (length > wordBytes ? even(length) : 0));
  return even(countBytes + fields.length * entryBytes + wordBytes) + outside.reduce((sum, n) => sum + n, 0);
}

/** @param next place of the following directory, 0 at the end */
function oneDirectory(fields: readonly WriteField[], offset: number, big: boolean, next: number): Buffer {
  const [countBytes, entryBytes, wordBytes] = big ? [8, 20, 8] : [2, 12, 4];
  const sorted = [...fields].sort((a, b) => a.tag - b.tag);
  const values = sorted.map(valueBytes);
  const tableBytes = countBytes + sorted.length * entryBytes + wordBytes;
  const extra = values.map((bytes) => (bytes.length > wordBytes ? even(bytes.length) : 0));
  const size = even(tableBytes) + extra.reduce((sum, n) => sum + n, 0);

  const out = Buffer.alloc(size);
  const word = (value: number, at: number) =>
    big ? out.writeBigUInt64LE(BigInt(value), at) : out.writeUInt32LE(value, at);
  if (big) out.writeBigUInt64LE(BigInt(sorted.length), 0);
  else out.writeUInt16LE(sorted.length, 0);
  let free = even(tableBytes);
  for (const [i, { tag, type }] of sorted.entries()) {
    const at = countBytes + i * entryBytes;
    const bytes = values[i];
    out.writeUInt16LE(tag, at);
    out.writeUInt16LE(type, at + 2);
    word(bytes.length / TYPE_SIZE[type], at + 4);
    if (bytes.length <= wordBytes) {
      bytes.copy(out, at + 4 + wordBytes);
    } else {
      word(offset + free, at + 4 + wordBytes);
      bytes.copy(out, free);
      free += extra[i];
    }
  }
  word(next, countBytes + sorted.length * entryBytes);
  return out;
}

function valueBytes({ type, values }: WriteField): Buffer {
  if (typeof values === 'string') {
    if (type !== ASCII) throw new TypeError(`internal: text in a field of type ${type}`);
    return Buffer.from(`${values}\0`, 'utf8');
  }
  const size = type === RATIONAL ? 4 : TYPE_SIZE[type];
  const out = Buffer.alloc(values.length * size);
  for (const [i, value] of values.entries()) {
    if (size === 2) out.writeUInt16LE(value, i * 2);
    else if (size === 4) out.writeUInt32LE(value, i * 4);
    else out.writeBigUInt64LE(BigInt(value), i * 8);
  }
  return out;
}

/**
 * Finds the nearest fraction with both parts below 2^31, by continued fractions; [0, 1] for what has none. 7.874...
 * (pixels per micrometre at 0.127 micrometres) gives 1000 / 127.
 */
export function rational(value: number): [number, number] {
  const limit = 2 ** 31;
  if (!(value > 0) || value >= limit) return [0, 1];
  let [n0, d0, n1, d1] = [0, 1, 1, 0];
  for (let rest = value; ; ) {
    const whole = Math.floor(rest);
    const [n2, d2] = [whole * n1 + n0, whole * d1 + d0];
    if (n2 >= limit || d2 >= limit) break;
    [n0, d0, n1, d1] = [n1, d1, n2, d2];
    if (rest === whole || Math.abs(n1 / d1 - value) <= value * Number.EPSILON) break;
    rest = 1 / (rest - whole);
  }
  return [n1, d1];
}

function even(n: number): number {
  return n + (n % 2);
}
