import zlib from 'node:zlib';
import { crc32c } from '../../base/crc32c';
import { callZlib, decodeZstd, type ZlibFunction } from '../compression';

type Bytes = Uint8Array<ArrayBuffer>;

/** Node.js has Zstandard from 22.15 on. */
const native = zlib as typeof zlib & { zstdCompress?: ZlibFunction };

/** Gunzips at most `size` bytes on zlib's threads; more is an error. */
export function gunzip(bytes: Uint8Array, size: number): Promise<Bytes> {
  return callZlib(zlib.gunzip as ZlibFunction, bytes, {
    maxOutputLength: Math.max(64, size),
    chunkSize: roomFor(size),
  });
}

/** Decompresses a chunk of zlib (RFC 1950) that comes to at most `size` bytes. */
export function inflateChunk(bytes: Uint8Array, size: number): Promise<Bytes> {
  return callZlib(zlib.inflate as ZlibFunction, bytes, {
    maxOutputLength: Math.max(64, size),
    chunkSize: roomFor(size),
  });
}

/** Compresses with gzip's level 1: four times as fast as zlib's default, for some percent of size. */
export function gzip(bytes: Uint8Array): Promise<Bytes> {
  // Room for incompressible data, so that zlib fills one buffer.
  const chunkSize = Math.max(64, bytes.byteLength + Math.ceil(bytes.byteLength / 1000) + 128);
  return callZlib(zlib.gzip as ZlibFunction, bytes, { level: 1, chunkSize });
}

/** Decompresses as {@link decodeZstd} does; a frame that promises more is refused before memory is taken. */
export async function unzstd(bytes: Uint8Array, size: number): Promise<Bytes> {
  const promised = zstdContentSize(bytes);
  if (promised !== null && promised > size) throw new Error(`promises ${promised} bytes, expected at most ${size}`);
  const decoded = await decodeZstd(bytes, promised ?? size);
  if (promised !== null && decoded.byteLength !== promised) throw new Error('the Zstandard data is damaged');
  return decoded as Bytes;
}

/** Tells whether {@link zstd} is there. */
export function hasZstd(): boolean {
  return native.zstdCompress !== undefined;
}

/** Compresses with Zstandard, where {@link hasZstd} says that it is there. */
export function zstd(bytes: Uint8Array): Promise<Bytes> {
  if (!native.zstdCompress) throw new Error('internal: no Zstandard in this Node.js');
  // With its size in the frame: numcodecs before 0.12, which zarr-python 2 uses, decodes no other.
  return callZlib(native.zstdCompress, bytes, { pledgedSrcSize: bytes.byteLength });
}

/** The size of the content where the frame's header states it (RFC 8878, 3.1.1.1), else null. */
function zstdContentSize(bytes: Uint8Array): number | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.byteLength < 9 || view.getUint32(0, true) !== 0xfd2fb528) throw new Error('is no Zstandard data');
  const descriptor = bytes[4];
  const single = (descriptor >> 5) & 1;
  const at = 5 + (single ? 0 : 1) + [0, 1, 2, 4][descriptor & 3];
  const length = [single, 2, 4, 8][descriptor >> 6];
  if (length === 0) return null;
  if (at + length > bytes.byteLength) throw new Error('the Zstandard data ends in its header');
  if (length === 1) return bytes[at];
  if (length === 2) return view.getUint16(at, true) + 256;
  return length === 4 ? view.getUint32(at, true) : Number(view.getBigUint64(at, true));
}

/**
 * Checks the header of a Blosc buffer (c-blosc 1, README_CHUNK_FORMAT) before WebAssembly believes it.
 * @throws where its sizes do not fit the bytes or what is expected
 */
export function checkBlosc(bytes: Uint8Array, size: number): void {
  if (bytes.byteLength < 16) throw new Error(`has ${bytes.byteLength} bytes, a Blosc header has 16`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [decoded, block, stored] = [4, 8, 12].map((at) => view.getUint32(at, true));
  if (decoded > size) throw new Error(`promises ${decoded} bytes, expected at most ${size}`);
  if (stored !== bytes.byteLength) throw new Error(`promises ${stored} stored bytes, there are ${bytes.byteLength}`);
  if (decoded > 0 && (block === 0 || block > Math.max(decoded, 2 ** 14)))
    throw new Error(`has blocks of ${block} bytes`);
}

/** Checks the decoded size, with which numcodecs' LZ4 begins. */
export function checkLz4(bytes: Uint8Array, size: number): void {
  if (bytes.byteLength < 5) throw new Error('the LZ4 data ends in its header');
  const promised = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
  if (promised > size) throw new Error(`promises ${promised} bytes, expected at most ${size}`);
}

/** Takes off the four bytes of a CRC-32C, once these fit. @throws where they do not */
export function withoutCrc32c(bytes: Uint8Array): Uint8Array {
  const end = bytes.byteLength - 4;
  if (end < 0) throw new Error('ends before its checksum');
  const data = bytes.subarray(0, end);
  const stored = new DataView(bytes.buffer, bytes.byteOffset + end, 4).getUint32(0, true);
  if (crc32c(data) !== stored) throw new Error('its checksum (CRC-32C) does not fit its bytes');
  return data;
}

/** One buffer, for pieces would be joined to a second one; what is not written of it takes no memory. */
function roomFor(size: number): number {
  return Math.max(64, size + 1);
}
