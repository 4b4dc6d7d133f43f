import { CorruptFileError } from '../../base/errors';
import type { RandomAccessFile } from '../random-access-file';

/** NUL-padded ASCII. */
export function asciiAt(view: DataView, offset: number, length: number): string {
  let text = '';
  for (let i = 0; i < length; i++) {
    const code = view.getUint8(offset + i);
    if (code === 0) break;
    text += String.fromCharCode(code);
  }
  return text;
}

/**
 * A position or size stored as int64.
 * @throws CorruptFileError where it is negative or beyond what a number holds exactly
 */
export function int64At(view: DataView, offset: number, file: RandomAccessFile, what: string): number {
  const value = view.getBigInt64(offset, true);
  if (value < 0n || value > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw new CorruptFileError(file.path, `${what} is ${value}, expected a position or size within the file`);
  }
  return Number(value);
}
