import type { PixelArray } from './dtype';

/** Pixels converted at a time: small enough for the second-level cache. */
const BLOCK = 16384;

/** Makes room for the blocks of so many arrays of at most so many pixels. */
export function roomForBlocks(arrays: number, pixels: number): Float64Array[] {
  return Array.from({ length: arrays }, () => new Float64Array(Math.min(BLOCK, pixels)));
}

/**
 * Hands pixels of several equally long arrays on as float64, block by block. Every pixel type is exact in float64,
 * so one loop over float64 serves all types and stays fast (the conversion is a builtin copy).
 * @param use gets one block per array, valid until it returns, how many pixels of them count, and the first one's index
 * @param room for the blocks, to be used again where many short arrays follow each other
 */
export function forEachBlock(
  arrays: readonly PixelArray[],
  use: (blocks: readonly Float64Array[], length: number, start: number) => void,
  room: readonly Float64Array[] = roomForBlocks(arrays.length, arrays[0].length),
): void {
  const total = arrays[0].length;
  const blocks = room.slice(0, arrays.length);
  for (let start = 0; start < total; start += BLOCK) {
    const length = Math.min(BLOCK, total - start);
    for (let i = 0; i < arrays.length; i++) blocks[i].set(arrays[i].subarray(start, start + length));
    use(blocks, length, start);
  }
}

/** Stretches that are looked at as a whole: a look costs about as much as some dozen pixels. */
export const STRETCH = 1024;

/** Pixels, or any other numbers in memory. */
interface Numbers extends ArrayBufferView {
  readonly length: number;
  readonly BYTES_PER_ELEMENT: number;
  readonly [index: number]: number;
}

/** Tells where pixels are all alike. Large images are constant in most places. */
export class Constancy {
  private readonly bytes: Buffer;
  private readonly size: number;

  constructor(private readonly pixels: Numbers) {
    this.bytes = Buffer.from(pixels.buffer as ArrayBuffer, pixels.byteOffset, pixels.byteLength);
    this.size = pixels.BYTES_PER_ELEMENT;
  }

  /**
   * Tells whether the pixels from `start` to before `end` have the same bits: they then equal themselves shifted by one.
   * A comparison of memory is some ten times faster than a loop.
   */
  isConstant(start: number, end: number): boolean {
    const { bytes, size, pixels } = this;
    // Most stretches that are not constant show it at their ends.
    if (end - start < 2) return true;
    const first = pixels[start];
    if (first !== pixels[end - 1] || first !== pixels[(start + end) >> 1]) return false;
    return bytes.compare(bytes, start * size, (end - 1) * size, (start + 1) * size, end * size) === 0;
  }

  /** Tells whether the pixels from `start` to before `end` are all 0. */
  isZero(start: number, end: number): boolean {
    return end <= start || (this.pixels[start] === 0 && this.isConstant(start, end));
  }
}
