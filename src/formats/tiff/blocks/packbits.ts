/**
 * Decodes PackBits (TIFF 6.0, section 9): n >= 0 copies the next n + 1 bytes, n < 0 repeats the next byte 1 - n times.
 * @returns at most `size` bytes; fewer where the data end before
 */
export function decodePackBits(bytes: Uint8Array, size: number): Uint8Array {
  const out = new Uint8Array(size);
  let at = 0;
  for (let i = 0; i < bytes.length && at < size; ) {
    const n = (bytes[i++] << 24) >> 24;
    if (n === -128) continue;
    if (n >= 0) {
      const end = Math.min(i + n + 1, bytes.length, i + size - at);
      out.set(bytes.subarray(i, end), at);
      at += end - i;
      i += n + 1;
    } else if (i < bytes.length) {
      const end = Math.min(at + 1 - n, size);
      out.fill(bytes[i++], at, end);
      at = end;
    }
  }
  return out.subarray(0, at);
}
