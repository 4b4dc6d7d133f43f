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
  const start = new Int32Array(TABLE);
  const length = new Int32Array(TABLE);
  let next = FIRST;
  let width = 9;
  let bits = 0;
  let held = 0;
  let at = 0;
  let previousStart = 0;
  let previousLength = 0;

  for (let i = 0; at < size; ) {
    while (held < width && i < bytes.length) {
      bits = ((bits << 8) | bytes[i++]) & 0xffffff;
      held += 8;
    }
    if (held < width) break;
    held -= width;
    const code = (bits >>> held) & ((1 << width) - 1);

    if (code === END) break;
    if (code === CLEAR) {
      next = FIRST;
      width = 9;
      previousLength = 0;
      continue;
    }
    if (code > next || (code === next && previousLength === 0)) throw new Error(`LZW code ${code} is not defined`);

    const here = at;
    if (code < 256) {
      out[at++] = code;
    } else {
      // The entry being made now is the previous string and its own first byte: both lie just before `at`.
      const from = code === next ? previousStart : start[code];
      const end = Math.min(size, at + (code === next ? previousLength + 1 : length[code]));
      for (let source = from; at < end; ) out[at++] = out[source++];
    }
    if (previousLength > 0 && next < TABLE) {
      start[next] = previousStart;
      length[next] = previousLength + 1;
      next++;
    }
    // "Early change": the width grows one code before it must.
    if (next >= 511) width = next >= 2047 ? 12 : next >= 1023 ? 11 : 10;
    previousStart = here;
    previousLength = at - here;
  }
  return out.subarray(0, at);
}
