const CLEAR = 256;
const END = 257;
const FIRST = 258;
const TABLE = 4096;

/**
 * Decodes TIFF's LZW (TIFF 6.0, section 13): codes of 9 to 12 bits, high bit first, one code wider one entry early.
 * A table entry is a place in the output already written and a length, so strings are copied, not rebuilt.
 * @returns at most `size` bytes; fewer where the data end before
 * @throws Error on a code that is not in the table
 */
export function decodeLzw(bytes: Uint8Array, size: number): Uint8Array {
  const out = new Uint8Array(size);
  const start = new Uint32Array(TABLE);
  const length = new Uint32Array(TABLE);
  let next = FIRST;
  let width = 9;
  let mask = 511;
  let bits = 0;
  let held = 0;
  let at = 0;
  let previousStart = 0;
  let previousLength = 0;

  for (let i = 0; at < size; ) {
    // Two bytes at a time; what is above the bits held is never looked at.
    if (held < width && i + 1 < bytes.length) {
      bits = (bits << 16) | (bytes[i] << 8) | bytes[i + 1];
      i += 2;
      held += 16;
    } else if (held < width && i < bytes.length) {
      bits = (bits << 8) | bytes[i++];
      held += 8;
    }
    if (held < width) break;
    held -= width;
    const code = (bits >>> held) & mask;

    const here = at;
    if (code < CLEAR) {
      out[at++] = code;
    } else if (code >= FIRST) {
      if (code > next || (code === next && previousLength === 0)) throw new Error(`LZW code ${code} is not defined`);
      // The entry being made now is the previous string and its own first byte: both lie just before `at`.
      let source = code === next ? previousStart : start[code];
      const end = Math.min(size, at + (code === next ? previousLength + 1 : length[code]));
      while (at < end) out[at++] = out[source++];
    } else if (code === END) {
      break;
    } else {
      next = FIRST;
      width = 9;
      mask = 511;
      previousLength = 0;
      continue;
    }
    if (previousLength > 0 && next < TABLE) {
      start[next] = previousStart;
      length[next] = previousLength + 1;
      next++;
      // "Early change": the width grows one code before it must.
      if (next >= mask && width < 12) {
        width++;
        mask = (mask << 1) | 1;
      }
    }
    previousStart = here;
    previousLength = at - here;
  }
  return out.subarray(0, at);
}

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
