import { exactInteger, halfFloat, smallFloat } from '../../../base/numbers';
import { allocate, type PixelArray, viewAs } from '../../../image/dtype';
import { isPlain, type SampleType } from '../sample-type';

/** Swaps the bytes of every value in place: from big-endian to this machine's little-endian order. */
export function swapBytes(bytes: Uint8Array, size: number): void {
  if (size === 1) return;
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength - (bytes.byteLength % size));
  if (size === 2) buffer.swap16();
  else if (size === 4) buffer.swap32();
  else if (size === 8) buffer.swap64();
  else for (let at = 0; at < buffer.length; at += size) buffer.subarray(at, at + size).reverse();
}

/** For each byte, its bits in reverse order. */
const REVERSED = Uint8Array.from({ length: 256 }, (_, byte) => {
  let result = 0;
  for (let bit = 0; bit < 8; bit++) result |= ((byte >> bit) & 1) << (7 - bit);
  return result;
});

/** Reverses the bits of every byte in place (FillOrder 2). */
export function reverseBits(bytes: Uint8Array): void {
  for (let i = 0; i < bytes.length; i++) bytes[i] = REVERSED[bytes[i]];
}

/**
 * Unpacks stored samples to pixels. Samples of whole bytes are little-endian; others are packed high bit first, and
 * every row begins at a byte (TIFF 6.0, section 8; the byte order of the file does not matter to them).
 * @param bytes aligned to 8 bytes
 * @param perRow samples in a row
 * @throws RangeError naming a 64-bit integer that float64 does not hold exactly
 */
export function unpackSamples(bytes: Uint8Array, rows: number, perRow: number, type: SampleType): PixelArray {
  if (isPlain(type)) return viewAs(type.dtype, bytes);
  if (type.kind === 'float') return type.bits === 16 ? halfToFloat(viewAs('uint16', bytes)) : triplesToFloat(bytes);
  if (type.bits === 64) return wideToFloat(bytes, type.kind === 'signed');
  const out = allocate(type.dtype, rows * perRow);
  const rowBytes = Math.ceil((perRow * type.bits) / 8);
  for (let row = 0; row < rows; row++) {
    const stored = bytes.subarray(row * rowBytes, (row + 1) * rowBytes);
    const target = out.subarray(row * perRow, (row + 1) * perRow);
    if (type.bits % 8 === 0) unpackBytes(stored, target, type);
    else if (type.bits <= 24) unpackBits(stored, target, type);
    else unpackManyBits(stored, target, type);
  }
  return out;
}

/** Up to 24 bits: what is held fits 32-bit arithmetic. */
function unpackBits(stored: Uint8Array, out: PixelArray, { bits, kind }: SampleType): void {
  const mask = 2 ** bits - 1;
  const shift = kind === 'signed' ? 32 - bits : 0;
  let held = 0;
  let word = 0;
  let at = 0;
  for (let i = 0; i < out.length; i++) {
    while (held < bits) {
      word = (word << 8) | stored[at++];
      held += 8;
    }
    held -= bits;
    const value = (word >>> held) & mask;
    out[i] = shift ? (value << shift) >> shift : value;
  }
}

function unpackManyBits(stored: Uint8Array, out: PixelArray, { bits, kind }: SampleType): void {
  let held = 0;
  let word = 0n;
  let at = 0;
  for (let i = 0; i < out.length; i++) {
    while (held < bits) {
      word = (word << 8n) | BigInt(stored[at++]);
      held += 8;
    }
    held -= bits;
    const value = word >> BigInt(held);
    word -= value << BigInt(held);
    out[i] = exact(kind === 'signed' ? BigInt.asIntN(bits, value) : value);
  }
}

/** 24, 40, 48 or 56 bits, little-endian. */
function unpackBytes(stored: Uint8Array, out: PixelArray, { bits, kind }: SampleType): void {
  const size = bits / 8;
  const low = Math.min(size, 4);
  for (let i = 0, at = 0; i < out.length; i++, at += size) {
    let value = 0;
    for (let b = low - 1; b >= 0; b--) value = value * 256 + stored[at + b];
    if (size <= 4) {
      out[i] = kind === 'signed' && value >= 2 ** (bits - 1) ? value - 2 ** bits : value;
      continue;
    }
    let high = 0n;
    for (let b = size - 1; b >= 4; b--) high = (high << 8n) | BigInt(stored[at + b]);
    const whole = (high << 32n) | BigInt(value);
    out[i] = exact(kind === 'signed' ? BigInt.asIntN(bits, whole) : whole);
  }
}

function wideToFloat(bytes: Uint8Array, signed: boolean): Float64Array<ArrayBuffer> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const out = new Float64Array(bytes.byteLength >> 3);
  for (let i = 0; i < out.length; i++) {
    const high = signed ? view.getInt32(i * 8 + 4, true) : view.getUint32(i * 8 + 4, true);
    const value = high * 2 ** 32 + view.getUint32(i * 8, true);
    // Within the limit the sum has no rounding; at or beyond it the value itself must be looked at.
    out[i] =
      Math.abs(value) < 2 ** 53
        ? value
        : exact(signed ? view.getBigInt64(i * 8, true) : view.getBigUint64(i * 8, true));
  }
  return out;
}

function exact(value: bigint): number {
  const exactly = exactInteger(value);
  if (exactly === null) throw new RangeError(`the value ${value}`);
  return exactly;
}

/** IEEE 754 half precision as single precision, exact. */
function halfToFloat(halves: Uint16Array): Float32Array<ArrayBuffer> {
  const out = new Float32Array(halves.length);
  for (let i = 0; i < halves.length; i++) out[i] = halfFloat(halves[i]);
  return out;
}

/** 24-bit floats: 7 bits of exponent, 16 of fraction (Adobe's TIFF technical note 3), little-endian; exact. */
function triplesToFloat(bytes: Uint8Array): Float32Array<ArrayBuffer> {
  const out = new Float32Array(Math.floor(bytes.length / 3));
  for (let i = 0, at = 0; i < out.length; i++, at += 3) {
    out[i] = smallFloat(bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16), 7, 16);
  }
  return out;
}

/**
 * Undoes predictor 2 in place: each sample was stored as the difference to the same sample of the pixel to its left.
 * Floating point data are differenced as integers of their size. Values must be in this machine's byte order.
 * @param rowLength samples in a row; @param stride samples of a pixel that lie together
 * @param size bytes of a sample
 */
export function undoHorizontal(bytes: Uint8Array, rowLength: number, stride: number, size: number): void {
  if (size === 8) {
    accumulateWide(new BigUint64Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 3), rowLength, stride);
    return;
  }
  const values =
    size === 1
      ? bytes
      : size === 2
        ? new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 1)
        : new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 2);
  for (let start = 0; start + rowLength <= values.length; start += rowLength) {
    const end = start + rowLength;
    for (let i = start + stride; i < end; i++) values[i] += values[i - stride];
  }
}

function accumulateWide(values: BigUint64Array, rowLength: number, stride: number): void {
  for (let start = 0; start + rowLength <= values.length; start += rowLength) {
    const end = start + rowLength;
    for (let i = start + stride; i < end; i++) values[i] += values[i - stride];
  }
}

/**
 * Undoes predictor 3 (TIFF Technical Note 3): a row holds the highest bytes of all its samples, then the next ones, ...,
 * and these bytes are differenced. The order of the bytes is the same in little- and big-endian files.
 * @returns the samples as little-endian bytes
 */
export function undoFloatingPoint(bytes: Uint8Array, rowLength: number, stride: number, size: number): Uint8Array {
  const rowBytes = rowLength * size;
  const out = new Uint8Array(bytes.length);
  for (let start = 0; start + rowBytes <= bytes.length; start += rowBytes) {
    const end = start + rowBytes;
    for (let i = start + stride; i < end; i++) bytes[i] += bytes[i - stride];
    for (let plane = 0; plane < size; plane++) {
      const from = start + plane * rowLength;
      const to = start + size - 1 - plane;
      for (let i = 0; i < rowLength; i++) out[to + i * size] = bytes[from + i];
    }
  }
  return out;
}
