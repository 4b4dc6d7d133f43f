/** What a JPEG XR file says of itself before it is decoded. */
export interface JpegXrHeader {
  width: number;
  height: number;
}

const SIGNATURE = [0x49, 0x49, 0xbc, 0x01];
const TAG_OFFSET = 0xbcc0;
const TAG_BYTES = 0xbcc1;
const MOST_TAGS = 200;

export function isJpegXr(bytes: Uint8Array): boolean {
  return SIGNATURE.every((byte, i) => bytes[i] === byte);
}

/**
 * Reads the size that the code stream states and checks that the stream is there whole: the decoder takes memory for
 * any size, and makes pixels of a stream that is cut.
 * File: ITU-T T.832 annex A (a TIFF-like directory); code stream: section 8.3 (big-endian bits).
 * @throws Error
 */
export function readJpegXrHeader(bytes: Uint8Array): JpegXrHeader {
  if (!isJpegXr(bytes)) throw new Error('it does not begin as JPEG XR');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { offset, length } = findStream(view);
  if (offset + Math.max(length, 24) > bytes.length) {
    throw new Error(`its code stream should end at byte ${offset + length} of ${bytes.length}: truncated`);
  }
  if (Buffer.from(bytes.buffer, bytes.byteOffset + offset, 8).toString('latin1') !== 'WMPHOTO\0') {
    throw new Error('its code stream has no signature');
  }
  const shortHeader = (view.getUint8(offset + 10) & 0x80) !== 0;
  const size = (at: number): number => (shortHeader ? view.getUint16(at, false) : view.getUint32(at, false)) + 1;
  return { width: size(offset + 12), height: size(offset + (shortHeader ? 14 : 16)) };
}

/** Where the directory says that the image's code stream lies. */
function findStream(view: DataView): { offset: number; length: number } {
  const directory = view.byteLength < 8 ? Number.NaN : view.getUint32(4, true);
  const count = directory + 2 <= view.byteLength ? view.getUint16(directory, true) : 0;
  if (count < 1 || count > MOST_TAGS || directory + 2 + 12 * count > view.byteLength) {
    throw new Error('it has no directory');
  }
  const values = new Map<number, number>();
  for (let i = 0; i < count; i++) {
    const at = directory + 2 + 12 * i;
    values.set(view.getUint16(at, true), view.getUint32(at + 8, true));
  }
  const offset = values.get(TAG_OFFSET);
  if (offset === undefined) throw new Error('its directory names no image');
  return { offset, length: values.get(TAG_BYTES) ?? 0 };
}
