// Reads Python wheels, which are zip files (PKWARE's APPNOTE 6.3), without Python.
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createInflateRaw } from 'node:zlib';

const END_OF_DIRECTORY = 0x06054b50;
const DIRECTORY_ENTRY = 0x02014b50;
const LOCAL_HEADER = 0x04034b50;
const STORED = 0;
const DEFLATED = 8;
/** The end record and the longest comment after it. */
const LONGEST_END = 22 + 65535;
const MOST_DIRECTORY_BYTES = 256 * 2 ** 20;

/**
 * @typedef {{ name: string, method: number, packed: number, size: number, offset: number }} Entry
 * @param {string} wheel path
 * @returns {Promise<Entry[]>} the files in it
 */
export async function listWheel(wheel) {
  const file = await open(wheel);
  try {
    const { size } = await file.stat();
    const tail = await read(file, Math.max(0, size - LONGEST_END), Math.min(size, LONGEST_END));
    const end = lastIndexOf(tail, END_OF_DIRECTORY);
    if (end < 0 || end + 22 > tail.length) throw new Error(`${wheel} is no wheel: it has no directory of a zip file`);
    const [length, start] = [tail.readUInt32LE(end + 12), tail.readUInt32LE(end + 16)];
    if (start + length > size || length > MOST_DIRECTORY_BYTES) throw new Error(`${wheel}: its directory is damaged`);
    return entriesOf(await read(file, start, length), wheel).filter(({ name }) => !name.endsWith('/'));
  } finally {
    await file.close();
  }
}

/** Writes one file of a wheel to a path. */
export async function extract(wheel, entry, target) {
  const { name, method, packed, size, offset } = entry;
  if (method !== STORED && method !== DEFLATED) throw new Error(`${wheel}: ${name} is packed by method ${method}`);
  const file = await open(wheel);
  let start;
  try {
    const header = await read(file, offset, 30);
    if (header.readUInt32LE(0) !== LOCAL_HEADER) throw new Error(`${wheel}: ${name} is not where the directory says`);
    start = offset + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
  } finally {
    await file.close();
  }
  await mkdir(path.dirname(target), { recursive: true });
  const out = createWriteStream(target, { mode: 0o755 });
  if (packed > 0) {
    const source = createReadStream(wheel, { start, end: start + packed - 1 });
    await pipeline(source, method === DEFLATED ? createInflateRaw() : new PassThrough(), out);
  } else {
    await new Promise((resolve) => out.end(resolve));
  }
  if (out.bytesWritten !== size) throw new Error(`${wheel}: ${name} has ${out.bytesWritten} bytes, expected ${size}`);
}

function entriesOf(directory, wheel) {
  const entries = [];
  let at = 0;
  while (at < directory.length) {
    if (at + 46 > directory.length || directory.readUInt32LE(at) !== DIRECTORY_ENTRY) {
      throw new Error(`${wheel}: its directory is damaged at byte ${at}`);
    }
    const nameLength = directory.readUInt16LE(at + 28);
    entries.push({
      name: directory.toString('utf8', at + 46, at + 46 + nameLength),
      method: directory.readUInt16LE(at + 10),
      packed: directory.readUInt32LE(at + 20),
      size: directory.readUInt32LE(at + 24),
      offset: directory.readUInt32LE(at + 42),
    });
    at += 46 + nameLength + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
  }
  const large = entries.find(({ packed, size, offset }) => Math.max(packed, size, offset) === 0xffffffff);
  if (large) throw new Error(`${wheel}: ${large.name} has more than 4 GB, which is not read`);
  return entries;
}

async function read(file, position, length) {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
  if (bytesRead < length) throw new Error('the file ends too early');
  return buffer;
}

function lastIndexOf(buffer, signature) {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(signature);
  return buffer.lastIndexOf(bytes);
}
