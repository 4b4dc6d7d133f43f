import type { SampleType } from '../sample-type';

/** A sound block that its codec does not decode; the message goes on after the block's name. */
export class NotDecoded extends Error {}

/** What a codec is told of the block beside its bytes. */
export interface BlockContext {
  /** bytes that the decoded block has at most; shorter blocks at the lower edge are fine */
  size: number;
  width: number;
  rows: number;
  samples: number;
  type: SampleType;
  compression: number;
  /** T4Options or T6Options of CCITT */
  faxOptions: number;
  /** what LERC blocks are compressed with again: 0 nothing, 1 Deflate, 2 Zstd */
  lercCompression: number;
  photometric: number;
  jpegTables: Uint8Array<ArrayBuffer> | null;
}
