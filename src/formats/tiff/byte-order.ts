/** Swaps the bytes of every value in place: from big-endian to this machine's little-endian order. */
export function swapBytes(bytes: Uint8Array, size: number): void {
  if (size === 1) return;
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength - (bytes.byteLength % size));
  if (size === 2) buffer.swap16();
  else if (size === 4) buffer.swap32();
  else buffer.swap64();
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
 * Spreads 1-bit samples, high bit first, to one byte each, 0 or 1; every row begins at a byte.
 * @param rowLength samples in a row
 */
export function unpackBits(bytes: Uint8Array, rows: number, rowLength: number): Uint8Array<ArrayBuffer> {
  const rowBytes = Math.ceil(rowLength / 8);
  const out = new Uint8Array(rows * rowLength);
  for (let row = 0, at = 0; row < rows; row++) {
    for (let x = 0; x < rowLength; x++) out[at++] = (bytes[row * rowBytes + (x >> 3)] >> (7 - (x & 7))) & 1;
  }
  return out;
}

/** IEEE 754 half precision as single precision, exact. */
export function halfToFloat(halves: Uint16Array): Float32Array<ArrayBuffer> {
  const out = new Float32Array(halves.length);
  for (let i = 0; i < halves.length; i++) {
    const half = halves[i];
    const sign = half & 0x8000 ? -1 : 1;
    const exponent = (half >> 10) & 0x1f;
    const fraction = half & 0x3ff;
    if (exponent === 0) out[i] = sign * fraction * 2 ** -24;
    else if (exponent === 31) out[i] = fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
    else out[i] = sign * (1024 + fraction) * 2 ** (exponent - 25);
  }
  return out;
}
