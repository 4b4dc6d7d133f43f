import { setImmediate as nextTurn } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import type { RandomAccessFile } from '../random-access-file';

const SIGNATURE_BYTES = 8;
/** A PNG's last chunk is always these bytes. */
const END = Buffer.from('0000000049454e44ae426082', 'hex');
/** Of larger files, and of those of more chunks, the checksums are not looked at: to read them would take longer than to wait a moment. */
const [MOST_BYTES, MOST_CHUNKS] = [32 * 2 ** 20, 20_000];
/** Bytes that are summed in one go. */
const PIECE = 2 ** 20;
/** In the first letter of the name of a chunk that pictures can do without (ISO/IEC 15948, 5.4). */
const ANCILLARY = 0x20;

/**
 * Tells what a PNG says of its end: `proven` where the checksum of each chunk up to the last fits, so that no byte of it is
 * missing, however it was written; `whole` where it has its end, and the checksums say nothing, as it is very large or one of
 * a chunk without pixels is wrong; `unknown` where the end is missing, or what stands before it is not all there.
 * @throws CorruptFileError where a chunk lies outside of the file
 */
export async function endOfPng(file: RandomAccessFile): Promise<'proven' | 'whole' | 'unknown'> {
  const { buffer, byteOffset } = file.peek(file.size - END.length, END.length, 'the end');
  if (!END.equals(new Uint8Array(buffer, byteOffset, END.length))) return 'unknown';
  if (file.size > MOST_BYTES) return 'whole';
  const piece = Buffer.allocUnsafe(Math.min(PIECE, file.size));
  let isProven = true;
  let chunks = 0;
  for (let at = SIGNATURE_BYTES; at < file.size; ) {
    if (++chunks > MOST_CHUNKS) return 'whole';
    const head = file.peek(at, 8, 'a chunk');
    const [length, isCritical] = [head.getUint32(0), (head.getUint8(4) & ANCILLARY) === 0];
    const end = at + 8 + length;
    file.check(end, 4, 'a checksum');
    let sum = 0;
    for (let from = at + 4; from < end; from += piece.length) {
      const part = piece.subarray(0, Math.min(piece.length, end - from));
      await file.read(from, part, 'a chunk');
      sum = crc32(part, sum);
      if (from > at + 4) await nextTurn();
    }
    if (file.peek(end, 4, 'a checksum').getUint32(0) !== sum) {
      if (isCritical) return 'unknown';
      isProven = false;
    }
    at = end + 4;
  }
  return isProven ? 'proven' : 'whole';
}
