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
