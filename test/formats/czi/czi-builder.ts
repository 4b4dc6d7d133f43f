/** A sub-block to be written: where it lies, how it is stored. */
export interface BuildBlock {
  pixelType: number;
  compression?: number;
  x?: number;
  y?: number;
  width: number;
  height: number;
  /** of smaller versions */
  storedWidth?: number;
  storedHeight?: number;
  /** further dimensions with their starts, such as { C: 0, Z: 3, S: 1 } */
  at?: Record<string, number>;
  payload: Uint8Array;
  metadata?: string;
  /** number of the file of a set that it is in */
  filePart?: number;
}

export interface BuildOptions {
  /** XML of the file; absent: no metadata segment */
  metadata?: string;
  /** lets the header say that there is no directory */
  withoutDirectory?: boolean;
  /** number of this file in a set of several, 0: the first */
  filePart?: number;
}

const SEGMENT_ALIGNMENT = 32;
const NO_METADATA = '<METADATA />';

/** A CZI file: header, sub-blocks, metadata, directory. */
export function buildCzi(
  blocks: readonly BuildBlock[],
  { metadata, withoutDirectory, filePart = 0 }: BuildOptions = {},
): Buffer {
  const parts: Buffer[] = [];
  let position = 0;
  const add = (id: string, data: Buffer): number => {
    const part = segment(id, data);
    const at = position;
    parts.push(part);
    position += part.length;
    return at;
  };
  const header = Buffer.alloc(512);
  header.writeInt32LE(1, 0);
  header.writeInt32LE(filePart, 48);
  add('ZISRAWFILE', header);
  const entries = blocks.map((block) => {
    const at = add('ZISRAWSUBBLOCK', subBlock(block, position));
    return entryOf(block, at);
  });
  const metadataAt = metadata === undefined ? 0 : add('ZISRAWMETADATA', metadataOf(metadata));
  const list = Buffer.alloc(128);
  list.writeInt32LE(entries.length, 0);
  const directoryAt = add('ZISRAWDIRECTORY', Buffer.concat([list, ...entries]));
  // The header was copied into its segment, whose data begin at byte 32.
  parts[0].writeBigInt64LE(BigInt(withoutDirectory ? 0 : directoryAt), 32 + 52);
  parts[0].writeBigInt64LE(BigInt(metadataAt), 32 + 60);
  return Buffer.concat(parts);
}

/** A Zstandard frame that stores its bytes as they are (RFC 8878): for a Node.js that only decompresses. */
export function storedZstd(bytes: Uint8Array): Buffer {
  const largest = 128 * 1024;
  const head = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0xa0, 0, 0, 0, 0]);
  head.writeUInt32LE(bytes.length, 5);
  const parts: Uint8Array[] = [head];
  for (let at = 0; at < bytes.length; at += largest) {
    const block = bytes.subarray(at, at + largest);
    const blockHead = Buffer.alloc(3);
    blockHead.writeUIntLE((block.length << 3) | (at + largest >= bytes.length ? 1 : 0), 0, 3);
    parts.push(blockHead, block);
  }
  return Buffer.concat(parts);
}

/** Low bytes of all 16-bit words, then their high bytes. */
export function splitBytes(words: Uint16Array): Uint8Array {
  const out = new Uint8Array(words.length * 2);
  for (let i = 0; i < words.length; i++) {
    out[i] = words[i] & 255;
    out[words.length + i] = words[i] >> 8;
  }
  return out;
}

function segment(id: string, data: Buffer): Buffer {
  const allocated = Math.ceil(data.length / SEGMENT_ALIGNMENT) * SEGMENT_ALIGNMENT;
  const out = Buffer.alloc(32 + allocated);
  out.write(id, 0, 'latin1');
  out.writeBigInt64LE(BigInt(allocated), 16);
  out.writeBigInt64LE(BigInt(data.length), 24);
  data.copy(out, 32);
  return out;
}

function metadataOf(xml: string): Buffer {
  const text = Buffer.from(xml, 'utf8');
  const head = Buffer.alloc(256);
  head.writeInt32LE(text.length, 0);
  return Buffer.concat([head, text]);
}

function subBlock(block: BuildBlock, position: number): Buffer {
  const metadata = Buffer.from(block.metadata ?? NO_METADATA, 'utf8');
  const entry = entryOf(block, position);
  const head = Buffer.alloc(Math.max(256, 16 + entry.length));
  head.writeInt32LE(metadata.length, 0);
  head.writeBigInt64LE(BigInt(block.payload.length), 8);
  entry.copy(head, 16);
  return Buffer.concat([head, metadata, block.payload]);
}

function entryOf(block: BuildBlock, position: number): Buffer {
  const { x = 0, y = 0, width, height, at = {} } = block;
  const dimensions: Array<[letter: string, start: number, size: number, stored: number]> = [
    ['X', x, width, block.storedWidth ?? width],
    ['Y', y, height, block.storedHeight ?? height],
    ...Object.entries(at).map(([letter, start]): [string, number, number, number] => [letter, start, 1, 1]),
  ];
  const out = Buffer.alloc(32 + 20 * dimensions.length);
  out.write('DV', 0, 'latin1');
  out.writeInt32LE(block.pixelType, 2);
  out.writeBigInt64LE(BigInt(position), 6);
  out.writeInt32LE(block.filePart ?? 0, 14);
  out.writeInt32LE(block.compression ?? 0, 18);
  out.writeInt32LE(dimensions.length, 28);
  for (const [i, [letter, start, size, stored]] of dimensions.entries()) {
    const to = 32 + 20 * i;
    out.write(letter, to, 'latin1');
    out.writeInt32LE(start, to + 4);
    out.writeInt32LE(size, to + 8);
    out.writeInt32LE(stored, to + 16);
  }
  return out;
}
