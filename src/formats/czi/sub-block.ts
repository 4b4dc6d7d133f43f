import { CorruptFileError } from '../../base/errors';
import type { RandomAccessFile } from '../random-access-file';
import { ENTRY_HEADER, entryLength, type SubBlock } from './directory-entry';
import { expectSegment, int64, SEGMENT_HEADER } from './segments';

export const SUB_BLOCK = 'ZISRAWSUBBLOCK';
/** Where a sub-block's copy of its directory entry begins in its data. */
export const SUB_BLOCK_ENTRY = 16;
/** Bytes of a sub-block before its metadata; more where an entry of many dimensions does not fit. */
const LEAD = 256;
const MOST_METADATA = 2 ** 20;

/** Where a sub-block's stored pixels are. */
export interface Payload {
  offset: number;
  size: number;
}

/** For messages: `the sub-block at byte 4096 (T0 C0 Z3 M5)`. */
export function describeSubBlock({ position, s, t, c, z, m }: SubBlock): string {
  const scene = s === null ? '' : `S${s} `;
  return `the sub-block at byte ${position} (${scene}T${t} C${c} Z${z}${m === null ? '' : ` M${m}`})`;
}

/** @throws CorruptFileError where there is no sub-block, or the file ends within it */
export function locatePayload(file: RandomAccessFile, block: SubBlock): Payload {
  const { metadata, dataSize } = readLead(file, block);
  const payload = { offset: metadata.offset + metadata.size, size: dataSize };
  file.check(payload.offset, payload.size, `the pixels of ${describeSubBlock(block)}`);
  return payload;
}

/** A sub-block's own XML, often empty and not always well-formed. @throws CorruptFileError */
export async function readSubBlockMetadata(file: RandomAccessFile, block: SubBlock): Promise<string> {
  const { offset, size } = readLead(file, block).metadata;
  file.check(offset, size, `the metadata of ${describeSubBlock(block)}`);
  const bytes = Buffer.alloc(Math.min(size, MOST_METADATA));
  await file.read(offset, bytes, `the metadata of ${describeSubBlock(block)}`);
  return bytes.toString('utf8');
}

function readLead(file: RandomAccessFile, block: SubBlock): { metadata: Payload; dataSize: number } {
  const name = describeSubBlock(block);
  const { data } = expectSegment(file, block.position, SUB_BLOCK, 'a sub-block');
  const view = file.peek(data, SUB_BLOCK_ENTRY + ENTRY_HEADER, name);
  const metadataSize = view.getInt32(0, true);
  const dataSize = int64(view, 8);
  const entry = entryLength(view, SUB_BLOCK_ENTRY, file.path, data + SUB_BLOCK_ENTRY);
  if (metadataSize < 0 || dataSize < 0) {
    throw new CorruptFileError(
      file.path,
      `${name} states ${metadataSize} bytes of metadata and ${dataSize} of pixels`,
      { offset: block.position },
    );
  }
  const offset = block.position + SEGMENT_HEADER + Math.max(LEAD, SUB_BLOCK_ENTRY + entry);
  return { metadata: { offset, size: metadataSize }, dataSize };
}
