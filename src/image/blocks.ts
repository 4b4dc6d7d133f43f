import type { PixelArray } from './dtype';

/** Pixels converted at a time: small enough for the second-level cache. */
const BLOCK = 16384;

/** Room for the blocks of so many arrays of at most so many pixels. */
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
